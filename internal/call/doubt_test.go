package call_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// script is a server that runs its steps in order, and repeats the last.
func script(steps ...func(*exchange)) func(*exchange) {
	return func(x *exchange) { steps[min(x.n, len(steps))-1](x) }
}

func cut(*exchange) {}

// TestUnknownOutcomeStays checks that an attempt that may have been carried out
// stays in doubt after a later one that was ignored.
func TestUnknownOutcomeStays(t *testing.T) {
	t.Parallel()
	first := []struct {
		name string
		do   func(*exchange)
	}{
		{"cut", cut},
		{"reset", (*exchange).reset},
		{"500", answering(500, verdictJSON)},
		{"408", answering(408, "")},
		{"half an answer", func(x *exchange) { x.send("%s", partialAnswer) }},
	}
	second := []struct {
		name     string
		do       func(*exchange)
		outcome  wapay.Outcome
		kind     error
		status   int
		attempts int
	}{
		{"401", answering(401, verdictJSON), wapay.OutcomeUnknown, wapay.ErrUnauthorized, 401, 2},
		{"403", answering(403, verdictJSON), wapay.OutcomeUnknown, wapay.ErrForbidden, 403, 2},
		{"429", answering(429, verdictJSON), wapay.OutcomeUnknown, wapay.ErrRateLimited, 429, 3},
		{"429 in an hour", answering(429, verdictJSON, "Retry-After: 3600"), wapay.OutcomeUnknown, wapay.ErrRateLimited, 429, 2},
		{"400 without a verdict", answering(400, errorPage), wapay.OutcomeUnknown, wapay.ErrInvalid, 400, 2},
		{"200 that cannot be read", answering(200, errorPage), wapay.OutcomeUnknown, wapay.ErrDecode, 200, 2},
		{"501", answering(501, verdictJSON), wapay.OutcomeUnknown, wapay.ErrUnavailable, 501, 2},
		{"302 with a verdict", answering(302, verdictJSON), wapay.OutcomeUnknown, wapay.ErrDecode, 302, 2},
		{"499 with a verdict", answering(499, verdictJSON), wapay.OutcomeUnknown, wapay.ErrInvalid, 499, 2},
		{"400 with a verdict", answering(400, verdictJSON), wapay.OutcomeRejected, wapay.ErrInvalid, 400, 2},
		{"422 with a verdict", answering(422, verdictJSON), wapay.OutcomeRejected, wapay.ErrInvalid, 422, 2},
		{"409 with a verdict", answering(409, verdictJSON), wapay.OutcomeUnknown, wapay.ErrDuplicate, 409, 2},
	}
	for _, a := range first {
		for _, b := range second {
			t.Run(a.name+" then "+b.name, func(t *testing.T) {
				t.Parallel()
				p := newPeer(t, script(a.do, b.do))
				_, err := do(newClient(t, p.url), call.IdempotentWrite)
				e := requireError(t, err, wantError{outcome: b.outcome, kind: b.kind, status: b.status, attempts: b.attempts})
				if b.outcome == wapay.OutcomeRejected {
					assert.Equal(t, "E42", e.Code)
				}
				assert.EqualValues(t, b.attempts, p.requests.Load())
			})
		}
		t.Run(a.name+" then 200", func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, script(a.do, answering(200, resultJSON)))
			out := new(result)
			resp, err := newClient(t, p.url).Do(context.Background(), newRequest(call.IdempotentWrite), out)
			require.NoError(t, err)
			assert.Equal(t, 2, resp.Attempts)
			assert.Equal(t, "tx-1", out.ID)
			assert.EqualValues(t, 2, p.requests.Load())
		})
	}
}

// TestRefusedConnectionAfterLostAnswer does the same for a server that has
// closed.
func TestRefusedConnectionAfterLostAnswer(t *testing.T) {
	t.Parallel()
	p := newPeer(t, cut)
	_, err := do(newClient(t, p.url, through(refusedAfter(t, 1))...), call.IdempotentWrite)
	requireError(t, err, wantError{outcome: wapay.OutcomeUnknown, kind: wapay.ErrUnavailable, attempts: 3})
	assert.EqualValues(t, 1, p.requests.Load())
}

