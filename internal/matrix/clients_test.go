package matrix_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

// shop has what a merchant sends to one provider.
type shop struct {
	client   any
	operator string
	currency wapay.Currency
	phone    string
	approve  func(ref string) error
}

func shops(t *testing.T) map[string]shop {
	bp, ph := barkapaytest.Start(t, barkapaytest.Config{RateLimit: -1}), payhubtest.Start(t, payhubtest.Config{})
	in, mp := intramtest.Start(t, intramtest.Config{}), mpptest.Start(t, mpptest.Config{})
	return map[string]shop{
		"barkapay":        {bp.Client(), "MOOV", wapay.XOF, "+22670656188", bp.Approve},
		"barkapay/payhub": {ph.Client(), "MOOV", wapay.XOF, "+22670656188", ph.Approve},
		"intram":          {in.Client(), "MTN_BENIN_229", wapay.XOF, "+2290161234567", in.Approve},
		"mpp":             {mp.Client(), "OM", wapay.SLE, "+23276123456", mp.Approve},
	}
}

func (s shop) pay(t *testing.T, reference string) *wapay.Payment {
	t.Helper()
	phone, err := wapay.ParsePhone(s.phone, "")
	require.NoError(t, err)
	p, err := s.client.(wapay.Payer).Pay(context.Background(), wapay.PaymentRequest{
		Reference: reference, Amount: s.currency.Units(5000), Operator: s.operator, Description: "shoes",
		Customer: wapay.Customer{Phone: phone, FirstName: "Awa", LastName: "Traore", Email: "awa@example.com"},
	})
	require.NoError(t, err)
	return p
}

func TestLists(t *testing.T) {
	ctx := context.Background()
	for name, s := range shops(t) {
		t.Run(name, func(t *testing.T) {
			for i := range 3 {
				s.pay(t, fmt.Sprint("order-", i))
			}
			require.NoError(t, s.approve("order-1"))
			l, now := s.client.(wapay.Lister), time.Now()
			got := map[string]wapay.Status{}
			for p, err := range l.ListPayments(ctx, now.Add(-time.Hour), now.Add(time.Hour)) {
				require.NoError(t, err)
				assert.Equal(t, s.currency.Units(5000), p.Amount)
				assert.False(t, p.CreatedAt.IsZero())
				got[p.Reference] = p.Status
			}
			assert.Equal(t, map[string]wapay.Status{
				"order-0": wapay.StatusPending, "order-1": wapay.StatusSucceeded, "order-2": wapay.StatusPending,
			}, got)
			for p, err := range l.ListPayouts(ctx, now.Add(-time.Hour), now.Add(time.Hour)) {
				t.Errorf("%v, %v", p, err)
			}
			for p, err := range l.ListPayments(ctx, now.AddDate(0, 0, -9), now.AddDate(0, 0, -8)) {
				t.Errorf("%v, %v", p, err)
			}
			for range l.ListPayments(ctx, now.Add(-time.Hour), now.Add(time.Hour)) {
				break
			}
			for i, period := range [][2]time.Time{{now, now}, {now, now.Add(-time.Hour)}, {{}, now}} {
				n := 0
				for _, err := range l.ListPayouts(ctx, period[0], period[1]) {
					n++
					readOnly(t, err, wapay.ErrInvalid)
				}
				assert.Equal(t, 1, n, "period %d", i)
			}
			var none context.Context
			for _, err := range l.ListPayments(none, now, now.Add(1)) {
				readOnly(t, err, wapay.ErrInvalid)
			}
		})
	}
}

func readOnly(t *testing.T, err, kind error) {
	t.Helper()
	require.ErrorIs(t, err, kind)
	var e *wapay.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, wapay.OutcomeReadOnly, e.Outcome)
}

func TestBalances(t *testing.T) {
	all := shops(t)
	all["cinetpay/apiv1"] = shop{client: apiv1test.Start(t, apiv1test.Config{}).Client()}
	for name, s := range all {
		b, err := s.client.(wapay.BalanceReader).Balances(context.Background())
		require.NoError(t, err, name)
		require.NotEmpty(t, b, name)
		for _, one := range b {
			assert.True(t, one.Available.Valid(), "%s: %v", name, one)
		}
	}
}

func TestAvailability(t *testing.T) {
	ctx := context.Background()
	for _, name := range []string{"barkapay", "mpp"} {
		states, err := shops(t)[name].client.(wapay.Availability).OperatorStates(ctx)
		require.NoError(t, err, name)
		works := false
		for _, s := range states {
			works = works || s.Payments && s.Payouts
		}
		assert.True(t, works, "%s: %v", name, states)
	}
}

func TestRefund(t *testing.T) {
	ctx := context.Background()
	s := shops(t)["intram"]
	p := s.pay(t, "order-1")
	client := s.client.(wapay.Refunder)
	require.NoError(t, s.approve("order-1"))
	for _, ref := range []wapay.Ref{{ID: p.ID}, {Reference: "order-1"}} {
		r, err := client.Refund(ctx, wapay.RefundRequest{Reference: "refund-1", Payment: ref, Amount: wapay.XOF.Units(1500), Reason: "broken"})
		require.NoError(t, err)
		assert.Equal(t, "refund-1", r.Reference)
		assert.Equal(t, wapay.XOF.Units(1500), r.Amount)
		assert.NotEqual(t, wapay.StatusFailed, r.Status)
		assert.Equal(t, ref.ID == "", r.Replayed, "the second call refunds nothing")
	}
	_, err := client.Refund(ctx, wapay.RefundRequest{Reference: "refund-2", Payment: wapay.Ref{Reference: "nobody"}})
	assert.True(t, wapay.NotDone(err), "%v", err)
	_, err = client.Refund(ctx, wapay.RefundRequest{Reference: "refund-2"})
	require.ErrorIs(t, err, wapay.ErrInvalid)
	assert.True(t, wapay.NotDone(err))
}

