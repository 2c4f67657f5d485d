package call

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/strict"
)

const (
	maxRetryAfter = 30 * time.Second
	maxErrorBody  = 16 << 10
	maxShortText  = 200
	maxRequestID  = 128
)

// judge rules on the attempt. It returns nil for a whole answer of 2xx that is
// no refusal.
func (r *run) judge() *wapay.Error {
	e := &r.scratch
	*e = wapay.Error{Provider: r.client.provider, Op: r.request.Op, Reference: r.request.Reference}
	if r.resp != nil {
		e.HTTPStatus = r.resp.StatusCode
	}
	var ruling Ruling
	if r.wire = r.howFar(); r.wire == answered {
		if ruling = r.rule(e); ruling == Success {
			return nil
		}
		if e.HTTPStatus == http.StatusTooManyRequests && ruling != MaybeDone && e.Err == nil && !r.namesReference() {
			r.wire = limited
		}
	} else {
		r.explainSilence(e)
	}
	if r.resp != nil {
		e.RetryAfter = r.client.retryAfter(r.resp)
	}
	e.RequestID = r.requestID()
	e.Outcome = outcome(r.request.Effect, r.wire, e.HTTPStatus, ruling, e.Kind, r.request.Earlier)
	failure := *e
	return &failure
}

// howFar reports how far the attempt got.
func (r *run) howFar() wire {
	switch {
	case r.err == nil:
		return answered
	case r.resp == nil && r.provablyNotSent():
		return notSent
	}
	return noAnswer
}

// rule asks the provider's judge about a whole answer.
func (r *run) rule(e *wapay.Error) Ruling {
	status := e.HTTPStatus
	r.body = r.scrubJSON(r.body)
	e.Kind = kindOf(status)
	ruling := NotTheirs
	earlier := r.request.Earlier
	if status == http.StatusTooManyRequests {
		earlier = NoneBefore // a limit does not depend on earlier attempts
	}
	ambiguous := strict.Check(r.body)
	if ambiguous == nil {
		ruling = r.client.judge(e, Answer{
			Status: status, Header: r.resp.Header, Body: r.body, Effect: r.request.Effect, Earlier: earlier,
		})
		if ruling == Success && status >= 200 && status < 300 {
			return Success
		}
		if ruling == Success {
			ruling = RefusalWithOrder(e) // a failing status wins over a success in the body
		}
	} else {
		e.Err = ambiguous
	}
	e.Body = clip(r.scrubCodes(r.body))
	if e.Message == "" && ruling == NotTheirs {
		e.Message = shortText(r.body)
	}
	r.scrubTexts(e)
	if status == http.StatusNotFound && ruling == NotTheirs {
		e.Kind = wapay.ErrDecode // another server's 404 is no "no such order"
	}
	if status >= 500 && e.Kind == wapay.ErrNotFound {
		e.Kind = wapay.ErrUnavailable // a "not found" of a failing server is not final
	}
	if e.Kind == wapay.ErrDecode && e.Err == nil {
		e.Err = fmt.Errorf("not an answer of the provider's, status %d", status)
	}
	return ruling
}

// namesReference reports whether the answer to a write has its reference, or
// one of a batch. A server may escape a reference, or store it as a number.
func (r *run) namesReference() bool {
	if r.request.Effect == Read || r.request.Reference == "" {
		return false
	}
	body := bytes.ReplaceAll(r.body, []byte(`\/`), []byte("/"))
	for _, reference := range strings.Split(r.request.Reference, ",") {
		inJSON := jsonOf(reference, false)
		for _, form := range []string{reference, inJSON, asciiOf(inJSON, `\u%04x`), asciiOf(inJSON, `\u%04X`)} {
			form = cmp.Or(strings.TrimLeft(form, "0"), form)
			if form != "" && bytes.Contains(body, []byte(form)) {
				return true
			}
		}
	}
	return false
}

// shortText returns an answer that is one short line of plain text, or "".
// Gateways answer in that form.
func shortText(body []byte) string {
	text := strings.TrimSpace(string(body[:min(len(body), maxShortText+1)]))
	if len(text) > maxShortText || !utf8.ValidString(text) || strings.ContainsAny(text, "<{[") ||
		strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return ""
	}
	return text
}

// explainSilence fills in the error of an attempt without a whole answer.
func (r *run) explainSilence(e *wapay.Error) {
	e.Kind = wapay.ErrUnavailable
	if errors.Is(r.err, errTooLong) {
		e.Kind = wapay.ErrDecode
	}
	e.Body = clip(r.scrubCodes(r.scrubBroken(r.body)))
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

// joinCause adds the context's error to the cause, unless the cause has it.
func joinCause(ctxErr, cause error) error {
	switch {
	case cause == nil:
		return ctxErr
	case errors.Is(cause, ctxErr):
		return cause
	}
	return fmt.Errorf("%w: %w", ctxErr, cause)
}

var kinds = map[int]error{
	http.StatusUnauthorized: wapay.ErrUnauthorized, http.StatusPaymentRequired: wapay.ErrInsufficientFunds,
	http.StatusForbidden: wapay.ErrForbidden, http.StatusNotFound: wapay.ErrNotFound,
	http.StatusConflict: wapay.ErrDuplicate, http.StatusTooManyRequests: wapay.ErrRateLimited,
	http.StatusRequestTimeout: wapay.ErrUnavailable,
}

func kindOf(status int) error {
	switch kind := kinds[status]; {
	case kind != nil:
		return kind
	case status >= 500:
		return wapay.ErrUnavailable
	case status >= 400:
		return wapay.ErrInvalid
	}
	return wapay.ErrDecode // no provider documents a 1xx or 3xx
}

func isCertificateError(err error) bool {
	var c *tls.CertificateVerificationError
	return errors.As(err, &c)
}

// requestID returns the id of the last attempt for the provider's support.
func (r *run) requestID() string {
	var answered http.Header
	if r.resp != nil {
		answered = r.resp.Header
	}
	return r.cleanID(r.scratch.RequestID, answered)
}

// cleanID returns the provider's id of a request from the body or a header.
// Without one it returns the id of the request. It scrubs and shortens the id,
// which may be any text.
func (r *run) cleanID(inBody string, answered http.Header) string {
	id := inBody
	for _, name := range []string{"X-Request-Id", "X-Correlation-Id", "Cf-Ray"} {
		if id == "" {
			id = answered.Get(name)
		}
	}
	if id == "" {
		id = r.request.Header.Get("X-Request-Id")
	}
	if id == "" {
		return ""
	}
	id = strings.Map(func(c rune) rune { // before the scrubbing: a dropped character may join the halves of a secret
		if !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, id)
	id = string(r.scrubCodes([]byte(r.scrubString(id))))
	return strings.ToValidUTF8(id[:min(len(id), maxRequestID)], "")
}

// retryAfter reads Retry-After of a 429 or a 5xx, in seconds or as a date. It
// returns 0 for an unreadable value.
func (c *Client) retryAfter(resp *http.Response) time.Duration {
	v := strings.TrimSpace(resp.Header.Get("Retry-After"))
	if v == "" || resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < 500 {
		return 0
	}
	const aYear = 365 * 24 * time.Hour
	if n, err := strconv.ParseUint(v, 10, 64); err == nil {
		return time.Duration(min(n, uint64(aYear/time.Second))) * time.Second
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	now := c.Clock()
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		now = date // the date is by the server's clock
	}
	return min(max(0, at.Sub(now)), aYear)
}

func clip(body []byte) []byte { return body[:min(len(body), maxErrorBody)] }
