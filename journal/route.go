package journal

import (
	"context"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay"
)

// Route sends orders by way of a journal. It is a [wapay.Payer] and a
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

// Pay makes the payment once, at any number of calls with the same request,
// from any number of processes and after any crash. It sends only what provably
// was not sent, asks about what may have been, and returns what is known with
// Replayed set.
//
// A provider that does not take such orders, as far as its client knows (see
// [wapay.Scoper]), is skipped unless that holds for all. So is one whose operator
// does not work now: a route of several providers asks a [wapay.Availability]
// once a minute, and waits three seconds for it. Nothing that was sent goes
// elsewhere for that.
//
// An error that is [wapay.NotDone] means that no provider of the route has the
// order. After any other error call it again: [RetryAfter] says when.
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

// Payout makes the payout once, as [Route.Pay] does a payment.
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

// FindPayment asks the provider that has the payment, stores what it says, and
// returns it. What is over is returned from the journal. It sends nothing, and
// it finds no payment that is not in the journal.
func (rt *Route) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	row, err := rt.look(ctx, "FindPayment", Payment, ref)
	if err != nil {
		return nil, err
	}
	return row.payment(true), nil
}

// FindPayout looks a payout up, as [Route.FindPayment] does a payment.
func (rt *Route) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	row, err := rt.look(ctx, "FindPayout", Payout, ref)
	if err != nil {
		return nil, err
	}
	return row.payout(true), nil
}

// able returns the providers of the route that do such orders.
func (rt *Route) able(k Kind) ([]string, error) {
	if rt.err != nil {
		return nil, rt.err
	}
	var able []string
	for _, name := range rt.providers {
		if rt.j.clients[name].does(k) {
			able = append(able, name)
		}
	}
	if len(able) == 0 {
		return nil, fmt.Errorf("no provider of the route makes a %s", k)
	}
	return able, nil
}

// servingFor returns the providers that a payout may be sent to.
func (rt *Route) servingFor(ctx context.Context, r wapay.PayoutRequest) []string {
	able, err := rt.able(Payout)
	if err != nil {
		return nil
	}
	return payoutRequest(r).serving(ctx, rt.j, able)
}

// usable returns why a call cannot even begin.
func (rt *Route) usable(ctx context.Context) error {
	switch {
	case rt == nil || rt.j == nil:
		return errors.New("the route was not made by Journal.Via")
	case ctx == nil:
		return errors.New("nil context")
	}
	return nil
}

// look is FindPayment and FindPayout.
func (rt *Route) look(ctx context.Context, op string, kind Kind, ref wapay.Ref) (*row, error) {
	fail := func(kind, cause error) error {
		return &wapay.Error{
			Provider: "journal", Op: op, Reference: ref.Reference, Kind: kind, Outcome: wapay.OutcomeReadOnly, Err: cause,
		}
	}
	if err := rt.usable(ctx); err != nil {
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
			err = readOnly(op, r.Provider, ref.Reference, err)
		} else if r.Held {
			err = fail(ErrHeld, errors.New(r.Why))
		}
	}
	return r, err
}

// byRef returns nil where the order is not in the journal, and an error where
// an id is that of several.
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