func TestCheckAccount(t *testing.T) {
	s := shops(t)["mpp"]
	phone, err := wapay.ParsePhone(s.phone, "")
	require.NoError(t, err)
	holder, err := s.client.(wapay.AccountChecker).CheckAccount(context.Background(), "OM", phone)
	if err == nil {
		assert.Equal(t, phone, holder.Phone)
		assert.NotEmpty(t, holder.FirstName+holder.LastName)
	} else {
		readOnly(t, err, wapay.ErrNotFound)
	}
}

// What Serves refuses, Pay and Payout refuse too, before they send anything.
func TestServes(t *testing.T) {
	ctx := context.Background()
	all := shops(t)
	cp, v1 := cinetpaytest.Start(t, cinetpaytest.Config{}), apiv1test.Start(t, apiv1test.Config{})
	all["cinetpay"] = shop{client: cp.Client(), currency: wapay.XOF, phone: "+2250707070707"}
	all["cinetpay/apiv1"] = shop{client: v1.Client(), operator: "OM_CI", currency: wapay.XOF, phone: "+2250707070707"}
	for name, s := range all {
		t.Run(name, func(t *testing.T) {
			phone, err := wapay.ParsePhone(s.phone, "")
			require.NoError(t, err)
			good := wapay.PayoutRequest{
				Reference: "order-1", Amount: s.currency.Units(5000), Operator: s.operator, Description: "wages",
				NotifyURL: "https://shop.example/ipn", Recipient: wapay.Customer{Phone: phone, FirstName: "Awa", LastName: "Traore"},
			}
			require.NoError(t, wapay.Serves(s.client, good))
			require.NoError(t, wapay.ServesNow(ctx, s.client, good))
			payment := wapay.PaymentRequest{
				Reference: "order-1", Amount: good.Amount, Operator: s.operator, Description: "shoes", Customer: good.Recipient,
				NotifyURL: good.NotifyURL, ReturnURL: "https://shop.example/ok",
			}
			if name == "cinetpay" {
				payment.Operator = "ALL" // of its channels
			}
			payment.Customer.Email = "awa@example.com"
			require.NoError(t, wapay.Serves(s.client, payment))

			bad := good
			bad.Amount = wapay.NGN.Minor(1)
			if name == "mpp" { // which has every currency
				bad.Amount = wapay.Money{}
			}
			served := wapay.Serves(s.client, bad)
			require.ErrorIs(t, served, wapay.ErrInvalid)
			assert.True(t, wapay.NotDone(served))
			_, sent := s.client.(wapay.Payouter).Payout(ctx, bad)
			assert.Equal(t, details(sent), details(served))
			payment.Amount = bad.Amount
			served = wapay.Serves(s.client, payment)
			require.ErrorIs(t, served, wapay.ErrInvalid)
			_, sent = s.client.(wapay.Payer).Pay(ctx, payment)
			assert.Equal(t, details(sent), details(served))
		})
	}
	assert.ErrorIs(t, wapay.Serves(clients[len(clients)-1].client, wapay.PayoutRequest{}), wapay.ErrInvalid, "bantu makes none")
}

func details(err error) []wapay.FieldError {
	var e *wapay.Error
	if errors.As(err, &e) {
		return e.Details
	}
	return nil
}

func TestServesNow(t *testing.T) {
	b := barkapaytest.Start(t, barkapaytest.Config{RateLimit: -1})
	phone, err := wapay.ParsePhone("70656188", "BF")
	require.NoError(t, err)
	r := wapay.PaymentRequest{
		Reference: "1", Amount: wapay.XOF.Units(500), Operator: "MOOV", Customer: wapay.Customer{Phone: phone},
	}
	require.NoError(t, wapay.ServesNow(context.Background(), b.Client(), r))
	b.SetOperator("BFA", "MOOV", barkapaytest.Operator{Payment: "DOWN", Transfer: "OPERATIONAL"})
	err = wapay.ServesNow(context.Background(), b.Client(), r)
	require.ErrorIs(t, err, wapay.ErrUnavailable)
	assert.True(t, wapay.NotDone(err))
}

// Each hint for a number of a provider's country has a word at some provider.
func TestSpelling(t *testing.T) {
	all := shops(t)
	for _, tt := range []struct {
		provider, number, payout string
	}{
		{"barkapay", "+22670656188", "MOOV"}, {"barkapay", "+22676000001", "ORANGE"}, {"barkapay/payhub", "+22676000001", "ORANGE"},
		{"intram", "+2290161234567", "MTN_BENIN_229"}, {"mpp", "+23276123456", "OM"}, {"intram", "+22670656188", ""},
	} {
		p, err := wapay.ParsePhone(tt.number, "")
		require.NoError(t, err)
		hint, ok := wapay.OperatorHint(p)
		require.True(t, ok, tt.number)
		_, payout := all[tt.provider].client.(wapay.OperatorSpeller).SpellOperator(hint.Network)
		assert.Equal(t, tt.payout, payout, "%s %s", tt.provider, tt.number)
	}
}
