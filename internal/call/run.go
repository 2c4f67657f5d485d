package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/wapay-go/wapay"
)

// run is the state of one call over its attempts. The request's context holds
// it for the hooks of retryablehttp and the transport.
type run struct {
	client  *Client
	request *Request
	caller  context.Context
	ctx     context.Context // the caller's, with the run and its trace in it
	trace   httptrace.ClientTrace
	inner   runContext
	http    retryablehttp.Request
	before  int // the number of the request's attempts before this call

	// Of the last attempt:
	started     time.Time
	end         func(error) // tells the observer, nil without one
	cancel      context.CancelFunc
	endedBefore bool        // the context had ended before the attempt began
	opaque      bool        // the transport may not report to httptrace
	connected   atomic.Bool // a connection has the request
	bodyRead    atomic.Bool // the transport has read the body
	conns       atomic.Int32
	resp        *http.Response
	body        []byte
	err         error // of a missing or truncated answer
	wire        wire
	failure     *wapay.Error // the error of the attempt, nil for a success
	scratch     wapay.Error  // for judge, so that a success allocates no error
	answer      Response     // what Do returns
}

type runKey struct{}

func runOf(ctx context.Context) *run { return ctx.Value(runKey{}).(*run) }

// runContext is the caller's context with the run in it.
type runContext struct {
	context.Context
	run *run
}

// Value returns the run, or what the caller's context has.
func (c *runContext) Value(key any) any {
	if key == (runKey{}) {
		return c.run
	}
	return c.Context.Value(key)
}

func (r *run) newRequest() (*retryablehttp.Request, error) {
	header := r.newHeader()
	if err := r.check(header); err != nil {
		return nil, err
	}
	r.trace.GetConn, r.trace.GotConn = r.getConn, r.gotConn

	u := *r.client.base
	path, err := url.PathUnescape(r.request.Path)
	if err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	if err := checkPath(r.request.Path); err != nil {
		return nil, err
	}
	if path == r.request.Path && u.RawPath == u.Path {
		u.RawPath = ""
	} else {
		u.RawPath += "/" + r.request.Path
	}
	u.Path += "/" + path
	u.RawQuery = r.request.Query

	r.inner = runContext{r.caller, r}
	r.ctx = httptrace.WithClientTrace(&r.inner, &r.trace)
	var ctx context.Context
	ctx, r.cancel = context.WithTimeout(r.ctx, r.client.timeout) // of the first attempt
	r.http = retryablehttp.Request{Request: (&http.Request{
		Method: r.request.Method, URL: &u, Host: u.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)}
	if len(r.request.Body) == 0 {
		return &r.http, nil
	}
	err = r.http.SetBody(retryablehttp.ReaderFunc(r.newBody))
	if r.request.Effect != Read {
		r.http.GetBody = nil // so that net/http cannot send the body a second time
	}
	return &r.http, err
}

// newBody returns the body of an attempt. An earlier attempt may still read its
// own.
func (r *run) newBody() (io.Reader, error) {
	b := &trackedBody{read: &r.bodyRead}
	b.text.Reset(r.request.Body)
	return b, nil
}

// check refuses a request that net/http would refuse with an ambiguous error.
// It also refuses a write without a body, which net/http could repeat.
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
	if r.request.Effect == Write && (r.request.Method == http.MethodGet || len(r.request.Body) == 0) {
		return errors.New("a write without a body, which net/http could repeat by itself")
	}
	return nil
}

const firstBackoff = 200 * time.Millisecond

var acceptJSON = []string{"application/json"}

// newHeader returns a header that shares the values that never change.
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

// prepareRetry signs the next attempt. It does not read req.Body, which is not
// rewound yet. It does not change the header of the earlier attempt, which a
// stream of HTTP/2 may still read.
func prepareRetry(req *http.Request) error {
	r := runOf(req.Context())
	if r.request.Prepare != nil {
		req.Header = req.Header.Clone()
		r.request.Prepare(req.Header)
	}
	return nil
}

