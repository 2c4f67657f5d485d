package apiv1_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay/apiv1"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
)

func live(t *testing.T, cfg apiv1test.Config, opts ...wapay.Option) (*apiv1.Client, *apiv1test.Server) {
	t.Helper()
	s := apiv1test.Start(t, cfg)
	return s.Client(opts...), s
}

const account = "account/XOF"

// faults maps each fault to the error that an order must give. An unknown word
// in the answer to a transfer leaves the outcome open.
func faults(oddTransfer bool) []testkit.Fault {
	list := testkit.Faults(
		testkit.Fault{Name: "html 403", Fault: sandbox.Fault{Kind: sandbox.FaultHTML, Code: 403}, Kind: wapay.ErrForbidden},
		testkit.Fault{Name: "provider error", Fault: sandbox.Fault{Kind: sandbox.FaultProviderError}, Kind: wapay.ErrUnavailable},
		testkit.Fault{Name: "provider error 200", Fault: sandbox.Fault{Kind: sandbox.FaultProviderError, Code: 200}, Kind: wapay.ErrUnavailable},
		testkit.Fault{Name: "used, they say", Fault: sandbox.Fault{Kind: sandbox.FaultProviderError, Code: 400, ErrorCode: "TRANSACTION_EXIST", Before: true}, Kind: wapay.ErrDuplicate},
	)
	for i := range list {
		if oddTransfer && list[i].Odd {
			list[i].Odd, list[i].Kind = false, wapay.ErrDecode
		}
	}
	return list
}

// The client sends a payout once under each fault. The error is
// ErrOutcomeUnknown with the reference, and a lookup finds the truth.
func TestFaultsOnPayout(t *testing.T) {
	for _, x := range faults(true) {
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			c, s := live(t, apiv1test.Config{}, testkit.Timeout(x.Fault))
			f := x.Fault
			f.Path = "v1/transfer"
			s.Inject(f)
			p, err := c.Payout(bg, goodPayout(t))
			assert.Equal(t, 1, s.Count("POST", "v1/transfer"), "sent again")
			if x.Kind == nil {
				require.NoError(t, err)
			} else {
				assert.Nil(t, p)
				e := failure(t, err, x.Kind, wapay.OutcomeUnknown)
				assert.Equal(t, "Payout", e.Op)
				assert.Equal(t, "PO-0001", e.Reference)
			}
			s.ClearFaults()
			found, err := wapay.SettlePayout(bg, c, byReference("PO-0001"), testkit.Quickly()...)
			if !x.Fault.Processed() {
				assert.ErrorIs(t, err, wapay.ErrNotFound)
				assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown, "not found now is no promise")
				assert.Empty(t, s.Orders())
				return
			}
			require.NoError(t, err)
			assert.Equal(t, []int64{-500}, testkit.Moved(s.EntriesOf(account), "PO-0001"))
			assert.Equal(t, wapay.XOF.Units(500), found.Amount)
			assert.Equal(t, 1, s.Count("POST", "v1/transfer"))
		})
	}
}

func TestFaultsOnPay(t *testing.T) {
	for _, x := range faults(false) {
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			c, s := live(t, apiv1test.Config{}, testkit.Timeout(x.Fault))
			f := x.Fault
			f.Path = "v1/payment"
			s.Inject(f)
			p, err := c.Pay(bg, goodDirect(t))
			assert.Equal(t, 1, s.Count("POST", "v1/payment"), "sent again")
			if x.Kind == nil {
				require.NoError(t, err)
				assert.Equal(t, x.Odd, p.Status == wapay.StatusUnknown)
			} else {
				failure(t, err, x.Kind, wapay.OutcomeUnknown)
			}
			s.ClearFaults()
			_, err = c.FindPayment(bg, byReference("ORDER-0002"))
			assert.Equal(t, x.Fault.Processed(), err == nil, "%v", err)
		})
	}
}

