package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
)

// do makes Pay and Payout. The answer is nil if nothing was sent. An error may
// come with a row.
func (rt *Route) do(ctx context.Context, q *request) (*row, *answer, error) {
	if err := rt.check(ctx); err != nil {
		return nil, nil, invalidError(q.op, q.reference, nil, err)
	}
	ctx, end := rt.j.observe(ctx, q.op, q.reference)
	r, a, err := rt.place(ctx, q)
	end(r, err)
	return r, a, err
}

// place writes the row of a new order and sends the order, or repeats the call
// of an order that is in the journal.
func (rt *Route) place(ctx context.Context, q *request) (*row, *answer, error) {
	j := rt.j
	bad, named := q.validate()
	if !named {
		return nil, nil, invalidError(q.op, q.reference, bad, nil)
	}
	providers, err := rt.providersFor(q.kind)
	if err != nil || bad != nil {
		return j.finishUnsendable(ctx, q, invalidError(q.op, q.reference, bad, err))
	}
	providers = q.serving(ctx, j, providers)
	journalhook.At(ctx, journalhook.BeforeClaim)
	s := &send{j: j, q: q, providers: providers, began: time.Now()}
	r := q.row(ctx, providers[0])
	isNew, err := j.insert(ctx, r)
	switch {
	case err != nil && !journalhook.On(ctx, journalhook.RowFirst):
		r.now = time.Now().UnixMilli()
	case err != nil:
		j.withdraw(ctx, r, StateReady)
		return nil, nil, unknownError(q.op, "journal", q.reference, 0, fmt.Errorf("the order cannot be stored: %w", err))
	case !isNew:
		return j.repeat(ctx, q, providers)
	}
	journalhook.At(ctx, journalhook.Claimed)
	return s.run(ctx, r)
}

// send is one order on its way to the providers.
type send struct {
	j          *Journal
	q          *request
	providers  []string
	again      bool      // it may have been sent before
	began      time.Time // just before the claim
	answeredAt time.Time
	refusals   []error
}

// run sends an order that this process has claimed to its provider. If the
// order is provably not done, it goes on with the next provider.
func (s *send) run(ctx context.Context, r *row) (*row, *answer, error) {
	for {
		claimed, now := r, r.now
		a, err := s.ask(ctx, r)
		journalhook.At(ctx, journalhook.BeforeStore)
		own, cancel := ownContext(ctx)
		heard := *r
		s.answeredAt = time.Now()
		heard.now = now + s.answeredAt.Sub(s.began).Milliseconds()
		next := ""
		switch {
		case err == nil:
			if r, err = s.j.change(own, &heard, s.result(own, claimed.token, a)); err != nil {
				r, err = s.recoverUnstored(own, r, a, err)
			}
		case s.notDone(ctx, err):
			s.refusals = append(s.refusals, err)
			next = s.next(ctx, r.Provider)
			r, err = s.passOn(own, &heard, next, err)
		default:
			r, err = s.storeUnknown(own, &heard, err)
		}
		cancel()
		if next == "" || err != nil {
			return s.end(ctx, r, a, err)
		}
		journalhook.At(ctx, journalhook.NextClaimed)
	}
}

// end returns what the call returns, after the answer was stored or could not
// be.
func (s *send) end(ctx context.Context, r *row, a *answer, err error) (*row, *answer, error) {
	switch {
	case err == nil && r.Held:
		return r, nil, heldError(s.q.op, r)
	case err == nil:
		return r, a, nil
	case a != nil && !journalhook.On(ctx, journalhook.UnstoredIsOpen):
		r.learn(ctx, a)
		return r, a, nil
	}
	return r, nil, err
}

// ask sends the order once. Anything but a result is an error.
func (s *send) ask(ctx context.Context, r *row) (*answer, error) {
	journalhook.At(ctx, journalhook.BeforeSend)
	ctx, cancel := context.WithDeadline(ctx, s.began.Add(s.j.lease))
	defer cancel()
	notSent := func(kind, cause error) error {
		return &wapay.Error{
			Provider: r.Provider, Op: s.q.op, Reference: r.Reference, Kind: kind, Outcome: wapay.OutcomeNotSent, Err: cause,
		}
	}
	send, err := s.q.fit(s.j.clients[r.Provider])
	if err != nil {
		s.j.note(ctx, slog.LevelError, "the request cannot be fitted to the provider", r, reason(err))
		return nil, notSent(wapay.ErrInvalid, err)
	}
	turn := turnOf(ctx)
	if s.lapsed() {
		err = errors.New("the lease ended before the order was sent")
	} else {
		err = turn.begin(ctx, r.Provider)
	}
	if err != nil {
		return nil, notSent(wapay.ErrUnavailable, err)
	}
	var a *answer
	err = guard(func() (err error) {
		a, err = send(ctx)
		return err
	})
	journalhook.At(ctx, journalhook.AfterSend)
	if err == nil && a == nil {
		err = errors.New("the client returned neither a result nor an error")
	}
	turn.weigh(r.Provider, err)
	if err != nil {
		return nil, err
	}
	a.from = r.Provider
	a.ProviderStatus, a.Reason = s.q.redact(ctx, a.ProviderStatus), s.q.redact(ctx, a.Reason)
	return a, nil
}

// lapsed reports whether the lease may have ended, by the wall clock or by the
// monotonic clock, which stops while the machine is suspended.
func (s *send) lapsed() bool {
	wall := time.Now().Round(0).Sub(s.began.Round(0))
	return max(wall, time.Since(s.began)) >= s.j.lease
}

