// Package call makes calls to a provider over HTTP. It decides when a request
// may be repeated and which outcome a failure has, and it hides secrets.
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

// maxBody limits an answer. The longest documented one, a page of 100
// transactions, has about 200 KiB.
const maxBody = 4 << 20

// Effect is the effect of a request at the provider. It decides when the
// request may be repeated.
type Effect int

const (
	// Write changes something, and a repeat would do it twice. It is repeated
	// only if it provably was not sent, or after a 429. It is the zero value,
	// so a forgotten effect costs a retry but no money.
	Write Effect = iota
	// Read changes nothing. It is repeated unless the provider refuses it.
	Read
	// IdempotentWrite has a key by which the provider recognises a repeat. It
	// is repeated like a read.
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

	// Header is set on each attempt. It must not change, because many requests
	// share its values.
	Header http.Header
	// Prepare sets the headers that differ between attempts, such as a
	// signature. It must use Set, because a repeat starts with the headers of
	// the earlier attempt.
	Prepare func(http.Header)
	// Secrets are hidden in errors and results, like the client's own.
	Secrets []wapay.Secret
	// Codes are one-time codes, which hideCodes hides.
	Codes []wapay.Secret

	// Earlier says how the earlier attempts ended: those of this call, with any
	// token, and those that the caller knows of.
	Earlier Earlier
	// Once forbids the repeat of a read that may have arrived. It is for a
	// request that sends a text message.
	Once bool
	// Alone sends a read on a connection of its own, like a write. It is for a
	// lookup whose answer does not show what it is about: on a shared
	// connection, a second answer to another lookup could be taken for it.
	Alone    bool
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

// Response is a whole and decoded answer of 2xx.
type Response struct {
	Status   int
	Header   http.Header
	Body     []byte // without secrets
	Attempts int
	Earlier  Earlier // how the earlier attempts ended
	id       string  // of the request, read by the judge
}

// Client makes the calls of one provider's client.
type Client struct {
	provider string
	base     *url.URL // its Path and RawPath have no slash at the end
	judge    Judge
	needles  func() [][]byte // the secrets for scrub; package fmt does not look into a function
	retry    *retryablehttp.Client
	timeout  time.Duration
	logger   *slog.Logger
	observer wapay.Observer
	Clock    func() time.Time

	userAgent []string // the header's value

	limit     *atomic.Int32 // the requests a minute of the last answer, or 0
	transport *transport
	own       bool // the transport is not the caller's
}

// New makes a Client. bad holds what is wrong with the credentials. baseURL is
// the provider's own, which an option may replace.
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

	forms := newNeedles(secrets)
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
	hc.Timeout = 0 // the context of each attempt has it
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
		ErrorHandler: retryablehttp.PassthroughErrorHandler, // otherwise it drops the answer
		PrepareRetry: prepareRetry,
	}
	return c, nil
}

// Decoder decodes an answer in place of json.Unmarshal.
type Decoder interface{ Decode(body []byte) error }

// Checker checks an answer after Do has decoded it.
type Checker interface{ Check() error }

// FailIf returns an error with the text if wrong is true.
func FailIf(wrong bool, text string) error {
	if wrong {
		return errors.New(text)
	}
	return nil
}

// Do makes the call and decodes the answer into out. It uses out's method if
// out is a [Decoder], else json.Unmarshal. An answer that fails the check of a
// [Checker] is undecodable. Each error is a *wapay.Error.
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
	caller, stop := guardHooks(ctx)
	defer stop()
	run := &run{client: c, request: r, caller: caller, before: r.attempts}
	req, err := run.newRequest()
	if err != nil {
		return nil, c.NotSent(ctx, r, wapay.ErrInvalid, err)
	}
	// The result is in run. retryablehttp's own error would show the URL, and
	// would hide the last answer if the context ends in a pause.
	_, _ = c.retry.Do(req) //nolint:bodyclose // checkRetry closes it
	return run.result(out)
}

// Undecodable returns the error of an answer of 2xx that the caller cannot
// read.
func (c *Client) Undecodable(r *Request, resp *Response, cause error) *wapay.Error {
	run := &run{client: c, request: r}
	return &wapay.Error{
		Provider: c.provider, Op: r.Op, Reference: r.Reference,
		HTTPStatus: resp.Status, RequestID: run.cleanID(resp.id, resp.Header), Attempts: resp.Attempts,
		Outcome: outcome(r.Effect, answered, resp.Status, MaybeDone, nil, resp.Earlier),
		Body:    clip(run.scrubCodes(resp.Body)), Kind: wapay.ErrDecode, Err: run.scrubError(cause),
	}
}

// Part rules on one part of an answer of 2xx, such as an item of a batch. It
// returns nil for a success.
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

// Pace returns how many requests the provider takes in a minute:
// X-RateLimit-Limit of its last answer, or else the documented limit.
//
// Pace ignores X-RateLimit-Remaining: no provider documents when the count
// restarts, and none sends X-RateLimit-Reset. A request above the limit gets a
// 429 with Retry-After.
func (c *Client) Pace(documented int) (int, time.Duration) {
	if c != nil {
		if n := c.limit.Load(); n > 0 {
			return int(n), time.Minute
		}
	}
	return documented, time.Minute
}

// notePace stores the limit in an answer.
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

// String returns the provider's name and address, or "" for a nil client.
func (c *Client) String() string {
	if c == nil {
		return ""
	}
	return c.provider + " client for " + c.base.String()
}
