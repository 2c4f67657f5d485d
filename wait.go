package wapay

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// PollOption sets how the Wait and Settle functions ask.
type PollOption func(*poll)

const (
	shortestPause = time.Millisecond // of PollEvery
	longestPause  = 24 * time.Hour   // of PollEvery
	longestRetry  = 5 * time.Minute  // that a RetryAfter is honoured for, unless PollEvery allows more
)

// PollEvery sets the pause after the first question and the longest pause; each is 1.6 times the one before,
// give or take a fifth. The default is half a second and 15 seconds, the least a millisecond, the most a day.
// Where the provider asks for a longer pause it gets it, up to five minutes.
func PollEvery(first, longest time.Duration) PollOption {
	return func(p *poll) {
		p.pause = min(max(first, shortestPause), longestPause)
		p.longest = min(max(p.pause, longest), longestPause)
	}
}

// PollFor bounds the wait, beside the context: no question is asked after it, and where it is 0 or less only one. One
// that is under way by then has the client's own time-out; only the context cuts it off. WaitPayment and WaitPayout
// have no bound of their own; SettlePayment and SettlePayout have one of a minute, because an order that never arrived
// is never found.
func PollFor(d time.Duration) PollOption {
	return func(p *poll) { p.bound = max(d, 1) }
}

// WaitPayment asks for the payment until its status is final or ctx ends, and rides out answers that are
// ErrUnavailable, ErrRateLimited or ErrDecode. It returns the last known state, which may be nil, also beside an
// error; where the payment just took too long, the error is OutcomeReadOnly and the state says how far it got.
func WaitPayment(ctx context.Context, p Payer, ref Ref, opts ...PollOption) (*Payment, error) {
	return wait(ctx, "WaitPayment", paymentsOf(p), ref, opts)
}

// WaitPayout is [WaitPayment] for payouts.
func WaitPayout(ctx context.Context, p Payouter, ref Ref, opts ...PollOption) (*Payout, error) {
	return wait(ctx, "WaitPayout", payoutsOf(p), ref, opts)
}

// SettlePayment finds out what became of a payment whose outcome is unknown. It looks the payment up until
// the provider knows it, and returns it with whatever status it has: the order was received, once.
//
// An error of SettlePayment never says that the payment was not made: it is always ErrOutcomeUnknown too,
// save for a ref that names nothing, and a nil Payer. With ErrNotFound the provider did not know the reference in all
// that time (a minute unless [PollFor] or ctx says otherwise); the order may still turn up, so ask again later, and
// repeat the payment only once the provider has confirmed that there is none.
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
	if p == nil {
		return nil
	}
	return p.FindPayment
}

func payoutsOf(p Payouter) lookup[*Payout] {
	if p == nil {
		return nil
	}
	return p.FindPayout
}

// order is a *Payment or a *Payout.
type order interface {
	comparable
	status() Status
	reference() string
}

func (p *Payment) status() Status    { return p.Status }
func (p *Payout) status() Status     { return p.Status }
func (p *Payment) reference() string { return p.Reference }
func (p *Payout) reference() string  { return p.Reference }

func wait[P order](ctx context.Context, op string, find lookup[P], ref Ref, opts []PollOption) (P, error) {
	var last P
	if ctx == nil || find == nil {
		return last, nobodyToAsk(op, ref)
	}
	p, err := newPoll(op, ref, 0, opts)
	if err != nil {
		return last, err
	}
	for {
		v, err := ask(ctx, find, ref)
		if err == nil {
			last = v
			if v.status().Final() {
				return v, nil
			}
		} else if ctx.Err() == nil && !transient(err) {
			return last, p.end(OutcomeReadOnly, err, nil)
		}
		if stop := p.sleep(ctx, err); stop != nil {
			return last, p.end(OutcomeReadOnly, err, stop)
		}
	}
}

func settle[P order](ctx context.Context, op string, find lookup[P], ref Ref, opts []PollOption) (P, error) {
	var none P
	if ctx == nil || find == nil {
		return none, nobodyToAsk(op, ref)
	}
	p, err := newPoll(op, ref, time.Minute, opts)
	if err != nil {
		return none, err
	}
	for {
		v, err := ask(ctx, find, ref)
		if err == nil {
			return v, nil
		}
		if ctx.Err() == nil && !transient(err) && !errors.Is(err, ErrNotFound) {
			return none, p.end(OutcomeUnknown, err, nil)
		}
		if stop := p.sleep(ctx, err); stop != nil {
			return none, p.end(OutcomeUnknown, err, stop)
		}
	}
}

func nobodyToAsk(op string, ref Ref) error {
	return &Error{
		Op: op, Reference: ref.Reference, Kind: ErrInvalid, Outcome: OutcomeNotSent,
		Err: errors.New("a nil context, Payer or Payouter"),
	}
}

// These are not transient: a Payer that breaks its contract will do so again.
var (
	errNothing = errors.New("the lookup returned neither a result nor an error")
	errAnother = errors.New("the lookup returned another order")
)

func ask[P order](ctx context.Context, find lookup[P], ref Ref) (P, error) {
	var none P
	v, err := find(ctx, ref)
	switch {
	case err != nil:
		return none, err
	case v == none:
		return none, errNothing
	case ref.Reference != "" && v.reference() != "" && v.reference() != ref.Reference:
		return none, errAnother
	}
	return v, nil
}

// transient reports whether an error of a lookup says nothing about what is looked up.
func transient(err error) bool {
	return errors.Is(err, ErrUnavailable) || errors.Is(err, ErrRateLimited) || errors.Is(err, ErrDecode)
}

// poll is the state of one Wait or Settle.
type poll struct {
	op                    string
	ref                   Ref
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
	p := &poll{op: op, ref: ref, pause: 500 * time.Millisecond, longest: 15 * time.Second, bound: bound, started: time.Now()}
	for _, opt := range opts {
		if opt != nil {
			opt(p)
		}
	}
	return p, nil
}

// sleep waits for the next question. It returns an error when the wait is over instead: the context's, if that
// has ended.
func (p *poll) sleep(ctx context.Context, last error) error {
	p.asked++
	pause := p.next(last)
	switch {
	case ctx.Err() != nil:
		return p.ended(ctx)
	case p.bound > 0 && time.Since(p.started)+pause > p.bound:
		return fmt.Errorf("gave up after asking %s in %v", times(p.asked), time.Since(p.started).Round(time.Millisecond))
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return p.ended(ctx)
	}
}

// next returns how long to wait after a lookup that gave the error last.
func (p *poll) next(last error) time.Duration {
	pause := p.pause - p.pause/5 + rand.N(p.pause*2/5+1)
	p.pause = min(p.pause*8/5, p.longest)
	var e *Error
	if errors.As(last, &e) && e != nil {
		pause = max(pause, min(e.RetryAfter, max(p.longest, longestRetry)))
	}
	return pause
}

func (p *poll) ended(ctx context.Context) error {
	return fmt.Errorf("%w after asking %s", ctx.Err(), times(p.asked))
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

// end is the error that the whole call returns: what the last lookup said and, unless that alone ended it, why
// there was no other.
func (p *poll) end(o Outcome, last, stop error) *Error {
	e, cause := &Error{}, last
	if found := (*Error)(nil); errors.As(last, &found) && found != nil {
		*e = *found
		if direct, ok := last.(*Error); ok {
			cause = direct.Err // all else of it is in e
		}
		if stop == nil && o == OutcomeReadOnly && found.Outcome != OutcomeUnknown {
			o = found.Outcome
		}
	}
	e.Op, e.Outcome = p.op, o
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
