//go:build go1.25

package call_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// fake answers from memory, in a bubble in which time stands still while
// anything runs.
type fake struct {
	status int // 0: the connection is refused
	header http.Header
	at     []time.Time
	then   func() // called at the end of each request
}

func (f *fake) RoundTrip(req *http.Request) (*http.Response, error) {
	f.at = append(f.at, time.Now())
	if f.then != nil {
		defer f.then()
	}
	trace := httptrace.ContextClientTrace(req.Context())
	trace.GetConn(req.URL.Host)
	if f.status == 0 {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errPlain}
	}
	trace.GotConn(httptrace.GotConnInfo{})
	return &http.Response{
		StatusCode: f.status, Header: f.header, Body: io.NopCloser(strings.NewReader(verdictJSON)), Request: req,
	}, nil
}

func (f *fake) client(t *testing.T, opts ...wapay.Option) *call.Client {
	if f.header == nil {
		f.header = http.Header{}
	}
	return newClient(t, "https://api.provider.invalid", append(through(f), opts...)...)
}

// TestBackoff checks the pauses: 200 ms, doubling up to 5 s, each between half
// and the whole of it.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		different := map[time.Duration]bool{}
		for range 20 {
			f := &fake{status: 503}
			_, err := do(f.client(t, wapay.WithMaxRetries(10)), call.Read)
			require.Error(t, err)
			require.Len(t, f.at, 11)
			for i := range 10 {
				gap, most := f.at[i+1].Sub(f.at[i]), min(200*time.Millisecond<<i, 5*time.Second)
				assert.GreaterOrEqual(t, gap, most/2, "pause %d", i+1)
				assert.LessOrEqual(t, gap, most, "pause %d", i+1)
				different[gap] = true
			}
		}
		assert.Greater(t, len(different), 150, "the pauses vary")
	})
}

// TestBackoffOfAWrite checks that the repeats of a write that was not sent have
// the same pauses.
func TestBackoffOfAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		_, err := do(f.client(t), call.Write)
		requireError(t, err, wantError{outcome: wapay.OutcomeNotSent, kind: wapay.ErrUnavailable, attempts: 3})
		assert.InDelta(t, 150*time.Millisecond, f.at[1].Sub(f.at[0]), float64(51*time.Millisecond))
		assert.InDelta(t, 300*time.Millisecond, f.at[2].Sub(f.at[1]), float64(101*time.Millisecond))
	})
}

// TestRetryAfter checks that the client waits for up to 30 seconds, and returns
// at once for a longer pause.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2025, 6, 1, 10, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	const backoff = -1 // the usual pause
	for _, x := range []struct {
		name         string
		value, date  string
		status       int
		wait, report time.Duration
		attempts     int
	}{
		{"seconds", "7", "", 429, 7 * time.Second, 7 * time.Second, 2},
		{"seconds with spaces", " 7 ", "", 503, 7 * time.Second, 7 * time.Second, 2},
		{"the most", "30", "", 429, 30 * time.Second, 30 * time.Second, 2},
		{"more than the most", "31", "", 429, 0, 31 * time.Second, 1},
		{"an hour", "3600", "", 429, 0, time.Hour, 1},
		{"an hour of 503", "3600", "", 503, 0, time.Hour, 1},
		{"an hour of 500", "3600", "", 500, 0, time.Hour, 1},
		{"a year at most", "999999999999", "", 429, 0, 365 * 24 * time.Hour, 1},
		{"none", "", "", 429, backoff, 0, 2},
		{"0", "0", "", 429, backoff, 0, 2},
		{"negative", "-1", "", 429, backoff, 0, 2},
		{"junk", "a while", "", 429, backoff, 0, 2},
		{"date, by our clock", at(9 * time.Second), "", 429, 9 * time.Second, 9 * time.Second, 2},
		{"date, by the server's clock", at(time.Hour + 9*time.Second), at(time.Hour), 429, 9 * time.Second, 9 * time.Second, 2},
		{"date, by a server's clock that is behind", at(9*time.Second - time.Hour), at(-time.Hour), 503, 9 * time.Second, 9 * time.Second, 2},
		{"far date, by our clock", at(24 * time.Hour), "junk", 429, 0, 24 * time.Hour, 1},
		{"a date in a year at most", at(400 * 24 * time.Hour), "", 429, 0, 365 * 24 * time.Hour, 1},
		{"date gone by", at(-time.Hour), "", 429, backoff, 0, 2},
		{"of a 400", "7", "", 400, 0, 0, 1},
		{"of a 301", "7", "", 301, 0, 0, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{status: x.status, header: http.Header{}}
				for name, value := range map[string]string{"Retry-After": x.value, "Date": x.date} {
					if value != "" {
						f.header.Set(name, value)
					}
				}
				started := time.Now()
				_, err := do(f.client(t, wapay.WithMaxRetries(1), wapay.WithClock(func() time.Time { return now })), call.Read)
				waited := time.Since(started)

				var e *wapay.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, x.status, e.HTTPStatus)
				assert.Equal(t, x.report, e.RetryAfter)
				assert.Equal(t, x.attempts, e.Attempts)
				if x.wait == backoff {
					assert.InDelta(t, 150*time.Millisecond, waited, float64(51*time.Millisecond))
				} else {
					assert.Equal(t, x.wait, waited)
				}
			})
		})
	}
}

