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
	"github.com/wapay-go/wapay/internal/sandbox"
	"github.com/wapay-go/wapay/mpp"
)

const createPath = "api/v1/transaction"

// faults is what each fault must look like to who sends an order. A kind of nil is a result.
var faults = []struct {
	name  string
	fault sandbox.Fault
	kind  error
	mixed bool // the result's status is not one that the client knows
}{
	{"cut", sandbox.Fault{Kind: sandbox.FaultCut}, wapay.ErrUnavailable, false},
	{"cut before", sandbox.Fault{Kind: sandbox.FaultCut, Before: true}, wapay.ErrUnavailable, false},
	{"reset", sandbox.Fault{Kind: sandbox.FaultReset}, wapay.ErrUnavailable, false},
	{"reset before", sandbox.Fault{Kind: sandbox.FaultReset, Before: true}, wapay.ErrUnavailable, false},
	{"hang", sandbox.Fault{Kind: sandbox.FaultHang}, wapay.ErrUnavailable, false},
	{"hang before", sandbox.Fault{Kind: sandbox.FaultHang, Before: true}, wapay.ErrUnavailable, false},
	{"html", sandbox.Fault{Kind: sandbox.FaultHTML}, wapay.ErrUnavailable, false},
	{"html before", sandbox.Fault{Kind: sandbox.FaultHTML, Before: true}, wapay.ErrUnavailable, false},
	{"html 200", sandbox.Fault{Kind: sandbox.FaultHTML, Code: 200}, wapay.ErrDecode, false},
	{"html 401", sandbox.Fault{Kind: sandbox.FaultHTML, Code: 401}, wapay.ErrUnauthorized, false},
	{"html 403", sandbox.Fault{Kind: sandbox.FaultHTML, Code: 403}, wapay.ErrForbidden, false},
	{"html 404", sandbox.Fault{Kind: sandbox.FaultHTML, Code: 404}, wapay.ErrDecode, false},
	{"html 422", sandbox.Fault{Kind: sandbox.FaultHTML, Code: 422}, wapay.ErrInvalid, false},
	{"html 503, asked to wait", sandbox.Fault{Kind: sandbox.FaultHTML, Code: 503, RetryAfter: "0"}, wapay.ErrUnavailable, false},
	{"error 500", sandbox.Fault{Kind: sandbox.FaultProviderError}, wapay.ErrUnavailable, false},
	{"error 503", sandbox.Fault{Kind: sandbox.FaultProviderError, Code: 503, ErrorCode: "MPP-REQ-4022"}, wapay.ErrUnavailable, false},
	{"redirect", sandbox.Fault{Kind: sandbox.FaultRedirect}, wapay.ErrDecode, false},
	{"redirect before", sandbox.Fault{Kind: sandbox.FaultRedirect, Before: true}, wapay.ErrDecode, false},
	{"empty", sandbox.Fault{Kind: sandbox.FaultEmpty}, wapay.ErrDecode, false},
	{"empty before", sandbox.Fault{Kind: sandbox.FaultEmpty, Before: true}, wapay.ErrDecode, false},
	{"truncated", sandbox.Fault{Kind: sandbox.FaultTruncated}, wapay.ErrUnavailable, false},
	{"half json", sandbox.Fault{Kind: sandbox.FaultHalfJSON}, wapay.ErrDecode, false},
	{"unknown status", sandbox.Fault{Kind: sandbox.FaultUnknownStatus}, nil, true},
	{"numbers as strings", sandbox.Fault{Kind: sandbox.FaultNumbersAsStrings}, nil, false},
	{"strings as numbers", sandbox.Fault{Kind: sandbox.FaultStringsAsNumbers}, nil, false},
}

func quickly() []wapay.PollOption {
	return []wapay.PollOption{wapay.PollEvery(time.Millisecond, time.Millisecond), wapay.PollFor(20 * time.Millisecond)}
}

// timeoutFor ends an attempt that hangs; the others have all the time they need.
func timeoutFor(f sandbox.Fault) wapay.Option {
	if f.Kind == sandbox.FaultHang {
		return wapay.WithTimeout(150 * time.Millisecond)
	}
	return wapay.WithTimeout(10 * time.Second)
}

// Whatever happens to an order's answer, it is sent once, its error says what is known, and asking finds the truth.
func TestFaultsOnOrders(t *testing.T) {
	for _, x := range faults {
		for _, payout := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, payout %v", x.name, payout), func(t *testing.T) {
				t.Parallel()
				ctx := context.Background()
				c, m := live(t, sandbox.MPPConfig{}, timeoutFor(x.fault))
				f := x.fault
				f.Method, f.Path = "POST", createPath
				m.Inject(f)
				id, status, err := order(ctx, t, c, payout)
				assert.Equal(t, 1, m.Count("POST", createPath), "sent again")
				if x.kind == nil {
					require.NoError(t, err)
					assert.Equal(t, m.TransactionsOf("order-1")[0].ID, id)
					assert.Equal(t, x.mixed, status == wapay.StatusUnknown)
				} else {
					e := failure(t, err, x.kind, wapay.OutcomeUnknown)
					assert.Equal(t, "order-1", e.Reference)
					assert.Equal(t, 1, e.Attempts)
				}
				id, status, amount, err := settled(ctx, c, payout)
				assert.Equal(t, 1, m.Count("POST", createPath))
				if !x.fault.Processed() {
					assert.ErrorIs(t, err, wapay.ErrNotFound)
					assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown, "not found now is no promise")
					assert.Empty(t, moved(m, "order-1"))
					return
				}
				require.NoError(t, err)
				assert.Equal(t, wapay.StatusPending, status)
				require.NoError(t, m.Complete(id))
				want := wapay.SLE.Minor(1250)
				if payout {
					want = wapay.SLE.Minor(-7673884)
				}
				assert.Equal(t, []int64{want.MinorUnits()}, moved(m, "order-1"))
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
		p, err := wapay.SettlePayout(ctx, c, byReference("order-1"), quickly()...)
		if err != nil {
			return "", 0, wapay.Money{}, err
		}
		return p.ID, p.Status, p.Amount, nil
	}
	p, err := wapay.SettlePayment(ctx, c, byReference("order-1"), quickly()...)
	if err != nil {
		return "", 0, wapay.Money{}, err
	}
	return p.ID, p.Status, p.Amount, nil
}

