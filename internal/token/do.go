package token

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// Scheme is how a provider wants its token, and how it says that it does not.
type Scheme struct {
	// Set puts the token into the request, which is a copy that nobody else has.
	Set func(r *call.Request, token wapay.Secret)
	// Rejected reports whether the provider refused the token and so never looked at the request.
	Rejected func(e *wapay.Error) bool
	// OlderOnly lets a rejection stand if the token was got for this very call: another would be no better.
	OlderOnly bool
	// Doubtful, if there is one, reports whether the answer to a read may be a rejection and may be something else.
	// It counts as one for a token that is older than a minute, so that what is indeed something else costs at most
	// a login a minute.
	Doubtful func(e *wapay.Error) bool
}

const doubtedAfter = time.Minute

// ErrLogin is in the cause of an error that is the login's and not the call's.
var ErrLogin = errors.New("login failed")

// Do makes a call with the token, and where the token is rejected once more with a new one. The repeat is safe for
// money too, as a request whose token is bad was not looked at.
//
// Where there is no token to be had the error is the login's, under the name of the call. Its outcome is what is
// known of the call itself: not sent, or rejected if it had been made with the old token. All errors are
// *wapay.Error, the caller's own to change. The tokens are added to r.Secrets, so that they are also kept out of what
// the caller finds wrong with the answer.
func (c *Cache) Do(ctx context.Context, calls *call.Client, s Scheme, r *call.Request, out any) (*call.Response, error) {
	if ctx == nil || ctx.Err() != nil {
		return calls.Do(ctx, r, out) // which says so
	}
	held, since := c.held()
	old, err := c.Get(ctx)
	if err != nil {
		return nil, calls.Without(ctx, r, ErrLogin, err)
	}
	first := s.with(r, old)
	resp, err := calls.Do(ctx, first, out)
	r.Op, r.Secrets = first.Op, first.Secrets
	rejected := s.rejected(err)
	if rejected == nil && r.Effect == call.Read && old == held && c.now().Sub(since) > doubtedAfter {
		rejected = s.doubtful(err)
	}
	if rejected == nil {
		return resp, err
	}
	c.Drop(old)
	if s.OlderOnly && old != held {
		return nil, err
	}
	fresh, err := c.Get(ctx)
	if err != nil {
		e := calls.Without(ctx, r, ErrLogin, err)
		rejected.Kind, rejected.Err = e.Kind, e.Err // what became of the order, the provider has said
		return nil, rejected
	}
	again := s.with(first, fresh) // which knows the attempts before
	resp, err = calls.Do(ctx, again, out)
	r.Secrets = again.Secrets
	if s.rejected(err) != nil {
		c.Drop(fresh)
	}
	return resp, err
}

// with is a copy of the request with the token in it, which is also kept out of its errors.
func (s Scheme) with(r *call.Request, token wapay.Secret) *call.Request {
	c := *r
	c.Secrets = append(slices.Clone(r.Secrets), token)
	s.Set(&c, token)
	return &c
}

// rejected is the error if it says that the token is bad and nothing else is in doubt.
func (s Scheme) rejected(err error) *wapay.Error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Outcome != wapay.OutcomeUnknown && s.Rejected(e) {
		return e
	}
	return nil
}

// doubtful is the error if it may say that the token is bad.
func (s Scheme) doubtful(err error) *wapay.Error {
	var e *wapay.Error
	if s.Doubtful != nil && errors.As(err, &e) && s.Doubtful(e) {
		return e
	}
	return nil
}