// TestContextEndsInTheWait checks that the call ends at once, and that its
// error shows the last attempt.
func TestContextEndsInTheWait(t *testing.T) {
	for _, x := range []struct {
		name    string
		effect  call.Effect
		status  int
		outcome wapay.Outcome
		kind    error
	}{
		{"Write/429", call.Write, 429, wapay.OutcomeRejected, wapay.ErrRateLimited},
		{"Write/refused", call.Write, 0, wapay.OutcomeNotSent, wapay.ErrUnavailable},
		{"Read/429", call.Read, 429, wapay.OutcomeReadOnly, wapay.ErrRateLimited},
		{"Read/503", call.Read, 503, wapay.OutcomeReadOnly, wapay.ErrUnavailable},
		{"IdempotentWrite/429", call.IdempotentWrite, 429, wapay.OutcomeRejected, wapay.ErrRateLimited},
		{"IdempotentWrite/503", call.IdempotentWrite, 503, wapay.OutcomeUnknown, wapay.ErrUnavailable},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				f := &fake{status: x.status, header: http.Header{"Retry-After": {"20"}, "X-Request-Id": {"req-7"}}}
				f.then = func() { time.AfterFunc(50*time.Millisecond, cancel) }
				started := time.Now()

				_, err := f.client(t).Do(ctx, newRequest(x.effect), new(result))

				assert.Equal(t, 50*time.Millisecond, time.Since(started))
				e := requireError(t, err, wantError{
					outcome: x.outcome, kind: x.kind, status: x.status, attempts: 1, also: []error{context.Canceled},
				})
				if x.status != 0 {
					assert.Equal(t, 20*time.Second, e.RetryAfter)
					assert.Equal(t, "E42", e.Code)
					assert.Equal(t, "req-7", e.RequestID)
				} else {
					assert.ErrorIs(t, err, errPlain)
				}
			})
		})
	}
}

// TestWaitBeyondTheDeadline checks that the client does not begin a pause that
// outlasts the deadline.
func TestWaitBeyondTheDeadline(t *testing.T) {
	for _, x := range []struct {
		name, retryAfter string
		deadline         time.Duration
		attempts         int
	}{
		{"Retry-After past it", "10", 5 * time.Second, 1},
		{"Retry-After before it", "10", 15 * time.Second, 2},
		{"pause past it", "", 90 * time.Millisecond, 1},
		{"pause before it", "", 210 * time.Millisecond, 2},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(context.Background(), x.deadline)
				defer cancel()
				f := &fake{status: 503, header: http.Header{}}
				if x.retryAfter != "" {
					f.header.Set("Retry-After", x.retryAfter)
				}
				started := time.Now()
				_, err := f.client(t, wapay.WithMaxRetries(1)).Do(ctx, newRequest(call.Read), new(result))
				requireError(t, err, wantError{
					outcome: wapay.OutcomeReadOnly, kind: wapay.ErrUnavailable, status: 503, attempts: x.attempts,
				})
				if x.attempts == 1 {
					assert.Zero(t, time.Since(started))
				}
			})
		})
	}
}

// TestTimeoutOfOneAttempt checks that each attempt has the whole time-out,
// without the pauses.
func TestTimeoutOfOneAttempt(t *testing.T) {
	for _, x := range effects {
		t.Run(fmt.Sprint(x.name), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var at []time.Time
				rt := roundTripper(func(req *http.Request) (*http.Response, error) {
					trace := httptrace.ContextClientTrace(req.Context())
					trace.GetConn(req.URL.Host)
					trace.GotConn(httptrace.GotConnInfo{})
					started := time.Now()
					<-req.Context().Done()
					at = append(at, time.Now())
					assert.Equal(t, wapay.DefaultTimeout, time.Since(started))
					return nil, req.Context().Err()
				})
				_, err := do(newClient(t, "https://api.provider.invalid", through(rt)...), x.effect)
				want := wantError{
					outcome: noVerdict(x.effect), kind: wapay.ErrUnavailable, attempts: 3, also: deadline, text: []string{"in 30s"},
				}
				if x.effect == call.Write {
					want.attempts = 1
				}
				requireError(t, err, want)
				assert.Len(t, at, want.attempts)
			})
		})
	}
}

// TestOutcomeAfterTimeout checks that an attempt that timed out may have been
// carried out, whatever the next attempt is told.
func TestOutcomeAfterTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuses := &fake{status: 401}
		rt := roundTripper(func(req *http.Request) (*http.Response, error) {
			if resp, err := refuses.RoundTrip(req); len(refuses.at) > 1 {
				return resp, err
			}
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		_, err := do(newClient(t, "https://api.provider.invalid", through(rt)...), call.IdempotentWrite)
		requireError(t, err, wantError{outcome: wapay.OutcomeUnknown, kind: wapay.ErrUnauthorized, status: 401, attempts: 2})
	})
}
