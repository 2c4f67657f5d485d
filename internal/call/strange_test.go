package call_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// TestStrangeTransports checks that the acts of a transport win over its
// claims.
func TestStrangeTransports(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}
	for name, x := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		text   string
	}{
		"a response beside an error": {func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, dial
		}, "refused"},
		"a nil pointer as error": {func(*http.Request) (*http.Response, error) {
			var none *net.OpError
			return nil, none
		}, "a nil *net.OpError"},
		"an error of this library": {func(*http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("breaker: %w", &wapay.Error{Kind: wapay.ErrNotFound, Outcome: wapay.OutcomeRejected})
		}, "breaker"},
		"an error that matches all": {func(*http.Request) (*http.Response, error) {
			return nil, errAll{}
		}, "all of them"},
		"a status that there is not": {func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: -1, Body: io.NopCloser(strings.NewReader(verdictJSON)), Request: r}, nil
		}, "E42"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var attempts atomic.Int32
			c := newClient(t, "https://api.provider.invalid", through(roundTripper(func(r *http.Request) (*http.Response, error) {
				attempts.Add(1)
				return x.answer(r)
			}))...)
			_, err := do(c, call.Write)
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, wapay.OutcomeUnknown, e.Outcome)
			assert.EqualValues(t, 1, attempts.Load())
			assert.ErrorContains(t, err, x.text)
			for _, target := range sentinels {
				if target != e.Kind && target != wapay.ErrOutcomeUnknown {
					assert.NotErrorIs(t, err, target)
				}
			}
		})
	}
}

// errAll is an error that matches each other one.
type errAll struct{}

func (errAll) Error() string { return "all of them" }
func (errAll) Is(error) bool { return true }

// TestBodyIsReadOnce checks that middleware can neither rewind a write nor read
// it without a record.
func TestBodyIsReadOnce(t *testing.T) {
	t.Parallel()
	c := newClient(t, "https://api.provider.invalid", through(roundTripper(func(r *http.Request) (*http.Response, error) {
		_, seeks := r.Body.(io.Seeker)
		_, readsAt := r.Body.(io.ReaderAt)
		_, readsBytes := r.Body.(io.ByteReader)
		assert.False(t, seeks || readsAt || readsBytes)
		assert.Nil(t, r.GetBody)
		assert.Positive(t, r.ContentLength)
		return nil, errors.New("no answer")
	}))...)
	_, err := do(c, call.Write)
	require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
}

// TestLimitThatNamesTheOrder checks a 429 with the reference in each form.
func TestLimitThatNamesTheOrder(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		reference, body string
		named           bool
	}{
		{"a/b", `{"order":"a\/b"}`, true},
		{"é/7", `{"order":"\u00e9\/7"}`, true},
		{"é/7", `{"order":"\u00E9/7"}`, true},
		{`a"b`, `{"order":"a\"b"}`, true},
		{"000123", `{"order":123}`, true},
		{"one,two", `{"order":"two"}`, true}, // of a batch
		{"000", `{"order":"000"}`, true},
		{"a/b", `{"order":"a"}`, false},
		{"0", `{"message":"come later"}`, false},
	} {
		p := newPeer(t, answering(429, x.body))
		r := newRequest(call.Write)
		r.Reference = x.reference
		_, err := newClient(t, p.url, wapay.WithMaxRetries(1)).Do(context.Background(), r, new(result))
		assert.Equal(t, !x.named, wapay.NotDone(err), "%s in %s: %v", x.reference, x.body, err)
		assert.Equal(t, x.named, p.requests.Load() == 1, "%s in %s", x.reference, x.body)
	}
}

// TestOneTimeCodesInErrors checks that a code is hidden unless a digit is
// beside it.
func TestOneTimeCodesInErrors(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"code":"E1","message":"4711 4711,4711"}`,
		`{"code":"4711","message":"no"}`,
		`{"code":"E1","message":"code:\n4711"}`,
		`{"code":"E1","message":"otp%3D4711%20and%204711"}`,
		`{"code":"E1","message":"\u00a04711"}`,
		`{"code":"E1","message":"\u0034711"}`,
		`<p>otp_4711x</p>`,
	} {
		for _, status := range []int{200, 400} {
			r := newRequest(call.Write)
			r.Codes = []wapay.Secret{"4711"}
			_, err := newClient(t, newPeer(t, answering(status, body)).url).Do(context.Background(), r, new(result))
			var e *wapay.Error
			require.ErrorAs(t, err, &e, body)
			shown := e.Error() + e.Code + e.Message + string(e.Body)
			assert.NotContains(t, shown, "4711", body)
			assert.Contains(t, shown, "[redacted]", body)
		}
	}
	r := newRequest(call.Write)
	r.Codes = []wapay.Secret{"4711"}
	c := newClient(t, "https://api.provider.invalid", through(roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("cannot send otp=4711&amount=47110")
	}))...)
	_, err := c.Do(context.Background(), r, new(result))
	assert.ErrorContains(t, err, "otp=[redacted]&amount=47110")
}
