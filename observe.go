package wapay

import (
	"context"
	"errors"
	"time"
)

// Observation is what an [Observer] sees of a call, of one of its attempts, or
// of an order's way through the journal.
type Observation struct {
	Provider  string // "barkapay", or "journal"
	Op        string // the method that was called, "Charge"
	Reference string // the merchant's reference, where the call has one
	Attempt   int    // the number of the HTTP request, from 1; 0 for the call
	Method    string // of HTTP
	Host      string // with the port, if it is not that of the scheme
	// Template is the path with {id} for each element that varies. There is no
	// query: some providers have a token in it.
	Template string

	// Known at the end:
	Status    int    // of HTTP, 0 for no answer
	RequestID string // of the last attempt, to quote to the provider's support; often empty
	Attempts  int    // how many HTTP requests the call made
	Duration  time.Duration
	Err       error // nil for a success

	// Known at the end, and only in the journal:
	OrderProvider string // who has the order
	OrderState    string // such as "over", or "held"
	OrderStatus   Status
}

// Outcome returns "result" for a success, and else what the error says of the
// order: "not sent", "rejected", "outcome unknown" or "read only".
func (o *Observation) Outcome() string {
	var e *Error
	switch {
	case o.Err == nil:
		return "result"
	case errors.As(o.Err, &e):
		return e.Outcome.String()
	}
	return OutcomeUnknown.String()
}

// Observer is called when a call begins, and when each of its attempts begins.
// It returns the context to go on with, which may have a span in it, and a
// function for the end, or nil. When that is called, the last fields of o are
// filled in.
//
// Only the values of the returned context count. It can neither end the call
// nor change what is known of it. Neither can a panic, which is logged: an order
// that was sent has an outcome. An Observer is called by many goroutines, and
// holds the call up for as long as it takes.
type Observer func(ctx context.Context, o *Observation) (_ context.Context, end func())

// WithObserver shows each call and each attempt to fn, for traces and metrics.
// A method may make several calls, such as a login and a lookup. A request that
// is refused before its call begins is not seen.
func WithObserver(fn Observer) Option {
	return func(s *Settings) error {
		if fn == nil {
			return errors.New("WithObserver: nil")
		}
		s.Observer = fn
		return nil
	}
}
