package token

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// Scheme is the way in which a provider takes and rejects a token.
type Scheme struct {
	// Set puts the token into the request, which is a copy.
	Set func(r *call.Request, token wapay.Secret)
	// Rejected reports whether the provider rejected the token, and so ignored
	// the request.
	Rejected func(e *wapay.Error) bool
	// OlderOnly forbids a second login if this call has just fetched the token.
	OlderOnly bool
	// Doubtful, which may be nil, reports whether the answer to a read may be a
	// rejection. It counts as one if the token is older than a minute. So an
	// answer with another meaning costs at most one login a minute.
	Doubtful func(e *wapay.Error) bool
}

const doubtedAfter = time.Minute

// ErrLogin is in the cause of an error of the login.
var ErrLogin = errors.New("login failed")

// Do makes a call with the token. If the provider rejects the token, Do makes
// the call once more with a new one. That is safe for money, because the
// provider ignores a request with a bad token.
//
// If the login fails, Do returns the login's error, with the name of the call.
// Its outcome is the call's: not sent, or rejected if the call was made with
// the old token. The caller may change each error. Do adds the tokens to
// r.Secrets, which hides them in errors.
func (c *Cache) Do(
	ctx context.Context, calls *call.Client, s Scheme, r *call.Request, out any,
) (*call.Response, error) {
	if err := calls.Check(ctx, r.Effect, r.Reference, nil); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return calls.Do(ctx, r, out) // returns the error of the ended context
	}
	held := c.tokens.Last()
	token, err := c.tokens.Get(ctx)
	if err != nil {
		return nil, without(ctx, calls, r, err)
	}
	first := s.with(r, token.Value)
	resp, err := calls.Do(ctx, first, out)
	r.Op, r.Secrets, r.Codes = first.Op, first.Secrets, first.Codes
	rejected := s.rejected(err)
	if rejected == nil && r.Effect == call.Read && token == held && c.now().Sub(token.Since) > doubtedAfter {
		rejected = s.doubtful(err)
	}
	if rejected == nil {
		return resp, err
	}
	c.tokens.Drop(token)
	if s.OlderOnly && token != held {
		return nil, err
	}
	fresh, err := c.tokens.Get(ctx)
	if err != nil {
		e := without(ctx, calls, r, err)
		rejected.Kind, rejected.Err = e.Kind, e.Err // the first call was rejected
		return nil, rejected
	}
	again := s.with(first, fresh.Value) // counts the earlier attempts, too
	resp, err = calls.Do(ctx, again, out)
	r.Secrets = again.Secrets
	if s.rejected(err) != nil {
		c.tokens.Drop(fresh)
	}
	return resp, err
}

// without returns the error of a call without a token.
func without(ctx context.Context, calls *call.Client, r *call.Request, err error) *wapay.Error {
	e := calls.Without(ctx, r, ErrLogin, err)
	if errors.Is(err, errUnusable) {
		e.Kind = wapay.ErrDecode
	}
	return e
}

// with returns a copy of the request with the token, which its errors hide.
func (s Scheme) with(r *call.Request, token wapay.Secret) *call.Request {
	c := *r
	c.Secrets = append(slices.Clone(r.Secrets), token)
	s.Set(&c, token)
	return &c
}

// rejected returns the error if it clearly says that the token is bad.
func (s Scheme) rejected(err error) *wapay.Error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Outcome != wapay.OutcomeUnknown && s.Rejected(e) {
		return e
	}
	return nil
}

// doubtful returns the error if it may say that the token is bad.
func (s Scheme) doubtful(err error) *wapay.Error {
	var e *wapay.Error
	if s.Doubtful != nil && errors.As(err, &e) && s.Doubtful(e) {
		return e
	}
	return nil
}

// Ask sends the request of a login.
func Ask(ctx context.Context, calls *call.Client, r *call.Request, answer any) error {
	r.Op = "Login"
	_, err := calls.Do(ctx, r, answer)
	return call.WithoutBody(err)
}

// Bearer puts the token into the header.
func Bearer(r *call.Request, t wapay.Secret) {
	r.Header = http.Header{"Authorization": {"Bearer " + string(t)}}
}
