package barkapay_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

const ledgerAccount = "mobile/BFA/api"

// live starts a sandbox without a rate limit, and a client with both pairs for
// it.
func live(t testing.TB, cfg barkapaytest.Config, opts ...wapay.Option) (*barkapay.Client, *barkapaytest.Server) {
	t.Helper()
	if cfg.RateLimit == 0 {
		cfg.RateLimit = -1
	}
	b := barkapaytest.New(cfg)
	t.Cleanup(b.Close)
	return liveClient(t, b, opts...), b
}

func liveClient(t testing.TB, b *barkapaytest.Server, opts ...wapay.Option) *barkapay.Client {
	t.Helper()
	cfg := b.Config()
	c, err := barkapay.New(barkapay.Credentials{
		APIKey: wapay.Secret(cfg.APIKey), APISecret: wapay.Secret(cfg.APISecret),
		SCIKey: wapay.Secret(cfg.SCIKey), SCISecret: wapay.Secret(cfg.SCISecret),
	}, append([]wapay.Option{wapay.WithBaseURL(b.URL())}, opts...)...)
	require.NoError(t, err)
	return c
}

// bookings returns the amounts that the ledger has booked for a reference.
func bookings(b *barkapaytest.Server, reference string) []int64 {
	return testkit.Moved(b.EntriesOf(ledgerAccount), reference)
}

func TestSandboxInformation(t *testing.T) {
	ctx := context.Background()
	for _, cfg := range []barkapaytest.Config{{}, {PublicIDAsString: true, OldAvailability: true, UnauthorizedStatusAsString: true}} {
		c, b := live(t, cfg)
		require.NoError(t, c.Ping(ctx))
		m, err := c.Merchant(ctx)
		require.NoError(t, err)
		assert.Contains(t, []string{"100000100000", "0000100000100"}, m.ID)
		assert.Equal(t, []string{"BFA", "SEN", "CIV", "BEN", "TGO"}, m.App.AllowedCountries)
		a, err := c.OperatorsAvailability(ctx)
		require.NoError(t, err)
		assert.Equal(t, cfg.OldAvailability, a.Payments["mobile"])
		assert.Equal(t, cfg.OldAvailability, len(a.Operators) == 0)
		operators, err := c.Operators(ctx)
		require.NoError(t, err)
		assert.Contains(t, fmt.Sprintf("%+v", operators), "Country:BFA Name:ORANGE OTPRequired:true")
		accounts, err := c.Accounts(ctx)
		require.NoError(t, err)
		assert.Len(t, accounts, 10)

		wrong, err := barkapay.New(barkapay.Credentials{APIKey: "wrong-key", APISecret: "wrong-secret"}, wapay.WithBaseURL(b.URL()))
		require.NoError(t, err)
		failure(t, wrong.Ping(ctx), wapay.ErrUnauthorized, wapay.OutcomeReadOnly)
	}
}

func TestSandboxCharge(t *testing.T) {
	ctx := context.Background()
	c, b := live(t, barkapaytest.Config{PaymentFee: func(int64) int64 { return 4 }})
	p, err := c.Pay(ctx, goodPay(t))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, p.Status)
	assert.Equal(t, "order-1", p.Reference)
	assert.Empty(t, bookings(b, "order-1"))

	found, err := c.FindPayment(ctx, byReference("order-1"))
	require.NoError(t, err)
	assert.Equal(t, p.ID, found.ID)
	assert.Equal(t, wapay.StatusPending, found.Status)

	require.NoError(t, b.Approve(p.ID))
	for _, ref := range []wapay.Ref{byReference("order-1"), {ID: p.ID}, {ID: p.ID, Reference: "order-1"}} {
		found, err = c.FindPayment(ctx, ref)
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusSucceeded, found.Status)
		assert.Equal(t, wapay.XOF.Units(200), found.Amount)
		assert.NotEmpty(t, found.OperatorID)
		assert.False(t, found.CreatedAt.IsZero())
	}
	assert.Equal(t, []int64{200, -4}, bookings(b, "order-1"))

	list, err := c.Payments(ctx, barkapay.Filter{Country: "BFA", Operator: "MOOV", Phone: "72929595", Status: wapay.StatusSucceeded, From: time.Now(), To: time.Now()})
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, p.ID, list[0].ID)
	list, err = c.Payments(ctx, barkapay.Filter{Status: wapay.StatusFailed})
	require.NoError(t, err)
	assert.Empty(t, list)

	same, err := c.Pay(ctx, goodPay(t))
	require.NoError(t, err)
	assert.Equal(t, p.ID, same.ID)
	more := goodPay(t)
	more.Amount = wapay.XOF.Units(300)
	_, err = c.Pay(ctx, more)
	e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	assert.Equal(t, "order-1", e.Reference)
	assert.Len(t, b.Orders(), 1)

	_, err = c.Charge(ctx, barkapay.ChargeRequest{
		OrderID: "order-1", Amount: wapay.XOF.Units(300), Sender: phone(t, "72929595", "BF"), Operator: "MOOV",
		AllowDuplicate: true,
	})
	require.NoError(t, err)
	_, err = c.FindPayment(ctx, byReference("order-1"))
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeReadOnly)
	for _, o := range b.Orders() {
		assert.ErrorContains(t, err, o.ID)
	}
}