// A fault at the login moves no money.
func TestFaultsAtLogin(t *testing.T) {
	for _, x := range faults(false) {
		if x.Kind == nil || x.Fault.Kind == sandbox.FaultHang {
			continue
		}
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			c, s := live(t, apiv1test.Config{}, wapay.WithMaxRetries(0))
			f := x.Fault
			f.Path = "v1/oauth/login"
			s.Inject(f)
			_, err := c.Payout(bg, goodPayout(t))
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, wapay.OutcomeNotSent, e.Outcome)
			assert.Zero(t, s.Count("POST", "v1/transfer"))
			_, err = c.Payout(bg, goodPayout(t))
			require.NoError(t, err)
		})
	}
}

// The client keeps a token for its life, and replaces a rejected one.
func TestTokens(t *testing.T) {
	for _, way := range []apiv1test.TokenRefusals{
		apiv1test.TokenRefused401, apiv1test.TokenRefused200, apiv1test.TokenRefused422, apiv1test.TokenRefusedInDetails,
	} {
		c, s := live(t, apiv1test.Config{TokenRefusals: way})
		_, err := c.Balance(bg)
		require.NoError(t, err)
		s.Advance(23*time.Hour + 59*time.Minute)
		_, err = c.Balance(bg)
		require.NoError(t, err)
		assert.Equal(t, 1, s.Logins())
		s.ExpireTokens()
		_, err = c.Payout(bg, goodPayout(t))
		require.NoError(t, err, way)
		s.RevokeTokens()
		_, err = c.Pay(bg, goodPay(t))
		require.NoError(t, err, way)
		assert.Equal(t, 3, s.Logins())
		s.Inject(sandbox.Fault{Kind: sandbox.FaultExpiredToken, Path: "v1/transfer", Times: 2})
		r := goodPayout(t)
		r.Reference = "PO-0002"
		_, err = c.Payout(bg, r)
		e := failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeRejected)
		assert.Equal(t, 2, e.Attempts)
		assert.Equal(t, []int64{-500}, testkit.Moved(s.EntriesOf(account), "PO-0001"))
		assert.Empty(t, testkit.Moved(s.EntriesOf(account), "PO-0002"))
	}
}

// Many goroutines share one login, even if the provider revokes the token.
func TestConcurrentCallsShareOneLogin(t *testing.T) {
	c, s := live(t, apiv1test.Config{})
	const crowd = 50
	for wave := range 3 {
		var wg sync.WaitGroup
		for i := range crowd {
			wg.Add(1)
			go func() {
				defer wg.Done()
				r := goodPayout(t)
				r.Reference = fmt.Sprintf("PO-%d-%d", wave, i)
				_, err := c.Payout(bg, r)
				assert.NoError(t, err)
			}()
		}
		wg.Wait()
		assert.Equal(t, wave+1, s.Logins())
		s.RevokeTokens()
	}
	assert.Len(t, s.Orders(), 3*crowd)
}

// Each switch of the sandbox is a possible answer to an open question. With
// each, the client pays once and never reports a failure if money may have
// moved.
func TestSwitches(t *testing.T) {
	for name, cfg := range map[string]apiv1test.Config{
		"plain": {}, "200": {Refusals: apiv1test.RefusalsAs200, NotFound: apiv1test.NotFound200}, "404": {NotFound: apiv1test.NotFound404},
		"empty list": {NotFound: apiv1test.NotFoundEmpty}, "strings": {CodesAsStrings: true}, "numbers": {AmountsAsNumbers: true},
		"bare": {Bare: true}, "amounts": {AmountsInStates: true}, "one token": {OneToken: true}, "one space": {OneSpace: true},
		"own ids": {OwnIDsOnly: true}, "lag": {LookupsLag: time.Minute}, "freed": {FreedByFailure: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := live(t, cfg)
			_, err := c.FindPayout(bg, byReference("PO-0001"))
			if cfg.NotFound == apiv1test.NotFoundEmpty { // does not say that there is none
				failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
			} else {
				failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
			}
			p, err := c.Payout(bg, goodPayout(t))
			require.NoError(t, err)
			assert.Equal(t, wapay.StatusPending, p.Status)
			again, err := c.Payout(bg, goodPayout(t))
			if cfg.OwnIDsOnly || cfg.LookupsLag > 0 {
				failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
			} else {
				require.NoError(t, err)
				assert.True(t, again.Replayed)
				assert.Equal(t, p.ID, again.ID)
			}
			other := goodPayout(t)
			other.Amount = wapay.XOF.Units(505)
			_, err = c.Payout(bg, other)
			failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
			assert.Equal(t, []int64{-500}, testkit.Moved(s.EntriesOf(account), "PO-0001"))
			s.Advance(time.Minute)
			require.NoError(t, s.Approve("PO-0001"))
			found, err := c.FindPayout(bg, wapay.Ref{ID: p.ID, Reference: "PO-0001"})
			require.NoError(t, err)
			assert.Equal(t, wapay.StatusSucceeded, found.Status)

			paid, err := c.Pay(bg, goodPay(t))
			require.NoError(t, err)
			assert.Equal(t, wapay.ActionOpenPage, paid.Action)
			_, err = c.Pay(bg, goodPay(t))
			if cfg.AmountsInStates {
				require.NoError(t, err)
			} else {
				failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
			}
			assert.Len(t, s.Orders(), 2)
		})
	}
	c, s := live(t, apiv1test.Config{NotAllowed: true})
	_, err := c.Payout(bg, goodPayout(t))
	failure(t, err, wapay.ErrForbidden, wapay.OutcomeRejected)
	assert.Empty(t, s.Orders())
}

