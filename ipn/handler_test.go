package ipn

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

func accept(context.Context, *Event) error { return nil }

func newHandler(t *testing.T, fn func(context.Context, *Event) error, opts ...HandlerOption) http.Handler {
	t.Helper()
	h, err := NewHandler(BarkaPay(testKey), fn, opts...)
	require.NoError(t, err)
	return h
}

func post(h http.Handler, body io.Reader) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/ipn", body))
	return w.Result()
}

func discardLogger() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// records is a log in memory.
type records struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

// all returns the records, without their times.
func (r *records) all(t *testing.T) (all []map[string]any) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(r.String()), "\n") {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		delete(record, "time")
		all = append(all, record)
	}
	return all
}

func (r *records) option() HandlerOption { return WithLogger(slog.New(slog.NewJSONHandler(r, nil))) }

func TestNewHandlerRefusesNil(t *testing.T) {
	for _, build := range []func() (http.Handler, error){
		func() (http.Handler, error) { return NewHandler(nil, accept) },
		func() (http.Handler, error) { return NewHandler(BarkaPay(testKey), nil) },
		func() (http.Handler, error) { return NewHandler(BarkaPay(testKey), accept, WithLogger(nil)) },
	} {
		h, err := build()
		require.Error(t, err)
		require.Nil(t, h)
	}
	newHandler(t, accept, nil)
}

func TestHandlerCallsFunction(t *testing.T) {
	type contextKey struct{}
	body := sign(payment)
	var got *Event
	var log records
	h := newHandler(t, func(ctx context.Context, e *Event) error {
		assert.Equal(t, "the request's", ctx.Value(contextKey{}))
		got = e
		return nil
	}, log.option())
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/ipn", bytes.NewReader(body))
	h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, "the request's")))

	assert.Equal(t, http.StatusOK, w.Code)
	assert.Equal(t, "OK\n", w.Body.String())
	assert.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
	require.NotNil(t, got)
	assert.Equal(t, "o-1", got.Reference)
	assert.Equal(t, body, got.Body)
	body[0] = 'x'
	assert.Equal(t, byte('{'), got.Body[0], "the event owns its body")
	assert.Equal(t, []map[string]any{{
		"level": "INFO", "msg": "ipn: delivery", "provider": "barkapay", "kind": "payment",
		"delivery_key": "barkapay:p-1:1", "reference": "o-1", "outcome": "accepted", "status": 200.,
	}}, log.all(t))
}

func TestHandlerRefuses(t *testing.T) {
	good := string(sign(payment))
	padded := func(n int) string { return good + strings.Repeat(" ", n-len(good)) }
	tests := []struct {
		name, method, body string
		status             int
		outcome, reason    string
	}{
		{"GET", http.MethodGet, good, 405, "method", "not a POST"},
		{"HEAD", http.MethodHead, "", 405, "method", "not a POST"},
		{"PUT", http.MethodPut, good, 405, "method", "not a POST"},
		{"post in lower case", "post", good, 405, "method", "not a POST"},
		{"no body", http.MethodPost, "", 400, "malformed", "ipn: malformed notification: not a JSON object in UTF-8 (barkapay)"},
		{"no JSON", http.MethodPost, "<html>", 400, "malformed", "ipn: malformed notification: not a JSON object in UTF-8 (barkapay)"},
		{"forged", http.MethodPost, strings.Replace(good, "10200", "10201", 1), 401, "signature", "ipn: bad signature: hash does not match (barkapay)"},
		{"one byte too many", http.MethodPost, padded(64<<10 + 1), 413, "too_large", "ipn: notification too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log records
			h := newHandler(t, func(context.Context, *Event) error {
				t.Error("fn called")
				return nil
			}, log.option())
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(tt.method, "/ipn", strings.NewReader(tt.body)))
			assert.Equal(t, tt.status, w.Code)
			assert.Equal(t, http.StatusText(tt.status)+"\n", w.Body.String())
			if tt.status == 405 {
				assert.Equal(t, "POST", w.Header().Get("Allow"))
			}
			assert.Equal(t, []map[string]any{{
				"level": "WARN", "msg": "ipn: delivery", "provider": "barkapay", "kind": "", "delivery_key": "",
				"reference": "", "outcome": tt.outcome, "status": float64(tt.status), "reason": tt.reason,
			}}, log.all(t))
			for _, secret := range []string{good, good[len(good)-100:], "70656188", testKey} {
				assert.NotContains(t, log.String(), secret)
			}
		})
	}
	assert.Equal(t, 200, post(newHandler(t, accept), strings.NewReader(padded(64<<10))).StatusCode)

	r := httptest.NewRequest(http.MethodPost, "/ipn", nil)
	r.Body = nil
	w := httptest.NewRecorder()
	newHandler(t, accept).ServeHTTP(w, r)
	assert.Equal(t, 400, w.Code)
}

// brokenVerifier is a verifier that fails with err.
type brokenVerifier struct{ err error }

func (v brokenVerifier) Verify(http.Header, []byte) (*Event, error) { return nil, v.err }

func TestHandlerStatusOfVerifierErrors(t *testing.T) {
	for err, want := range map[error]int{
		ErrSignature: 401, ErrStale: 401, ErrMalformed: 400, ErrTooLarge: 413, errors.New("no network"): 500, nil: 500,
	} {
		var log records
		h, buildErr := NewHandler(brokenVerifier{err}, accept, log.option())
		require.NoError(t, buildErr)
		assert.Equal(t, want, post(h, strings.NewReader("x")).StatusCode, "%v", err)
		reason := "the verifier returned neither event nor error"
		if err != nil {
			reason = err.Error()
		}
		assert.Equal(t, reason, log.all(t)[0]["reason"])
	}
}

