package token_test

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/token"
)

// clock is a time of day that only the test moves.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Unix(1_700_000_000, 0).Add(time.Duration(c.offset.Load()))
}
func (c *clock) pass(d time.Duration) { c.offset.Add(int64(d)) }

// provider gives the tokens t-1, t-2 ….
type provider struct {
	clock
	lifetime time.Duration
	logins   atomic.Int32
}

func (p *provider) login(ctx context.Context) (wapay.Secret, time.Duration, error) {
	n := p.logins.Add(1)
	return wapay.Secret("t-" + strconv.Itoa(int(n))), p.lifetime, nil
}

func TestLifetimes(t *testing.T) {
	for _, x := range []struct{ lifetime, used time.Duration }{
		{5 * time.Minute, 4*time.Minute + 30*time.Second},
		{1740 * time.Second, 1710 * time.Second},
		{150 * time.Second, 2 * time.Minute},
		{100 * time.Second, 80 * time.Second},
		{30 * time.Second, 24 * time.Second}, // as long as the margin
		{10 * time.Second, 8 * time.Second},
		{2 * time.Second, 1600 * time.Millisecond},
		{time.Second, time.Second},
		{time.Nanosecond, time.Second},
		{0, time.Second},
		{-time.Hour, time.Second},
		{math.MinInt64, time.Second},
		{24 * time.Hour, 24*time.Hour - 30*time.Second},
		{math.MaxInt64, 24*time.Hour - 30*time.Second},
	} {
		t.Run(x.lifetime.String(), func(t *testing.T) {
			p := &provider{lifetime: x.lifetime}
			c := token.New(p.login, p.now)
			get := func(want wapay.Secret) {
				t.Helper()
				for range 100 {
					v, err := c.Get(context.Background())
					require.NoError(t, err)
					require.Equal(t, want, v)
				}
			}
			get("t-1")
			p.pass(x.used - 1)
			get("t-1")
			p.pass(1)
			get("t-2")
			p.pass(-x.used) // the clock is put back
			get("t-2")
		})
	}
}

// TestSlowLogin checks that a lifetime counts from the start of the login. A
// login that takes longer than the lifetime still gives a token.
func TestSlowLogin(t *testing.T) {
	p := &provider{lifetime: 5 * time.Minute}
	took := time.Minute
	slow := func(ctx context.Context) (wapay.Secret, time.Duration, error) {
		p.pass(took)
		return p.login(ctx)
	}
	c := token.New(slow, p.now)
	want := func(v wapay.Secret) {
		t.Helper()
		got, err := c.Get(context.Background())
		require.NoError(t, err)
		assert.Equal(t, v, got)
	}
	want("t-1")
	p.pass(4*time.Minute + 30*time.Second - took - 1)
	want("t-1")
	p.pass(1)
	took = time.Hour
	want("t-2")
	want("t-2")
	p.pass(time.Second)
	want("t-3")
}

// TestTokenThatCannotBeSent checks that a token that no header can carry is
// dropped. One new login follows, and then an error that blames the provider.
func TestTokenThatCannotBeSent(t *testing.T) {
	for _, bad := range []wapay.Secret{"", "token-4f9z\n", "token 4f9z", "token-4f9z\x00", "token-4f9z\x7f", "tokené4f9z", "token\xff4f9z"} {
		t.Run(fmt.Sprintf("%q", string(bad)), func(t *testing.T) {
			logins, good := 0, 2
			c := token.New(func(context.Context) (wapay.Secret, time.Duration, error) {
				if logins++; logins != good {
					return bad, 24 * time.Hour, nil
				}
				return "good", time.Hour, nil
			}, time.Now)
			v, err := c.Get(context.Background())
			require.NoError(t, err)
			assert.Equal(t, wapay.Secret("good"), v)
			assert.Equal(t, 2, logins)

			good, logins = 4, 0
			calls, err := call.New("p", "http://127.0.0.1:1", nil, nil, nil, nil)
			require.NoError(t, err)
			c = token.New(func(context.Context) (wapay.Secret, time.Duration, error) {
				if logins++; logins != good {
					return bad, 24 * time.Hour, nil
				}
				return "good", time.Hour, nil
			}, time.Now)
			r := &call.Request{Effect: call.Write, Method: "POST", Path: "x", Body: []byte("{}")}
			_, err = c.Do(context.Background(), calls, token.Scheme{}, r, nil)
			require.ErrorIs(t, err, wapay.ErrDecode)
			require.ErrorIs(t, err, token.ErrLogin)
			assert.NotErrorIs(t, err, wapay.ErrOutcomeUnknown)
			assert.True(t, wapay.NotDone(err))
			assert.NotContains(t, err.Error(), "4f9z")
			assert.Equal(t, 2, logins)

			v, err = c.Get(context.Background()) // the next call has another two logins
			require.NoError(t, err)
			assert.Equal(t, wapay.Secret("good"), v)
		})
	}
}
