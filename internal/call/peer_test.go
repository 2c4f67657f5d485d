package call_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// peer is a server on bare sockets, which can do what net/http's server never
// does.
type peer struct {
	url   string
	ln    net.Listener
	serve func(*exchange)

	accepted atomic.Int32 // connections
	requests atomic.Int32 // requests that were read whole
	closing  chan struct{}
	wg       sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	seen  []*exchange
}

// exchange is one request to a peer.
type exchange struct {
	*net.TCPConn
	peer *peer
	n    int // 1 for the first request that the peer saw
	req  *http.Request
	body []byte
	at   time.Time
	keep bool // the connection is good for another request
}

// newPeer starts a server that reads requests, and that serve answers.
func newPeer(t testing.TB, serve func(*exchange)) *peer {
	p := &peer{serve: serve}
	p.start(t, p.read)
	return p
}

// newRawPeer starts a server whose connections are handled by handle, which
// need not close them.
func newRawPeer(t testing.TB, handle func(*peer, *net.TCPConn)) *peer {
	p := &peer{}
	p.start(t, func(c *net.TCPConn) { handle(p, c) })
	return p
}

func (p *peer) start(t testing.TB, handle func(*net.TCPConn)) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.ln, p.url, p.closing, p.conns = ln, "http://"+ln.Addr().String(), make(chan struct{}), map[net.Conn]bool{}
	p.wg.Add(1)
	go func() {
		defer p.wg.Done()
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			p.accepted.Add(1)
			p.mu.Lock()
			p.conns[c] = true
			p.mu.Unlock()
			p.wg.Add(1)
			go func() {
				defer p.wg.Done()
				defer func() {
					_ = c.Close()
					p.mu.Lock()
					delete(p.conns, c)
					p.mu.Unlock()
				}()
				handle(c.(*net.TCPConn))
			}()
		}
	}()
	t.Cleanup(func() {
		close(p.closing)
		_ = ln.Close()
		p.mu.Lock()
		for c := range p.conns {
			_ = c.Close()
		}
		p.mu.Unlock()
		p.wg.Wait()
	})
}

func (p *peer) read(c *net.TCPConn) {
	in := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		x := &exchange{TCPConn: c, peer: p, req: req, body: body, at: time.Now(), n: int(p.requests.Add(1))}
		p.mu.Lock()
		p.seen = append(p.seen, x)
		p.mu.Unlock()
		if p.serve(x); !x.keep {
			return
		}
	}
}

// got returns the requests in order.
func (p *peer) got() []*exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*exchange(nil), p.seen...)
}

// send writes text as it is.
func (x *exchange) send(format string, args ...any) {
	_, _ = fmt.Fprintf(x.TCPConn, format, args...)
}

// answer writes a whole answer, and keeps the connection. Each header is a
// line.
func (x *exchange) answer(status int, body string, headers ...string) {
	lines := ""
	if len(headers) > 0 {
		lines = strings.Join(headers, "\r\n") + "\r\n"
	}
	if status == http.StatusNoContent {
		x.send("HTTP/1.1 204 No Content\r\n%s\r\n", lines)
	} else {
		x.send("HTTP/1.1 %d %s\r\n%sContent-Length: %d\r\n\r\n%s", status, http.StatusText(status), lines, len(body), body)
	}
	x.keep = true
}

// reset closes the connection with RST.
func (x *exchange) reset() {
	_ = x.SetLinger(0)
	_ = x.Close()
}

// gone waits until the client has closed the connection, or the test is over.
func (x *exchange) gone() { waitGone(x.TCPConn) }

func waitGone(c *net.TCPConn) { _, _ = io.Copy(io.Discard, c) }

// flood writes chunk until the client closes the connection, and returns the
// number of bytes.
func (x *exchange) flood(chunk []byte) (n int64) {
	_ = x.SetWriteBuffer(64 << 10)
	for n < 100<<20 {
		m, err := x.Write(chunk)
		n += int64(m)
		if err != nil {
			break
		}
	}
	return n
}

// watched is a transport that reports the arrival of an answer's headers, and
// each read of its body.
type watched struct {
	next    http.RoundTripper
	headers func()
	reading func()
}

func (w *watched) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if w.headers != nil {
		w.headers()
	}
	if w.reading != nil {
		resp.Body = &watchedBody{ReadCloser: resp.Body, reading: w.reading}
	}
	return resp, nil
}

type watchedBody struct {
	io.ReadCloser
	reading func()
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 && b.reading != nil {
		b.reading()
		b.reading = nil
	}
	return n, err
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// pool returns a transport whose idle connections are closed at the end of the
// test.
func pool(t testing.TB) *http.Transport {
	tr := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// refusing returns an address that refuses connections. Its port belongs to an
// open connection, so no other process can listen there.
func refusing(t testing.TB) string {
	p := newRawPeer(t, func(_ *peer, c *net.TCPConn) { waitGone(c) })
	c, err := net.Dial("tcp", p.ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.LocalAddr().String()
}

// refusedAfter returns a transport that makes n connections, and refuses the
// others.
func refusedAfter(t testing.TB, n int32) *http.Transport {
	tr, refused := pool(t), refusing(t)
	var dialled atomic.Int32
	tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dialled.Add(1) > n {
			addr = refused
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	return tr
}

var errPlain = errors.New("it broke")
