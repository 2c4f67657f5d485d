package payhub_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay/payhub"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

func live(t testing.TB, cfg payhubtest.Config, opts ...wapay.Option) (*payhub.Client, *payhubtest.Server) {
	p := payhubtest.Start(t, cfg)
	return p.Client(opts...), p
}

// bookings returns the amounts that the ledger has booked for a reference.
func bookings(p *payhubtest.Server, reference string) []int64 {
	return testkit.Moved(p.EntriesOf("bf"), reference)
}

func livePay(t testing.TB) wapay.PaymentRequest {
	r := goodPay(t)
	r.Operator = "MTN"
	return r
}

func TestSandboxPayment(t *testing.T) {
	for name, cfg := range map[string]payhubtest.Config{
		"": {}, "repeats are refused": {RefuseRepeats: true}, "an empty list": {EmptyList: true}, "errors with 200": {ErrorsWithHTTP200: true},
		"new members": {NewMembers: true},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := live(t, cfg)
			_, err := c.FindPayment(ctx, testkit.ByReference("shop-1001"))
			failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
			got, err := c.Pay(ctx, livePay(t))
			require.NoError(t, err)
			assert.Equal(t, []any{wapay.StatusPending, wapay.ActionConfirm, false}, []any{got.Status, got.Action, got.Replayed})
			require.NoError(t, p.Approve("shop-1001"))
			again, err := c.Pay(ctx, livePay(t))
			require.NoError(t, err)
			assert.Equal(t, []any{got.ID, wapay.StatusSucceeded, true}, []any{again.ID, again.Status, again.Replayed})
			assert.Equal(t, []int64{7500}, bookings(p, "shop-1001"))
			other := livePay(t)
			other.Amount = wapay.XOF.Units(7501)
			_, err = c.Pay(ctx, other)
			failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
			assert.Len(t, p.Orders(), 1)

			_, err = c.CreatePayment(ctx, payhub.PaymentRequest{OrderID: "shop-1001", Amount: other.Amount, Phone: other.Customer.Phone, Operator: "MTN"})
			if cfg.RefuseRepeats {
				failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
				return
			}
			require.NoError(t, err) // twice: nothing prevents it
			_, err = c.FindPayment(ctx, testkit.ByReference("shop-1001"))
			failure(t, err, wapay.ErrDuplicate, wapay.OutcomeReadOnly)
		})
	}
	c, p := live(t, payhubtest.Config{UnknownID422: true})
	_, err := c.Pay(ctx, livePay(t)) // the answer does not say whether there is an order
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)
	assert.Empty(t, p.Orders())
}

// The client does not take an order that is not visible yet for one that was
// never made.
func TestSandboxNotVisibleYet(t *testing.T) {
	c, p := live(t, payhubtest.Config{VisibleAfter: time.Minute})
	p.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST"})
	_, err := c.Payout(ctx, goodPayout(t))
	failure(t, err, wapay.ErrUnavailable, wapay.OutcomeUnknown)
	_, err = c.Payout(ctx, goodPayout(t)) // the guard refuses what the lookup did not find
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	_, err = wapay.SettlePayout(ctx, c, testkit.ByReference("payout-2001"), testkit.Quickly()...)
	assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	p.Advance(time.Minute)
	got, err := c.Payout(ctx, goodPayout(t))
	require.NoError(t, err)
	assert.True(t, got.Replayed)
	assert.Equal(t, []int64{-25000}, bookings(p, "payout-2001"))
}

// A success without an order leaves the outcome unknown.
func TestSandboxNoObject(t *testing.T) {
	c, p := live(t, payhubtest.Config{NoObject: true})
	_, err := c.Payout(ctx, goodPayout(t))
	failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
	got, err := wapay.SettlePayout(ctx, c, testkit.ByReference("payout-2001"), testkit.Quickly()...)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, got.Status)
	assert.Equal(t, []int64{-25000}, bookings(p, "payout-2001"))
}

// An answer with only an id is about this order.
func TestSandboxMinimalAnswer(t *testing.T) {
	c, p := live(t, payhubtest.Config{LeastOnly: true})
	got, err := c.Payout(ctx, goodPayout(t))
	require.NoError(t, err)
	_, err = c.Payout(ctx, goodPayout(t)) // the lookup shows an order without its reference
	failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
	found, err := c.FindPayout(ctx, wapay.Ref{ID: got.ID})
	require.NoError(t, err)
	assert.Equal(t, got.ID, found.ID)
	assert.Equal(t, []int64{-25000}, bookings(p, "payout-2001"))
}

