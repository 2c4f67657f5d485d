package call

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"reflect"
	"sync/atomic"
	"time"
)

// newTransport returns a transport like http.DefaultTransport, with more idle
// connections to one host. The default of two would close the others after each
// call. It speaks only HTTP/1.1: with HTTP/2, a server that retires a
// connection leaves each order on it unknown.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		MaxIdleConnsPerHost:   100,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// transport makes single attempts. It hides the transport's
// CloseIdleConnections from retryablehttp. That would call it after each
// failure, and all other calls would have to connect again.
type transport struct {
	reads  http.RoundTripper
	writes http.RoundTripper // one connection for each request, if reads is net/http's
	traced bool              // both are net/http's, so httptrace shows what was sent
}

// transportOver returns a transport over the caller's, or over a new one.
//
// Each write has its own connection. So an idle connection that the server has
// closed cannot leave an order unknown. A late answer to another call cannot be
// taken for the order's.
func transportOver(rt http.RoundTripper) *transport {
	var reads *http.Transport
	switch t := rt.(type) {
	case nil:
		reads = newTransport()
	case *http.Transport:
		reads = t
	default:
		return &transport{reads: rt, writes: rt}
	}
	writes := reads.Clone()
	writes.DisableKeepAlives = true
	return &transport{reads: reads, writes: writes, traced: true}
}

// RoundTrip makes one attempt with its own time-out.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	r := runOf(req.Context())
	r.request.attempts++
	if r.client.logger != nil {
		r.started = time.Now()
	}
	r.opaque = !t.traced
	r.connected.Store(false)
	r.bodyRead.Store(false)
	r.conns.Store(0)
	if r.cancel == nil { // the request has the first attempt's time-out
		var ctx context.Context
		ctx, r.cancel = context.WithTimeout(req.Context(), r.client.timeout)
		req = req.WithContext(ctx)
	}
	if r.client.observer != nil {
		ctx, end := r.client.observe(req.Context(), r.request, r.request.attempts)
		req, r.end = req.WithContext(ctx), end
	}
	if r.endedBefore = req.Context().Err() != nil; r.endedBefore {
		return nil, req.Context().Err()
	}
	next := t.writes
	if r.request.Effect == Read && !r.request.Alone {
		next = t.reads
	}
	resp, err := next.RoundTrip(req)
	switch {
	case err != nil:
		return nil, r.attemptError(resp, err)
	case resp != nil && resp.StatusCode/100 == 3:
		resp.Header.Del("Location") // net/http fails on one that it cannot parse
	}
	return resp, nil
}

// attemptError returns the error of an attempt. A response beside an error
// means that the request was sent. It replaces a nil pointer, whose methods may
// panic.
func (r *run) attemptError(resp *http.Response, err error) error {
	if resp != nil {
		r.connected.Store(true)
		if resp.Body != nil {
			_ = resp.Body.Close()
		}
	}
	if v := reflect.ValueOf(err); v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Errorf("the transport returned a nil %T as its error", err)
	}
	return err
}

// trackedBody is a request's body that records whether it was read. A transport
// that has read the body may have sent it. The body cannot be rewound.
type trackedBody struct {
	text bytes.Reader
	read *atomic.Bool
}

func (b *trackedBody) Read(p []byte) (int, error) {
	b.read.Store(true)
	return b.text.Read(p)
}

func (b *trackedBody) WriteTo(w io.Writer) (int64, error) {
	b.read.Store(true)
	return b.text.WriteTo(w)
}

// Len returns the number of unread bytes, for the Content-Length.
func (b *trackedBody) Len() int { return b.text.Len() }

func (b *trackedBody) Close() error { return nil }

// maxConns limits how often net/http may look for a connection in one attempt.
// When a stream of HTTP/2 ends with PROTOCOL_ERROR, net/http repeats a request
// without a body at once and without limit.
const maxConns = 4

// getConn ends an attempt that net/http repeats by itself.
func (r *run) getConn(string) {
	if r.conns.Add(1) > maxConns {
		r.cancel()
	}
}

// gotConn records that a connection has the request. From then on bytes may
// leave at any time, even after the call has returned.
func (r *run) gotConn(httptrace.GotConnInfo) { r.connected.Store(true) }

// provablyNotSent reports whether the attempt cannot have reached the provider.
// net/http reports when it hands a request to a connection. For any other
// transport only the error counts, and only if the body was not read and no
// connection was reported. A transport with a fallback may have sent the
// request one way and fail another way.
func (r *run) provablyNotSent() bool {
	switch {
	case r.endedBefore:
		return true
	case r.connected.Load():
		return false
	case !r.opaque:
		return true
	}
	return !r.bodyRead.Load() && len(r.request.Body) > 0 && provesNotSent(r.err)
}

// provesNotSent reports whether an error can only occur before a request is
// written: in a dial, a lookup of a host, or the check of a certificate.
func provesNotSent(err error) bool {
	switch e := err.(type) {
	case interface{ Unwrap() []error }: // several causes, each perhaps of another attempt
		for _, cause := range e.Unwrap() {
			if !provesNotSent(cause) {
				return false
			}
		}
		return len(e.Unwrap()) > 0
	case *net.OpError:
		return e.Op == "dial" || e.Op == "proxyconnect"
	case *net.DNSError, *tls.CertificateVerificationError:
		return true
	case interface{ Unwrap() error }:
		return provesNotSent(e.Unwrap())
	}
	return false
}
