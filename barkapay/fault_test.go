package barkapay_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

const (
	transferPath = "transfer/request/mobile"
	chargePath   = "payment/mobile/api"
)

// faults maps each fault to the error that an order must give.
var faults = testkit.Faults(
	testkit.Fault{Name: "html 422", Fault: sandbox.Fault{Kind: sandbox.FaultHTML, Code: 422}, Kind: wapay.ErrInvalid},
	testkit.Fault{Name: "unknown status, a word", Fault: sandbox.Fault{Kind: sandbox.FaultUnknownStatus, Status: "HELD"}, Odd: true},
)

// The client sends a payout once under each fault. Its error has the right
// outcome, and a lookup finds the truth.
func TestFaultsOnPayout(t *testing.T) {
	for _, x := range faults {
		for _, warm := range []bool{false, true} { // on a new connection, and on a reused one
			t.Run(fmt.Sprintf("%s, warm %v", x.Name, warm), func(t *testing.T) {
				t.Parallel()
				ctx := context.Background()
				c, b := live(t, barkapaytest.Config{}, testkit.Timeout(x.Fault))
				if warm {
					require.NoError(t, c.Ping(ctx))
				}
				f := x.Fault
				f.Path = transferPath
				b.Inject(f)
				p, err := c.Payout(ctx, goodPayout(t))
				assert.Equal(t, 1, b.Count("POST", ""), "sent again")
				if x.Kind == nil {
					require.NoError(t, err)
					assert.Equal(t, b.Orders()[0].ID, p.ID)
					assert.Equal(t, x.Odd, p.Status == wapay.StatusUnknown)
				} else {
					assert.Nil(t, p)
					e := failure(t, err, x.Kind, wapay.OutcomeUnknown)
					assert.Equal(t, "order-1", e.Reference)
					assert.Equal(t, 1, e.Attempts)
				}
				p, err = wapay.SettlePayout(ctx, c, byReference("order-1"), testkit.Quickly()...)
				if !x.Fault.Processed() {
					assert.Nil(t, p)
					assert.ErrorIs(t, err, wapay.ErrNotFound)
					assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown, "not found now is no promise")
					assert.Empty(t, bookings(b, "order-1"))
					return
				}
				require.NoError(t, err)
				assert.Equal(t, wapay.StatusPending, p.Status)
				assert.Equal(t, wapay.XOF.Units(1000), p.Amount)
				assert.Equal(t, []int64{-1000}, bookings(b, "order-1"))
				assert.Equal(t, 1, b.Count("POST", ""))
			})
		}
	}
}

func TestFaultsOnPay(t *testing.T) {
	for _, x := range faults {
		for _, link := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, link %v", x.Name, link), func(t *testing.T) {
				t.Parallel()
				ctx := context.Background()
				c, b := live(t, barkapaytest.Config{}, testkit.Timeout(x.Fault))
				r := goodPay(t)
				f := x.Fault
				f.Path = chargePath
				if link {
					r.Operator, f.Path = "", "payment/mobile/web/create"
				}
				b.Inject(f)
				p, err := c.Pay(ctx, r)
				assert.Equal(t, 1, b.Count("POST", ""), "sent again")
				if x.Kind == nil {
					require.NoError(t, err)
					assert.Equal(t, x.Odd, p.Status == wapay.StatusUnknown)
				} else {
					e := failure(t, err, x.Kind, wapay.OutcomeUnknown)
					assert.Equal(t, "order-1", e.Reference)
				}
				p, err = wapay.SettlePayment(ctx, c, byReference("order-1"), testkit.Quickly()...)
				if !x.Fault.Processed() {
					assert.ErrorIs(t, err, wapay.ErrNotFound)
					assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
					assert.Empty(t, b.Orders())
					return
				}
				require.NoError(t, err)
				require.Len(t, b.Orders(), 1)
				assert.Equal(t, b.Orders()[0].ID, p.ID)
				if link {
					require.NoError(t, b.PayLink(p.ID, "BFA", "MOOV", "72929595", 0))
				} else {
					require.NoError(t, b.Approve(p.ID))
				}
				assert.Equal(t, []int64{200}, bookings(b, "order-1"), "charged once")
			})
		}
	}
}

// The client repeats a lookup after each fault.
func TestFaultsOnLookup(t *testing.T) {
	for _, x := range faults {
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			c, b := live(t, barkapaytest.Config{}, testkit.Timeout(x.Fault))
			sent, err := c.Payout(ctx, goodPayout(t))
			require.NoError(t, err)
			f := x.Fault
			f.Method = "GET"
			b.Inject(f)
			p, err := wapay.SettlePayout(ctx, c, byReference("order-1"), wapay.PollEvery(time.Millisecond, time.Millisecond))
			if x.Kind == wapay.ErrInvalid { // a repeat would give the same answer
				assert.ErrorIs(t, err, wapay.ErrInvalid)
				assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, sent.ID, p.ID)
			if x.Odd {
				assert.Equal(t, wapay.StatusUnknown, p.Status)
			}
			for _, r := range b.Requests() {
				assert.NotContains(t, r.Host, "localhost", "a redirect was followed")
			}
		})
	}
}

