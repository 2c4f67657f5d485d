package wapay

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"time"
)

// PollOption sets how the Wait and Settle functions ask.
type PollOption func(*poll)

const (
	shortestPause = time.Millisecond // of PollEvery
	longestPause  = 24 * time.Hour   // of PollEvery
	longestRetry  = 5 * time.Minute  // of a RetryAfter, unless PollEvery allows more
)

// PollEvery sets the first pause between two lookups and the longest one. Each
// pause is 1.6 times the one before, give or take a fifth. The defaults are
// half a second and 15 seconds. The limits are a millisecond and a day. If the
// provider asks for a longer pause, the functions wait as long, up to five
// minutes.
func PollEvery(first, longest time.Duration) PollOption {
	return func(p *poll) {
		p.pause = min(max(first, shortestPause), longestPause)
		p.longest = min(max(p.pause, longest), longestPause)
	}
}

// PollFor bounds the wait, in addition to the context. No lookup begins after
// d. The first one begins even if d is 0 or less. A lookup that has begun may
// take as long as the client's time-out. Without PollFor, SettlePayment and
// SettlePayout stop after a minute, and WaitPayment and WaitPayout have no
// bound.
func PollFor(d time.Duration) PollOption {
	return func(p *poll) { p.bound = max(d, 1) }
}

// WaitPayment asks for the payment until its status is final or ctx ends. It
// asks again after an error that is ErrUnavailable, ErrRateLimited or
// ErrDecode.
//
// It returns the last known state, even with an error. It returns nil if no
// lookup found the payment. Every error is OutcomeReadOnly: it does not say
// what became of the payment. If a lookup returns an order with another
// reference or id than ref has, the wait ends with ErrDecode.
func WaitPayment(ctx context.Context, p Payer, ref Ref, opts ...PollOption) (*Payment, error) {
	return wait(ctx, "WaitPayment", paymentsOf(p), ref, opts)
}

// WaitPayout is [WaitPayment] for payouts.
func WaitPayout(ctx context.Context, p Payouter, ref Ref, opts ...PollOption) (*Payout, error) {
	return wait(ctx, "WaitPayout", payoutsOf(p), ref, opts)
}

// SettlePayment finds out what became of a payment whose outcome is unknown. It
// asks until the provider knows the payment, and returns it, whatever its
// status.
//
// Every error is ErrOutcomeUnknown too: it never says that the payment was not
// made. ErrNotFound means that the provider did not know the payment before the
// time ended. The time is a minute, or what [PollFor] and ctx allow. The order
// may still turn up: ask again later. Repeat the order only after the provider
// has confirmed that it has none.
func SettlePayment(ctx context.Context, p Payer, ref Ref, opts ...PollOption) (*Payment, error) {
	return settle(ctx, "SettlePayment", paymentsOf(p), ref, opts)
}

// SettlePayout is [SettlePayment] for payouts.
func SettlePayout(ctx context.Context, p Payouter, ref Ref, opts ...PollOption) (*Payout, error) {
	return settle(ctx, "SettlePayout", payoutsOf(p), ref, opts)
}

// lookup is a FindPayment or FindPayout.
type lookup[P any] func(context.Context, Ref) (P, error)

func paymentsOf(p Payer) lookup[*Payment] {
	if isNil(p) {
		return nil
	}
	return p.FindPayment
}

func payoutsOf(p Payouter) lookup[*Payout] {
	if isNil(p) {
		return nil
	}
	return p.FindPayout
}

// isNil reports whether v is nil, or an interface around a nil pointer.
func isNil(v any) bool {
	r := reflect.ValueOf(v)
	return v == nil || r.Kind() == reflect.Pointer && r.IsNil()
}

// order is a *Payment or a *Payout.
type order interface {
	comparable
	status() Status
	ref() Ref
}

func (p *Payment) status() Status { return p.Status }
func (p *Payout) status() Status  { return p.Status }
func (p *Payment) ref() Ref       { return Ref{p.ID, p.Reference} }
func (p *Payout) ref() Ref        { return Ref{p.ID, p.Reference} }

func wait[P order](ctx context.Context, op string, find lookup[P], ref Ref, opts []PollOption) (P, error) {
	final := func(v P) bool { return v.status().Final() }
	return until(ctx, newPoll(op, ref, OutcomeReadOnly, opts), find, final, transient)
}

func settle[P order](ctx context.Context, op string, find lookup[P], ref Ref, opts []PollOption) (P, error) {
	any := func(P) bool { return true }
	again := func(err error) bool { return transient(err) || errors.Is(err, ErrNotFound) }
	return until(ctx, newPoll(op, ref, OutcomeUnknown, opts), find, any, again)
}