// If the provider makes two orders of a repeat, the client has still sent only
// one request for each call.
func TestRepeatsMakeTwo(t *testing.T) {
	c, s := live(t, apiv1test.Config{RepeatsMakeTwo: true})
	s.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Path: "v1/transfer"})
	_, err := c.Payout(bg, goodPayout(t))
	failure(t, err, wapay.ErrUnavailable, wapay.OutcomeUnknown)
	_, err = wapay.SettlePayout(bg, c, byReference("PO-0001"), testkit.Quickly()...)
	require.NoError(t, err)
	assert.Equal(t, []int64{-500}, testkit.Moved(s.EntriesOf(account), "PO-0001"))
	_, repeats := any(c).(wapay.RepeatSafer)
	assert.False(t, repeats)
}

// TestDirect covers the direct payment, its final statuses, and the flag for a
// page.
func TestDirect(t *testing.T) {
	c, s := live(t, apiv1test.Config{Clock: fixed(time.Now())})
	for number, x := range map[string]struct{ first, last wapay.Status }{
		"+2250707070700": {wapay.StatusPending, wapay.StatusSucceeded}, // only the lookup confirms it
		"+2250707070701": {wapay.StatusPending, wapay.StatusSucceeded},
		"+2250707070703": {wapay.StatusFailed, wapay.StatusFailed},
		"+2250707070704": {wapay.StatusPending, wapay.StatusFailed},
		"+2250707070706": {wapay.StatusPending, wapay.StatusPending},
	} {
		r := goodDirect(t)
		r.Reference, r.Customer.Phone, r.OTP = "D-"+number[9:], phone(t, number, ""), "1234"
		p, err := c.Pay(bg, r)
		require.NoError(t, err)
		assert.Equal(t, x.first.String(), p.Status.String(), number)
		assert.Empty(t, p.CheckoutURL)
		s.Advance(4 * time.Second)
		found, err := c.FindPayment(bg, wapay.Ref{ID: p.ID, Reference: r.Reference})
		require.NoError(t, err)
		assert.Equal(t, x.last.String(), found.Status.String(), number)
	}
	c, _ = live(t, apiv1test.Config{NoDirectMode: true})
	p, err := c.Pay(bg, goodDirect(t))
	require.NoError(t, err)
	assert.Equal(t, wapay.ActionOpenPage, p.Action)
	assert.NotEmpty(t, p.CheckoutURL)
}

func fixed(at time.Time) func() time.Time { return func() time.Time { return at } }

func TestPrintedWhileInUse(t *testing.T) {
	c, s := live(t, apiv1test.Config{})
	done := make(chan error, 8)
	for range cap(done) {
		go func() {
			_ = fmt.Sprintf("%+v %#v %v", c, c, *c)
			_, err := c.Balance(bg)
			done <- err
		}()
	}
	for range cap(done) {
		require.NoError(t, <-done)
	}
	assert.Equal(t, 1, s.Logins())
}
