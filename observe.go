package wapay

import (
	"context"
	"errors"
	"time"
)

// Observation tells an [Observer] about a call, about one attempt, or about an
// operation of the journal.
type Observation struct {
	Provider  string // "barkapay", or "journal"
	Op        string // the method that was called, "Charge"
	Reference string // the merchant's reference, if the call has one
	Attempt   int    // the number of the HTTP request, from 1; 0 for the call
	Method    string // the method of HTTP
	Host      string // with the port, unless it is the default of the scheme
	// Template is the path with {id} for each element that varies. There is no
	// query: some providers have a token in it.
	Template string

	// Known at the end:
	Status    int    // the status of HTTP, 0 for no answer
	RequestID string // of the last attempt, for the provider's support; often empty
	Attempts  int    // how many HTTP requests the call made
	Duration  time.Duration
	Err       error // nil for a success

	// Known at the end, and only in the journal:
	OrderProvider string // the provider that has the order
	OrderState    string // such as "over", or "held"
	OrderStatus   Status
}

// Outcome returns "result" for a success. For an error it returns the words of
// its outcome: "not sent", "rejected", "outcome unknown" or "read only".
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

// Observer runs at the start of a call and of each of its attempts. It returns
// the context for the rest of the call, such as one with a span. It also
// returns a function to run at the end, or nil. By then the last fields of o
// are set.
//
// Only the values of the returned context count: the context cannot end the
// call. A panic is logged, and does not change the outcome of the call. Many
// goroutines may run an Observer at once, and each call waits for it.
type Observer func(ctx context.Context, o *Observation) (_ context.Context, end func())

// WithObserver shows each call and each attempt to fn, for traces and metrics.
// A method may make several calls, such as a login and a lookup. It does not
// show a request that is refused before its call begins.
func WithObserver(fn Observer) Option {
	return func(s *Settings) error {
		if fn == nil {
			return errors.New("WithObserver: nil")
		}
		s.Observer = fn
		return nil
	}
}
