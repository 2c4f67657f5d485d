package mpp_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

const createPath = "api/v1/transaction"

// faults maps each fault to the error that an order must give.
var faults = testkit.Faults(
	testkit.Fault{Name: "html 401", Fault: sandbox.Fault{Kind: sandbox.FaultHTML, Code: 401}, Kind: wapay.ErrUnauthorized},
	testkit.Fault{Name: "html 403", Fault: sandbox.Fault{Kind: sandbox.FaultHTML, Code: 403}, Kind: wapay.ErrForbidden},
	testkit.Fault{Name: "html 422", Fault: sandbox.Fault{Kind: sandbox.FaultHTML, Code: 422}, Kind: wapay.ErrInvalid},
	testkit.Fault{Name: "error 500", Fault: sandbox.Fault{Kind: sandbox.FaultProviderError}, Kind: wapay.ErrUnavailable},
	testkit.Fault{
		Name:  "error 503",
		Fault: sandbox.Fault{Kind: sandbox.FaultProviderError, Code: 503, ErrorCode: "MPP-REQ-4022"}, Kind: wapay.ErrUnavailable,
	},
)

// The client sends an order once under each fault. Its error has the right
// outcome, and a lookup finds the truth.
func TestFaultsOnOrders(t *testing.T) {
	for _, x := range faults {
		for _, payout := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, payout %v", x.Name, payout), func(t *testing.T) {
				t.Parallel()
				ctx := context.Background()
				c, m := live(t, mpptest.Config{}, testkit.Timeout(x.Fault))
				f := x.Fault
				f.Method, f.Path = "POST", createPath
				m.Inject(f)
				id, status, err := order(ctx, t, c, payout)
				assert.Equal(t, 1, m.Count("POST", createPath), "sent again")
				if x.Kind == nil {
					require.NoError(t, err)
					assert.Equal(t, m.Orders()[0].ID, id)
					assert.Equal(t, x.Odd, status == wapay.StatusUnknown)
				} else {
					e := failure(t, err, x.Kind, wapay.OutcomeUnknown)
					assert.Equal(t, "order-1", e.Reference)
					assert.Equal(t, 1, e.Attempts)
				}
				id, status, amount, err := settled(ctx, c, payout)
				assert.Equal(t, 1, m.Count("POST", createPath))
				if !x.Fault.Processed() {
					assert.ErrorIs(t, err, wapay.ErrNotFound)
					assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown, "not found now is no promise")
					assert.Empty(t, bookings(m, "order-1"))
					return
				}
				require.NoError(t, err)
				assert.Equal(t, wapay.StatusPending, status)
				require.NoError(t, m.Approve(id))
				want := wapay.SLE.Minor(1250)
				if payout {
					want = wapay.SLE.Minor(-7673884)
				}
				assert.Equal(t, []int64{want.MinorUnits()}, bookings(m, "order-1"))
				assert.Equal(t, max(want.MinorUnits(), -want.MinorUnits()), amount.MinorUnits())
			})
		}
	}
}

func order(ctx context.Context, t *testing.T, c *mpp.Client, payout bool) (string, wapay.Status, error) {
	if payout {
		p, err := c.Payout(ctx, goodPayout(t))
		if err != nil {
			assert.Nil(t, p)
			return "", 0, err
		}
		return p.ID, p.Status, nil
	}
	p, err := c.Pay(ctx, goodPay(t))
	if err != nil {
		assert.Nil(t, p)
		return "", 0, err
	}
	return p.ID, p.Status, nil
}

func settled(ctx context.Context, c *mpp.Client, payout bool) (string, wapay.Status, wapay.Money, error) {
	if payout {
		p, err := wapay.SettlePayout(ctx, c, byReference("order-1"), testkit.Quickly()...)
		if err != nil {
			return "", 0, wapay.Money{}, err
		}
		return p.ID, p.Status, p.Amount, nil
	}
	p, err := wapay.SettlePayment(ctx, c, byReference("order-1"), testkit.Quickly()...)
	if err != nil {
		return "", 0, wapay.Money{}, err
	}
	return p.ID, p.Status, p.Amount, nil
}

// The client repeats a lookup after each fault.
func TestFaultsOnLookup(t *testing.T) {
	for _, x := range faults {
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			c, m := live(t, mpptest.Config{}, testkit.Timeout(x.Fault))
			sent, err := c.Payout(ctx, goodPayout(t))
			require.NoError(t, err)
			f := x.Fault
			f.Method = "GET"
			m.Inject(f)
			p, err := wapay.SettlePayout(ctx, c, byReference("order-1"), wapay.PollEvery(time.Millisecond, time.Millisecond))
			if x.Kind == wapay.ErrInvalid || x.Kind == wapay.ErrForbidden { // a repeat would give the same answer
				assert.ErrorIs(t, err, x.Kind)
				assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, sent.ID, p.ID)
			assert.Equal(t, x.Odd, p.Status == wapay.StatusUnknown)
			assert.Equal(t, wapay.SLE.Minor(7673884), p.Amount)
			for _, r := range m.Requests() {
				assert.NotContains(t, r.Host, "localhost", "a redirect was followed")
			}
		})
	}
}

