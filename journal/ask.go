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

// ask asks the provider about an order that it may have, and stores the answer.
// With an error, again reports whether the order may be sent there again.
func (j *Journal) ask(ctx context.Context, r *row) (after *row, again bool, err error) {
	c, ok := j.clients[r.Provider]
	if !ok || !c.does(r.Kind) {
		return r, false, fmt.Errorf("the order is with provider %q, which this journal does not have", r.Provider)
	}
	began, asked := time.Now(), *r
	a, err := j.question(ctx, c, r)
	turnOf(ctx).weigh(r.Provider, err)
	asked.now += time.Since(began).Milliseconds()
	journalhook.At(ctx, journalhook.Asked)
	own, cancel := ownContext(ctx)
	defer cancel()
	if err == nil {
		after, err = j.believe(own, &asked, a)
		if err != nil {
			err = fmt.Errorf("the answer cannot be stored: %w", err)
		}
		return after, false, err
	}
	if errors.Is(err, wapay.ErrRateLimited) {
		j.letRest(r.Provider, wait(err, j.backoff.min))
	}
	after, storeErr := j.change(own, &asked, func(r *row) storeMode {
		was := *r
		again = false
		if r.inFlight() || r.State == StateReady || r.State == StateOver {
			return storeNothing
		}
		r.doubt()
		switch {
		case isNotFound(err), errors.Is(err, wapay.ErrInvalid), !journalhook.On(ctx, journalhook.UnreachedIsNot):
			again = j.miss(ctx, r, err)
		case errors.Is(err, wapay.ErrDuplicate):
			r.hold(onePerson, r.Provider+" has several orders under the reference: "+err.Error())
		}
		if *r == was && r.leaseUntil == 0 {
			return storeNothing
		}
		if r.token == asked.token || r.lapsed() {
			j.release(r)
			r.nextAt = max(r.nextAt, r.now+wait(err, 0).Milliseconds())
		}
		return storeRow
	})
	journalhook.At(ctx, journalhook.Missed)
	if storeErr != nil {
		return after, false, fmt.Errorf("the answer cannot be stored: %w; the provider answered: %w", storeErr, err)
	}
	return after, again, err
}

// question asks the provider. Anything but an answer about this order is an
// error.
func (j *Journal) question(ctx context.Context, c client, r *row) (a *answer, err error) {
	err = guard(func() (err error) {
		a, err = find(ctx, c, r.Kind, wapay.Ref{ID: r.ID, Reference: r.Reference})
		return err
	})
	switch {
	case err == nil && a == nil:
		err = errors.New("the client returned neither a result nor an error")
	case err == nil && a.Reference != "" && a.Reference != r.Reference:
		err = fmt.Errorf("the client returned order %q", a.Reference)
	case err == nil && a.Reference == "" && a.ID != "" && r.ID != "" && a.ID != r.ID:
		err = fmt.Errorf("the client returned the order with id %q, want id %q", a.ID, r.ID)
	}
	if err != nil {
		if p := (*panicError)(nil); errors.As(err, &p) {
			j.note(ctx, slog.LevelError, "the client panicked", r, reason(err))
		}
		return nil, err
	}
	a.from = r.Provider
	return a, nil
}

// believe stores what a provider says of an order. While the order is being
// sent it believes no failure, which may be that of an earlier send. It returns
// [ErrInFlight] then.
func (j *Journal) believe(ctx context.Context, r *row, a *answer) (*row, error) {
	asked, early := r.token, false
	after, err := j.change(ctx, r, func(r *row) storeMode {
		was := *r
		if r.Provider != a.from && !j.learnElsewhere(r, a) {
			if *r == was {
				return storeNothing
			}
			return storeRow
		}
		if early = hasFailed(a.Status) && r.inFlight(); early {
			return storeNothing
		}
		isNew := r.learn(ctx, a)
		if r.token == asked || r.State == StateOver || r.lapsed() {
			j.release(r)
		}
		was.nextAt = r.nextAt // not worth a write of its own
		switch {
		case isNew:
			return storeAndCall
		case *r == was:
			return storeNothing
		}
		return storeRow
	})
	if early && err == nil {
		err = ErrInFlight
	}
	if failed := (*funcError)(nil); errors.As(err, &failed) { // the next question brings the change again
		j.note(ctx, slog.LevelError, "the function failed", r, reason(err))
		_, _ = j.change(ctx, r, func(r *row) storeMode {
			if r.token != asked || r.leaseUntil == 0 || r.State == StateSending {
				return storeNothing
			}
			j.release(r)
			return storeRow
		})
	}
	return after, err
}

// learnElsewhere handles an answer of a provider that is not the order's. It
// reports whether the order belongs to that provider after all. If another
// provider has the order, a success there makes it held.
func (j *Journal) learnElsewhere(r *row, a *answer) bool {
	moved := a.Status == wapay.StatusSucceeded || a.Status == wapay.StatusRefunded
	switch {
	case r.State == StateReady && (moved || a.Status == wapay.StatusPending):
		r.State, r.Provider, r.sentAt = StateAsking, a.from, r.now
		return true
	case r.State != StateReady && moved:
		r.hold(onePerson, fmt.Sprintf("%s says %s of an order that is with %q: it may have been made twice",
			a.from, a.Status, r.Provider))
	}
	return false
}