func TestHandlerFunctionFails(t *testing.T) {
	for name, fn := range map[string]func() error{
		"the text":        func() error { return errors.New("the text") },
		"of a kind":       func() error { return fmt.Errorf("the text: %w", ErrSignature) }, // fails, but does not refuse
		"panic, error":    func() error { panic(errors.New("the text")) },
		"panic, string":   func() error { panic("the text") },
		"panic, no value": func() error { panic(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var log records
			h := newHandler(t, func(context.Context, *Event) error { return fn() }, log.option())
			res := post(h, bytes.NewReader(sign(payment)))
			assert.Equal(t, 500, res.StatusCode)
			answer, _ := io.ReadAll(res.Body)
			assert.Equal(t, "Internal Server Error\n", string(answer))
			record := log.all(t)[0]
			assert.Equal(t, "ERROR", record["level"])
			assert.Equal(t, "barkapay:p-1:1", record["delivery_key"])
			if name != "panic, no value" {
				assert.Contains(t, record["reason"], "the text")
			}
			assert.Equal(t, strings.HasPrefix(name, "panic"), record["stack"] != nil)
			assert.NotContains(t, log.String(), "10200")
			assert.Equal(t, 500, post(h, bytes.NewReader(sign(payment))).StatusCode, "a repeat calls the function again")
		})
	}
}

func TestHandlerPanicWithoutLogger(t *testing.T) {
	var log records
	previous := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(previous)
	h := newHandler(t, func(context.Context, *Event) error { panic("the text") })
	assert.Equal(t, 500, post(h, bytes.NewReader(sign(payment))).StatusCode)
	assert.Contains(t, log.all(t)[0]["stack"], "TestHandlerPanicWithoutLogger")

	h = newHandler(t, func(context.Context, *Event) error { panic(http.ErrAbortHandler) })
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { post(h, bytes.NewReader(sign(payment))) })
}

// blanks yields n spaces, and counts how many were read. An HTTP client may
// read from it even after the request.
type blanks struct {
	n     int64
	count atomic.Int64
}

func (b *blanks) Read(p []byte) (int, error) {
	if b.count.Load() >= b.n {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = ' '
	}
	b.count.Add(int64(len(p)))
	return len(p), nil
}

func TestHandlerStopsReading(t *testing.T) {
	body := &blanks{n: 100 << 20}
	assert.Equal(t, 413, post(newHandler(t, accept), body).StatusCode)
	assert.LessOrEqual(t, body.count.Load(), int64(128<<10))

	// The header with the length may be wrong or missing.
	r := httptest.NewRequest(http.MethodPost, "/ipn", &blanks{n: 100 << 20})
	r.ContentLength = 10
	w := httptest.NewRecorder()
	newHandler(t, accept).ServeHTTP(w, r)
	assert.Equal(t, 413, w.Code)
}

func TestHandlerHugeBodyOverSocket(t *testing.T) {
	s := httptest.NewServer(newHandler(t, accept))
	defer s.Close()
	body := &blanks{n: 100 << 20}
	res, err := http.Post(s.URL, "application/json", body)
	if err == nil { // else the server hung up while the client was still writing
		defer res.Body.Close()
		assert.Equal(t, 413, res.StatusCode)
	}
	assert.Less(t, body.count.Load(), int64(50<<20))
}

func TestHandlerBodyCut(t *testing.T) {
	var log records
	s := httptest.NewServer(newHandler(t, func(context.Context, *Event) error {
		t.Error("fn called")
		return nil
	}, log.option()))
	defer s.Close()
	for _, request := range []string{
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + string(sign(payment)),
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{\"\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		require.NoError(t, err)
		before := strings.Count(log.String(), "\n")
		_, err = io.WriteString(conn, request)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
		require.Eventually(t, func() bool { return strings.Count(log.String(), "\n") > before }, time.Minute,
			time.Millisecond)
	}
	for _, record := range log.all(t) {
		assert.Equal(t, 400., record["status"])
		assert.Equal(t, "ipn: malformed notification: body broke off", record["reason"])
	}
}

func TestHandlerConcurrently(t *testing.T) {
	var calls atomic.Int64
	s := httptest.NewServer(newHandler(t, func(_ context.Context, e *Event) error {
		if e.ID == "p-1" && e.Kind == KindPayment || e.ID == "t-1" && e.Kind == KindPayout {
			calls.Add(1)
		}
		return nil
	}))
	defer s.Close()
	bodies := [][]byte{sign(payment), sign(transfer), []byte(payment)}
	want := []int{200, 200, 401}
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			res, err := http.Post(s.URL, "application/json", bytes.NewReader(bodies[i%3]))
			if assert.NoError(t, err) {
				res.Body.Close()
				assert.Equal(t, want[i%3], res.StatusCode)
			}
		}()
	}
	wg.Wait()
	assert.EqualValues(t, 40, calls.Load())
}

func TestHandlerLogsAReference(t *testing.T) {
	var log records
	known := &wapay.Payout{ID: "T-1", Reference: strings.Repeat("é", 30_000)}
	h, err := NewHandler(MPP(), accept, log.option(), WithConfirm(ConfirmPayouts(&answerer{payout: known})))
	require.NoError(t, err)
	assert.Equal(t, 200, post(h, strings.NewReader(`{"id":"T-1","external_id":"forged"}`)).StatusCode)
	assert.Equal(t, 503, post(h, strings.NewReader(`{"id":"T-2","external_id":"forged"}`)).StatusCode)
	assert.Equal(t, strings.Repeat("é", 100)+"…", log.all(t)[0]["reference"])
	assert.Empty(t, log.all(t)[1]["reference"])
	assert.NotContains(t, log.String(), "forged")
	assert.Less(t, len(log.String()), 1000)
}
