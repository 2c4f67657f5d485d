package wapay

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// PollOption sets how the Wait and Settle functions ask.
type PollOption func(*poll)

// PollEvery sets the pause after the first question and the longest pause; each is 1.6 times the one before,
// give or take a fifth. The default is half a second and 15 seconds.
func PollEvery(first, longest time.Duration) PollOption {
	return func(p *poll) { p.pause, p.longest = first, max(first, longest) }
}

// PollFor bounds the whole wait, beside the context. WaitPayment and WaitPayout have no bound of their own;
// SettlePayment and SettlePayout have one of a minute, because an order that never arrived is never found.
func PollFor(d time.Duration) PollOption {
	return func(p *poll) { p.bound = d }
}

// WaitPayment asks for the payment until its status is final or ctx ends, and rides out answers that are
// ErrUnavailable, ErrRateLimited or ErrDecode. It returns the last known state, which may be nil, also beside an error.
func WaitPayment(ctx context.Context, p Payer, ref Ref, opts ...PollOption) (*Payment, error) {
	return wait(ctx, "WaitPayment", p.FindPayment, (*Payment).status, ref, opts)
}

// WaitPayout is [WaitPayment] for payouts.
func WaitPayout(ctx context.Context, p Payouter, ref Ref, opts ...PollOption) (*Payout, error) {
	return wait(ctx, "WaitPayout", p.FindPayout, (*Payout).status, ref, opts)
}

// SettlePayment finds out what became of a payment whose outcome is unknown. It looks the payment up until
// the provider knows it, and returns it with whatever status it has: the order was received, once.
//
// An error of SettlePayment never says that the payment was not made: it is always ErrOutcomeUnknown too,
// save for a ref that names nothing. With ErrNotFound the provider did not know the reference in all that
// time (a minute unless [PollFor] or ctx says otherwise); the order may still turn up, so ask again later, and
// repeat the payment only once the provider has confirmed that there is none.
func SettlePayment(ctx context.Context, p Payer, ref Ref, opts ...PollOption) (*Payment, error) {
	return settle(ctx, "SettlePayment", p.FindPayment, ref, opts)
}

// SettlePayout is [SettlePayment] for payouts.
func SettlePayout(ctx context.Context, p Payouter, ref Ref, opts ...PollOption) (*Payout, error) {
	return settle(ctx, "SettlePayout", p.FindPayout, ref, opts)
}

func (p *Payment) status() Status { return p.Status }
func (p *Payout) status() Status  { return p.Status }

func wait[T any](ctx context.Context, op string, find func(context.Context, Ref) (*T, error),
	status func(*T) Status, ref Ref, opts []PollOption,
) (*T, error) {
	p, err := newPoll(op, ref, 0, opts)
	if err != nil {
		return nil, err
	}
	var last *T
	for {
		v, err := find(ctx, ref)
		if err == nil {
			last = v
			if status(v).Final() {
				return v, nil
			}
		} else if ctx.Err() == nil && !transient(err) {
			return last, err
		}
		if err := p.sleep(ctx, err); err != nil {
			return last, &Error{Op: op, Reference: ref.Reference, Outcome: OutcomeReadOnly, Err: err}
		}
	}
}

func settle[T any](ctx context.Context, op string, find func(context.Context, Ref) (*T, error),
	ref Ref, opts []PollOption,
) (*T, error) {
	p, err := newPoll(op, ref, time.Minute, opts)
	if err != nil {
		return nil, err
	}
	for {
		v, err := find(ctx, ref)
		if err == nil {
			return v, nil
		}
		stop := err
		if transient(err) || errors.Is(err, ErrNotFound) {
			stop = p.sleep(ctx, err)
		}
		if stop != nil {
			return nil, &Error{Op: op, Reference: ref.Reference, Outcome: OutcomeUnknown, Kind: kindOf(err), Err: stop}
		}
	}
}

// transient reports whether an error of a lookup says nothing about what is looked up.
func transient(err error) bool {
	return errors.Is(err, ErrUnavailable) || errors.Is(err, ErrRateLimited) || errors.Is(err, ErrDecode)
}

// kindOf returns the kind of err, or nil.
func kindOf(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return nil
}

// poll is the state of one Wait or Settle.
type poll struct {
	pause, longest, bound time.Duration
	started               time.Time
	asked                 int
}

func newPoll(op string, ref Ref, bound time.Duration, opts []PollOption) (*poll, error) {
	if ref == (Ref{}) {
		return nil, &Error{
			Op: op, Kind: ErrInvalid, Outcome: OutcomeNotSent,
			Details: []FieldError{{Field: "Ref", Message: "want an ID or a Reference"}},
		}
	}
	p := &poll{pause: 500 * time.Millisecond, longest: 15 * time.Second, bound: bound, started: time.Now()}
	for _, opt := range opts {
		opt(p)
	}
	return p, nil
}

// sleep waits for the next question. It returns an error when the wait is over instead: one that matches
// the context's, if the context ended, and in any case the last lookup's.
func (p *poll) sleep(ctx context.Context, last error) error {
	p.asked++
	pause := p.pause - p.pause/5 + rand.N(p.pause*2/5+1)
	p.pause = min(p.pause*8/5, p.longest)
	var e *Error
	if errors.As(last, &e) {
		pause = max(pause, e.RetryAfter)
	}
	if p.bound > 0 && time.Since(p.started)+pause > p.bound {
		return fmt.Errorf("gave up after asking %d times in %v: %w", p.asked, time.Since(p.started).Round(time.Millisecond), orPending(last))
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w after asking %d times: %w", ctx.Err(), p.asked, orPending(last))
	}
}

var errNotFinal = errors.New("the status is not final")

func orPending(err error) error {
	if err == nil {
		return errNotFinal
	}
	return err
}
