package call

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/wapay-go/wapay"
)

// run is the state of one call over its attempts. It travels in the request's context, where the hooks of
// retryablehttp and the transport find it.
type run struct {
	client  *Client
	request *Request
	caller  context.Context
	ctx     context.Context // the caller's, with the run and its trace in it
	trace   httptrace.ClientTrace
	http    *retryablehttp.Request

	attempts int
	inDoubt  bool // an attempt before this one may have been carried out

	// Of the last attempt:
	started time.Time
	cancel  context.CancelFunc
	asked   atomic.Bool // the transport looked for a connection, so it is one that reports to httptrace
	sent    atomic.Bool // a connection was found and the request handed to it
	http2   atomic.Bool // which is one of HTTP/2
	wrote   atomic.Bool // and the request's header has left
	replay  atomic.Bool // net/http was about to send it again
	resp    *http.Response
	body    []byte
	err     error        // no answer, or not all of it
	failure *wapay.Error // what the answer or its absence means, nil for a 2xx
	scratch wapay.Error  // where judge works it out, so that a success allocates none
	answer  Response     // what Do returns
}

type runKey struct{}

func runOf(ctx context.Context) *run { return ctx.Value(runKey{}).(*run) }

func (r *run) newRequest() (*retryablehttp.Request, error) {
	header := r.newHeader()
	if err := r.check(header); err != nil {
		return nil, err
	}
	r.trace.GetConn = r.getConn
	r.trace.GotConn = r.gotConn
	r.trace.WroteHeaders = func() { r.wrote.Store(true) }

	u := *r.client.base
	path, err := url.PathUnescape(r.request.Path)
	if err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	if path == r.request.Path && u.RawPath == u.Path {
		u.RawPath = ""
	} else {
		u.RawPath += "/" + r.request.Path
	}
	u.Path += "/" + path
	u.RawQuery = r.request.Query

	r.ctx = httptrace.WithClientTrace(context.WithValue(r.caller, runKey{}, r), &r.trace)
	var ctx context.Context
	ctx, r.cancel = context.WithTimeout(r.ctx, r.client.timeout) // of the first attempt
	r.http = &retryablehttp.Request{Request: (&http.Request{
		Method: r.request.Method, URL: &u, Host: u.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)}
	if len(r.request.Body) > 0 {
		return r.http, r.http.SetBody(r.request.Body)
	}
	return r.http, nil
}

// getConn ends the attempt where net/http looks for another connection after the request has left on one of HTTP/2. It
// sends a POST again there, without a pause or a bound, when the stream ends with PROTOCOL_ERROR, which a proxy in front
// of the provider does where the answer from behind it is malformed and the order carried out. REFUSED_STREAM and GOAWAY
// promise that nothing was done; they cannot be told from it here. With HTTP/1 net/http knows that nothing was written.
func (r *run) getConn(string) {
	r.asked.Store(true)
	if r.http2.Load() && r.wrote.Load() {
		r.replay.Store(true)
		r.cancel()
	}
}

// gotConn: from here on bytes may leave at any time, also after the call has returned, as the request is in the hands
// of the connection's writer.
func (r *run) gotConn(info httptrace.GotConnInfo) {
	r.sent.Store(true)
	if c, ok := info.Conn.(*tls.Conn); ok {
		r.http2.Store(c.ConnectionState().NegotiatedProtocol == "h2")
	}
}

// check refuses what net/http would refuse with an error that does not tell whether anything was sent, and what it
// would send again by itself when a connection turns out to be dead: a GET, or anything with an Idempotency-Key.
func (r *run) check(header http.Header) error {
	for name, values := range header {
		for _, v := range values {
			for i := range len(v) {
				if v[i] < ' ' && v[i] != '\t' || v[i] == 0x7f {
					return errors.New("a control character in the header " + name)
				}
			}
		}
	}
	if r.request.Effect == Write && (r.request.Method == http.MethodGet || header["Idempotency-Key"] != nil) {
		return errors.New("a write that net/http would repeat by itself")
	}
	return nil
}

var acceptJSON = []string{"application/json"}

// newHeader shares the values of headers that never change between requests.
func (r *run) newHeader() http.Header {
	h := maps.Clone(r.request.Header)
	if h == nil {
		h = make(http.Header, 4)
	}
	h["User-Agent"], h["Accept"] = r.client.userAgent, acceptJSON
	if r.request.ContentType != "" {
		h["Content-Type"] = []string{r.request.ContentType}
	}
	if r.request.Prepare != nil {
		r.request.Prepare(h)
	}
	return h
}

// attemptTransport gives each attempt its time-out. It also keeps from retryablehttp the transport's
// CloseIdleConnections, which it calls after every failure, to the cost of all other calls.
type attemptTransport struct {
	next http.RoundTripper
	own  bool // next is ours, and does report to httptrace
}

func (t *attemptTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	r := runOf(req.Context())
	r.attempts++
	r.started = time.Now()
	r.asked.Store(t.own)
	for _, flag := range []*atomic.Bool{&r.sent, &r.http2, &r.wrote, &r.replay} {
		flag.Store(false)
	}
	if r.attempts > 1 { // checkRetry took the time-out off
		var ctx context.Context
		ctx, r.cancel = context.WithTimeout(req.Context(), r.client.timeout)
		req = req.WithContext(ctx)
	}
	if err := req.Context().Err(); err != nil {
		r.asked.Store(true)
		return nil, err
	}
	resp, err := t.next.RoundTrip(req)
	if resp != nil && resp.StatusCode/100 == 3 {
		resp.Header.Del("Location") // nobody goes there, and net/http makes an error of one that it cannot parse
	}
	return resp, err
}

// prepareRetry signs the next attempt. It does not look at req.Body, which is not rewound yet. The header of the attempt
// before is left alone: a stream of HTTP/2 may still read it.
func prepareRetry(req *http.Request) error {
	r := runOf(req.Context())
	if r.request.Prepare != nil {
		req.Header = req.Header.Clone()
		r.request.Prepare(req.Header)
	}
	return nil
}

// checkRetry ends an attempt: it reads the answer, works out what it means, logs it, and says whether to try
// again. It never returns an error, which retryablehttp would show in place of the transport's.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	r := runOf(ctx)
	r.resp, r.body, r.err = resp, nil, err
	if err != nil && r.replay.Load() {
		r.err = errReplay
	}
	if resp != nil {
		if err == nil {
			r.body, r.err = readBody(resp.Body)
		}
		_ = resp.Body.Close()
		resp.Body = http.NoBody
	}
	r.cancel()
	r.failure = r.judge()
	r.log()
	if !r.again() {
		return false, nil
	}
	r.inDoubt = r.inDoubt || r.failure.Outcome == wapay.OutcomeUnknown
	r.http.Request = r.http.Request.WithContext(r.ctx) // the pause is not part of the attempt
	return true, nil
}

