package call_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// TestRequestAsSent checks that a request has exactly this method, escaped
// path, query, headers and body.
func TestRequestAsSent(t *testing.T) {
	t.Parallel()
	for _, x := range effects {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, answering(200, resultJSON, "X-Thing: y"))
			r, out := newRequest(x.effect), new(result)
			r.Header = http.Header{"X-Fixed": {"one", "two"}}
			resp, err := newClient(t, p.url, wapay.WithUserAgent("shop/1")).Do(context.Background(), r, out)
			require.NoError(t, err)
			assert.Equal(t, "tx-1", out.ID)
			assert.Equal(t, 200, resp.Status)
			assert.Equal(t, 1, resp.Attempts)
			assert.Equal(t, resultJSON, string(resp.Body))
			assert.Equal(t, "y", resp.Header.Get("X-Thing"))

			sent := p.got()[0]
			assert.Equal(t, r.Method, sent.req.Method)
			assert.Equal(t, "/base/"+r.Path+"?"+r.Query, sent.req.RequestURI)
			assert.Equal(t, string(r.Body), string(sent.body))
			assert.Equal(t, strings.TrimPrefix(p.url, "http://"), sent.req.Host)
			want := http.Header{
				"User-Agent": {"shop/1 wapay-go/" + wapay.Version}, "Accept": {"application/json"}, "Accept-Encoding": {"gzip"},
				"X-Api-Key": {apiKey}, "X-Signature": {signature}, "X-Fixed": {"one", "two"},
			}
			if x.effect != call.Read {
				want["Content-Type"] = []string{"application/json"}
				want["Content-Length"] = []string{strconv.Itoa(len(r.Body))}
				want["Connection"] = []string{"close"} // it has its own connection
			}
			if x.effect == call.IdempotentWrite {
				want["Idempotency-Key"] = []string{"key-" + reference} // put there by Prepare
			}
			assert.Equal(t, want, sent.req.Header)
			assert.Equal(t, http.Header{"X-Fixed": {"one", "two"}}, r.Header, "the request's own headers are only read")
		})
	}
}

// TestNoIdempotencyKey checks that the client never sets the header, with which
// net/http may send a POST twice.
func TestNoIdempotencyKey(t *testing.T) {
	t.Parallel()
	for _, x := range effects {
		p := newPeer(t, script(answering(429, ""), answering(200, resultJSON)))
		r := newRequest(x.effect)
		r.Prepare = nil
		_, err := newClient(t, p.url).Do(context.Background(), r, new(result))
		require.NoError(t, err)
		require.Len(t, p.got(), 2)
		for _, sent := range p.got() {
			for name := range sent.req.Header {
				assert.NotContains(t, strings.ToLower(name), "idempotency")
			}
		}
	}
}

// TestEachAttemptIsWhole checks that each attempt has the same body, its own
// signature, and no header twice, after each end of the earlier attempt.
func TestEachAttemptIsWhole(t *testing.T) {
	t.Parallel()
	failures := map[string]func(*exchange){
		"429":   answering(429, verdictJSON),
		"503":   answering(503, verdictJSON),
		"cut":   cut,
		"reset": (*exchange).reset,
	}
	for name, fail := range failures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, script(fail, fail, fail, answering(200, resultJSON)))
			r := newRequest(call.IdempotentWrite)
			r.Body = []byte(strings.Repeat(string(r.Body), 2000)) // not sent in one write
			r.Header = http.Header{"X-Fixed": {"one"}}
			mac := func(nonce string, body []byte) string {
				h := hmac.New(sha256.New, []byte(apiKey))
				_, _ = io.WriteString(h, nonce)
				_, _ = h.Write(body)
				return hex.EncodeToString(h.Sum(nil))
			}
			nonce := 0
			r.Prepare = func(h http.Header) {
				nonce++
				h.Set("X-Nonce", strconv.Itoa(nonce))
				h.Set("X-Signature", mac(strconv.Itoa(nonce), r.Body))
			}

			resp, err := newClient(t, p.url, wapay.WithMaxRetries(3)).Do(context.Background(), r, new(result))

			require.NoError(t, err)
			assert.Equal(t, 4, resp.Attempts)
			require.Len(t, p.got(), 4)
			for i, sent := range p.got() {
				require.Equal(t, string(r.Body), string(sent.body), "body of attempt %d", i+1)
				assert.Equal(t, strconv.Itoa(i+1), sent.req.Header.Get("X-Nonce"))
				assert.Equal(t, mac(strconv.Itoa(i+1), sent.body), sent.req.Header.Get("X-Signature"))
				for header, values := range sent.req.Header {
					assert.Len(t, values, 1, "%s in attempt %d", header, i+1)
				}
				assert.Equal(t, int64(len(r.Body)), sent.req.ContentLength)
			}
		})
	}
}

// TestEmptyBody checks that an empty body has a length.
func TestEmptyBody(t *testing.T) {
	t.Parallel()
	p := newPeer(t, script(answering(429, ""), answering(200, resultJSON)))
	r := newRequest(call.IdempotentWrite)
	r.Body = []byte{}
	_, err := newClient(t, p.url).Do(context.Background(), r, new(result))
	require.NoError(t, err)
	for _, sent := range p.got() {
		assert.Equal(t, "0", sent.req.Header.Get("Content-Length"))
		assert.Empty(t, sent.req.TransferEncoding)
	}
}

// TestAnswerIsKept checks that the error after the last retry has the whole of
// the last answer.
func TestAnswerIsKept(t *testing.T) {
	t.Parallel()
	for _, x := range effects {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, script(
				answering(429, `{"code":"FIRST","message":"the first"}`, "X-Request-Id: first"),
				answering(429, `{"code":"FIRST","message":"the first"}`, "X-Request-Id: first"),
				answering(503, `{"code":"LAST","message":"the last","field":"amount"}`, "X-Request-Id: last"),
			))
			_, err := do(newClient(t, p.url), x.effect)
			e := requireError(t, err, wantError{
				outcome: noVerdict(x.effect), kind: wapay.ErrUnavailable, status: 503, attempts: 3, text: []string{"LAST", "the last"},
			})
			assert.Equal(t, "LAST", e.Code)
			assert.Equal(t, "the last", e.Message)
			assert.Equal(t, "last", e.RequestID)
			assert.Equal(t, []wapay.FieldError{{Field: "amount", Message: "the last"}}, e.Details)
			assert.Equal(t, `{"code":"LAST","message":"the last","field":"amount"}`, string(e.Body))
			assert.NoError(t, e.Err)
		})
	}
}

// TestMaxRetries checks the number of attempts of a call that always fails.
func TestMaxRetries(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		opts     []wapay.Option
		attempts int
	}{
		{nil, 3},
		{[]wapay.Option{wapay.WithMaxRetries(0)}, 1},
		{[]wapay.Option{wapay.WithMaxRetries(3)}, 4},
	} {
		t.Run(strconv.Itoa(x.attempts), func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, answering(502, errorPage))
			_, err := do(newClient(t, p.url, x.opts...), call.Read)
			requireError(t, err, wantError{
				outcome: wapay.OutcomeReadOnly, kind: wapay.ErrUnavailable, status: 502, attempts: x.attempts,
			})
			assert.EqualValues(t, x.attempts, p.requests.Load())
		})
	}
}
