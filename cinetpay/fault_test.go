package cinetpay_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
)

// faults maps each fault to the error that an order must give.
var faults = testkit.Faults(
	testkit.Fault{Name: "html 417", Fault: sandbox.Fault{Kind: sandbox.FaultHTML, Code: 417}, Kind: wapay.ErrInvalid},
	testkit.Fault{Name: "provider error", Fault: sandbox.Fault{Kind: sandbox.FaultProviderError}, Kind: wapay.ErrUnavailable},
	testkit.Fault{
		Name:  "provider error 200",
		Fault: sandbox.Fault{Kind: sandbox.FaultProviderError, Code: 200, ErrorCode: "715"}, Kind: wapay.ErrUnavailable,
	},
)

// The client sends a payout once under each fault. The error is
// ErrOutcomeUnknown with the reference, and a lookup finds the truth.
func TestFaultsOnPayout(t *testing.T) {
	for _, x := range faults {
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			c, b := live(t, cinetpaytest.Config{}, testkit.Timeout(x.Fault))
			f := x.Fault
			f.Path = sendPath
			b.Inject(f)
			p, err := c.Payout(bg, goodPayout(t))
			assert.Equal(t, 1, b.Count("POST", sendPath), "sent again")
			switch {
			case x.Kind == nil:
				require.NoError(t, err)
				assert.Equal(t, x.Odd, p.Status == wapay.StatusUnknown)
			default:
				assert.Nil(t, p)
				e := failure(t, err, x.Kind, wapay.OutcomeUnknown)
				assert.Equal(t, "Payout", e.Op)
				assert.Equal(t, "MYMERCHANTID1", e.Reference)
				assert.Equal(t, 1, e.Attempts)
			}
			b.ClearFaults()
			found, err := wapay.SettlePayout(bg, c, byReference("MYMERCHANTID1"), testkit.Quickly()...)
			if !x.Fault.Processed() {
				assert.ErrorIs(t, err, wapay.ErrNotFound)
				assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown, "not found now is no promise")
				assert.Empty(t, b.Orders())
				return
			}
			require.NoError(t, err)
			assert.Equal(t, []int64{-500}, bookings(b, "transfer/XOF", "MYMERCHANTID1"))
			assert.Equal(t, wapay.XOF.Units(500), found.Amount)
			if p != nil {
				assert.Equal(t, p.ID, found.ID)
			}
			assert.Equal(t, 1, b.Count("POST", sendPath))
		})
	}
}

// Send does the same, on a new connection and on a reused one.
func TestFaultsOnSend(t *testing.T) {
	for _, x := range faults {
		if x.Kind == nil {
			continue
		}
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			c, b := live(t, cinetpaytest.Config{}, testkit.Timeout(x.Fault))
			_, err := c.Balance(bg, wapay.XOF)
			require.NoError(t, err)
			f := x.Fault
			f.Path = sendPath
			b.Inject(f)
			got, err := c.Send(bg, goodTransfers(t)...)
			assert.Nil(t, got)
			e := failure(t, err, x.Kind, wapay.OutcomeUnknown)
			assert.Equal(t, "MYMERCHANTID1,20180606111287", e.Reference)
			assert.Equal(t, 1, b.Count("POST", sendPath))
		})
	}
}

// A fault at the contact or at the login moves no money. The client recovers
// from most of them.
func TestFaultsBeforeSending(t *testing.T) {
	for _, x := range faults {
		for _, path := range []string{"v1/transfer/contact", "v1/auth/login"} {
			t.Run(x.Name+", "+path, func(t *testing.T) {
				t.Parallel()
				c, b := live(t, cinetpaytest.Config{}, testkit.Timeout(x.Fault))
				f := x.Fault
				f.Path = path
				b.Inject(f)
				p, err := c.Payout(bg, goodPayout(t))
				if err != nil {
					var e *wapay.Error
					require.True(t, errors.As(err, &e))
					assert.Equal(t, wapay.OutcomeNotSent.String(), e.Outcome.String(), "%v", err)
					assert.Empty(t, b.Orders())
					assert.Zero(t, b.Count("POST", sendPath))
					p, err = c.Payout(bg, goodPayout(t))
				}
				require.NoError(t, err)
				assert.Equal(t, p.ID, b.Orders()[0].ID)
				assert.Equal(t, 1, b.Count("POST", sendPath))
			})
		}
	}
}

