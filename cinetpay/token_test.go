package cinetpay_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
)

// manualClock is a clock that the test moves.
type manualClock struct{ offset atomic.Int64 }

func (c *manualClock) now() time.Time {
	return time.Unix(1_700_000_000, 0).Add(time.Duration(c.offset.Load()))
}
func (c *manualClock) pass(d time.Duration) { c.offset.Add(int64(d)) }

// The client renews a token before its five minutes end, with any clock of the
// server.
func TestTokenIsRenewed(t *testing.T) {
	clock := &manualClock{}
	c, b := live(t, cinetpaytest.Config{Clock: clock.now}, wapay.WithClock(clock.now))
	for i, d := range []time.Duration{0, 4 * time.Minute, time.Minute, 4*time.Minute + 29*time.Second, time.Second, 24 * time.Hour} {
		clock.pass(d)
		_, err := c.Balance(bg, wapay.XOF)
		require.NoError(t, err)
		assert.Equal(t, []int{1, 1, 2, 2, 3, 4}[i], b.Logins(), "after %v", d)
	}
	assert.Equal(t, 6, b.Count("GET", ""), "no request was made with an old token")
}

// After a rejected token, the client logs in and repeats the call once.
func TestTokenIsRejected(t *testing.T) {
	for _, cfg := range []cinetpaytest.Config{{}, {RefusalsAs200: true}, {Codes: cinetpaytest.CodesNumbers}} {
		c, b := live(t, cfg)
		_, err := c.Balance(bg, wapay.XOF)
		require.NoError(t, err)
		b.ExpireTokens()
		p, err := c.Payout(bg, goodPayout(t)) // at the contact
		require.NoError(t, err)
		b.RevokeTokens()
		r := goodPayout(t)
		r.Reference = "second"
		_, err = c.Payout(bg, r)
		require.NoError(t, err)
		b.Inject(sandbox.Fault{Kind: sandbox.FaultExpiredToken, Path: sendPath})
		r.Reference = "third"
		_, err = c.Payout(bg, r) // at the money
		require.NoError(t, err)
		assert.Equal(t, 4, b.Logins())
		for _, reference := range []string{"MYMERCHANTID1", "second", "third"} {
			assert.Len(t, bookings(b, "transfer/XOF", reference), 1)
		}
		assert.NotEmpty(t, p.ID)

		posts := b.Count("POST", sendPath)
		b.Inject(sandbox.Fault{Kind: sandbox.FaultExpiredToken, Path: sendPath, Times: 2})
		r.Reference = "fourth"
		_, err = c.Payout(bg, r)
		e := failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeRejected)
		assert.Equal(t, "705", e.Code)
		assert.Equal(t, 2, e.Attempts)
		assert.Equal(t, posts+2, b.Count("POST", sendPath), "repeated once")
		assert.Empty(t, bookings(b, "transfer/XOF", "fourth"))
	}
}

// The provider rejects an order's token, and then the login fails. The order
// was not carried out.
func TestLoginFailsAfterRejection(t *testing.T) {
	for kind, want := range map[sandbox.FaultKind]error{
		sandbox.FaultCut: wapay.ErrUnavailable, sandbox.FaultHTML: wapay.ErrUnavailable, sandbox.FaultHalfJSON: wapay.ErrDecode,
		sandbox.FaultEmpty: wapay.ErrDecode, sandbox.FaultProviderError: wapay.ErrUnavailable, sandbox.FaultRateLimit: wapay.ErrRateLimited,
	} {
		c, b := live(t, cinetpaytest.Config{}, wapay.WithMaxRetries(1))
		added, err := c.AddContacts(bg, []cinetpay.Contact{{Phone: goodTransfers(t)[0].Receiver, Name: "A", Surname: "B", Email: "a@example.com"}})
		require.NoError(t, err)
		require.NoError(t, added.Err())
		b.Inject(sandbox.Fault{Kind: sandbox.FaultExpiredToken, Path: sendPath})
		b.Inject(sandbox.Fault{Kind: kind, Path: "v1/auth/login", Times: -1})
		_, err = c.Send(bg, goodTransfers(t)[0])
		e := failure(t, err, want, wapay.OutcomeRejected)
		assert.Equal(t, "Send", e.Op)
		assert.Equal(t, "MYMERCHANTID1", e.Reference)
		assert.ErrorContains(t, err, "login failed")
		assert.Empty(t, b.Orders())
		assert.Equal(t, 1, b.Count("POST", sendPath))

		_, err = c.Send(bg, goodTransfers(t)[0]) // now without any token
		failure(t, err, want, wapay.OutcomeNotSent)
		assert.Equal(t, 1, b.Count("POST", sendPath))

		b.ClearFaults()
		sent, err := c.Send(bg, goodTransfers(t)[0])
		require.NoError(t, err)
		require.NoError(t, sent.Err())
	}
}

