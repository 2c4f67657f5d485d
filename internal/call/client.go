// Package call makes calls to a provider over HTTP: one place that knows when a
// request may be sent again, what is known of it when it went wrong, and what
// must not be shown.
package call

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
)

// maxBody is the most that is read of an answer. The longest that a provider
// documents, a page of 100 transactions, has about 200 KiB.
const maxBody = 4 << 20

// Effect says what a request does at the provider, and with it when the request
// may be repeated.
type Effect int

const (
	// Write changes something, and a repeat would do it twice: it is repeated
	// only if it provably never left, or was answered 429. The zero value, so
	// that forgetting to say costs a retry and no money.
	Write Effect = iota
	// Read changes nothing: it is repeated whenever there was no verdict.
	Read
	// IdempotentWrite carries a key by which the provider knows a repeat: it is
	// repeated like a read.
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

	// Header is set on every attempt. It is only read, and its values are shared
	// by many requests.
	Header http.Header
	// Prepare sets what differs from attempt to attempt, such as a signature. It
	// must use Set, because a repeated attempt starts with the headers of the one
	// before.
	Prepare func(http.Header)
	// Secrets must not be seen in an error or a result, in addition to the
	// client's own.
	Secrets []wapay.Secret
	// Codes are one-time codes. They are too short to be looked for everywhere:
	// see hideCodes.
	Codes []wapay.Secret

	// Earlier says how the attempts before ended, also those with another token,
	// and what the caller knows of attempts before this call.
	Earlier Earlier
	// Once has a read not be repeated where it may have arrived, because people
	// would notice: it sends a text message.
	Once     bool
	attempts int
	status   int    // of the last answer
	id       string // of the last attempt, for an observer
}

// Get returns a GET request.
func Get(reference, path, query string) *Request {
	return &Request{Reference: reference, Effect: Read, Method: http.MethodGet, Path: path, Query: query}
}

// PostJSON returns a POST request with a body that always has a JSON form.
func PostJSON(reference, path string, effect Effect, body any) *Request {
	data, _ := json.Marshal(body)
	return &Request{
		Reference: reference, Effect: effect, Method: http.MethodPost, Path: path,
		Body: data, ContentType: "application/json",
	}
}

// Response is an answer with a status of 2xx that was read to its end and
// decoded.
type Response struct {
	Status   int
	Header   http.Header
	Body     []byte // with secrets blotted out
	Attempts int
	Earlier  Earlier // how the attempts before it ended
	id       string  // of the request, as the judge has read it
}

// Client makes the calls of one provider's client.
type Client struct {
	provider string
	base     *url.URL // its Path and RawPath have no slash at the end
	judge    Judge
	needles  func() [][]byte // what scrub looks for; in a function, out of sight of package fmt
	retry    *retryablehttp.Client
	timeout  time.Duration
	logger   *slog.Logger
	observer wapay.Observer
	Clock    func() time.Time

	userAgent []string // the header's value

	limit     *atomic.Int32 // what the last answer said of requests a minute, or 0
	transport *transport
	own       bool // the transport is not the caller's
}

// New makes a Client, unless something is wrong with the credentials. baseURL is
// the provider's own, used unless an option replaces it.
func New(
	provider, baseURL string, judge Judge, bad check.Fields, secrets []wapay.Secret, opts []wapay.Option,
) (*Client, error) {
	if err := bad.Err(provider, "New", ""); err != nil {
		return nil, err
	}
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
		provider: provider, base: &base, judge: judge, needles: func() [][]byte { return forms },
		timeout: s.Timeout, logger: s.Logger, observer: s.Observer, Clock: s.Clock,
		userAgent: []string{s.UserAgent}, limit: new(atomic.Int32),
	}
	var hc http.Client
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
	c.own = hc.Transport == nil
	c.transport = transportOver(hc.Transport)
	hc.Transport = c.transport
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

// Decoder is what Do decodes an answer into, where json.Unmarshal will not do.
type Decoder interface{ Decode(body []byte) error }

// Checker is what an answer has to pass that Do decodes into it.
type Checker interface{ Check() error }

// FailIf returns an error with the text if something is wrong with an answer.
func FailIf(wrong bool, text string) error {
	if wrong {
		return errors.New(text)
	}
	return nil
}

