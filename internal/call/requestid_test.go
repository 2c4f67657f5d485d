package call_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// idsOf makes a call and returns the ids in the log, and those of the observer:
// of each attempt, then of the call.
func idsOf(t *testing.T, r *call.Request, serve ...func(*exchange)) (logged, observed []string, err error) {
	t.Helper()
	var mu sync.Mutex
	log := &recorder{}
	observe := func(ctx context.Context, o *wapay.Observation) (context.Context, func()) {
		return ctx, func() {
			mu.Lock()
			defer mu.Unlock()
			observed = append(observed, o.RequestID)
		}
	}
	c := newClient(t, newPeer(t, script(serve...)).url, wapay.WithLogger(log.logger()), wapay.WithObserver(observe))
	ctx := call.Start(context.Background(), "Pay", nil)
	call.HideCode(ctx, "904417")
	_, err = c.Do(ctx, r, new(result))
	for _, record := range log.all() {
		id := ""
		record.Attrs(func(a slog.Attr) bool {
			if a.Key == "request_id" {
				id = a.Value.String()
			}
			return true
		})
		logged = append(logged, id)
	}
	return logged, observed, err
}

// TestRequestID checks that the id of a success is shown like that of an error,
// clean and short.
func TestRequestID(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 100)
	for name, x := range map[string]struct{ header, want string }{
		"none":             {"X-Other: 1", ""},
		"X-Request-Id":     {"X-Request-Id: req-7", "req-7"},
		"X-Correlation-Id": {"X-Correlation-Id: cor-7", "cor-7"},
		"Cf-Ray":           {"Cf-Ray: 8f2-ABJ", "8f2-ABJ"},
		"long":             {"X-Request-Id: " + long, long[:128]},
		"cut in a letter":  {"X-Request-Id: i" + long, "i" + long[:126]},
		"not UTF-8":        {"X-Request-Id: a\xffb", "a\ufffdb"},
		"a secret":         {"X-Request-Id: id " + apiKey, "id [redacted]"},
		"a one-time code":  {"X-Request-Id: otp-904417", "otp-[redacted]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			logged, observed, err := idsOf(t, newRequest(call.Write), answering(200, resultJSON, x.header))
			require.NoError(t, err)
			assert.Equal(t, []string{x.want}, logged)
			assert.Equal(t, []string{x.want, x.want}, observed)

			logged, observed, err = idsOf(t, newRequest(call.Write), answering(400, verdictJSON, x.header))
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, x.want, e.RequestID)
			assert.Equal(t, []string{x.want}, logged)
			assert.Equal(t, []string{x.want, x.want}, observed)
		})
	}
}

// TestRequestIDOfAttempts checks that each attempt has its own id, and that the
// call has the last one. The id in a body wins over that in a header.
func TestRequestIDOfAttempts(t *testing.T) {
	t.Parallel()
	logged, observed, err := idsOf(t, newRequest(call.Read),
		answering(503, "", "X-Request-Id: first"),
		answering(200, `{"id":"tx-1","request":"in the body"}`, "X-Request-Id: last"))
	require.NoError(t, err)
	assert.Equal(t, []string{"first", "in the body"}, logged)
	assert.Equal(t, []string{"first", "in the body", "in the body"}, observed)

	torn := apiKey[:5] + `\u001b` + apiKey[5:]
	logged, observed, err = idsOf(t, newRequest(call.Read), answering(200, `{"id":"tx-1","request":"a\u001b[31mb\n`+torn+`"}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"a[31mb[redacted]"}, logged)
	assert.Equal(t, []string{"a[31mb[redacted]", "a[31mb[redacted]"}, observed)

	_, _, err = idsOf(t, newRequest(call.Write), answering(200, `{"id":7,"request":"in the body"}`))
	var e *wapay.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "in the body", e.RequestID, "of an answer that cannot be decoded")
}

// TestRequestIDAsSent checks that without the provider's id, or without an
// answer, there is the id of the request.
func TestRequestIDAsSent(t *testing.T) {
	t.Parallel()
	for _, serve := range []func(*exchange){answering(200, resultJSON), answering(400, verdictJSON), cut} {
		r := newRequest(call.Write)
		r.Header = http.Header{"X-Request-Id": {"mine"}}
		logged, observed, _ := idsOf(t, r, serve)
		assert.Equal(t, []string{"mine"}, logged)
		assert.Equal(t, []string{"mine", "mine"}, observed)
	}
}