func TestSandboxGuard(t *testing.T) {
	c, p := live(t, payhubtest.Config{})
	_, err := c.Payout(ctx, goodPayout(t))
	require.NoError(t, err)
	like := goodPayout(t)
	like.Reference = "payout-2002"
	_, err = c.Payout(ctx, like)
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	assert.Empty(t, bookings(p, "payout-2002"))
	p.Advance(time.Minute)
	_, err = c.Payout(ctx, like)
	require.NoError(t, err)

	risky := goodTransfer(t)
	risky.OrderID, risky.IgnoreDoubleSpendRisk = "payout-2003", true
	_, err = c.CreateTransfer(ctx, risky)
	require.NoError(t, err)
	b, err := c.Balance(ctx)
	require.NoError(t, err)
	assert.Equal(t, []wapay.Money{wapay.XOF.Units(925_000), wapay.XOF.Units(75_000), wapay.XOF.Units(1_000_000)}, []wapay.Money{b.Available, b.Holds, b.Total})

	require.NoError(t, p.Move("payout-2003", "UNRESOLVED", ""))
	got, err := c.FindPayout(ctx, testkit.ByReference("payout-2003"))
	require.NoError(t, err)
	assert.False(t, got.Status.Final())
	require.NoError(t, p.Move("payout-2003", "REFUNDED", ""))
	got, err = c.FindPayout(ctx, testkit.ByReference("payout-2003"))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusRefunded, got.Status)
	assert.Equal(t, []int64{-25000, 25000}, bookings(p, "payout-2003"))

	broke := goodPayout(t)
	broke.Reference, broke.Amount = "payout-2004", wapay.XOF.Units(2_000_000)
	_, err = c.Payout(ctx, broke)
	failure(t, err, wapay.ErrInsufficientFunds, wapay.OutcomeRejected)
	p.SetDown("ORANGE", true)
	broke.Reference, broke.Amount = "payout-2005", wapay.XOF.Units(100)
	_, err = c.Payout(ctx, broke)
	failure(t, err, wapay.ErrUnavailable, wapay.OutcomeUnknown)
}

func TestSandboxCodes(t *testing.T) {
	const number = "70000001"
	// Code first.
	c, p := live(t, payhubtest.Config{})
	r := goodPay(t)
	r.Operator = "ORANGE"
	_, err := c.Pay(ctx, r)
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
	r.OTP = p.OTP(number)
	got, err := c.Pay(ctx, r)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, got.Status)
	r.Reference = "shop-1003" // with a used code
	got, err = c.Pay(ctx, r)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, got.Status)

	// Code first or after, by the status that comes back.
	c, p = live(t, payhubtest.Config{CodeAfter: true})
	r.Reference, r.OTP = "shop-1004", ""
	for _, operator := range []string{"ORANGE", "MOOV"} {
		r.Reference, r.Operator, r.OTP = "shop-"+operator, operator, ""
		got, err = c.Pay(ctx, r)
		require.NoError(t, err)
		assert.Equal(t, []any{"AWAITING_OTP", wapay.ActionGiveCode}, []any{got.ProviderStatus, got.Action})
		r.OTP = "000000"
		_, err = c.Pay(ctx, r)
		failure(t, err, wapay.ErrInvalid, wapay.OutcomeUnknown)
		old := p.OTP(number)
		require.NoError(t, c.ResendOTP(ctx, got.ID))
		require.NotEqual(t, old, p.OTP(number))
		r.OTP = p.OTP(number)
		p.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Path: "bf/v1/payments/" + got.ID + "/confirm-otp"})
		done, err := c.Pay(ctx, r) // the answer is lost, and a lookup finds the result
		require.NoError(t, err)
		assert.Equal(t, []any{got.ID, wapay.StatusSucceeded, true}, []any{done.ID, done.Status, done.Replayed})
		assert.Equal(t, []int64{7500}, bookings(p, r.Reference))
		_, err = c.ConfirmOTP(ctx, got.ID, "000000")
		failure(t, err, wapay.ErrInvalid, wapay.OutcomeUnknown)
		failure(t, c.ResendOTP(ctx, got.ID), wapay.ErrInvalid, wapay.OutcomeReadOnly)
	}
	c, _ = live(t, payhubtest.Config{WrongCodeFails: true})
	r.Reference, r.Operator, r.OTP = "shop-1005", "MOOV", ""
	got, err = c.Pay(ctx, r)
	require.NoError(t, err)
	x, err := c.ConfirmOTP(ctx, got.ID, "000000")
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, x.Status)
	_, err = c.ConfirmOTP(ctx, "nobody", "000000")
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeUnknown)
}

func TestSandboxLists(t *testing.T) {
	c, p := live(t, payhubtest.Config{})
	for i := range 5 {
		r := livePay(t)
		r.Reference = fmt.Sprint("shop-", i)
		_, err := c.Pay(ctx, r)
		require.NoError(t, err)
	}
	require.NoError(t, p.Decline("shop-3", ""))
	var seen []string
	for page, last := 1, 1; page <= last; page++ {
		l, err := c.Payments(ctx, payhub.Filter{Page: page, PerPage: 2, From: p.Now(), To: p.Now()})
		require.NoError(t, err)
		last = l.LastPage
		for _, x := range l.Transactions {
			seen = append(seen, x.OrderID)
		}
	}
	assert.Equal(t, []string{"shop-0", "shop-1", "shop-2", "shop-3", "shop-4"}, seen)
	l, err := c.Payments(ctx, payhub.Filter{Status: "FAILED", Operator: "MTN"})
	require.NoError(t, err)
	require.Len(t, l.Transactions, 1)
	assert.Equal(t, "shop-3", l.Transactions[0].OrderID)

	c, _ = live(t, payhubtest.Config{IgnorePage: true})
	_, err = c.Transfers(ctx, payhub.Filter{Page: 2})
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
}

