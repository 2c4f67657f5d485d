package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
)

// transport stands between a client and its server, and disturbs one kind of
// request.
type transport struct {
	path   string // of the POST that it meddles with, "" is any request
	meddle func(next http.RoundTripper, r *http.Request) (*http.Response, error)

	next *http.Transport
	used atomic.Bool
	met  atomic.Int64 // how many requests it meddled with
}

// option returns the option that makes a client use the transport.
func (t *transport) option(tb testing.TB) wapay.Option {
	t.next = http.DefaultTransport.(*http.Transport).Clone()
	tb.Cleanup(t.next.CloseIdleConnections)
	return wapay.WithHTTPClient(&http.Client{Transport: t})
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.used.Store(true)
	if t.path != "" && (r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, t.path)) {
		return t.next.RoundTrip(r)
	}
	t.met.Add(1)
	return t.meddle(t.next, r)
}

// refuse fails as a refused connection does.
func refuse(_ http.RoundTripper, r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// lose lets the server answer, and loses the answer.
func lose(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	if err := arrive(next, r); err != nil {
		return nil, err
	}
	return nil, io.ErrUnexpectedEOF
}

// hang lets the server answer, calls reached, and waits for the end of the
// request's context.
func hang(reached func()) func(http.RoundTripper, *http.Request) (*http.Response, error) {
	return func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		if err := arrive(next, r); err != nil {
			return nil, err
		}
		reached()
		select {
		case <-r.Context().Done():
			return nil, r.Context().Err()
		case <-time.After(3 * time.Second): // the client does not pass the context on
			return nil, io.ErrUnexpectedEOF
		}
	}
}

// giveUp waits a second for an answer. A login that hangs has to end by itself:
// it may outlive the context of a call, because others wait for it.
func giveUp(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	answer, err := next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

func arrive(next http.RoundTripper, r *http.Request) error {
	answer, err := next.RoundTrip(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// echo answers with the whole request, as a message in JSON or as plain text.
func echo(status int, inJSON bool) func(http.RoundTripper, *http.Request) (*http.Response, error) {
	return func(_ http.RoundTripper, r *http.Request) (*http.Response, error) {
		var body []byte
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
			_ = r.Body.Close()
		}
		var keys []string
		for _, values := range r.Header {
			keys = append(keys, values...)
		}
		all := fmt.Sprintf("%s %s %s %s", r.Method, r.URL, strings.Join(keys, " "), body)
		kind := "text/plain"
		if inJSON {
			kind = "application/json"
			all = fmt.Sprintf(`{"status":%[1]d,"code":%[2]s,"message":%[2]s,"error":%[2]s,"data":%[2]s}`, status, quote(all))
		}
		header := http.Header{"Content-Type": {kind}, "X-Request-Id": {strings.Join(keys, " ")}}
		return &http.Response{
			Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: header, Body: io.NopCloser(strings.NewReader(all)), ContentLength: int64(len(all)), Request: r,
		}, nil
	}
}