// until asks until an order is done, or an error comes that is not asked about
// again. It returns the last order that it saw, even with an error.
func until[P order](
	ctx context.Context, p *poll, find lookup[P], done func(P) bool, again func(error) bool,
) (P, error) {
	var last P
	if err := p.check(ctx, find == nil); err != nil {
		return last, err
	}
	for {
		v, err := ask(ctx, p, find)
		if err == nil {
			last = v
			if done(v) {
				return v, nil
			}
		} else if ctx.Err() == nil && !again(err) {
			return last, p.end(err, nil)
		}
		if stop := p.sleep(ctx, err); stop != nil {
			return last, p.end(err, stop)
		}
	}
}

// These are not transient: a Payer that breaks its contract will do so again.
var (
	errNothing = errors.New("the lookup returned neither a result nor an error")
	errAnother = errors.New("the lookup returned another order")
)

func ask[P order](ctx context.Context, p *poll, find lookup[P]) (P, error) {
	var none P
	v, err := find(ctx, p.ref)
	p.count(err)
	switch {
	case err != nil:
		return none, err
	case v == none:
		return none, errNothing
	case differ(p.ref.Reference, v.ref().Reference) || differ(p.ref.ID, v.ref().ID):
		return none, errAnother
	}
	return v, nil
}

// differ reports whether a and b are two names. An empty one says nothing.
func differ(a, b string) bool { return a != "" && b != "" && a != b }

// transient reports whether an error of a lookup says nothing about the order.
func transient(err error) bool {
	return errors.Is(err, ErrUnavailable) || errors.Is(err, ErrRateLimited) || errors.Is(err, ErrDecode)
}

// poll is the state of one Wait or Settle.
type poll struct {
	op                    string
	ref                   Ref
	outcome               Outcome // of every error
	pause, longest, bound time.Duration
	start                 time.Time
	lookups, attempts     int
}

func newPoll(op string, ref Ref, o Outcome, opts []PollOption) *poll {
	p := &poll{op: op, ref: ref, outcome: o, pause: 500 * time.Millisecond, longest: 15 * time.Second, start: time.Now()}
	if o == OutcomeUnknown {
		p.bound = time.Minute // an order that never arrived is never found
	}
	for _, opt := range opts {
		if opt != nil {
			opt(p)
		}
	}
	return p
}

// check returns an error if there is no context, nobody to ask or nothing to
// look up.
func (p *poll) check(ctx context.Context, nobody bool) error {
	e := &Error{Op: p.op, Reference: p.ref.Reference, Kind: ErrInvalid, Outcome: p.outcome}
	switch {
	case isNil(ctx):
		e.Err = errors.New("want a context, got nil")
	case nobody:
		e.Err = errors.New("want a Payer or Payouter, got nil")
	case p.ref == Ref{}:
		e.Details = []FieldError{{Field: "Ref", Message: "want an ID or a Reference"}}
	default:
		return nil
	}
	return e
}

// count adds the attempts of one lookup. A lookup without an error counts as
// one attempt, because a result does not tell how many there were.
func (p *poll) count(err error) {
	p.lookups++
	if e := (*Error)(nil); errors.As(err, &e) && e != nil {
		p.attempts += e.Attempts
		return
	}
	p.attempts++
}

// sleep waits until the next lookup. If there is to be none, it returns an
// error with the reason.
func (p *poll) sleep(ctx context.Context, last error) error {
	pause := p.next(last)
	switch {
	case ctx.Err() != nil:
		return p.contextError(ctx)
	case p.bound > 0 && time.Since(p.start)+pause > p.bound:
		return fmt.Errorf("gave up after asking %s in %v", times(p.lookups), time.Since(p.start).Round(time.Millisecond))
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return p.contextError(ctx)
	}
}

// next returns the pause after a lookup that ended with the error last.
func (p *poll) next(last error) time.Duration {
	pause := p.pause - p.pause/5 + rand.N(p.pause*2/5+1)
	p.pause = min(p.pause*8/5, p.longest)
	var e *Error
	if errors.As(last, &e) && e != nil {
		pause = max(pause, min(e.RetryAfter, max(p.longest, longestRetry)))
	}
	return pause
}

func (p *poll) contextError(ctx context.Context) error {
	return fmt.Errorf("%w after asking %s", ctx.Err(), times(p.lookups))
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

// end returns the error of the whole call. last is the error of the last
// lookup, stop the reason why there was no other. One of them may be nil.
func (p *poll) end(last, stop error) *Error {
	e, cause := &Error{}, last
	if found := (*Error)(nil); errors.As(last, &found) && found != nil {
		*e = *found
		if direct, ok := last.(*Error); ok {
			cause = direct.Err // all else of it is in e
		}
	}
	e.Op, e.Outcome, e.Attempts = p.op, p.outcome, p.attempts
	if errors.Is(last, errNothing) || errors.Is(last, errAnother) {
		e.Kind = ErrDecode
	}
	if p.ref.Reference != "" {
		e.Reference = p.ref.Reference
	}
	switch {
	case last == nil:
		e.Err = fmt.Errorf("%w: the status is not final", stop)
	case stop == nil:
		e.Err = cause
	case cause == nil:
		e.Err = stop
	default:
		e.Err = fmt.Errorf("%w: %w", stop, cause)
	}
	return e
}