// Do makes the call and decodes the answer into out: by its method, if it is a
// [Decoder], else with json.Unmarshal, and an answer that fails the check of a
// [Checker] is undecodable too. Every error is a *wapay.Error.
func (c *Client) Do(ctx context.Context, r *Request, out any) (*Response, error) {
	if err := c.check(ctx, r, nil); err != nil {
		return nil, err
	}
	if m := methodOf(ctx); m != nil {
		r.Op, r.Codes = m.op, append(r.Codes, m.codes...)
	}
	if err := ctx.Err(); err != nil {
		return nil, c.NotSent(ctx, r, nil, err)
	}
	ctx, end := c.observe(ctx, r, 0)
	resp, err := c.do(ctx, r, out)
	end(err)
	return resp, err
}

func (c *Client) do(ctx context.Context, r *Request, out any) (*Response, error) {
	caller, stop := guarded(ctx)
	defer stop()
	run := &run{client: c, request: r, caller: caller, before: r.attempts}
	req, err := run.newRequest()
	if err != nil {
		return nil, c.NotSent(ctx, r, wapay.ErrInvalid, err)
	}
	// What came of it is in run: retryablehttp's own error would show the URL, and
	// hide the last answer when the context ends while it waits.
	_, _ = c.retry.Do(req) //nolint:bodyclose // checkRetry closes it
	return run.result(out)
}

// Undecodable returns the error of an answer of 2xx that the caller cannot make
// sense of.
func (c *Client) Undecodable(r *Request, resp *Response, cause error) *wapay.Error {
	run := &run{client: c, request: r}
	return &wapay.Error{
		Provider: c.provider, Op: r.Op, Reference: r.Reference,
		HTTPStatus: resp.Status, RequestID: run.cleanID(resp.id, resp.Header), Attempts: resp.Attempts,
		Outcome: outcome(r.Effect, answered, resp.Status, MaybeDone, nil, resp.Earlier),
		Body:    clip(run.scrubCodes(resp.Body)), Kind: wapay.ErrDecode, Err: run.scrubError(cause),
	}
}

// Part judges one part of an answer of 2xx in which each part has a verdict of
// its own, such as the items of a batch. It returns nil for a success.
func (c *Client) Part(r *Request, resp *Response, part []byte, judge Judge) *wapay.Error {
	run := &run{client: c, request: r}
	e := c.Undecodable(r, resp, nil)
	e.Body = clip(run.scrubCodes(part))
	ruling := judge(e, Answer{
		Status: resp.Status, Header: resp.Header, Body: part, Effect: r.Effect, Earlier: resp.Earlier,
	})
	if ruling == Success {
		return nil
	}
	run.scrubTexts(e)
	e.RequestID = run.cleanID(e.RequestID, resp.Header)
	e.Outcome = outcome(r.Effect, answered, resp.Status, ruling, e.Kind, resp.Earlier)
	return e
}

// Pace returns how many requests the provider takes in a minute: what its last
// answer said in X-RateLimit-Limit, else what its documents say.
//
// X-RateLimit-Remaining is not read: no provider documents when the count begins
// again, and none sends X-RateLimit-Reset. A request too many gets a 429, whose
// Retry-After says when.
func (c *Client) Pace(documented int) (int, time.Duration) {
	if c != nil {
		if n := c.limit.Load(); n > 0 {
			return int(n), time.Minute
		}
	}
	return documented, time.Minute
}

// notePace keeps what an answer says of the provider's limit.
func (c *Client) notePace(h http.Header) {
	limit := h["X-Ratelimit-Limit"] // in canonical form
	if len(limit) == 0 {
		return
	}
	if n, err := strconv.ParseInt(limit[0], 10, 32); err == nil && n > 0 {
		c.limit.Store(int32(n))
	}
}

// Close closes the idle connections, unless the transport is the caller's.
func (c *Client) Close() {
	if c != nil && c.own {
		c.transport.reads.(*http.Transport).CloseIdleConnections()
	}
}

// String returns the provider's name and the address that is called, and "" for
// no client.
func (c *Client) String() string {
	if c == nil {
		return ""
	}
	return c.provider + " client for " + c.base.String()
}
