package call_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// onReuse answers the first request of each connection, and does something else with the second.
func onReuse(second func(*exchange)) func(*exchange) {
	seen := map[string]bool{} // connections, one after the other
	return func(x *exchange) {
		if from := x.RemoteAddr().String(); !seen[from] {
			seen[from] = true
			x.answer(200, resultJSON)
			return
		}
		second(x)
	}
}

// TestReusedConnectionDies: net/http replays a request of its own accord when a reused connection dies, if it
// takes the request for one that may be repeated. A POST must not be one.
func TestReusedConnectionDies(t *testing.T) {
	t.Parallel()
	for name, die := range map[string]func(*exchange){"closed": cut, "reset": (*exchange).reset} {
		t.Run(name+"/Write", func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, onReuse(die))
			c := newClient(t, p.url)
			_, err := do(c, call.Write)
			require.NoError(t, err)
			_, err = do(c, call.Write)
			requireError(t, err, wantError{outcome: wapay.OutcomeUnknown, kind: wapay.ErrUnavailable, attempts: 1})
			assert.EqualValues(t, 2, p.requests.Load(), "one for each call")
			assert.EqualValues(t, 1, p.accepted.Load(), "the connection was reused")
		})
		t.Run(name+"/IdempotentWrite", func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, onReuse(die))
			c := newClient(t, p.url)
			r := newRequest(call.IdempotentWrite)
			r.Prepare = nil // the key is in the body, say
			_, err := c.Do(context.Background(), r, new(result))
			require.NoError(t, err)
			resp, err := c.Do(context.Background(), r, new(result))
			require.NoError(t, err)
			assert.Equal(t, 2, resp.Attempts, "the engine knows of each request")
			assert.EqualValues(t, 3, p.requests.Load())
		})
		t.Run(name+"/Read", func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, onReuse(die))
			c := newClient(t, p.url)
			for range 2 {
				_, err := do(c, call.Read)
				require.NoError(t, err)
			}
			assert.EqualValues(t, 3, p.requests.Load())
		})
		t.Run(name+"/Write by GET", func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, onReuse(die))
			c := newClient(t, p.url)
			r := newRequest(call.Write)
			r.Method, r.Body = http.MethodGet, nil
			_, err := c.Do(context.Background(), r, new(result))
			requireError(t, err, wantError{outcome: wapay.OutcomeNotSent, kind: wapay.ErrInvalid})
			r = newRequest(call.Write)
			r.Prepare = func(h http.Header) { h.Set("Idempotency-Key", "order-4521") }
			_, err = c.Do(context.Background(), r, new(result))
			requireError(t, err, wantError{outcome: wapay.OutcomeNotSent, kind: wapay.ErrInvalid})
			assert.Zero(t, p.requests.Load(), "net/http would repeat it")
		})
	}
}

// TestConnectionDiesIdle: the server hangs up after each answer without a word, and the next call may or may not
// find out in time. It is sent once at the most, and never called rejected.
func TestConnectionDiesIdle(t *testing.T) {
	t.Parallel()
	p := newPeer(t, func(x *exchange) {
		x.answer(200, resultJSON)
		x.keep = false
	})
	c := newClient(t, p.url)
	for i := range 50 {
		r := newRequest(call.Write)
		r.Prepare = func(h http.Header) { h.Set("X-Call", strconv.Itoa(i)) }
		if _, err := c.Do(context.Background(), r, new(result)); err != nil {
			requireError(t, err, wantError{outcome: wapay.OutcomeUnknown, kind: wapay.ErrUnavailable, attempts: 1})
		}
	}
	times := map[string]int{}
	for _, x := range p.got() {
		times[x.req.Header.Get("X-Call")]++
	}
	for n, count := range times {
		assert.Equal(t, 1, count, "call %s", n)
	}
}

// idler counts how often its idle connections are closed.
type idler struct {
	http.RoundTripper
	closed atomic.Int32
}

func (i *idler) CloseIdleConnections() { i.closed.Add(1) }

// TestIdleConnectionsStay: a call that fails costs the others none of theirs. retryablehttp closes them after an
// error, after its last attempt and when the context ends in a wait.
func TestIdleConnectionsStay(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	for name, fail := range map[string]struct {
		ctx    context.Context
		effect call.Effect
		do     func(*exchange)
	}{
		"error":            {context.Background(), call.Write, cut},
		"retries used up":  {context.Background(), call.Read, answering(503, verdictJSON)},
		"ends in the wait": {ctx, call.Read, func(x *exchange) { x.answer(503, verdictJSON, "Retry-After: 20"); cancel() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both := make(chan struct{})
			p := newPeer(t, func(x *exchange) {
				switch {
				case x.n <= 2: // two at a time, for two connections
					if x.n == 2 {
						close(both)
					}
					select {
					case <-both:
						x.answer(200, resultJSON)
					case <-x.peer.closing:
					}
				case strings.HasSuffix(x.req.URL.Path, "/fail"):
					fail.do(x)
				default:
					x.answer(200, resultJSON)
				}
			})
			transport := &idler{RoundTripper: pool(t)}
			c := newClient(t, p.url, append(through(transport), wapay.WithMaxRetries(1))...)
			done := make(chan error, 2)
			for range 2 {
				go func() {
					_, err := do(c, call.Write)
					done <- err
				}()
			}
			require.NoError(t, <-done)
			require.NoError(t, <-done)
			require.EqualValues(t, 2, p.accepted.Load())

			r := newRequest(fail.effect)
			r.Path = "fail"
			_, err := c.Do(fail.ctx, r, new(result))
			require.Error(t, err)

			_, err = do(c, call.Write)
			require.NoError(t, err)
			assert.EqualValues(t, 2, p.accepted.Load(), "connections")
			assert.Zero(t, transport.closed.Load(), "calls of CloseIdleConnections")
		})
	}
	t.Cleanup(cancel)
}
