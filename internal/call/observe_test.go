package call

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// watcher records the calls to an observer, in order.
type watcher struct {
	mu    sync.Mutex
	lines []string
	keys  []any // the value that each context had at its begin
}

type watchKey struct{}

func (w *watcher) observe(ctx context.Context, o *wapay.Observation) (context.Context, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, fmt.Sprintf("begin %s %s %s %d %s %s", o.Provider, o.Op, o.Reference, o.Attempt, o.Method, o.Template))
	w.keys = append(w.keys, ctx.Value(watchKey{}))
	n := o.Attempt
	return context.WithValue(ctx, watchKey{}, n), func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.lines = append(w.lines, fmt.Sprintf("end %d %d %s %d", n, o.Status, o.Outcome(), o.Attempts))
		if o.Duration <= 0 || o.Duration > time.Minute {
			w.lines = append(w.lines, "no duration")
		}
	}
}

func observedClient(t *testing.T, h http.HandlerFunc, o wapay.Observer) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := New("test", s.URL+"/v1/", func(_ *wapay.Error, a Answer) Ruling { return ByStatus(a.Status) }, nil, nil,
		[]wapay.Option{wapay.WithObserver(o), wapay.WithMaxRetries(1)})
	require.NoError(t, err)
	return c
}

// TestObserver checks a call of two attempts: the observer sees the call and
// then each attempt, and the values of the contexts nest.
func TestObserver(t *testing.T) {
	w := new(watcher)
	n := 0
	c := observedClient(t, func(rw http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			rw.WriteHeader(503)
			return
		}
		_, _ = rw.Write([]byte(`{}`))
	}, w.observe)
	r := &Request{Op: "Payment", Effect: Read, Method: "GET", Path: "payments/17/confirm", Query: "token=hush-hush-hush"}
	_, err := c.Do(context.Background(), r, &struct{}{})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"begin test Payment  0 GET /v1/payments/{id}/confirm",
		"begin test Payment  1 GET /v1/payments/{id}/confirm",
		"end 1 503 read only 1",
		"begin test Payment  2 GET /v1/payments/{id}/confirm",
		"end 2 200 result 2",
		"end 0 200 result 2",
	}, w.lines)
	assert.Equal(t, []any{nil, 0, 0}, w.keys, "an attempt's context comes from its call's, and not from the attempt before")
}

// TestObserverSeesFailures checks the outcomes: a lost answer is unknown; a
// refused connection and an ended context are not sent.
func TestObserverSeesFailures(t *testing.T) {
	order := func() *Request {
		return &Request{Op: "Pay", Reference: "order-1", Effect: Write, Method: "POST", Path: "pay", Body: []byte("{}")}
	}
	w := new(watcher)
	c := observedClient(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, w.observe)
	_, err := c.Do(context.Background(), order(), nil)
	assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	assert.Equal(t, []string{
		"begin test Pay order-1 0 POST /v1/pay", "begin test Pay order-1 1 POST /v1/pay", "end 1 0 outcome unknown 1", "end 0 0 outcome unknown 1",
	}, w.lines)

	w.lines = nil
	c.base.Host = "127.0.0.1:1"
	_, err = c.Do(context.Background(), order(), nil)
	assert.True(t, wapay.NotDone(err))
	assert.Equal(t, "end 0 0 not sent 2", w.lines[len(w.lines)-1])
}

// TestObserverChangesNothing checks that an observer's context, even an ended
// one or nil, changes neither the call nor its outcome.
func TestObserverChangesNothing(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	traced := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{})
	for name, ctx := range map[string]context.Context{"another": context.Background(), "ended": ended, "traced": traced, "none": nil} {
		t.Run(name, func(t *testing.T) {
			var arrived atomic.Bool
			c := observedClient(t, func(http.ResponseWriter, *http.Request) {
				arrived.Store(true)
				panic(http.ErrAbortHandler)
			}, func(context.Context, *wapay.Observation) (context.Context, func()) { return ctx, nil })
			_, err := c.Do(context.Background(), &Request{Op: "Pay", Reference: "order-1", Effect: Write, Method: "POST", Path: "pay", Body: []byte("{}")}, nil)
			assert.True(t, arrived.Load())
			assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown, "the request was sent")
			var e *wapay.Error
			require.True(t, errors.As(err, &e))
			assert.Equal(t, "order-1", e.Reference)
		})
	}
}

func TestTemplate(t *testing.T) {
	for path, want := range map[string]string{
		"/v1/payment":                               "/v1/payment",
		"/api/v1/transaction/17/get-status":         "/api/v1/transaction/{id}/get-status",
		"/operations/0b9d5f8e-1c4b":                 "/operations/{id}",
		"/payments/order":                           "/payments/{id}",
		"/payments/a%2Fb":                           "/payments/{id}",
		"/payments/v":                               "/payments/v",
		"/payments/v1x":                             "/payments/{id}",
		"/transfers/ORDER//":                        "/transfers/{id}//",
		"/payments/v1/partners/ORANGE_MONEY/status": "/payments/v1/partners/{id}/status",
	} {
		assert.Equal(t, want, template(path, "order"), path)
	}
}

// TestObserverPanics checks that a panic of an observer or a logger does not
// change the order's outcome.
func TestObserverPanics(t *testing.T) {
	hush := errors.New("hush-hush-hush")
	for _, attempt := range []int{0, 1} {
		for _, atEnd := range []bool{false, true} {
			t.Run(fmt.Sprintf("attempt %d, at the end %v", attempt, atEnd), func(t *testing.T) {
				var log bytes.Buffer
				c := observedClient(t, func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte(`{"id":"17"}`)) },
					func(ctx context.Context, o *wapay.Observation) (context.Context, func()) {
						if o.Attempt == attempt && !atEnd {
							panic(hush)
						}
						return ctx, func() {
							if o.Attempt == attempt && atEnd {
								panic(hush)
							}
						}
					})
				c.logger = slog.New(slog.NewTextHandler(&log, nil))
				var out struct{ ID string }
				resp, err := c.Do(context.Background(), &Request{
					Op: "Pay", Reference: "order-1", Effect: Write, Method: "POST", Path: "pay", Body: []byte("{}"),
				}, &out)
				require.NoError(t, err)
				assert.Equal(t, "17", out.ID)
				assert.Equal(t, 1, resp.Attempts)
				assert.Contains(t, log.String(), "the observer panicked")
				assert.NotContains(t, log.String(), "hush-hush-hush", "the value may be an error with an answer in it")
			})
		}
	}
	t.Run("logger", func(t *testing.T) {
		c := observedClient(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, func(context.Context, *wapay.Observation) (context.Context, func()) {
			panic("observer")
		})
		c.logger = slog.New(panics{})
		_, err := c.Do(context.Background(), &Request{Op: "Pay", Reference: "order-1", Effect: Write, Method: "POST", Path: "pay", Body: []byte("{}")}, nil)
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	})
}

// panics is a handler of a logger that panics.
type panics struct{ slog.Handler }

func (panics) Enabled(context.Context, slog.Level) bool  { return true }
func (panics) Handle(context.Context, slog.Record) error { panic("logger") }