var errReplay = errors.New("the connection refused the request after it was sent")

var errTooLong = fmt.Errorf("answer longer than %d MiB", maxBody>>20)

// readBody reads to the end, so that the connection can be used again, or to the cap.
func readBody(body io.Reader) ([]byte, error) {
	buf := make([]byte, 0, 1024)
	for {
		n, err := body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > maxBody:
			return buf, errTooLong
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		case len(buf) == cap(buf):
			buf = append(buf, 0)[:len(buf)]
		}
	}
}

// again reports whether the failed attempt is to be followed by another.
func (r *run) again() bool {
	e := r.failure
	if e == nil || r.caller.Err() != nil || errors.Is(r.err, errTooLong) || isCertificateError(r.err) || r.mayBeDone(e) {
		return false
	}
	repeatable := r.request.Effect != Write
	switch {
	case e.HTTPStatus == http.StatusTooManyRequests:
	case r.err != nil:
		if e.Outcome != wapay.OutcomeNotSent && !repeatable {
			return false
		}
	case e.HTTPStatus == http.StatusRequestTimeout || e.HTTPStatus >= 500 && e.HTTPStatus != http.StatusNotImplemented:
		if !repeatable {
			return false
		}
	default:
		return false
	}
	if e.RetryAfter > maxRetryAfter {
		return false // the caller can wait better than we can
	}
	pause := max(e.RetryAfter, backoffFrom(r.attempts-1)/2) // the least that it may be
	deadline, ok := r.caller.Deadline()
	return !ok || time.Until(deadline) > pause
}

// result is what the call returns, from its last attempt.
func (r *run) result(out any) (*Response, error) {
	if r.failure == nil && r.resp == nil { // retryablehttp gave up before any attempt
		return nil, r.client.NotSent(r.request, wapay.ErrInvalid, errors.New("the request could not be built"))
	}
	if r.failure != nil {
		r.failure.Attempts = r.attempts
		if err := r.caller.Err(); err != nil && !errors.Is(r.failure.Err, err) {
			r.failure.Err = joinCause(err, r.failure.Err) // it ended while we waited to try again
		}
		if r.inDoubt && !lookedAt(r.failure) {
			r.failure.Outcome = wapay.OutcomeUnknown
		}
		return nil, r.failure
	}
	resp := &r.answer
	*resp = Response{Status: r.resp.StatusCode, Header: r.resp.Header, Attempts: r.attempts, Body: r.body}
	if err := decode(resp.Body, out); err != nil {
		return nil, r.client.Undecodable(r.request, resp, err)
	}
	return resp, nil
}

func decode(body []byte, out any) (err error) {
	if d, ok := out.(Decoder); ok {
		err = d.Decode(body)
	} else {
		err = json.Unmarshal(body, out)
	}
	if c, ok := out.(Checker); ok && err == nil {
		err = c.Check()
	}
	return err
}

// lookedAt reports whether the provider refused this very order, and not the request that carried it: what it
// says then also holds for an attempt before, whose answer was lost.
func lookedAt(e *wapay.Error) bool {
	switch e.HTTPStatus {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return false
	}
	switch e.Kind { // which a provider may tell in the body alone
	case wapay.ErrUnauthorized, wapay.ErrForbidden, wapay.ErrRateLimited, wapay.ErrDecode, wapay.ErrUnavailable:
		return false
	case wapay.ErrDuplicate: // perhaps of the attempt before
		return false
	}
	return e.Outcome == wapay.OutcomeRejected
}