func TestSandboxInformation(t *testing.T) {
	c, p := live(t, payhubtest.Config{})
	require.NoError(t, c.Ping(ctx))
	for name, get := range map[string]func(context.Context) (wapay.Raw, error){
		"merchant": c.Me, "OPERATIONAL": c.OperatorsAvailability, "otp_required": c.OperatorsInfo,
	} {
		raw, err := get(ctx)
		require.NoError(t, err)
		assert.Contains(t, raw.String(), name)
	}
	k := p.Credentials()
	k.Country = "cc"
	coins, err := payhub.New(k, wapay.WithBaseURL(p.URL()))
	require.NoError(t, err)
	b, err := coins.Balance(ctx)
	require.NoError(t, err)
	assert.Equal(t, "42.75", b.Assets[0].Available)
	k.Country = "tg" // the provider does not serve it
	nowhere, err := payhub.New(k, wapay.WithBaseURL(p.URL()))
	require.NoError(t, err)
	failure(t, nowhere.Ping(ctx), wapay.ErrNotFound, wapay.OutcomeReadOnly)
	k.Country, k.Secret = "bf", "sk_live_another"
	wrong, err := payhub.New(k, wapay.WithBaseURL(p.URL()))
	require.NoError(t, err)
	failure(t, wrong.Ping(ctx), wapay.ErrUnauthorized, wapay.OutcomeReadOnly)
	_, err = wrong.CreateTransfer(ctx, goodTransfer(t))
	failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeRejected)
}

// The customer's number selects the scenario.
func TestSandboxScenarios(t *testing.T) {
	for number, want := range map[string]wapay.Status{
		"70990001": wapay.StatusSucceeded, "70990002": wapay.StatusFailed, "70990003": wapay.StatusPending, "70990004": wapay.StatusSucceeded,
		"70990005": wapay.StatusSucceeded,
	} {
		c, p := live(t, payhubtest.Config{})
		r := goodPayout(t)
		r.Recipient.Phone = testkit.Phone(t, number, "BF")
		_, err := c.Payout(ctx, r)
		assert.Equal(t, number == "70990004", err != nil, number)
		require.NoError(t, p.Flush(ctx))
		got, err := c.FindPayout(ctx, testkit.ByReference(r.Reference))
		require.NoError(t, err)
		assert.Equal(t, want, got.Status, number)
	}
}

// Two calls with one reference at once make one order if the provider refuses
// repeats.
func TestSandboxRace(t *testing.T) {
	c, p := live(t, payhubtest.Config{RefuseRepeats: true})
	var all sync.WaitGroup
	for range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			got, err := c.Payout(ctx, goodPayout(t))
			assert.True(t, err == nil && got.ID != "" || assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown))
		}()
	}
	all.Wait()
	assert.Equal(t, []int64{-25000}, bookings(p, "payout-2001"))
}

func TestSandboxNotifications(t *testing.T) {
	for name, cfg := range map[string]payhubtest.Config{"": {}, "whole": {NotifyWhole: true}, "two signatures": {SecondSecret: "whsec_new"}} {
		t.Run(name, func(t *testing.T) {
			c, p := live(t, cfg)
			events := make(chan *ipn.Event, 4)
			h, err := ipn.NewHandler(ipn.PayHubWithClock(p.Now, p.WebhookSecret()), func(_ context.Context, e *ipn.Event) error {
				events <- e
				return nil
			}, ipn.WithConfirm(ipn.ConfirmPayments(c), ipn.ConfirmPayouts(c)))
			require.NoError(t, err)
			shop := httptest.NewServer(h)
			defer shop.Close()
			p.Notify(shop.URL)
			_, err = c.Pay(ctx, livePay(t))
			require.NoError(t, err)
			_, err = c.Payout(ctx, goodPayout(t))
			require.NoError(t, err)
			require.NoError(t, p.Approve("shop-1001"))
			require.NoError(t, p.Decline("payout-2001", "No account."))
			got := []*ipn.Event{<-events, <-events}
			slices.SortFunc(got, func(x, y *ipn.Event) int { return int(x.Kind) - int(y.Kind) })
			assert.Equal(t, []any{ipn.KindPayment, wapay.StatusSucceeded, "shop-1001", wapay.XOF.Units(7500), ipn.ProofConfirmed},
				[]any{got[0].Kind, got[0].Status, got[0].Reference, got[0].Amount, got[0].Proof})
			assert.Equal(t, []any{ipn.KindPayout, wapay.StatusFailed, "payout-2001", "No account."},
				[]any{got[1].Kind, got[1].Status, got[1].Reference, got[1].Reason})
			for _, how := range []sandbox.SendMode{sandbox.SendLate, sandbox.SendTampered, sandbox.SendForged} {
				d, err := p.Resend(ctx, "shop-1001", how)
				require.NoError(t, err)
				assert.False(t, d.OK(), how)
			}
		})
	}
}
