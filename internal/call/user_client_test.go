package call_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// TestUsersClientIsCopied checks that neither New nor a call changes the
// caller's client or calls its CheckRedirect.
func TestUsersClientIsCopied(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	tr := pool(t)
	asked := false
	check := func(*http.Request, []*http.Request) error { asked = true; return nil }
	user := &http.Client{Transport: tr, CheckRedirect: check, Jar: jar, Timeout: 17 * time.Second}

	other := newPeer(t, answering(200, resultJSON))
	p := newPeer(t, script(answering(503, verdictJSON), answering(302, "", "Location: "+other.url)))
	_, err = do(newClient(t, p.url, wapay.WithHTTPClient(user), wapay.WithTimeout(5*time.Second)), call.Read)
	require.Error(t, err)

	assert.Same(t, tr, user.Transport)
	assert.Equal(t, reflect.ValueOf(check).Pointer(), reflect.ValueOf(user.CheckRedirect).Pointer())
	assert.Equal(t, http.CookieJar(jar), user.Jar)
	assert.Equal(t, 17*time.Second, user.Timeout)
	assert.False(t, asked)
	assert.Zero(t, other.accepted.Load())

	bare := &http.Client{}
	p = newPeer(t, answering(200, resultJSON))
	_, err = do(newClient(t, p.url, wapay.WithHTTPClient(bare)), call.Write)
	require.NoError(t, err)
	assert.Equal(t, &http.Client{}, bare)
}

// TestDefaultClientsUnchanged checks the same for net/http's default
// clients.
func TestDefaultClientsUnchanged(t *testing.T) {
	t.Parallel()
	p := newPeer(t, answering(200, resultJSON))
	_, err := do(newClient(t, p.url, wapay.WithHTTPClient(http.DefaultClient)), call.Write)
	require.NoError(t, err)
	assert.Equal(t, &http.Client{}, http.DefaultClient)
}

// TestUsersTimeout checks that the Timeout of the caller's client bounds one
// attempt, unless WithTimeout is set. Like the rows of TestOutcomeOfTimeouts,
// it runs by itself.
func TestUsersTimeout(t *testing.T) {
	const short, long = 500 * time.Millisecond, time.Hour
	for _, x := range []struct {
		name   string
		client time.Duration
		opts   []wapay.Option
		want   time.Duration // 0: the answer, which takes longer than short, comes
	}{
		{"the client's", short, nil, short},
		{"the shorter option's", long, []wapay.Option{wapay.WithTimeout(short)}, short},
		{"the longer option's", short, []wapay.Option{wapay.WithTimeout(long)}, 0},
		{"none of the client's", 0, []wapay.Option{wapay.WithTimeout(short)}, short},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, func(e *exchange) {
				if x.want != 0 {
					e.gone()
					return
				}
				time.Sleep(short + 100*time.Millisecond) // it is this time that is under test
				e.answer(200, resultJSON)
			})
			user := &http.Client{Transport: pool(t), Timeout: x.client}
			_, err := do(newClient(t, p.url, append(x.opts, wapay.WithHTTPClient(user))...), call.Write)
			if x.want == 0 {
				require.NoError(t, err)
				return
			}
			requireError(t, err, wantError{
				outcome: wapay.OutcomeUnknown, kind: wapay.ErrUnavailable, attempts: 1, also: deadline,
				text: []string{"in " + short.String()},
			})
		})
	}
}

// TestAttemptContextsEnd checks that after the call the context of each attempt
// has ended, with its timer.
func TestAttemptContextsEnd(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(*exchange){
		"success": answering(200, resultJSON), "refusal": answering(400, verdictJSON), "rate limit": answering(429, verdictJSON),
		"cut": cut, "half an answer": func(x *exchange) { x.send("%s", partialAnswer) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, attempts := pool(t), []context.Context(nil)
			rt := roundTripper(func(r *http.Request) (*http.Response, error) {
				attempts = append(attempts, r.Context())
				return tr.RoundTrip(r)
			})
			_, _ = do(newClient(t, newPeer(t, serve).url, append(through(rt), wapay.WithMaxRetries(1))...), call.IdempotentWrite)
			assert.NotEmpty(t, attempts)
			for _, ctx := range attempts {
				assert.ErrorIs(t, ctx.Err(), context.Canceled)
			}
		})
	}
}