// The client repeats a login after a fault, and still sends the order once.
func TestFaultsOnLogin(t *testing.T) {
	for _, x := range faults {
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			c, m := live(t, mpptest.Config{}, testkit.Timeout(x.Fault))
			f := x.Fault
			f.Path = "api/auth/token"
			m.Inject(f)
			_, err := c.Payout(context.Background(), goodPayout(t))
			if err == nil {
				assert.Equal(t, []int64{-7673884}, bookings(m, "order-1"))
				return
			}
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, wapay.OutcomeNotSent, e.Outcome)
			assert.Zero(t, m.Count("POST", createPath))
		})
	}
}

// A repeat of a GET has its body.
func TestValidateAccountAgain(t *testing.T) {
	for _, f := range []sandbox.Fault{
		{Kind: sandbox.FaultHTML}, {Kind: sandbox.FaultCut}, {Kind: sandbox.FaultRateLimit}, {Kind: sandbox.FaultExpiredToken},
	} {
		c, m := live(t, mpptest.Config{})
		_, err := c.Business(context.Background())
		require.NoError(t, err)
		f.Path = "api/v1/channel/account/validate"
		m.Inject(f)
		a, err := c.ValidateAccount(context.Background(), "om", phone(t, "+22394996021", ""))
		require.NoError(t, err)
		assert.Equal(t, "Abdou", a.FirstName)
		n := 0
		for _, r := range m.Requests() {
			if r.Path == "/"+f.Path {
				n++
				assert.Equal(t, "GET", r.Method)
				assert.JSONEq(t, `{"code": "om", "msisdn": "+22394996021"}`, string(r.Body))
			}
		}
		assert.Equal(t, 2, n)
	}
}

func TestRateLimited(t *testing.T) {
	ctx := context.Background()
	t.Run("then let through", func(t *testing.T) {
		c, m := live(t, mpptest.Config{})
		m.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, Path: createPath})
		p, err := c.Payout(ctx, goodPayout(t))
		require.NoError(t, err)
		assert.Equal(t, m.Orders()[0].ID, p.ID)
		assert.Equal(t, []int64{-7673884}, bookings(m, "order-1"))
		assert.Equal(t, 2, m.Count("POST", createPath))
	})
	t.Run("for a day", func(t *testing.T) {
		c, m := live(t, mpptest.Config{})
		m.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, Path: createPath, RetryAfter: "86400"})
		_, err := c.Payout(ctx, goodPayout(t))
		e := failure(t, err, wapay.ErrRateLimited, wapay.OutcomeRejected)
		assert.Equal(t, 24*time.Hour, e.RetryAfter)
		assert.Equal(t, 1, m.Count("POST", createPath))
		assert.Empty(t, bookings(m, "order-1"))
	})
}

func TestRefusedConnection(t *testing.T) {
	ctx := context.Background()
	addr, stop, err := sandbox.RefuseConnections()
	require.NoError(t, err)
	defer stop()
	gone := false
	tr := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, a string) (net.Conn, error) {
		if gone {
			a = addr
		}
		return new(net.Dialer).DialContext(ctx, network, a)
	}}
	c, _ := live(t, mpptest.Config{}, wapay.WithMaxRetries(1), wapay.WithHTTPClient(&http.Client{Transport: tr}))
	_, err = c.Pay(ctx, goodPay(t)) // gets token and channels
	require.NoError(t, err)
	gone = true
	_, err = c.Payout(ctx, goodPayout(t))
	e := failure(t, err, wapay.ErrUnavailable, wapay.OutcomeNotSent)
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
	assert.Equal(t, 2, e.Attempts, "what never left may be tried again")
	assert.Equal(t, "order-1", e.Reference)
	assert.NotContains(t, err.Error(), "api/v1", "the URL")
	for _, ref := range []wapay.Ref{{ID: txID}, byReference("order-1")} { // the error of a lookup has no outcome
		_, err = c.FindPayout(ctx, ref)
		failure(t, err, wapay.ErrUnavailable, wapay.OutcomeReadOnly)
	}
}

func TestContextEnds(t *testing.T) {
	c, m := live(t, mpptest.Config{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, fn := range calls(t) {
		_, err := fn(ctx, c)
		e := failure(t, err, nil, outcomeOf(name, wapay.OutcomeNotSent))
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, name, e.Op)
	}
	assert.Zero(t, m.Count("", ""))

	_, err := c.Channels(context.Background(), mpp.PageRequest{})
	require.NoError(t, err)
	m.Inject(sandbox.Fault{Kind: sandbox.FaultHang, Path: createPath})
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_ = m.WaitRequests(ctx, 4) // login, channels twice, the order
		cancel()
	}()
	_, err = c.Payout(ctx, goodPayout(t))
	failure(t, err, nil, wapay.OutcomeUnknown)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, m.Count("POST", createPath))
}
