package call_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// endable is a context that the test ends with an error.
type endable struct {
	context.Context
	done chan struct{}
	once sync.Once
	err  error
}

func newEndable(err error) *endable {
	return &endable{Context: context.Background(), done: make(chan struct{}), err: err}
}

func (c *endable) end() { c.once.Do(func() { close(c.done) }) }

func (c *endable) Done() <-chan struct{} { return c.done }

func (c *endable) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

// moment is a point of a call at which its context may end.
type moment struct {
	name string
	// setup has end called at the moment.
	setup   func(t *testing.T, p *peer, r *call.Request, end func()) (string, []wapay.Option)
	notSent bool
	status  int
	// attempts and requests are what was made and what the server saw.
	attempts, requests int
}

var moments = []moment{
	{
		name: "before the call", notSent: true,
		setup: func(_ *testing.T, _ *peer, _ *call.Request, end func()) (string, []wapay.Option) {
			end()
			return "", nil
		},
	},
	{
		name: "before dialling", notSent: true, attempts: 1,
		setup: func(_ *testing.T, _ *peer, r *call.Request, end func()) (string, []wapay.Option) {
			prepare := r.Prepare
			r.Prepare = func(h http.Header) { prepare(h); end() }
			return "", nil
		},
	},
	{
		name: "while dialling", notSent: true, attempts: 1,
		setup: func(t *testing.T, _ *peer, _ *call.Request, end func()) (string, []wapay.Option) {
			tr, release := pool(t), make(chan struct{})
			t.Cleanup(func() { close(release) })
			tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
				end()
				<-release
				return nil, errPlain
			}
			return "", through(tr)
		},
	},
	{
		name: "in the TLS handshake", notSent: true, attempts: 1,
		setup: func(t *testing.T, _ *peer, _ *call.Request, end func()) (string, []wapay.Option) {
			p := newRawPeer(t, func(_ *peer, c *net.TCPConn) {
				_, _ = c.Read(make([]byte, 1))
				end()
				waitGone(c)
			})
			return strings.Replace(p.url, "http:", "https:", 1), nil
		},
	},
	{
		name: "while writing", attempts: 1,
		setup: func(t *testing.T, _ *peer, r *call.Request, end func()) (string, []wapay.Option) {
			r.Body = make([]byte, 16<<20) // more than the sockets hold
			p := newRawPeer(t, func(p *peer, c *net.TCPConn) {
				_ = c.SetReadBuffer(16 << 10)
				_, _ = c.Read(make([]byte, 1))
				end()
				<-p.closing
			})
			return p.url, nil
		},
	},
	{
		name: "while waiting for the answer", attempts: 1, requests: 1,
		setup: func(_ *testing.T, p *peer, _ *call.Request, end func()) (string, []wapay.Option) {
			p.serve = func(x *exchange) { end(); x.gone() }
			return "", nil
		},
	},
	{
		name: "between headers and body", attempts: 1, requests: 1, status: 200,
		setup: func(t *testing.T, p *peer, _ *call.Request, end func()) (string, []wapay.Option) {
			p.serve = func(x *exchange) {
				x.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
				x.gone()
			}
			return "", through(&watched{next: pool(t), headers: end})
		},
	},
	{
		name: "while reading the body", attempts: 1, requests: 1, status: 200,
		setup: func(t *testing.T, p *peer, _ *call.Request, end func()) (string, []wapay.Option) {
			p.serve = func(x *exchange) {
				x.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n%s", resultJSON)
				x.gone()
			}
			return "", through(&watched{next: pool(t), reading: end})
		},
	},
	{
		name: "while reading the body of a refusal", attempts: 1, requests: 1, status: 400,
		setup: func(t *testing.T, p *peer, _ *call.Request, end func()) (string, []wapay.Option) {
			p.serve = func(x *exchange) {
				x.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 1000\r\n\r\n%s", verdictJSON)
				x.gone()
			}
			return "", through(&watched{next: pool(t), reading: end})
		},
	},
}

// TestContextEnds checks that the end of the caller's context ends the call at
// once, without another attempt. The moment decides the outcome.
func TestContextEnds(t *testing.T) {
	t.Parallel()
	for _, m := range moments {
		for _, ctxErr := range []error{context.Canceled, context.DeadlineExceeded} {
			for _, x := range effects {
				t.Run(m.name+"/"+ctxErr.Error()+"/"+x.name, func(t *testing.T) {
					t.Parallel()
					ctx, log := newEndable(ctxErr), &recorder{}
					p := newPeer(t, answering(200, resultJSON))
					r := newRequest(x.effect)
					base, opts := m.setup(t, p, r, ctx.end)
					if base == "" {
						base = p.url
					}
					c := newClient(t, base, append(opts, wapay.WithLogger(log.logger()), wapay.WithMaxRetries(3))...)

					resp, err := c.Do(ctx, r, new(result))

					want := wantError{
						outcome: noVerdict(x.effect), also: []error{ctxErr}, status: m.status, attempts: m.attempts,
						text: []string{ctxErr.Error()},
					}
					if m.notSent {
						want.outcome = wapay.OutcomeNotSent
					}
					if x.effect == call.Read {
						want.outcome = wapay.OutcomeReadOnly
					}
					assert.Nil(t, resp)
					requireError(t, err, want)
					assert.EqualValues(t, m.requests, p.requests.Load(), "requests that the server saw")
					assert.Len(t, log.all(), m.attempts)
					requireQuiet(t, log.String())
				})
			}
		}
	}
}

// TestContextCause checks that the error has the caller's cause beside
// context.Canceled.
func TestContextCause(t *testing.T) {
	t.Parallel()
	why := errors.New("the customer has left")
	ctx, cancel := context.WithCancelCause(context.Background())
	p := newPeer(t, func(x *exchange) { cancel(why); x.gone() })

	_, err := newClient(t, p.url).Do(ctx, newRequest(call.Write), new(result))

	requireError(t, err, wantError{outcome: wapay.OutcomeUnknown, also: []error{context.Canceled}, attempts: 1})
	assert.ErrorIs(t, err, why)
}

// TestCallersDeadline checks that the text does not name the time-out of an
// attempt.
func TestCallersDeadline(t *testing.T) {
	t.Parallel()
	ctx := newEndable(context.DeadlineExceeded)
	p := newPeer(t, func(x *exchange) { ctx.end(); x.gone() })

	_, err := newClient(t, p.url, wapay.WithTimeout(20*time.Second)).Do(ctx, newRequest(call.Write), new(result))

	requireError(t, err, wantError{outcome: wapay.OutcomeUnknown, also: deadline, attempts: 1})
	assert.NotContains(t, err.Error(), "20s")
}

// TestNilContext checks that a nil context is an error, not a panic.
func TestNilContext(t *testing.T) {
	t.Parallel()
	p := newPeer(t, answering(200, resultJSON))
	var none context.Context
	_, err := newClient(t, p.url).Do(none, newRequest(call.Write), new(result))
	requireError(t, err, wantError{outcome: wapay.OutcomeNotSent, kind: wapay.ErrInvalid})
	require.Zero(t, p.accepted.Load())
}
