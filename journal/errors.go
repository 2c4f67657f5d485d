package journal

import (
	"errors"
	"fmt"
	"time"

	"github.com/wapay-go/wapay"
)

// The kinds of error that the journal adds to those of package wapay.
var (
	// ErrInFlight says that a process is sending the order right now. It is
	// also [wapay.ErrOutcomeUnknown].
	ErrInFlight = fmt.Errorf("journal: the order is in flight: %w", wapay.ErrOutcomeUnknown)
	// ErrHeld says that the order waits for a person. It is also
	// [wapay.ErrOutcomeUnknown].
	ErrHeld = fmt.Errorf("journal: the order is held: %w", wapay.ErrOutcomeUnknown)
)

// errOtherOrder marks an ErrDuplicate of the journal itself.
var errOtherOrder = errors.New("the journal has another order under this reference")

const (
	soon    = 2 * time.Second  // while another process works on the order
	later   = 15 * time.Second // until the network or a server is back
	longest = time.Hour        // whatever a provider asks for
)

// RetryAfter returns how long to wait before the failed call is made again, and
// false if a repeat changes nothing. The time is an hour at most, whatever the
// provider asks for.
//
// The result is true while the order is in flight, and while its outcome is
// unknown. It is also true if the order was not sent, or if a rate limit or a
// provider that is down refused it for now. It is false without an error, and
// for an order that is held, refused or invalid.
func RetryAfter(err error) (time.Duration, bool) {
	switch {
	case err == nil, errors.Is(err, ErrHeld), errors.Is(err, errOtherOrder), errors.Is(err, errTwice):
		return 0, false
	case errors.Is(err, ErrInFlight):
		return wait(err, soon), true
	case errors.Is(err, wapay.ErrOutcomeUnknown):
		return wait(err, later), true
	}
	switch e := err.(type) {
	case *wapay.Error:
		return retryOf(e)
	case interface{ Unwrap() []error }: // the refusals of several providers
		var first time.Duration
		again := false
		for _, one := range e.Unwrap() {
			if d, ok := RetryAfter(one); ok && (!again || d < first) {
				first, again = d, true
			}
		}
		return first, again
	case interface{ Unwrap() error }:
		if cause := e.Unwrap(); cause != nil {
			return RetryAfter(cause)
		}
	}
	return later, true // an error of another kind: a repeat of the call is safe
}

// retryOf returns the RetryAfter of an error whose outcome is known.
func retryOf(err *wapay.Error) (time.Duration, bool) {
	passing := errors.Is(err, wapay.ErrRateLimited) || errors.Is(err, wapay.ErrUnavailable)
	switch err.Outcome {
	case wapay.OutcomeRejected:
		return wait(err, later), passing
	case wapay.OutcomeNotSent:
		lasting := errors.Is(err, wapay.ErrInvalid) || errors.Is(err, wapay.ErrDuplicate) ||
			errors.Is(err, wapay.ErrUnauthorized) || errors.Is(err, wapay.ErrForbidden)
		return wait(err, later), !lasting
	}
	return wait(err, later), passing || errors.Is(err, wapay.ErrDecode)
}

// wait returns how long the error asks to wait, an hour at most, or d.
func wait(err error, d time.Duration) time.Duration {
	var e *wapay.Error
	if errors.As(err, &e) && e != nil && e.RetryAfter > 0 {
		return min(e.RetryAfter, longest)
	}
	return d
}

// isNotFound reports whether a provider answered that it does not know an
// order. If the error also says that a provider was out of reach, it reports
// false.
func isNotFound(err error) bool {
	return errors.Is(err, wapay.ErrNotFound) && !errors.Is(err, wapay.ErrUnavailable) &&
		!errors.Is(err, wapay.ErrRateLimited)
}

// joinRefusals returns the error of an order that each provider of the route
// refused.
func joinRefusals(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// unknownError returns an ErrOutcomeUnknown that wraps err.
func unknownError(op, provider, reference string, again time.Duration, err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && e != nil && e.Outcome == wapay.OutcomeUnknown && e.Reference == reference {
		return err
	}
	return &wapay.Error{
		Provider: provider, Op: op, Reference: reference, Kind: kindOf(err), RetryAfter: again, Err: err,
	}
}

// lookupError returns the error of a lookup: the provider's, or ErrUnavailable
// if the database failed.
func lookupError(op, provider, reference string, err error) error {
	e := &wapay.Error{Provider: provider, Kind: wapay.ErrUnavailable, Err: err}
	if found := (*wapay.Error)(nil); errors.As(err, &found) && found != nil {
		copied := *found
		e = &copied
	}
	e.Op, e.Reference, e.Outcome = op, reference, wapay.OutcomeReadOnly
	return e
}

func kindOf(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && e != nil {
		return e.Kind
	}
	return nil
}

// invalidError returns the error of a request that cannot be sent.
func invalidError(op, reference string, details []wapay.FieldError, cause error) error {
	return &wapay.Error{
		Provider: "journal", Op: op, Reference: reference, Kind: wapay.ErrInvalid, Outcome: wapay.OutcomeNotSent,
		Details: details, Err: cause,
	}
}

// otherOrderError returns the error of a request under the reference of another
// order.
func otherOrderError(op, reference string, differences []wapay.FieldError) error {
	return &wapay.Error{
		Provider: "journal", Op: op, Reference: reference, Kind: wapay.ErrDuplicate, Details: differences, Err: errOtherOrder,
	}
}

// inFlightError returns the error of an order that a process is sending.
func inFlightError(op string, r *row) error {
	left := time.Duration(r.leaseUntil-r.now) * time.Millisecond
	return &wapay.Error{
		Provider: r.Provider, Op: op, Reference: r.Reference, Kind: ErrInFlight, RetryAfter: max(min(left, soon), 1),
	}
}

// heldError returns the error of a held order.
func heldError(op string, r *row) error {
	return &wapay.Error{
		Provider: r.Provider, Op: op, Reference: r.Reference, Kind: ErrHeld, Err: errors.New(r.Why),
	}
}