// A thousand goroutines pay in waves, and the provider revokes the token in
// each wave. Each order is paid once, and each revoked token costs one login.
func TestConcurrentCallsWithRevokedTokens(t *testing.T) {
	c, b := live(t, cinetpaytest.Config{AllowListed: true})
	k := cinetpay.Contact{Phone: goodTransfers(t)[0].Receiver, Name: "A", Surname: "B", Email: "a@example.com"}
	_, err := c.AddContacts(bg, []cinetpay.Contact{k})
	require.NoError(t, err)
	const waves, crowd = 5, 200
	for wave := range waves {
		var wg sync.WaitGroup
		var done atomic.Int32
		for i := range crowd {
			wg.Add(1)
			go func() {
				defer wg.Done()
				q := goodTransfers(t)[0]
				q.ClientTransactionID = fmt.Sprintf("order-%d-%d", wave, i)
				sent, err := c.Send(bg, q)
				if assert.NoError(t, err) {
					assert.NoError(t, sent.Err())
				}
				if done.Add(1) == 10 {
					b.ExpireTokens()
				}
			}()
		}
		wg.Wait()
		_, err = c.Balance(bg, wapay.XOF) // renews the token if no payment did
		require.NoError(t, err)
		assert.Equal(t, 2+wave, b.Logins())
	}
	seen := map[string]bool{}
	for _, o := range b.Orders() {
		assert.False(t, seen[o.Reference], "%s was sent twice", o.Reference)
		seen[o.Reference] = true
	}
	assert.Len(t, seen, waves*crowd)
}

func TestConcurrentFirstCalls(t *testing.T) {
	c, b := live(t, cinetpaytest.Config{})
	var wg sync.WaitGroup
	for range 1000 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, err := c.Balance(bg, wapay.XOF)
			assert.NoError(t, err)
		}()
	}
	wg.Wait()
	assert.Equal(t, 1, b.Logins())
}

// If the caller that began the login leaves, the others still get their token.
func TestLoginAfterFirstCallerLeft(t *testing.T) {
	c, b := live(t, cinetpaytest.Config{}, wapay.WithTimeout(300*time.Millisecond))
	b.Inject(sandbox.Fault{Kind: sandbox.FaultHang, Before: true, Path: "v1/auth/login"})
	ctx, cancel := context.WithTimeout(bg, 20*time.Millisecond)
	defer cancel()
	first := make(chan error, 1)
	go func() {
		_, err := c.Payout(ctx, goodPayout(t))
		first <- err
	}()
	require.NoError(t, b.WaitRequests(bg, 1))
	p, err := c.Payout(bg, goodPayout(t))
	require.NoError(t, err, "the login was tried again")
	assert.NotEmpty(t, p.ID)
	err = <-first
	failure(t, err, nil, wapay.OutcomeNotSent)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Len(t, bookings(b, "transfer/XOF", "MYMERCHANTID1"), 1)
	assert.Equal(t, 1, b.Logins())
}

func TestRateLimit(t *testing.T) {
	c, b := live(t, cinetpaytest.Config{})
	b.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, Path: sendPath})
	p, err := c.Payout(bg, goodPayout(t))
	require.NoError(t, err)
	assert.Equal(t, p.ID, b.Orders()[0].ID)
	assert.Equal(t, 2, b.Count("POST", sendPath))

	b.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, RetryAfter: "3600", Times: -1})
	r := goodPayout(t)
	r.Reference = "second"
	_, err = c.Payout(bg, r)
	e := failure(t, err, wapay.ErrRateLimited, wapay.OutcomeNotSent)
	assert.Equal(t, time.Hour, e.RetryAfter)
}

// The sandbox's tokens have characters that a query must escape. The client
// shows none of them.
func TestSandboxTokensDoNotShow(t *testing.T) {
	c, b := live(t, cinetpaytest.Config{})
	_, err := c.Balance(bg, wapay.XOF)
	require.NoError(t, err)
	b.Inject(sandbox.Fault{Kind: sandbox.FaultRedirect, Times: -1})
	for name, fn := range calls(t) {
		_, err := fn(bg, c)
		testkit.Leaks{T: t, Secrets: append(b.Tokens(), b.Config().APIKey, b.Config().Password)}.Chain(name, err)
		require.Error(t, err)
		assert.False(t, strings.Contains(err.Error(), "localhost"), "a redirect shows")
	}
}

// The answer rejects the token and also shows a transfer. The client sends the
// order once, and its outcome is unknown.
func TestRejectedTokenWithATransfer(t *testing.T) {
	for _, code := range []string{`"705"`, "706"} {
		c, m := newMock(t, reply(401, `{"code":`+code+`,"message":"?","data":[[{"code":0,"transaction_id":"T1","client_transaction_id":"MYMERCHANTID1"}]]}`))
		_, err := c.Send(bg, goodTransfers(t)[:1]...)
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown, code)
		assert.Len(t, m.Requests, 1, "sent once")
	}
}
