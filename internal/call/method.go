package call

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
)

// method is the public method that a caller called. The context holds it, so a
// public method can call another one and still report errors with its own name
// and fields.
type method struct {
	op         string
	names      Names
	nilContext bool

	codes []wapay.Secret // see HideCode
	reads atomic.Int32   // attempts of all reads
}

type methodKey struct{}

func methodOf(ctx context.Context) *method {
	if ctx == nil {
		return nil
	}
	m, _ := ctx.Value(methodKey{}).(*method)
	return m
}

// Names maps the fields of an inner request to those of the method's own
// request. A key that ends in "[" stands for all fields with that prefix.
type Names map[string]string

func (n Names) of(field string) string {
	if name, ok := n[field]; ok {
		return name
	}
	if i := strings.IndexByte(field, '['); i >= 0 {
		if name, ok := n[field[:i+1]]; ok {
			return name + field[i+1:]
		}
	}
	return field
}

// Field returns the name that the caller's method has for a field.
func Field(ctx context.Context, field string) string {
	if m := methodOf(ctx); m != nil {
		return m.names.of(field)
	}
	return field
}

// Start begins the public method op. If ctx is already that of an outer method,
// its name and names stay. The first Check or Do reports a nil context.
func Start(ctx context.Context, op string, names Names) context.Context {
	if methodOf(ctx) != nil {
		return ctx
	}
	m := &method{op: op, names: names, nilContext: ctx == nil}
	if ctx == nil {
		ctx = context.Background()
	}
	return context.WithValue(ctx, methodKey{}, m)
}

// HideCode hides a one-time code in all answers to the method in ctx, lookups
// included. It must come before the method's first call.
func HideCode(ctx context.Context, code wapay.Secret) {
	if m := methodOf(ctx); m != nil && code != "" {
		m.codes = append(m.codes, code)
	}
}

// Check returns an error if the call must not be sent: without a client or a
// context, or with bad fields.
func (c *Client) Check(ctx context.Context, effect Effect, reference string, bad check.Fields) error {
	return c.check(ctx, &Request{Effect: effect, Reference: reference}, bad)
}

func (c *Client) check(ctx context.Context, r *Request, bad check.Fields) error {
	m := methodOf(ctx)
	switch {
	case c == nil:
		return c.NotSent(ctx, r, wapay.ErrInvalid, errors.New("the client is nil or was not made by New"))
	case ctx == nil || m != nil && m.nilContext:
		return c.NotSent(ctx, r, wapay.ErrInvalid, errors.New("the context is nil"))
	case len(bad) == 0:
		return nil
	}
	e := c.NotSent(ctx, r, wapay.ErrInvalid, nil)
	for _, d := range bad {
		d.Field = Field(ctx, d.Field)
		e.Details = append(e.Details, d)
	}
	return e
}

// NotSent returns the error of a call that failed before its first attempt. The
// outcome of a read is OutcomeReadOnly even then.
func (c *Client) NotSent(ctx context.Context, r *Request, kind, cause error) *wapay.Error {
	e := &wapay.Error{
		Op: r.Op, Reference: r.Reference, Kind: kind, Err: cause,
		Outcome: outcome(r.Effect, notSent, 0, NotTheirs, kind, r.Earlier),
	}
	if c != nil {
		e.Provider = c.provider
	}
	if m := methodOf(ctx); m != nil {
		e.Op = m.op
	}
	return e
}

// ReadError returns the error of a lookup or a list whose answers are
// well-formed but do not answer the question.
func (c *Client) ReadError(ctx context.Context, reference string, kind error, message string) *wapay.Error {
	r := &Request{Effect: Read, Reference: reference}
	e := c.NotSent(ctx, r, kind, nil)
	e.HTTPStatus = 200
	if m := methodOf(ctx); m != nil {
		e.Attempts = int(m.reads.Load())
	}
	if kind == wapay.ErrDecode {
		e.Err = errors.New(message)
	} else {
		e.Message = message
	}
	return e
}

// WithoutBody removes the body from an error, because it may hold a valid
// secret.
func WithoutBody(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) {
		e.Body = nil
	}
	return err
}

// Without returns the error of a call that was not made because it needs
// something, such as a token, that failed. It copies err, which several callers
// may share.
func (c *Client) Without(ctx context.Context, r *Request, what, err error) *wapay.Error {
	e := c.NotSent(ctx, r, nil, err)
	if err == context.Canceled || err == context.DeadlineExceeded {
		return e // the caller's own context
	}
	e.Kind = wapay.ErrUnavailable
	if theirs := (*wapay.Error)(nil); errors.As(err, &theirs) {
		mine := *e
		*e = *theirs
		e.Op, e.Reference, e.Outcome, e.Details = mine.Op, mine.Reference, mine.Outcome, slices.Clone(theirs.Details)
		switch err = theirs.Err; {
		case e.Kind == nil && ctx.Err() == nil: // the fetch's own context ended, not the caller's
			e.Kind = wapay.ErrUnavailable
		case e.Kind == wapay.ErrDuplicate, e.Kind == wapay.ErrNotFound && r.Effect == Read: // not about this order
			e.Kind = wapay.ErrUnavailable
		}
	}
	e.Err = what
	if err != nil {
		e.Err = fmt.Errorf("%w: %w", what, err)
	}
	return e
}
