package journal

import (
	"context"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay"
)

// Route sends orders through a journal. It is a [wapay.Payer] and a
// [wapay.Payouter]. [Journal.Via] makes one.
type Route struct {
	j         *Journal
	providers []string
	err       error // a provider that the journal does not have
}

var (
	_ wapay.Payer    = (*Route)(nil)
	_ wapay.Payouter = (*Route)(nil)
)

// Pay makes the payment once, however often it is called with the same request,
// from any process and after any crash. It sends the payment if it provably was
// not sent, and asks about it if it may have been. If the provider has it, Pay
// returns it with Replayed set.
//
// If an error is [wapay.NotDone], no provider of the route has the payment.
// After any other error call Pay again: [RetryAfter] says when.
//
// The package documentation tells which providers a route skips.
func (rt *Route) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	row, a, err := rt.do(ctx, paymentRequest(r))
	if err != nil {
		return nil, err
	}
	p := row.payment(a == nil || a.Replayed)
	if a != nil {
		p.Raw = a.Raw
		if !a.CreatedAt.IsZero() {
			p.CreatedAt = a.CreatedAt
		}
		if p.CheckoutURL == "" && a.CheckoutURL != "" && !p.Status.Final() { // too long for its column
			p.CheckoutURL, p.Action = a.CheckoutURL, a.Action
		}
	}
	return p, nil
}

// Payout makes the payout once, by the rules of [Route.Pay].
func (rt *Route) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	row, a, err := rt.do(ctx, payoutRequest(r))
	if err != nil {
		return nil, err
	}
	p := row.payout(a == nil || a.Replayed)
	if a != nil {
		p.Raw = a.Raw
		if !a.CreatedAt.IsZero() {
			p.CreatedAt = a.CreatedAt
		}
	}
	return p, nil
}

// FindPayment asks the provider that has the payment, stores the answer and
// returns it. A payment that is over comes from the journal. FindPayment sends
// nothing, and finds no payment that is not in the journal.
func (rt *Route) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	row, err := rt.look(ctx, "FindPayment", Payment, ref)
	if err != nil {
		return nil, err
	}
	return row.payment(true), nil
}

// FindPayout looks a payout up, by the rules of [Route.FindPayment].
func (rt *Route) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	row, err := rt.look(ctx, "FindPayout", Payout, ref)
	if err != nil {
		return nil, err
	}
	return row.payout(true), nil
}

// providersFor returns the providers of the route that make such orders.
func (rt *Route) providersFor(k Kind) ([]string, error) {
	if rt.err != nil {
		return nil, rt.err
	}
	var names []string
	for _, name := range rt.providers {
		if rt.j.clients[name].does(k) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no provider of the route makes a %s", k)
	}
	return names, nil
}

// servingFor returns the providers that a payout may be sent to.
func (rt *Route) servingFor(ctx context.Context, r wapay.PayoutRequest) []string {
	names, err := rt.providersFor(Payout)
	if err != nil {
		return nil
	}
	return payoutRequest(r).serving(ctx, rt.j, names)
}

// check returns why a call cannot begin, or nil.
func (rt *Route) check(ctx context.Context) error {
	switch {
	case rt == nil || rt.j == nil:
		return errors.New("the route was not made by Journal.Via")
	case ctx == nil:
		return errors.New("nil context")
	}
	return nil
}

// look makes FindPayment and FindPayout.
func (rt *Route) look(ctx context.Context, op string, kind Kind, ref wapay.Ref) (*row, error) {
	fail := func(kind, cause error) error {
		return &wapay.Error{
			Provider: "journal", Op: op, Reference: ref.Reference, Kind: kind, Outcome: wapay.OutcomeReadOnly, Err: cause,
		}
	}
	if err := rt.check(ctx); err != nil {
		return nil, fail(wapay.ErrInvalid, err)
	}
	if ref == (wapay.Ref{}) {
		return nil, fail(wapay.ErrInvalid, errors.New("want an ID or a Reference"))
	}
	ctx, end := rt.j.observe(ctx, op, ref.Reference)
	r, err := rt.byRef(ctx, kind, ref)
	defer func() { end(r, err) }()
	switch {
	case err != nil:
		err = fail(wapay.ErrUnavailable, err)
	case r == nil || r.State == StateReady:
		err = fail(wapay.ErrNotFound, nil)
	case r.State == StateOver && !r.Held:
	default:
		if r, _, err = rt.j.ask(ctx, r); err != nil {
			err = lookupError(op, r.Provider, ref.Reference, err)
		} else if r.Held {
			err = fail(ErrHeld, errors.New(r.Why))
		}
	}
	return r, err
}

// byRef returns an order, or nil if it is not in the journal. It returns an
// error if several orders have the id.
func (rt *Route) byRef(ctx context.Context, kind Kind, ref wapay.Ref) (*row, error) {
	if ref.Reference != "" {
		r, err := rt.j.load(ctx, kind, ref.Reference)
		if err == nil && r != nil && ref.ID != "" && r.ID != "" && r.ID != ref.ID {
			r = nil
		}
		return r, err
	}
	found, err := rt.j.byID(ctx, kind, ref.ID)
	if err != nil {
		return nil, err
	}
	var one *row
	for _, r := range found {
		for _, name := range rt.providers {
			if r.Provider == name && one != nil {
				return nil, errors.New("several providers of the route have an order with this id")
			}
			if r.Provider == name {
				one = r
			}
		}
	}
	return one, nil
}
