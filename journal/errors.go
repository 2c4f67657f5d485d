package journal

import (
	"errors"
	"fmt"
	"time"

	"github.com/wapay-go/wapay"
)

// The kinds of error that the journal adds to those of package wapay.
var (
	// ErrInFlight: a process is sending the order right now. It is also
	// [wapay.ErrOutcomeUnknown].
	ErrInFlight = fmt.Errorf("journal: the order is in flight: %w", wapay.ErrOutcomeUnknown)
	// ErrHeld: the order waits for a person. It is also
	// [wapay.ErrOutcomeUnknown].
	ErrHeld = fmt.Errorf("journal: the order is held: %w", wapay.ErrOutcomeUnknown)
)

// errAnother is in the ErrDuplicate of the journal itself.
var errAnother = errors.New("the journal has another order under this reference")

const (
	soon  = 2 * time.Second  // another process is at it
	later = 15 * time.Second // the network or a server has to come back
)

// RetryAfter returns when to make a failed call again, and false where that
// changes nothing.
//
// It is true while the order is in flight, while its outcome is unknown, and
// where it was not sent or was refused for now: the call was too early, or the
// provider was down. It is false for a held order, which waits for a person,
// for one that was refused or is invalid, and without an error.
func RetryAfter(err error) (time.Duration, bool) {
	switch {
	case err == nil, errors.Is(err, ErrHeld), errors.Is(err, errAnother), errors.Is(err, errTwice):
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
	return later, true // not ours, and a repeat of the call is safe
}

// retryOf is RetryAfter of an error whose outcome is known.
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

// wait returns how long the error asks to wait, or d.
func wait(err error, d time.Duration) time.Duration {
	var e *wapay.Error
	if errors.As(err, &e) && e != nil && e.RetryAfter > 0 {
		return e.RetryAfter
	}
	return d
}

// isNotFound reports whether a provider answered that it does not know an
// order. An error that is also about a provider out of reach is no such answer.
func isNotFound(err error) bool {
	return errors.Is(err, wapay.ErrNotFound) && !errors.Is(err, wapay.ErrUnavailable) &&
		!errors.Is(err, wapay.ErrRateLimited)
}

// refused is the error of an order that each provider of the route refused.
func refused(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// unknown makes of err, which may be any, one that is ErrOutcomeUnknown.
func unknown(op, provider, reference string, again time.Duration, err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && e != nil && e.Outcome == wapay.OutcomeUnknown && e.Reference == reference {
		return err
	}
	return &wapay.Error{
		Provider: provider, Op: op, Reference: reference, Kind: kindOf(err), RetryAfter: again, Err: err,
	}
}

// readOnly is the error of a lookup. It is the provider's, or says that the
// journal is out of reach, which passes.
func readOnly(op, provider, reference string, err error) error {
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

// invalid is the error of a request that no provider can get.
func invalid(op, reference string, details []wapay.FieldError, cause error) error {
	return &wapay.Error{
		Provider: "journal", Op: op, Reference: reference, Kind: wapay.ErrInvalid, Outcome: wapay.OutcomeNotSent,
		Details: details, Err: cause,
	}
}

// another is the error of a request under the reference of another order.
func another(op, reference string, differences []wapay.FieldError) error {
	return &wapay.Error{
		Provider: "journal", Op: op, Reference: reference, Kind: wapay.ErrDuplicate, Details: differences, Err: errAnother,
	}
}

// inFlight is the error of an order that another process has.
func inFlight(op string, r *row) error {
	left := time.Duration(r.leaseUntil-r.now) * time.Millisecond
	return &wapay.Error{
		Provider: r.Provider, Op: op, Reference: r.Reference, Kind: ErrInFlight, RetryAfter: max(min(left, soon), 1),
	}
}

// held is the error of an order that waits for a person.
func held(op string, r *row) error {
	return &wapay.Error{
		Provider: r.Provider, Op: op, Reference: r.Reference, Kind: ErrHeld, Err: errors.New(r.Why),
	}
}
