package call_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// onReuse answers the first request of each connection, and gives the second to
// another function.
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

// TestReusedConnectionDies checks that a write never meets a reused connection.
// If one dies, net/http repeats a request that it takes for repeatable.
func TestReusedConnectionDies(t *testing.T) {
	t.Parallel()
	for name, die := range map[string]func(*exchange){"closed": cut, "reset": (*exchange).reset} {
		for _, x := range effects {
			t.Run(name+"/"+x.name, func(t *testing.T) {
				t.Parallel()
				p := newPeer(t, onReuse(die))
				c := newClient(t, p.url)
				for range 2 {
					resp, err := do(c, x.effect)
					require.NoError(t, err)
					assert.Equal(t, 1, resp.Attempts)
				}
				if x.effect == call.Read {
					assert.EqualValues(t, 3, p.requests.Load(), "net/http repeats a GET")
				} else {
					assert.EqualValues(t, 2, p.requests.Load())
				}
			})
		}
	}
}

// TestWriteWithoutBody checks that a write without a body is refused, because
// net/http could repeat it.
func TestWriteWithoutBody(t *testing.T) {
	t.Parallel()
	p := newPeer(t, answering(200, resultJSON))
	c := newClient(t, p.url)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		r := newRequest(call.Write)
		r.Method, r.Body = method, nil
		_, err := c.Do(context.Background(), r, new(result))
		requireError(t, err, wantError{outcome: wapay.OutcomeNotSent, kind: wapay.ErrInvalid})
	}
	assert.Zero(t, p.requests.Load())
}

// idler counts how often its idle connections are closed.
type idler struct {
	http.RoundTripper
	closed atomic.Int32
}

func (i *idler) CloseIdleConnections() { i.closed.Add(1) }

// TestIdleConnectionsStay checks that a failed call does not close the idle
// connections of others. retryablehttp would close them after an error, after
// its last attempt and at the end of the context in a pause.
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
					_, err := do(c, call.Read)
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

			idle := p.accepted.Load()
			_, err = do(c, call.Read)
			require.NoError(t, err)
			assert.Equal(t, idle, p.accepted.Load(), "connections")
			assert.Zero(t, transport.closed.Load(), "calls of CloseIdleConnections")
		})
	}
	t.Cleanup(cancel)
}
