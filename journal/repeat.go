package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wapay-go/wapay/internal/journalhook"
)

// finishUnsendable ends a call that can send nothing because of its route or
// its request. An earlier call may have sent the order all the same.
func (j *Journal) finishUnsendable(ctx context.Context, q *request, cause error) (*row, *answer, error) {
	r, err := j.load(ctx, q.kind, q.reference)
	switch {
	case err != nil:
		err = fmt.Errorf("%s; the order cannot be read: %w", cause.Error(), err)
		return nil, nil, unknownError(q.op, "journal", q.reference, 0, err)
	case r == nil || r.State == StateReady:
		return nil, nil, cause
	}
	return j.repeat(ctx, q, nil)
}

// withdraw undoes a claim that may have been written although its statement
// failed. If this fails too, the journal asks about the order when the lease
// has lapsed.
func (j *Journal) withdraw(ctx context.Context, r *row, before State) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	there, err := j.load(ctx, r.Kind, r.Reference)
	if err != nil || there == nil || there.token != r.token || there.State != StateSending {
		return
	}
	there.State = before
	if before == StateReady {
		there.Provider = ""
	}
	j.release(there)
	_ = j.save(ctx, j.db, there)
}

// repeat makes a call about an order that is in the journal.
func (j *Journal) repeat(ctx context.Context, q *request, providers []string) (*row, *answer, error) {
	for range storeTries {
		began := time.Now()
		r, err := j.load(ctx, q.kind, q.reference)
		if err == nil && r == nil {
			err = errors.New("the row has gone: it was purged or deleted by hand")
		}
		if err != nil {
			return nil, nil, unknownError(q.op, "journal", q.reference, 0, fmt.Errorf("the order cannot be read: %w", err))
		}
		if diff := q.differences(r); diff != nil && journalhook.On(ctx, journalhook.SameRequest) {
			return r, nil, otherOrderError(q.op, q.reference, diff)
		}
		s := &send{j: j, q: q, providers: providers, began: began}
		before := StateReady
		switch {
		case r.Held:
			return r, nil, heldError(q.op, r)
		case r.State == StateOver:
			return r, nil, nil
		case r.State == StateKnown:
			if !j.resting(r.Provider) && !turnOf(ctx).leavesAlone(r.Provider) {
				r, _, _ = j.ask(ctx, r) // after an error the order stays known
			}
			if r.Held {
				return r, nil, heldError(q.op, r)
			}
			return r, nil, nil
		case r.inFlight():
			return r, nil, inFlightError(q.op, r)
		case r.State == StateReady && len(providers) == 0:
			return r, nil, invalidError(q.op, q.reference, nil, errors.New("the route has no provider for the order"))
		case r.State != StateReady && turnOf(ctx).leavesAlone(r.Provider):
			return r, nil, unknownError(q.op, r.Provider, r.Reference, untilNext(r), errLeftAlone)
		case r.State == StateSending && !journalhook.On(ctx, journalhook.LapsedIsAsking), r.State == StateReady:
			r.restore(q.row(ctx, ""))
			r.claimFor(providers[0], j.lease)
		default:
			again, loaded := false, r.now
			r, again, err = j.ask(ctx, r)
			switch {
			case err == nil && r.Held, r.Held && isNotFound(err):
				return r, nil, heldError(q.op, r)
			case err == nil:
				return r, nil, nil
			case !again:
				return r, nil, unknownError(q.op, r.Provider, r.Reference, untilNext(r), err)
			}
			if r.print != q.print(ctx) {
				return r, nil, unknownError(q.op, r.Provider, r.Reference, 0, errors.New("the request differs from the one "+
					"that was sent, and the provider may take it for another order: repeat it as it was"))
			}
			asked := time.Now()
			r.now = loaded + asked.Sub(began).Milliseconds()
			s.again, s.began, before = true, asked, StateAsking
			r.claim(j.lease)
			r.State, r.Why = StateSending, ""
		}
		if err := j.save(ctx, j.db, r); errors.Is(err, errStale) {
			continue
		} else if err != nil {
			j.withdraw(ctx, r, before)
			return nil, nil, unknownError(q.op, "journal", q.reference, 0, fmt.Errorf("the order cannot be stored: %w", err))
		}
		if s.again {
			journalhook.At(ctx, journalhook.Repeating)
		}
		journalhook.At(ctx, journalhook.Claimed)
		return s.run(ctx, r)
	}
	err := errors.New("other processes are working on the order")
	return nil, nil, unknownError(q.op, "journal", q.reference, soon, err)
}

// untilNext returns how long it is until the next question about the order.
func untilNext(r *row) time.Duration {
	return max(time.Duration(r.nextAt-r.now)*time.Millisecond, 0)
}
