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

// newTransport is http.DefaultTransport with room for as many idle connections
// to one host as a backend has calls in flight: with the default of two, the
// others are closed after each call. It speaks HTTP/1.1 alone: with HTTP/2, a
// server that retires a connection leaves every order on it unknown.
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

// transport makes single attempts. It keeps from retryablehttp the transport's
// CloseIdleConnections, which retryablehttp calls after every failure, to the
// cost of all other calls.
type transport struct {
	reads  http.RoundTripper
	writes http.RoundTripper // gives each request a connection of its own, where reads is one of net/http
	traced bool              // both are net/http's, so the hooks of httptrace tell what was sent
}

// transportOver returns the transport for the caller's, or for none.
//
// A write goes out on a connection that carried nothing before and carries
// nothing after. So a connection that the server has closed while it was idle
// cannot leave an order unknown, and a late answer to another call cannot be
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

// RoundTrip makes one attempt, with a time-out of its own.
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
	if r.cancel == nil { // the first attempt's time-out is in the request
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
	if r.request.Effect == Read {
		next = t.reads
	}
	resp, err := next.RoundTrip(req)
	switch {
	case err != nil:
		return nil, r.attemptError(resp, err)
	case resp != nil && resp.StatusCode/100 == 3:
		resp.Header.Del("Location") // it is not followed, and net/http fails on one that it cannot parse
	}
	return resp, nil
}

// attemptError returns the error of an attempt. It takes a response beside an error
// for a sign that the request was sent. It replaces a nil pointer, whose
// methods may panic.
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

// trackedBody is a request's body that notes whether it was read. A transport
// that has read it may have sent it. It can be read once, and not be rewound.
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

// Len returns the length of what is not read yet, for the Content-Length.
func (b *trackedBody) Len() int { return b.text.Len() }

func (b *trackedBody) Close() error { return nil }

// maxConns is how often net/http may look for a connection in one attempt. It
// sends a request without a body again, at once and without a bound, when a
// stream of HTTP/2 ends with PROTOCOL_ERROR.
const maxConns = 4

// getConn ends an attempt that net/http repeats by itself.
func (r *run) getConn(string) {
	if r.conns.Add(1) > maxConns {
		r.cancel()
	}
}

// gotConn notes that a connection has the request. From here on bytes may leave
// at any time, also after the call has returned.
func (r *run) gotConn(httptrace.GotConnInfo) { r.connected.Store(true) }

// provablyNotSent reports whether the attempt cannot have reached the provider.
// net/http tells when it hands a request to a connection. Of any other
// transport only the error counts, and only if the body was not read and no
// connection was reported: a transport with a fallback may have sent the
// request on one way and fail on another.
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

// provesNotSent reports whether an error can only come from before a request is
// written: a dial, a lookup of a host, or a certificate that does not fit.
func provesNotSent(err error) bool {
	switch e := err.(type) {
	case interface{ Unwrap() []error }: // several causes, each of which may be another attempt's
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