// notDone reports whether an error proves that no provider has the order. The
// error of a repeat proves nothing about the send before it.
func (s *send) notDone(ctx context.Context, err error) bool {
	if !journalhook.On(ctx, journalhook.OnlyNotDone) {
		return true
	}
	return wapay.NotDone(err) && !s.again
}

// refusesRepeat reports whether the error of a repeat says that another repeat
// would fail, too.
func (s *send) refusesRepeat(err error) bool {
	if !s.again {
		return false
	}
	var e *wapay.Error
	rejected := wapay.NotDone(err) && errors.As(err, &e) && e.Outcome == wapay.OutcomeRejected
	_, passing := RetryAfter(err)
	return errors.Is(err, wapay.ErrDuplicate) || rejected && !passing
}

// next returns the provider after the given one, or "".
func (s *send) next(ctx context.Context, provider string) string {
	if ctx.Err() != nil || s.lapsed() {
		return ""
	}
	for i, name := range s.providers {
		if name == provider && i+1 < len(s.providers) {
			return s.providers[i+1]
		}
	}
	return ""
}

// result returns the edit that stores a result. A result after the end of the
// lease is still stored.
func (s *send) result(ctx context.Context, token string, a *answer) func(*row) storeMode {
	return func(r *row) storeMode {
		was := *r
		if r.Provider != a.from && !s.j.learnElsewhere(r, a) {
			r.hold(onePerson, fmt.Sprintf("%s has an order that is with %q: it may have been made twice", a.from, r.Provider))
			return storeRow
		}
		isNew := r.learn(ctx, a)
		if r.token == token || r.State == StateOver {
			s.j.release(r)
		}
		switch {
		case isNew:
			return storeAndCall
		case *r == was:
			return storeNothing
		}
		return storeRow
	}
}

// recoverUnstored ends a send whose result could not be stored. If the
// merchant's function failed, the journal asks about the order soon.
func (s *send) recoverUnstored(ctx context.Context, r *row, a *answer, cause error) (*row, error) {
	s.j.note(ctx, slog.LevelError, "an answer could not be stored", r, reason(cause))
	if failed := (*funcError)(nil); errors.As(cause, &failed) {
		token := r.token
		_, _ = s.j.change(ctx, r, func(r *row) storeMode {
			if r.token != token || r.State != StateSending {
				return storeNothing
			}
			r.doubt()
			r.fillIn(a)
			s.j.release(r)
			return storeRow
		})
	}
	cause = fmt.Errorf("the answer could not be stored: %w", cause)
	return r, unknownError(s.q.op, r.Provider, r.Reference, s.j.backoff.min, cause)
}

// passOn stores that a provider did not do the order: it is ready again, or
// claimed for the next provider. In that case the error is nil.
func (s *send) passOn(ctx context.Context, r *row, next string, refusal error) (*row, error) {
	j, mine, token := s.j, false, r.token
	journalhook.At(ctx, journalhook.BeforeNext)
	after, err := j.change(ctx, r, func(r *row) storeMode {
		late := r.token != token || r.State != StateSending
		if mine = !late; late && journalhook.On(ctx, journalhook.LateIsHarmless) {
			return storeNothing
		}
		mine = true
		if next != "" {
			s.again = false
			r.claimFor(next, j.lease)
			return storeRow
		}
		r.State, r.Provider, r.sentAt, r.missingSince = StateReady, "", 0, 0
		r.Reason = s.q.redact(ctx, joinRefusals(s.refusals).Error())
		j.release(r)
		return storeRow
	})
	switch {
	case err != nil:
		j.note(ctx, slog.LevelError, "a refusal could not be stored", r, reason(err))
		err = fmt.Errorf("%w; the provider answered: %s", err, refusal.Error())
		return after, unknownError(s.q.op, r.Provider, r.Reference, soon, err)
	case !mine:
		return after, s.overtakenError(after)
	case next == "":
		return after, joinRefusals(s.refusals)
	}
	s.began = s.answeredAt
	return after, nil
}

// overtakenError returns the error of a call that lost its claim to another
// process.
func (s *send) overtakenError(r *row) error {
	switch {
	case r.Held:
		return heldError(s.q.op, r)
	case r.inFlight():
		return inFlightError(s.q.op, r)
	}
	return unknownError(s.q.op, r.Provider, r.Reference, soon,
		errors.New("the lease ended before the answer came: repeat the call"))
}

// storeUnknown stores that the order may have been carried out.
func (s *send) storeUnknown(ctx context.Context, r *row, cause error) (*row, error) {
	j, token := s.j, r.token
	if p := (*panicError)(nil); errors.As(cause, &p) {
		j.note(ctx, slog.LevelError, "the client panicked", r, slog.String("reason", s.q.redact(ctx, p.Error())),
			slog.String("stack", string(p.stack)))
	}
	after, err := j.change(ctx, r, func(r *row) storeMode {
		if r.token != token || r.State != StateSending {
			return storeNothing
		}
		r.doubt()
		r.Reason = s.q.redact(ctx, cause.Error())
		if s.refusesRepeat(cause) {
			r.hold(anyAnswer, r.Provider+" does not know the order, and refused it when it was sent again: "+
				"look there for the reference, the amount and the customer")
		}
		j.release(r)
		return storeRow
	})
	if err != nil {
		j.note(ctx, slog.LevelError, "an unknown outcome could not be stored", r, reason(err))
	} else if after.Held {
		return after, heldError(s.q.op, after)
	}
	return after, unknownError(s.q.op, r.Provider, r.Reference, j.backoff.min, cause)
}
