package call_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
)

// through makes the calls with that transport.
func through(rt http.RoundTripper) []wapay.Option {
	return []wapay.Option{wapay.WithHTTPClient(&http.Client{Transport: rt})}
}

const partialAnswer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"id\":\"tx"

// TestOutcomeBeforeSending checks that the client repeats what was not sent.
func TestOutcomeBeforeSending(t *testing.T) {
	t.Parallel()
	runRows(t, []row{
		{
			name: "refused connection", notSent: true, repeat: always, kind: wapay.ErrUnavailable,
			setup: func(t *testing.T, _ *peer) (string, []wapay.Option) {
				return "http://" + refusing(t), nil
			},
			text:  []string{"connection refused"},
			check: func(t *testing.T, e *wapay.Error) { assert.ErrorIs(t, e, syscall.ECONNREFUSED) },
		},
		{
			name: "DNS failure", notSent: true, repeat: always, kind: wapay.ErrUnavailable,
			setup: func(t *testing.T, _ *peer) (string, []wapay.Option) {
				tr := pool(t)
				tr.DialContext = func(_ context.Context, network, addr string) (net.Conn, error) {
					host, _, _ := net.SplitHostPort(addr)
					return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
				}
				return "https://api.provider.invalid", through(tr)
			},
			text: []string{"no such host"},
			check: func(t *testing.T, e *wapay.Error) {
				var dns *net.DNSError
				assert.True(t, errors.As(e, &dns) && dns.IsNotFound)
			},
		},
		{
			name: "certificate of nobody", notSent: true, kind: wapay.ErrUnavailable, // a second look would not help
			setup: func(t *testing.T, p *peer) (string, []wapay.Option) {
				s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { p.requests.Add(1) }))
				s.Config.ErrorLog = log.New(io.Discard, "", 0)
				s.StartTLS()
				t.Cleanup(s.Close)
				return s.URL, through(pool(t)) // whose handshake may take longer than 10 s
			},
			text: []string{"certificate"},
			check: func(t *testing.T, e *wapay.Error) {
				var bad *tls.CertificateVerificationError
				assert.True(t, errors.As(e, &bad))
			},
		},
		{
			name: "TLS to a server that has none", notSent: true, repeat: always, kind: wapay.ErrUnavailable,
			setup: func(t *testing.T, _ *peer) (string, []wapay.Option) {
				p := newRawPeer(t, func(_ *peer, c *net.TCPConn) {
					_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
					waitGone(c)
				})
				return strings.Replace(p.url, "http:", "https:", 1), nil
			},
		},
		{
			name: "TLS handshake that is cut", notSent: true, repeat: always, kind: wapay.ErrUnavailable,
			setup: func(t *testing.T, _ *peer) (string, []wapay.Option) {
				p := newRawPeer(t, func(_ *peer, c *net.TCPConn) { _, _ = c.Read(make([]byte, 1<<10)) })
				return strings.Replace(p.url, "http:", "https:", 1), nil
			},
		},
	})
}

// TestOutcomeAfterSending checks that once a byte may have left, only a refusal
// ends the doubt.
func TestOutcomeAfterSending(t *testing.T) {
	t.Parallel()
	rows := []row{
		{
			name: "reset after the request", serve: (*exchange).reset, repeat: safe, kind: wapay.ErrUnavailable,
			check: func(t *testing.T, e *wapay.Error) { assert.ErrorIs(t, e, syscall.ECONNRESET) },
		},
		{
			name: "EOF without an answer", serve: func(*exchange) {}, repeat: safe, kind: wapay.ErrUnavailable,
			check: func(t *testing.T, e *wapay.Error) { assert.ErrorIs(t, e, io.EOF) },
		},
		{
			name: "half of the status line", serve: func(x *exchange) { x.send("HTTP/1.1 2") }, repeat: safe,
			kind: wapay.ErrUnavailable,
		},
		{
			name: "half of the headers", serve: func(x *exchange) { x.send("HTTP/1.1 200 OK\r\nContent-Type: app") }, repeat: safe,
			kind: wapay.ErrUnavailable,
		},
		{
			name: "body shorter than its Content-Length", serve: func(x *exchange) { x.send("%s", partialAnswer) }, repeat: safe,
			kind: wapay.ErrUnavailable, status: 200,
			check: func(t *testing.T, e *wapay.Error) { assert.ErrorIs(t, e, io.ErrUnexpectedEOF) },
		},
		{
			name: "chunked body without an end", repeat: safe, kind: wapay.ErrUnavailable, status: 200,
			serve: func(x *exchange) {
				x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(resultJSON), resultJSON)
			},
			check: func(t *testing.T, e *wapay.Error) { assert.ErrorIs(t, e, io.ErrUnexpectedEOF) },
		},
		{
			name: "refusal that is cut", repeat: safe, kind: wapay.ErrUnavailable, status: 400,
			serve: func(x *exchange) { x.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 1000\r\n\r\n%s", verdictJSON) },
		},
		{
			name: "body that is no gzip", repeat: safe, kind: wapay.ErrUnavailable, status: 200,
			serve: answering(200, resultJSON, "Content-Encoding: gzip"),
		},
	}
	// The reset must not overtake the headers.
	rows = append(rows, row{
		name: "reset after the headers", repeat: safe, kind: wapay.ErrUnavailable, status: 200,
		setup: func(t *testing.T, p *peer) (string, []wapay.Option) {
			headers := make(chan struct{}, 4)
			p.serve = func(x *exchange) {
				x.send("%s", partialAnswer)
				<-headers
				x.reset()
			}
			return "", through(&watched{next: pool(t), headers: func() { headers <- struct{}{} }})
		},
	})
	runRows(t, rows)
}

// TestUnparsableAnswerIsHidden checks that an error does not show what net/http
// quotes of an answer that it cannot parse.
func TestUnparsableAnswerIsHidden(t *testing.T) {
	t.Parallel()
	runRows(t, []row{
		{
			name: "no HTTP at all", serve: func(x *exchange) { x.send("%s\r\n\r\n", errorPage) }, repeat: safe, kind: wapay.ErrUnavailable,
		},
		{
			name: "bad header", repeat: safe, kind: wapay.ErrUnavailable,
			serve: func(x *exchange) { x.send("HTTP/1.1 200 OK\r\n%s %s\r\n\r\n", answerMark, phone) },
		},
	})
}

// TestOutcomeOverHTTP2 checks that the client does not repeat a stream that the
// server has broken off.
func TestOutcomeOverHTTP2(t *testing.T) {
	t.Parallel()
	runRows(t, []row{{
		name: "stream broken off", repeat: safe, kind: wapay.ErrUnavailable,
		setup: func(t *testing.T, p *peer) (string, []wapay.Option) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.ReadAll(r.Body)
				p.requests.Add(1)
				assert.Equal(t, 2, r.ProtoMajor)
				panic(http.ErrAbortHandler)
			}))
			s.EnableHTTP2 = true
			s.StartTLS()
			t.Cleanup(s.Close)
			return s.URL, through(s.Client().Transport)
		},
	}})
}
