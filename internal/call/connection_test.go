package call_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// counting counts the requests for each X-Call.
type counting struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	c.mu.Lock()
	c.seen[r.Header.Get("X-Call")]++
	c.mu.Unlock()
	_, _ = io.WriteString(w, resultJSON)
}

// TestStaleKeepAlive has a server that closes after each answer, and leaves
// connections that look good to the next call. None of 1,000 writes that were
// not carried out may end as unknown, and none may be sent twice.
func TestStaleKeepAlive(t *testing.T) {
	t.Parallel()
	jar, _ := cookiejar.New(nil)
	clients := map[string]func(*httptest.Server) []wapay.Option{
		"our own transport": func(*httptest.Server) []wapay.Option { return nil },
		"the caller's":      func(s *httptest.Server) []wapay.Option { return through(s.Client().Transport) },
		"a client with nothing": func(*httptest.Server) []wapay.Option {
			return []wapay.Option{wapay.WithHTTPClient(&http.Client{Jar: jar})}
		},
	}
	servers := map[string]func(*httptest.Server){
		"HTTP/1.1":     func(s *httptest.Server) { s.Start() },
		"HTTP/1.1 TLS": func(s *httptest.Server) { s.StartTLS() },
		"HTTP/2":       func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() },
	}
	for client, options := range clients {
		for server, start := range servers {
			if server != "HTTP/1.1" && client != "the caller's" {
				continue // the others do not trust the test's certificate
			}
			t.Run(client+"/"+server, func(t *testing.T) {
				t.Parallel()
				h := &counting{seen: map[string]int{}}
				s := httptest.NewUnstartedServer(h)
				var opened atomic.Int32
				s.Config.ConnState = func(c net.Conn, state http.ConnState) {
					switch {
					case state == http.StateNew:
						opened.Add(1)
					case state == http.StateIdle && !s.EnableHTTP2: // where it is idle before its first request, too
						_ = c.Close()
					}
				}
				start(s)
				defer s.Close()
				c := newClient(t, s.URL, options(s)...)
				for i := range 1000 {
					r := newRequest(call.Write)
					r.Prepare = func(h http.Header) { h.Set("X-Call", strconv.Itoa(i)) }
					_, err := c.Do(context.Background(), r, new(result))
					require.NoError(t, err)
				}
				assert.Len(t, h.seen, 1000)
				assert.EqualValues(t, 1000, opened.Load(), "each on a connection of its own")
				for n, times := range h.seen {
					assert.Equal(t, 1, times, n)
				}
			})
		}
	}
}

// TestMiddlewareStampsKey has a middleware that puts an Idempotency-Key on
// every request. When a reused connection dies, net/http may send a POST with
// that header again.
func TestMiddlewareStampsKey(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, onReuse(cut))
			tr := pool(t)
			c := newClient(t, p.url, through(roundTripper(func(r *http.Request) (*http.Response, error) {
				r = r.Clone(r.Context())
				r.Header.Set(header, "trace-1")
				return tr.RoundTrip(r)
			}))...)
			_, err := do(c, call.Write)
			require.NoError(t, err)
			_, err = do(c, call.Write) // on a connection that dies after it was sent
			requireError(t, err, wantError{outcome: wapay.OutcomeUnknown, kind: wapay.ErrUnavailable, attempts: 1})
			assert.EqualValues(t, 2, p.requests.Load(), "one for each call")
		})
	}
}

// TestAnswerTwice checks that a second answer on the connection of a write, or
// of a read that is alone, goes to no other call.
func TestAnswerTwice(t *testing.T) {
	t.Parallel()
	for _, effect := range []call.Effect{call.Write, call.Read} {
		p := newPeer(t, func(x *exchange) {
			id := x.req.Header.Get("X-Call")
			x.answer(200, `{"id":"`+id+`"}`)
			x.answer(200, `{"id":"`+id+`"}`)
		})
		c := newClient(t, p.url)
		for i := range 200 {
			r, out := newRequest(effect), new(result)
			r.Alone = effect == call.Read
			r.Prepare = func(h http.Header) { h.Set("X-Call", strconv.Itoa(i)) }
			_, err := c.Do(context.Background(), r, out)
			require.NoError(t, err)
			require.Equal(t, strconv.Itoa(i), out.ID)
		}
		assert.EqualValues(t, 200, p.accepted.Load())
	}
}

// TestProofOfNotSent checks that with another transport than net/http's only
// the error proves that nothing was sent, and only if the body was not read.
func TestProofOfNotSent(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	read := func(r *http.Request) { _, _ = io.ReadAll(r.Body) }
	for _, x := range []struct {
		name      string
		roundTrip roundTripper
		outcome   wapay.Outcome
	}{
		{"dial", func(*http.Request) (*http.Response, error) { return nil, dial }, wapay.OutcomeNotSent},
		{"lookup of the host", func(*http.Request) (*http.Response, error) { return nil, &net.DNSError{Err: "no such host"} }, wapay.OutcomeNotSent},
		{"dial, wrapped", func(*http.Request) (*http.Response, error) { return nil, errors.Join(dial) }, wapay.OutcomeNotSent},
		{"bulkhead", func(*http.Request) (*http.Response, error) { return nil, errors.New("too many calls at once") }, wapay.OutcomeUnknown},
		{"write", func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "write", Net: "tcp", Err: errors.New("broken pipe")}
		}, wapay.OutcomeUnknown},
		{"fallback: sent on one way, refused on the other", func(r *http.Request) (*http.Response, error) {
			read(r)
			return nil, dial
		}, wapay.OutcomeUnknown},
		{"fallback: both errors", func(*http.Request) (*http.Response, error) {
			return nil, errors.Join(io.ErrUnexpectedEOF, dial)
		}, wapay.OutcomeUnknown},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, "https://api.provider.invalid", append(through(x.roundTrip), wapay.WithMaxRetries(0))...)
			_, err := do(c, call.Write)
			requireError(t, err, wantError{outcome: x.outcome, kind: wapay.ErrUnavailable, attempts: 1})
		})
	}
}

// TestFallbackTransport has a transport that sends the request on a real
// connection, and whose second connection is refused.
func TestFallbackTransport(t *testing.T) {
	t.Parallel()
	p := newPeer(t, cut)
	tr, refused := pool(t), "http://"+refusing(t)
	c := newClient(t, p.url, through(roundTripper(func(r *http.Request) (*http.Response, error) {
		if resp, err := tr.RoundTrip(r); err == nil {
			return resp, nil
		}
		again, _ := http.NewRequestWithContext(r.Context(), r.Method, refused, nil)
		return tr.RoundTrip(again)
	}))...)
	_, err := do(c, call.Write)
	requireError(t, err, wantError{outcome: wapay.OutcomeUnknown, kind: wapay.ErrUnavailable, attempts: 1})
	assert.EqualValues(t, 1, p.requests.Load())
}