// TestOutcomeAfterIgnoredAttempt checks that an ignored attempt leaves no
// doubt.
func TestOutcomeAfterIgnoredAttempt(t *testing.T) {
	t.Parallel()
	for _, x := range []call.Effect{call.Write, call.IdempotentWrite} {
		t.Run(fmt.Sprint("429 then 401/", x), func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, script(answering(429, ""), answering(401, verdictJSON)))
			_, err := do(newClient(t, p.url), x)
			requireError(t, err, wantError{outcome: wapay.OutcomeRejected, kind: wapay.ErrUnauthorized, status: 401, attempts: 2})
		})
		t.Run(fmt.Sprint("429 then refused/", x), func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, func(x *exchange) {
				x.answer(429, verdictJSON, "Connection: close")
				x.keep = false
			})
			_, err := do(newClient(t, p.url, through(refusedAfter(t, 1))...), x)
			requireError(t, err, wantError{outcome: wapay.OutcomeNotSent, kind: wapay.ErrUnavailable, attempts: 3})
		})
	}
	t.Run("a Write after 429 is cut", func(t *testing.T) {
		t.Parallel()
		p := newPeer(t, script(answering(429, ""), cut))
		_, err := do(newClient(t, p.url, wapay.WithMaxRetries(5)), call.Write)
		requireError(t, err, wantError{outcome: wapay.OutcomeUnknown, kind: wapay.ErrUnavailable, attempts: 2})
		assert.EqualValues(t, 2, p.requests.Load())
	})
}

// TestTransportsWithoutTrace uses transports that do not report to httptrace,
// so it is not known what they sent.
func TestTransportsWithoutTrace(t *testing.T) {
	t.Parallel()
	for name, roundTrip := range map[string]roundTripper{
		"plain error": func(*http.Request) (*http.Response, error) { return nil, errPlain },
		"EOF":         func(*http.Request) (*http.Response, error) { return nil, io.EOF },
		"refused, it says": func(*http.Request) (*http.Response, error) {
			return nil, errors.New("dial tcp 127.0.0.1:1: connect: connection refused")
		},
		"nothing at all": func(*http.Request) (*http.Response, error) { return nil, nil },
	} {
		for _, x := range effects {
			t.Run(name+"/"+x.name, func(t *testing.T) {
				t.Parallel()
				calls := 0
				opts := through(roundTripper(func(r *http.Request) (*http.Response, error) {
					calls++
					return roundTrip(r)
				}))
				_, err := do(newClient(t, "https://api.provider.invalid", append(opts, wapay.WithMaxRetries(1))...), x.effect)
				want := wantError{outcome: noVerdict(x.effect), kind: wapay.ErrUnavailable, attempts: 2}
				if x.effect == call.Write {
					want.attempts = 1
				}
				requireError(t, err, want)
				assert.Equal(t, want.attempts, calls)
			})
		}
	}
}

// TestRefusedByNetHTTP checks that a header that net/http refuses is not sent.
func TestRefusedByNetHTTP(t *testing.T) {
	t.Parallel()
	p := newPeer(t, answering(200, resultJSON))
	r := newRequest(call.Write)
	r.Prepare = func(h http.Header) { h.Set("X-Api-Key", apiKey+"\n") }

	_, err := newClient(t, p.url).Do(context.Background(), r, new(result))

	require.Error(t, err)
	requireHidden(t, err)
	assert.Zero(t, p.accepted.Load())
	requireError(t, err, wantError{outcome: wapay.OutcomeNotSent, kind: wapay.ErrInvalid})
}

// TestBadPath checks that a bad path is refused before any attempt.
func TestBadPath(t *testing.T) {
	t.Parallel()
	p := newPeer(t, answering(200, resultJSON))
	r := newRequest(call.Write)
	r.Path = "wallets/%zz"
	_, err := newClient(t, p.url).Do(context.Background(), r, new(result))
	e := requireError(t, err, wantError{outcome: wapay.OutcomeNotSent, kind: wapay.ErrInvalid})
	assert.True(t, strings.Contains(e.Error(), "path"))
	assert.Zero(t, p.accepted.Load())
}
