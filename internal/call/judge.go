package call

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/strict"
)

const (
	maxRetryAfter = 30 * time.Second
	firstBackoff  = 200 * time.Millisecond
	maxErrorBody  = 16 << 10
)

// judge says what the attempt means: nil for an answer of 2xx that arrived whole and is no refusal.
func (r *run) judge() *wapay.Error {
	e := &r.scratch
	*e = wapay.Error{
		Provider: r.client.provider, Op: r.request.Op, Reference: r.request.Reference,
		Outcome: r.request.Effect.noVerdict(),
	}
	if r.resp != nil {
		e.HTTPStatus = r.resp.StatusCode
	}
	whole := r.err == nil || e.HTTPStatus == http.StatusTooManyRequests // of which the rest does not matter
	if whole && r.good(e) {
		return nil
	}
	if r.resp != nil {
		if e.RequestID == "" { // else the body has told
			e.RequestID = r.requestID(r.resp.Header)
		}
		e.RetryAfter = r.client.retryAfter(r.resp)
	}
	if !whole {
		r.judgeNoAnswer(e)
	}
	failure := *e
	return &failure
}

// good is for an attempt that got an answer, and reports whether it is one of 2xx and no refusal.
func (r *run) good(e *wapay.Error) bool {
	status := e.HTTPStatus
	r.body = r.scrubJSON(r.body)
	e.Kind = kindOf(status)
	doubt := strict.Doubtful(r.body)
	refused := doubt == nil && r.client.verdict(e, r.body)
	if status >= 200 && status < 300 && doubt == nil && !refused {
		return true
	}
	if refused && r.request.Explain != nil {
		r.request.Explain(e, r.resp.Header)
	}
	e.Body = clip(r.body)
	r.scrubTexts(e)
	if doubt != nil {
		e.Err = doubt
	}
	// A refusal has to be the provider's own: an error page may come from a proxy that passed the order on.
	if (status == http.StatusTooManyRequests || refused && isVerdict(status)) && !r.mayBeDone(e) {
		e.Outcome = wapay.OutcomeRejected
	}
	if status == http.StatusNotFound && !refused {
		e.Kind = wapay.ErrDecode // somebody else's 404: a lookup must not take it for "no such order"
	}
	if e.Kind == wapay.ErrDecode && e.Err == nil {
		e.Err = fmt.Errorf("not an answer of the provider's, status %d", status)
	}
	return false
}

func (r *run) mayBeDone(e *wapay.Error) bool {
	return r.request.Effect != Read && errors.Is(e.Err, ErrMayBeDone)
}

// isVerdict reports whether a provider may refuse an order with the status. 5xx and 408 say that something went wrong,
// not what was done, and so do 444, 460 and 499, with which proxies say that somebody hung up; a 3xx is no answer of
// a provider's.
func isVerdict(status int) bool {
	switch status {
	case http.StatusRequestTimeout, 444, 460, 499:
		return false
	}
	return status < 300 || status >= 400 && status < 500
}

// judgeNoAnswer is for an attempt that got no whole answer.
func (r *run) judgeNoAnswer(e *wapay.Error) {
	e.Kind = wapay.ErrUnavailable
	if errors.Is(r.err, errTooLong) {
		e.Kind = wapay.ErrDecode
	}
	// asked: a transport that does not report to httptrace gets no benefit of the doubt.
	if r.resp == nil && r.asked.Load() && !r.sent.Load() {
		e.Outcome = wapay.OutcomeNotSent
	}
	e.Body = clip(r.scrubBroken(r.body))
	e.Err = r.scrubError(r.err)
	r.scrubTexts(e)
	if errors.Is(e.Err, context.DeadlineExceeded) && r.caller.Err() == nil {
		e.Err = fmt.Errorf("no whole answer in %v: %w", r.client.timeout, e.Err)
	}
	if err := r.caller.Err(); err != nil {
		e.Kind = nil // the caller ended it
		e.Err = joinCause(err, e.Err)
	}
}

// joinCause adds the context's error to the cause, unless the cause has it already.
func joinCause(ctxErr, cause error) error {
	switch {
	case cause == nil:
		return ctxErr
	case errors.Is(cause, ctxErr):
		return cause
	}
	return fmt.Errorf("%w: %w", ctxErr, cause)
}

func kindOf(status int) error {
	switch status {
	case http.StatusUnauthorized:
		return wapay.ErrUnauthorized
	case http.StatusPaymentRequired:
		return wapay.ErrInsufficientFunds
	case http.StatusForbidden:
		return wapay.ErrForbidden
	case http.StatusNotFound:
		return wapay.ErrNotFound
	case http.StatusConflict:
		return wapay.ErrDuplicate
	case http.StatusTooManyRequests:
		return wapay.ErrRateLimited
	case http.StatusRequestTimeout:
		return wapay.ErrUnavailable
	}
	switch {
	case status >= 500:
		return wapay.ErrUnavailable
	case status >= 400:
		return wapay.ErrInvalid
	}
	return wapay.ErrDecode // 1xx, 3xx: no provider documents one
}

func isCertificateError(err error) bool {
	var c *tls.CertificateVerificationError
	return errors.As(err, &c)
}

func (r *run) requestID(h http.Header) string {
	for _, name := range []string{"X-Request-Id", "X-Correlation-Id", "Cf-Ray"} {
		if v := h.Get(name); v != "" {
			v = r.scrubString(v)
			return v[:min(len(v), 128)]
		}
	}
	return ""
}

// backoff is how long retryablehttp waits: what the provider asks for, which again has found to be short
// enough, else 200 ms, 400 ms, 800 ms … up to 5 s, each between half and the whole of it.
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

// retryAfter reads Retry-After, in seconds or as a date, of a 429 or a 5xx. What cannot be read is 0.
func (c *Client) retryAfter(resp *http.Response) time.Duration {
	v := strings.TrimSpace(resp.Header.Get("Retry-After"))
	if v == "" || resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < 500 {
		return 0
	}
	if n, err := strconv.ParseUint(v, 10, 64); err == nil {
		const aYear = 365 * 24 * 3600
		return time.Duration(min(n, aYear)) * time.Second
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	now := c.Clock()
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		now = date // the server's own clock, which made the date
	}
	return max(0, at.Sub(now))
}

func (r *run) log() {
	l := r.client.logger
	if l == nil {
		return
	}
	level, status := slog.LevelInfo, 0
	if r.resp != nil {
		status = r.resp.StatusCode
	}
	if r.err != nil || status == http.StatusTooManyRequests || status >= 500 {
		level = slog.LevelWarn
	}
	if !l.Enabled(r.caller, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("provider", r.client.provider),
		slog.String("op", r.request.Op),
		slog.String("reference", r.request.Reference),
		slog.Int("attempt", r.attempts),
		slog.Int("status", status),
		slog.Duration("duration", time.Since(r.started)),
	}
	if r.failure != nil {
		attrs = append(attrs, slog.String("outcome", r.failure.Outcome.String()))
	}
	l.LogAttrs(r.caller, level, "wapay: call", attrs...)
}

func clip(body []byte) []byte { return body[:min(len(body), maxErrorBody)] }