// checkRetry ends an attempt: it reads the answer, rules on it, logs it, and
// reports whether to try again. It returns no error, because retryablehttp
// would show it in place of the transport's.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	r := runOf(ctx)
	r.resp, r.body, r.err = resp, nil, err
	if err != nil && r.conns.Load() > maxConns {
		r.err = errRefused
	}
	if resp != nil {
		r.client.notePace(resp.Header)
		if err == nil {
			r.body, r.err = readBody(resp.Body)
		}
		_ = resp.Body.Close()
		resp.Body = http.NoBody
	}
	r.cancel()
	r.cancel = nil
	r.failure = r.judge()
	r.log()
	r.tellEnd()
	if !r.tryAgain() {
		return false, nil
	}
	r.request.Earlier = max(r.request.Earlier, r.worth())
	r.http.Request = r.http.Request.WithContext(r.ctx) // the pause is not part of the attempt
	return true, nil
}

var errRefused = errors.New("the connection refused the request after it was sent")

// worth returns what the failed attempt means for later ones.
func (r *run) worth() Earlier {
	switch r.wire {
	case notSent:
		return NoneBefore
	case limited:
		return RateLimited
	}
	return Lost
}

var errTooLong = fmt.Errorf("answer longer than %d MiB", maxBody>>20)

// readBody reads the body to its end, or to the limit. After the end the
// connection can be reused.
func readBody(body io.Reader) ([]byte, error) {
	buf := make([]byte, 0, 512)
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

// tryAgain reports whether another attempt follows the failed one.
func (r *run) tryAgain() bool {
	e := r.failure
	if e == nil || r.caller.Err() != nil || errors.Is(r.err, errTooLong) || isCertificateError(r.err) {
		return false
	}
	if !r.isRepeatable(e.HTTPStatus) {
		return false
	}
	if e.RetryAfter > maxRetryAfter {
		return false // leave a long pause to the caller
	}
	pause := max(e.RetryAfter, backoffFrom(r.request.attempts-1)/2) // the shortest possible pause
	deadline, ok := r.caller.Deadline()
	return !ok || time.Until(deadline) > pause
}

// isRepeatable reports whether the failed attempt may be repeated. A write may
// be repeated only if it was not sent, or if the provider ignored it.
func (r *run) isRepeatable(status int) bool {
	switch {
	case r.wire == notSent, r.wire == limited:
		return true
	case r.request.Effect == Write, r.request.Once:
		return false
	case status == http.StatusTooManyRequests: // truncated, ambiguous, or with an order
		return r.request.Effect == Read
	case r.wire == noAnswer, status == http.StatusRequestTimeout:
		return true
	}
	return status >= 500 && status != http.StatusNotImplemented
}

// backoff returns the pause: the provider's Retry-After, or else 200 ms, 400
// ms, 800 ms and so on up to 5 s. It varies each of these between half of it
// and all of it.
func (c *Client) backoff(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	if resp != nil {
		if d := c.retryAfter(resp); d > 0 {
			return d
		}
	}
	d := backoffFrom(attempt)
	return d/2 + rand.N(d/2)
}

func backoffFrom(attempt int) time.Duration {
	return min(firstBackoff<<min(attempt, 10), 5*time.Second)
}

// attempts returns the number of attempts for the result. For a read it counts
// all reads of the caller's method.
func (r *run) attempts() int {
	m := methodOf(r.caller)
	if m == nil || r.request.Effect != Read {
		return r.request.attempts
	}
	return int(m.reads.Add(int32(r.request.attempts - r.before)))
}

// result returns the result of the call from its last attempt.
func (r *run) result(out any) (*Response, error) {
	if r.failure == nil && r.resp == nil { // retryablehttp made no attempt
		return nil, r.client.NotSent(r.caller, r.request, wapay.ErrInvalid,
			errors.New("the request could not be built"))
	}
	attempts := r.attempts()
	if r.failure != nil {
		r.failure.Attempts = attempts
		if err := r.caller.Err(); err != nil && !errors.Is(r.failure.Err, err) {
			r.failure.Err = joinCause(err, r.failure.Err) // the context ended in a pause
		}
		return nil, r.failure
	}
	resp := &r.answer
	*resp = Response{
		Status: r.resp.StatusCode, Header: r.resp.Header, Attempts: attempts, Earlier: r.request.Earlier,
		Body: r.hideCodes(r.body), id: r.scratch.RequestID,
	}
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