func TestSandboxWaits(t *testing.T) {
	ctx := context.Background()
	c, b := live(t, barkapaytest.Config{})
	p, err := c.Pay(ctx, goodPay(t))
	require.NoError(t, err)
	decided := make(chan error, 1)
	go func() {
		_ = b.WaitRequests(ctx, 3) // the charge and two questions
		decided <- b.Decline(p.ID, "")
	}()
	p, err = wapay.WaitPayment(ctx, c, wapay.Ref{ID: p.ID}, wapay.PollEvery(time.Millisecond, time.Millisecond))
	require.NoError(t, err)
	require.NoError(t, <-decided)
	assert.Equal(t, wapay.StatusFailed, p.Status)
	assert.Equal(t, "No payment.", p.Reason)
	assert.Empty(t, bookings(b, "order-1"))
}

func TestSandboxOTP(t *testing.T) {
	ctx := context.Background()
	c, b := live(t, barkapaytest.Config{})
	r := goodPay(t)
	r.Operator = "ORANGE"
	for _, otp := range []string{"", "not it"} {
		r.OTP = otp
		_, err := c.Pay(ctx, r)
		e := failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
		assert.Contains(t, e.Message, "otp")
	}
	r.OTP = b.OTP("72929595")
	p, err := c.Pay(ctx, r)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, p.Status)
	assert.NotEmpty(t, p.OperatorID)
	assert.Equal(t, []int64{200}, bookings(b, "order-1"))
}

func TestSandboxLink(t *testing.T) {
	ctx := context.Background()
	c, b := live(t, barkapaytest.Config{OwnPaymentsOnly: true})
	r := goodPay(t)
	r.Operator, r.Description, r.ReturnURL, r.Metadata = "", "Shoes", "https://shop.example/ok", map[string]string{"cart": "7"}
	p, err := c.Pay(ctx, r)
	require.NoError(t, err)
	assert.Contains(t, p.CheckoutURL, p.ID)
	require.NoError(t, b.PayLink(p.ID, "BFA", "MOOV", "70656188", 0))
	for _, ref := range []wapay.Ref{byReference("order-1"), {ID: p.ID}} {
		p, err = c.FindPayment(ctx, ref)
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusSucceeded, p.Status)
	}
	assert.Equal(t, []int64{200}, bookings(b, "order-1"))

	l, err := c.CreatePaymentLink(ctx, barkapay.LinkRequest{
		OrderID: "order-2", Price: barkapay.PriceInterval, MinAmount: wapay.XOF.Units(100), MaxAmount: wapay.XOF.Units(900),
		Period: time.Hour, NotifyPayer: true, PayerEmail: "customername@domain.com", Title: "Shoes", NoPayURL: "https://shop.example/no",
	})
	require.NoError(t, err)
	assert.Equal(t, barkapay.PriceInterval, l.Price)
	assert.Equal(t, wapay.Money{}, l.Amount)
	require.NoError(t, b.PayLink(l.ID, "SEN", "WAVE", "771234567", 700))
	p, err = c.FindPayment(ctx, byReference("order-2"))
	require.NoError(t, err)
	assert.Equal(t, wapay.XOF.Units(700), p.Amount)

	_, err = c.CreatePaymentLink(ctx, barkapay.LinkRequest{OrderID: "order-2", Price: barkapay.PriceFloating})
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
}