// A lookup meets the same faults, and is simply made again.
func TestFaultsOnLookup(t *testing.T) {
	for _, x := range faults {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			c, m := live(t, sandbox.MPPConfig{}, timeoutFor(x.fault))
			sent, err := c.Payout(ctx, goodPayout(t))
			require.NoError(t, err)
			f := x.fault
			f.Method = "GET"
			m.Inject(f)
			p, err := wapay.SettlePayout(ctx, c, byReference("order-1"), wapay.PollEvery(time.Millisecond, time.Millisecond))
			if x.kind == wapay.ErrInvalid || x.kind == wapay.ErrForbidden { // an answer that will not get better
				assert.ErrorIs(t, err, x.kind)
				assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, sent.ID, p.ID)
			assert.Equal(t, x.mixed, p.Status == wapay.StatusUnknown)
			assert.Equal(t, wapay.SLE.Minor(7673884), p.Amount)
			for _, r := range m.Requests() {
				assert.NotContains(t, r.Host, "localhost", "a redirect was followed")
			}
		})
	}
}

// A login that meets a fault is made again, and the order is sent once all the same.
func TestFaultsOnLogin(t *testing.T) {
	for _, x := range faults {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			c, m := live(t, sandbox.MPPConfig{}, timeoutFor(x.fault))
			f := x.fault
			f.Path = "api/auth/token"
			m.Inject(f)
			_, err := c.Payout(context.Background(), goodPayout(t))
			if err == nil {
				assert.Equal(t, []int64{-7673884}, moved(m, "order-1"))
				return
			}
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, wapay.OutcomeNotSent, e.Outcome)
			assert.Zero(t, m.Count("POST", createPath))
		})
	}
}

// A GET with a body keeps it when it is made again.
func TestValidateAccountAgain(t *testing.T) {
	for _, f := range []sandbox.Fault{
		{Kind: sandbox.FaultHTML}, {Kind: sandbox.FaultCut}, {Kind: sandbox.FaultRateLimit}, {Kind: sandbox.FaultExpiredToken},
	} {
		c, m := live(t, sandbox.MPPConfig{})
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
		c, m := live(t, sandbox.MPPConfig{})
		m.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, Path: createPath})
		p, err := c.Payout(ctx, goodPayout(t))
		require.NoError(t, err)
		assert.Equal(t, m.TransactionsOf("order-1")[0].ID, p.ID)
		assert.Equal(t, []int64{-7673884}, moved(m, "order-1"))
		assert.Equal(t, 2, m.Count("POST", createPath))
	})
	t.Run("for a day", func(t *testing.T) {
		c, m := live(t, sandbox.MPPConfig{})
		m.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, Path: createPath, RetryAfter: "86400"})
		_, err := c.Payout(ctx, goodPayout(t))
		e := failure(t, err, wapay.ErrRateLimited, wapay.OutcomeRejected)
		assert.Equal(t, 24*time.Hour, e.RetryAfter)
		assert.Equal(t, 1, m.Count("POST", createPath))
		assert.Empty(t, moved(m, "order-1"))
	})
}

func TestRefusedConnection(t *testing.T) {
	ctx := context.Background()
	addr, stop, err := sandbox.Refusing()
	require.NoError(t, err)
	defer stop()
	gone := false
	tr := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, a string) (net.Conn, error) {
		if gone {
			a = addr
		}
		return new(net.Dialer).DialContext(ctx, network, a)
	}}
	c, _ := live(t, sandbox.MPPConfig{}, wapay.WithMaxRetries(1), wapay.WithHTTPClient(&http.Client{Transport: tr}))
	_, err = c.Pay(ctx, goodPay(t)) // has token and channels
	require.NoError(t, err)
	gone = true
	_, err = c.Payout(ctx, goodPayout(t))
	e := failure(t, err, wapay.ErrUnavailable, wapay.OutcomeNotSent)
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
	assert.Equal(t, 2, e.Attempts, "what never left may be tried again")
	assert.Equal(t, "order-1", e.Reference)
	assert.NotContains(t, err.Error(), "api/v1", "the URL")
}

func TestContextEnds(t *testing.T) {
	c, m := live(t, sandbox.MPPConfig{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, fn := range calls(t) {
		_, err := fn(ctx, c)
		e := failure(t, err, nil, wapay.OutcomeNotSent)
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
