package call

import (
	"context"
	"errors"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/observe"
)

// ownKeys are the keys that an observer's context cannot replace.
var ownKeys = []any{runKey{}, methodKey{}}

// observe tells the observer that a call or an attempt begins. It returns the
// context for it, and a function that tells the end.
func (c *Client) observe(ctx context.Context, r *Request, attempt int) (context.Context, func(error)) {
	if c.observer == nil {
		return ctx, func(error) {}
	}
	o := &wapay.Observation{
		Provider: c.provider, Op: r.Op, Reference: r.Reference, Attempt: attempt,
		Method: r.Method, Host: c.base.Host, Template: template(c.base.Path+"/"+r.Path, r.Reference),
	}
	ctx, end := observe.Begin(ctx, c.observer, c.logger, o, ownKeys...)
	return ctx, func(err error) {
		o.Attempts = r.attempts
		var e *wapay.Error
		if errors.As(err, &e) {
			o.Status, o.RequestID = e.HTTPStatus, e.RequestID
		} else if err == nil {
			o.Status, o.RequestID = r.status, r.id
		}
		end(err)
	}
}

// tellEnd tells the observer that the attempt has ended.
func (r *run) tellEnd() {
	r.request.status = 0
	if r.resp != nil {
		r.request.status = r.resp.StatusCode
	}
	if r.client.observer != nil {
		r.request.id = r.requestID()
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

// template returns a path with {id} for each element that is the reference, or
// that is neither a lower-case word nor a version.
func template(path, reference string) string {
	elements := strings.Split(path, "/")
	for i, e := range elements {
		word := strings.Trim(e, "abcdefghijklmnopqrstuvwxyz-_") == "" ||
			e[0] == 'v' && strings.Trim(e[1:], "0123456789") == ""
		if !word || reference != "" && e == Path(reference) {
			elements[i] = "{id}"
		}
	}
	return strings.Join(elements, "/")
}