func TestFaultsOnPay(t *testing.T) {
	for _, x := range faults {
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			c, b := live(t, cinetpaytest.Config{}, testkit.Timeout(x.Fault))
			f := x.Fault
			f.Path = "v2/payment"
			b.Inject(f)
			p, err := c.Pay(bg, goodPay(t))
			assert.Equal(t, 1, b.Count("POST", "v2/payment"), "sent again")
			if x.Kind == nil {
				require.NoError(t, err)
				assert.NotEmpty(t, p.CheckoutURL)
			} else {
				var e *wapay.Error
				require.True(t, errors.As(err, &e))
				assert.Equal(t, wapay.OutcomeUnknown.String(), e.Outcome.String(), "%v", err)
				assert.Equal(t, "order-1", e.Reference)
			}
			found, err := wapay.SettlePayment(bg, c, byReference("order-1"), testkit.Quickly()...)
			if !x.Fault.Processed() {
				assert.ErrorIs(t, err, wapay.ErrNotFound)
				assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, wapay.StatusPending, found.Status)
			require.NoError(t, b.PayCheckout("order-1", "OM", "2250707000001"))
			assert.Equal(t, []int64{100}, bookings(b, "checkout/XOF", "order-1"))
		})
	}
}

// The client repeats a lookup after each fault.
func TestFaultsOnLookups(t *testing.T) {
	for _, x := range faults {
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			c, b := live(t, cinetpaytest.Config{}, testkit.Timeout(x.Fault))
			sent, err := c.Payout(bg, goodPayout(t))
			require.NoError(t, err)
			_, err = c.Pay(bg, goodPay(t))
			require.NoError(t, err)
			for _, path := range []string{"v1/transfer/check/money", "v2/payment/check"} {
				f := x.Fault
				f.Path = path
				b.Inject(f)
			}
			soon := wapay.PollEvery(time.Millisecond, time.Millisecond)
			p, err := wapay.SettlePayout(bg, c, byReference("MYMERCHANTID1"), soon)
			q, err2 := wapay.SettlePayment(bg, c, byReference("order-1"), soon)
			if x.Kind == wapay.ErrInvalid { // a repeat would give the same answer
				assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
				assert.ErrorIs(t, err2, wapay.ErrOutcomeUnknown)
				return
			}
			require.NoError(t, err)
			require.NoError(t, err2)
			assert.Equal(t, sent.ID, p.ID)
			assert.Equal(t, x.Odd, p.Status == wapay.StatusUnknown)
			assert.Equal(t, x.Odd, q.Status == wapay.StatusUnknown)
			for _, r := range b.Requests() {
				assert.NotContains(t, r.Host, "localhost", "a redirect was followed")
			}
		})
	}
}

// After a refused connection the payout is not sent, and may be repeated.
func TestRefusedConnection(t *testing.T) {
	addr, stop, err := sandbox.RefuseConnections()
	require.NoError(t, err)
	defer stop()
	c, _ := live(t, cinetpaytest.Config{}, wapay.WithMaxRetries(1), wapay.WithBaseURL("http://"+addr))
	_, err = c.Payout(bg, goodPayout(t))
	e := failure(t, err, wapay.ErrUnavailable, wapay.OutcomeNotSent)
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
	assert.Equal(t, 2, e.Attempts)
	_, err = c.Pay(bg, goodPay(t))
	failure(t, err, wapay.ErrUnavailable, wapay.OutcomeNotSent)
}
