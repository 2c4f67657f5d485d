package journal

import (
	"context"
	"errors"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/observe"
)

// WithObserver calls fn for each operation on an order: Pay, Payout,
// FindPayment and FindPayout of a [Route], Resolve, each order of a
// notification, and each order that Sweep asks about. It also calls fn for each
// reconciliation. The clients' calls get the context that fn returns, so give
// the same fn to [wapay.WithObserver] of each client.
//
// The Provider of such an observation is "journal". At the end the observation
// has the order's provider, state and status. That of a reconciliation has no
// order, and ends with the caller's loop.
func WithObserver(fn wapay.Observer) Option {
	return func(j *Journal) error {
		if fn == nil {
			return errors.New("WithObserver: nil")
		}
		j.observer = fn
		return nil
	}
}

// observe tells the observer that op begins on an order. It returns the context
// for the operation, and a function that tells its end. There r may be nil.
func (j *Journal) observe(ctx context.Context, op, reference string) (context.Context, func(r *row, err error)) {
	if j.observer == nil {
		return ctx, func(*row, error) {}
	}
	o := &wapay.Observation{Provider: "journal", Op: op, Reference: reference}
	ctx, end := observe.Begin(ctx, j.observer, j.log, o, turnKey{})
	return ctx, func(r *row, err error) {
		if r != nil {
			o.OrderProvider, o.OrderState, o.OrderStatus = r.Provider, r.State.String(), r.Status
			if r.Held {
				o.OrderState = "held"
			}
		}
		var e *wapay.Error
		if err != nil && !errors.As(err, &e) { // from a question or from the database
			err = &wapay.Error{Provider: "journal", Op: op, Reference: reference, Outcome: wapay.OutcomeReadOnly, Err: err}
		}
		end(err)
	}
}