func TestRateLimited(t *testing.T) {
	ctx := context.Background()
	t.Run("then let through", func(t *testing.T) {
		c, b := live(t, barkapaytest.Config{})
		b.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, Path: transferPath})
		p, err := c.Payout(ctx, goodPayout(t))
		require.NoError(t, err)
		assert.Equal(t, b.Orders()[0].ID, p.ID)
		assert.Equal(t, []int64{-1000}, bookings(b, "order-1"))
		posts := b.Requests()
		require.Len(t, posts, 2)
		assert.Equal(t, posts[0].Body, posts[1].Body)
		assert.Equal(t, posts[0].Header, posts[1].Header)
	})
	t.Run("for good", func(t *testing.T) {
		c, b := live(t, barkapaytest.Config{}, wapay.WithMaxRetries(1))
		b.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, Times: -1})
		_, err := c.Payout(ctx, goodPayout(t))
		e := failure(t, err, wapay.ErrRateLimited, wapay.OutcomeRejected)
		assert.Equal(t, 2, e.Attempts)
		assert.Equal(t, 2, b.Count("POST", ""))
		assert.Empty(t, bookings(b, "order-1"))
	})
	t.Run("for a day", func(t *testing.T) {
		c, b := live(t, barkapaytest.Config{})
		b.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, RetryAfter: "86400"})
		start := time.Now()
		_, err := c.Payout(ctx, goodPayout(t))
		e := failure(t, err, wapay.ErrRateLimited, wapay.OutcomeRejected)
		assert.Equal(t, 24*time.Hour, e.RetryAfter)
		assert.Equal(t, 1, e.Attempts)
		assert.Less(t, time.Since(start), 5*time.Second)
		assert.Equal(t, 1, b.Count("", ""))
	})
	t.Run("by the sandbox itself", func(t *testing.T) {
		c, _ := live(t, barkapaytest.Config{RateLimit: 2})
		require.NoError(t, c.Ping(ctx))
		require.NoError(t, c.Ping(ctx))
		err := c.Ping(ctx)
		e := failure(t, err, wapay.ErrRateLimited, wapay.OutcomeReadOnly)
		assert.Greater(t, e.RetryAfter, 30*time.Second)
		assert.Equal(t, 1, e.Attempts)
	})
}

func TestRefusedConnection(t *testing.T) {
	addr, stop, err := sandbox.RefuseConnections()
	require.NoError(t, err)
	defer stop()
	c, b := live(t, barkapaytest.Config{}, wapay.WithMaxRetries(1), wapay.WithBaseURL("http://"+addr))
	for name, fn := range calls(t) {
		if writes[name] == "" {
			continue
		}
		_, err := fn(context.Background(), c)
		e := failure(t, err, wapay.ErrUnavailable, wapay.OutcomeNotSent)
		assert.ErrorIs(t, err, syscall.ECONNREFUSED)
		assert.Equal(t, 2, e.Attempts, "what never left may be tried again")
		assert.Equal(t, writes[name], e.Reference)
		assert.NotContains(t, err.Error(), "payment/mobile", "the URL")
	}
	for name, fn := range calls(t) {
		if writes[name] != "" {
			continue
		}
		_, err := fn(context.Background(), c)
		failure(t, err, wapay.ErrUnavailable, wapay.OutcomeReadOnly)
		assert.False(t, wapay.NotDone(err), name)
	}
	assert.Zero(t, b.Count("", ""))
}

func TestContextEnds(t *testing.T) {
	for _, x := range []struct {
		name string
		call func(context.Context, *barkapay.Client) error
	}{
		{"Payout", func(ctx context.Context, c *barkapay.Client) error {
			_, err := c.Payout(ctx, goodPayout(t))
			return err
		}},
		{"Pay", func(ctx context.Context, c *barkapay.Client) error { _, err := c.Pay(ctx, goodPay(t)); return err }},
	} {
		t.Run(x.name+" before", func(t *testing.T) {
			c, b := live(t, barkapaytest.Config{})
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			err := x.call(ctx, c)
			e := failure(t, err, nil, wapay.OutcomeNotSent)
			assert.ErrorIs(t, err, context.Canceled)
			assert.Zero(t, e.Attempts)
			assert.Equal(t, "order-1", e.Reference)
			assert.Zero(t, b.Count("", ""))
		})
		t.Run(x.name+" while", func(t *testing.T) {
			c, b := live(t, barkapaytest.Config{})
			b.Inject(sandbox.Fault{Kind: sandbox.FaultHang, Method: "POST"})
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() {
				_ = b.WaitRequests(ctx, 1)
				cancel()
			}()
			err := x.call(ctx, c)
			e := failure(t, err, nil, wapay.OutcomeUnknown)
			assert.ErrorIs(t, err, context.Canceled)
			assert.Equal(t, "order-1", e.Reference)
			assert.Equal(t, 1, b.Count("", ""))
		})
		t.Run(x.name+" deadline", func(t *testing.T) {
			c, b := live(t, barkapaytest.Config{})
			b.Inject(sandbox.Fault{Kind: sandbox.FaultHang, Method: "POST"})
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			defer cancel()
			err := x.call(ctx, c)
			failure(t, err, nil, wapay.OutcomeUnknown)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, 1, b.Count("", ""))
		})
		t.Run(x.name+" after", func(t *testing.T) {
			c, b := live(t, barkapaytest.Config{})
			ctx, cancel := context.WithCancel(context.Background())
			require.NoError(t, x.call(ctx, c))
			cancel()
			require.NoError(t, c.Ping(context.Background()))
			assert.Equal(t, 2, b.Count("", ""))
		})
		t.Run(x.name+" between attempts", func(t *testing.T) {
			c, b := live(t, barkapaytest.Config{})
			b.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, Method: "POST", RetryAfter: "20"})
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() {
				_ = b.WaitRequests(ctx, 1)
				cancel()
			}()
			err := x.call(ctx, c)
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.ErrorIs(t, err, context.Canceled)
			assert.Equal(t, 1, b.Count("", ""))
			// If the cancellation comes before the 429, the outcome is unknown.
			if e.HTTPStatus == 429 {
				assert.Equal(t, wapay.OutcomeRejected, e.Outcome)
			} else {
				assert.Equal(t, wapay.OutcomeUnknown, e.Outcome)
			}
		})
	}
}