func TestSandboxTransfers(t *testing.T) {
	ctx := context.Background()
	c, b := live(t, barkapaytest.Config{TransferFee: func(int64) int64 { return 10 }})
	r := goodPayout(t)
	r.Description, r.Metadata = "Wages", map[string]string{"month": "May"}
	p, err := c.Payout(ctx, r)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, p.Status)
	assert.Equal(t, []int64{-1000, -10}, bookings(b, "order-1"))
	require.NoError(t, b.Approve(p.ID))
	p, err = wapay.WaitPayout(ctx, c, byReference("order-1"))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, p.Status)
	tr, err := c.Transfer(ctx, p.ID)
	require.NoError(t, err)
	assert.Equal(t, `{"month":"May"}`, tr.OrderData)

	same, err := c.Payout(ctx, r)
	require.NoError(t, err)
	assert.Equal(t, p.ID, same.ID)
	more := r
	more.Amount = wapay.XOF.Units(2000)
	_, err = c.Payout(ctx, more)
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	r.Reference = "order-2"
	_, err = c.Payout(ctx, r) // the same phone and amount
	e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	assert.Contains(t, e.Message, "Double spend")

	again, err := c.CreateTransfer(ctx, barkapay.TransferRequest{
		OrderID: "order-2", Amount: r.Amount, Receiver: r.Recipient.Phone, Operator: "MOOV", IgnoreDoubleSpendRisk: true,
	})
	require.NoError(t, err)
	require.NoError(t, b.Decline(again.ID, "The phone is off."))
	p, err = c.FindPayout(ctx, byReference("order-2"))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, p.Status)
	assert.Equal(t, "The phone is off.", p.Reason)
	assert.Equal(t, []int64{-1000, -10, 1000, 10}, bookings(b, "order-2"))

	togo := goodPayout(t)
	togo.Reference, togo.Recipient.Phone = "order-3", phone(t, "90123456", "TG")
	_, err = c.Payout(ctx, togo)
	require.NoError(t, err)
	list, err := c.Transfers(ctx, barkapay.Filter{Country: "TGO"})
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, "order-3", list[0].OrderID)

	s, err := c.Statement(ctx, barkapay.StatementRequest{Type: "mobile", Name: "BFA", Label: "api"})
	require.NoError(t, err)
	assert.Equal(t, wapay.XOF.Units(b.Balance(ledgerAccount)), s.Balance)
	entries := b.EntriesOf(ledgerAccount)
	require.Len(t, s.Entries, len(entries))
	for i, e := range entries {
		s.Entries[i].Raw = nil
		assert.Equal(t, barkapay.StatementEntry{
			Type: string(e.Kind), Amount: wapay.XOF.Units(e.Amount), PreviousBalance: wapay.XOF.Units(e.Previous),
			NewBalance: wapay.XOF.Units(e.Balance), ID: e.ID, Origin: e.Why,
		}, s.Entries[i])
	}
}

func TestSandboxInsufficientBalance(t *testing.T) {
	c, b := live(t, barkapaytest.Config{Balances: map[string]int64{"BFA": 999}})
	_, err := c.Payout(context.Background(), goodPayout(t))
	e := failure(t, err, wapay.ErrInsufficientFunds, wapay.OutcomeRejected)
	assert.Equal(t, "order-1", e.Reference)
	assert.Empty(t, bookings(b, "order-1"))
	assert.Equal(t, int64(999), b.Balance(ledgerAccount))
}

// Two processes send the same order at once.
func TestSandboxSameReferenceTwice(t *testing.T) {
	ctx := context.Background()
	c, b := live(t, barkapaytest.Config{DoubleSpendWindow: time.Nanosecond})
	clients := []*barkapay.Client{c, liveClient(t, b)}
	got := make([]*wapay.Payout, 2)
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			got[i], errs[i] = c.Payout(ctx, goodPayout(t))
		}()
	}
	wg.Wait()
	require.NoError(t, errs[0])
	require.NoError(t, errs[1])
	assert.Equal(t, got[0].ID, got[1].ID, "the one that came second is told of the first")
	assert.Equal(t, []int64{-1000}, bookings(b, "order-1"))
	for _, c := range clients {
		p, err := c.FindPayout(ctx, byReference("order-1"))
		require.NoError(t, err)
		assert.Equal(t, b.Orders()[0].ID, p.ID)
	}
}

func TestSandboxManyAtOnce(t *testing.T) {
	ctx := context.Background()
	c, b := live(t, barkapaytest.Config{})
	const n = 200
	receiver := phone(t, "72929595", "BF")
	errs := make(chan error, n)
	for i := range n {
		go func() {
			p, err := c.Payout(ctx, wapay.PayoutRequest{
				Reference: fmt.Sprint("order-", i), Amount: wapay.XOF.Units(100 + int64(i)), Operator: "MOOV",
				Recipient: wapay.Customer{Phone: receiver},
			})
			if err == nil && (p.Reference != fmt.Sprint("order-", i) || p.Amount != wapay.XOF.Units(100+int64(i))) {
				err = errors.New("somebody else's answer")
			}
			errs <- err
		}()
	}
	for range n {
		require.NoError(t, <-errs)
	}
	assert.Equal(t, n, b.Count("POST", "transfer/request/mobile"))
	for i := range n {
		assert.Equal(t, []int64{-100 - int64(i)}, bookings(b, fmt.Sprint("order-", i)))
	}
}
