package call

import (
	"context"
	"errors"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
)

// observe tells the observer that a call begins, or one of its attempts. It
// returns the context to go on with, and a function that tells the end.
func (c *Client) observe(ctx context.Context, r *Request, attempt int) (context.Context, func(error)) {
	if c.observer == nil {
		return ctx, func(error) {}
	}
	began := time.Now()
	o := &wapay.Observation{
		Provider: c.provider, Op: r.Op, Reference: r.Reference, Attempt: attempt,
		Method: r.Method, Host: c.base.Host, Template: template(c.base.Path+"/"+r.Path, r.Reference),
	}
	values, end := c.observer(ctx, o)
	if values != nil {
		ctx = observed{ctx, values}
	}
	return ctx, func(err error) {
		if end == nil {
			return
		}
		o.Duration, o.Err, o.Attempts = time.Since(began), err, r.attempts
		var e *wapay.Error
		if errors.As(err, &e) {
			o.Status = e.HTTPStatus
		} else if err == nil {
			o.Status = r.status
		}
		end()
	}
}

// tellEnd tells the observer that the attempt has ended.
func (r *run) tellEnd() {
	r.request.status = 0
	if r.resp != nil {
		r.request.status = r.resp.StatusCode
	}
	switch {
	case r.end == nil:
	case r.failure == nil:
		r.end(nil)
	default:
		r.end(r.failure)
	}
	r.end = nil
}

// observed is a context that has the values of an observer's. All that decides
// about the call stays as it was: when it ends, the run, the method and the
// trace that tells whether a request was sent.
type observed struct {
	context.Context
	values context.Context
}

// Value returns the observer's value, or the call's own.
func (c observed) Value(key any) any {
	switch key {
	case runKey{}, methodKey{}:
		return c.Context.Value(key)
	}
	switch v := c.values.Value(key).(type) {
	case nil, *httptrace.ClientTrace:
		return c.Context.Value(key)
	default:
		return v
	}
}

// template returns a path with {id} for each element that is no word in lower
// case or a version, or that is the reference.
func template(path, reference string) string {
	elements := strings.Split(path, "/")
	for i, e := range elements {
		word := strings.Trim(e, "abcdefghijklmnopqrstuvwxyz-_") == "" ||
			e[0] == 'v' && strings.Trim(e[1:], "0123456789") == ""
		if !word || reference != "" && e == url.PathEscape(reference) {
			elements[i] = "{id}"
		}
	}
	return strings.Join(elements, "/")
}
