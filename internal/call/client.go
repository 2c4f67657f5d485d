// Package call makes calls to a provider over HTTP: one place that knows when a request may be sent again,
// what is known of it when it went wrong, and what must not be shown.
package call

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/wapay-go/wapay"
)

// maxBody is the most that is read of an answer. The longest that a provider documents, a page of 100
// transactions, has about 200 KiB.
const maxBody = 4 << 20

// Effect says what a request does at the provider, and with it when the request may be repeated.
type Effect int

const (
	// Write changes something, and a repeat would do it twice: it is repeated only if it provably never
	// left, or was answered 429. The zero value, so that forgetting to say costs a retry and no money.
	Write Effect = iota
	// Read changes nothing: it is repeated whenever there was no verdict.
	Read
	// IdempotentWrite carries a key by which the provider knows a repeat: it is repeated like a read.
	IdempotentWrite
)

// Request is one call.
type Request struct {
	Op        string // the method of our client
	Reference string // the merchant's
	Effect    Effect

	Method      string
	Path        string // below the base URL, each element escaped
	Query       string // encoded
	Body        []byte
	ContentType string

	// Header is set on every attempt. It is only read, and its values are shared by many requests.
	Header http.Header
	// Prepare sets what differs from attempt to attempt, as a signature. It must use Set, because a repeated
	// attempt starts with the headers of the one before.
	Prepare func(http.Header)
	// Explain may add to the error what only the headers of a refusal tell.
	Explain func(e *wapay.Error, answer http.Header)
	// Secrets is all that must not be seen in an error or a result, in addition to the client's own.
	Secrets []wapay.Secret
}

// Response is an answer with a status of 2xx that was read to its end and decoded.
type Response struct {
	Status   int
	Header   http.Header
	Body     []byte // with secrets blotted out
	Attempts int
}

// Verdict reads what the provider says in the body of an answer: it fills in Code, Message, Details and,
// where the status alone does not say, Kind, and reports whether the body is the provider's own refusal
// and not, say, the error page of a proxy. It is also asked about answers of 2xx.
//
// With an Err that is [ErrMayBeDone] the order is not sent again, and the outcome of one is unknown.
type Verdict func(e *wapay.Error, body []byte) bool

// ErrMayBeDone is for an answer that refuses an order and shows it as made.
var ErrMayBeDone = errors.New("a refusal that shows the order as made")

// Client makes the calls of one provider's client.
type Client struct {
	provider string
	base     *url.URL // its Path and RawPath have no slash at the end
	verdict  Verdict
	needles  func() [][]byte // what scrub looks for; in a function, out of sight of package fmt
	retry    *retryablehttp.Client
	timeout  time.Duration
	logger   *slog.Logger
	Clock    func() time.Time

	userAgent []string // the header's value
}

// New makes a Client. baseURL is the provider's own, used unless an option replaces it.
func New(provider, baseURL string, verdict Verdict, secrets []wapay.Secret, opts []wapay.Option) (*Client, error) {
	s, err := wapay.NewSettings(opts...)
	if err != nil {
		var e *wapay.Error
		if errors.As(err, &e) {
			e.Provider = provider
		}
		return nil, err
	}
	if s.BaseURL == nil {
		if s.BaseURL, err = url.Parse(baseURL); err != nil {
			return nil, err
		}
	}
	base := *s.BaseURL
	base.RawPath = strings.TrimRight(base.EscapedPath(), "/")
	base.Path = strings.TrimRight(base.Path, "/")

	forms := needles(secrets)
	c := &Client{
		provider: provider, base: &base, verdict: verdict, needles: func() [][]byte { return forms },
		timeout: s.Timeout, logger: s.Logger, Clock: s.Clock,
		userAgent: []string{s.UserAgent},
	}
	hc := http.Client{Transport: newTransport()}
	if s.HTTPClient != nil {
		hc = *s.HTTPClient
		if hc.Transport == nil {
			hc.Transport = http.DefaultTransport
		}
		if c.timeout == 0 {
			c.timeout = hc.Timeout
		}
	}
	if c.timeout == 0 {
		c.timeout = wapay.DefaultTimeout
	}
	hc.Timeout = 0 // each attempt's context has it
	hc.Transport = &attemptTransport{next: hc.Transport, own: s.HTTPClient == nil}
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.retry = &retryablehttp.Client{
		HTTPClient:   &hc,
		Logger:       nil, // its records show the URL
		RetryMax:     s.MaxRetries,
		CheckRetry:   checkRetry,
		Backoff:      c.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler, // else it drops the answer
		PrepareRetry: prepareRetry,
	}
	return c, nil
}

// newTransport is http.DefaultTransport with room for as many idle connections to one host as a backend has
// calls in flight: with the default of two, the others are closed after each call. And it speaks HTTP/1.1 alone: with
// HTTP/2 a server that retires a connection leaves all orders on it in doubt (see getConn), where HTTP/1.1 has one.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		MaxIdleConnsPerHost:   100,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// Decoder is what Do decodes an answer into, where json.Unmarshal will not do.
type Decoder interface{ Decode(body []byte) error }

// Checker is what an answer has to pass that Do decodes into it.
type Checker interface{ Check() error }

// Do makes the call and decodes the answer into out: by its method, if it is a [Decoder], else with
// json.Unmarshal, and an answer that fails the check of a [Checker] is undecodable too. Every error is a
// *wapay.Error.
func (c *Client) Do(ctx context.Context, r *Request, out any) (*Response, error) {
	if ctx == nil {
		return nil, c.NotSent(r, wapay.ErrInvalid, errors.New("nil context"))
	}
	if err := ctx.Err(); err != nil {
		return nil, c.NotSent(r, nil, err)
	}
	run := &run{client: c, request: r, caller: ctx}
	req, err := run.newRequest()
	if err != nil {
		return nil, c.NotSent(r, wapay.ErrInvalid, err)
	}
	// What came of it is in run: retryablehttp's own error would show the URL, and hide the last answer
	// when the context ends while it waits.
	_, _ = c.retry.Do(req)
	return run.result(out)
}

// NotSent is the error of a call that failed before its first attempt.
func (c *Client) NotSent(r *Request, kind, cause error) *wapay.Error {
	return &wapay.Error{
		Provider: c.provider, Op: r.Op, Reference: r.Reference,
		Outcome: wapay.OutcomeNotSent, Kind: kind, Err: cause,
	}
}

// Undecodable is the error of an answer of 2xx that the caller cannot make sense of.
func (c *Client) Undecodable(r *Request, resp *Response, cause error) *wapay.Error {
	run := &run{client: c, request: r}
	return &wapay.Error{
		Provider: c.provider, Op: r.Op, Reference: r.Reference,
		HTTPStatus: resp.Status, RequestID: run.requestID(resp.Header), Attempts: resp.Attempts,
		Outcome: r.Effect.noVerdict(), Body: clip(resp.Body), Kind: wapay.ErrDecode, Err: run.scrubError(cause),
	}
}

// noVerdict is the outcome of a request of which it is not known what became.
func (e Effect) noVerdict() wapay.Outcome {
	if e == Read {
		return wapay.OutcomeReadOnly
	}
	return wapay.OutcomeUnknown
}
