package ipn

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// markTimeout bounds the time to tell the store the end of a delivery. The
// store must know it even if the time of the request is over.
const markTimeout = 5 * time.Second

// act calls the merchant's function. With a store it does so once for each
// delivery.
func (h *handler) act(ctx context.Context, e *Event, d *delivery) {
	if h.config.store == nil {
		h.call(ctx, e, d)
		return
	}
	key := onceKey(e)
	d.key = key
	if key == "" {
		d.end(outcomeFailed, http.StatusInternalServerError, errors.New("the event has no delivery key"))
		return
	}
	state, claim, err := h.config.store.Begin(ctx, key, 2*h.config.timeout)
	switch {
	case err != nil:
		d.end(outcomeFailed, http.StatusServiceUnavailable, fmt.Errorf("store: %w", err))
	case state == StateDone:
		d.end(outcomeDuplicate, http.StatusOK, nil)
	case state == StateInFlight:
		d.end(outcomeInFlight, http.StatusServiceUnavailable, errors.New("in flight"))
	case state != StateNew:
		d.end(outcomeFailed, http.StatusServiceUnavailable, fmt.Errorf("store: state %d", state))
	default:
		h.actOn(ctx, e, d, claim)
	}
}

// actOn calls the merchant's function under a claim. It ends the claim, however
// the function ends.
func (h *handler) actOn(ctx context.Context, e *Event, d *delivery, claim Claim) {
	mark := func(tell func(context.Context, Claim) error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(markTimeout, h.config.timeout))
		defer cancel()
		if err := retry(ctx, func() error { return tell(ctx, claim) }); err != nil {
			d.end(outcomeFailed, http.StatusServiceUnavailable, errors.Join(d.err, fmt.Errorf("store: %w", err)))
		}
	}
	returned := false
	defer func() {
		if !returned { // it panicked, or left with runtime.Goexit
			mark(h.config.store.Release)
		}
	}()
	active := &activeClaim{claim: claim}
	h.call(context.WithValue(ctx, activeClaimKey{}, active), e, d)
	returned = true
	switch {
	case d.outcome != outcomeAccepted:
		mark(h.config.store.Release)
	case !active.committed:
		mark(h.config.store.Commit)
	}
}

// retry calls tell until it succeeds or ctx ends, and then returns the first
// error. A database that was just restarted refuses its old connections.
func retry(ctx context.Context, tell func() error) error {
	first := tell()
	for err, pause := first, 10*time.Millisecond; err != nil; pause *= 2 {
		select {
		case <-ctx.Done():
			return first
		case <-time.After(pause):
			if ctx.Err() != nil {
				return first // both cases were ready
			}
			err = tell()
		}
	}
	return nil
}

func (h *handler) call(ctx context.Context, e *Event, d *delivery) {
	if err := h.fn(ctx, e); err != nil {
		d.end(outcomeFailed, http.StatusInternalServerError, err)
		return
	}
	d.end(outcomeAccepted, http.StatusOK, nil)
}

// onceKey returns the key of a delivery in the store: mostly its DeliveryKey.
// But Intram's delivery id is not signed. Within five minutes anybody can send
// a captured notification again under another. So the key is ID and Name,
// because an operation has each documented event only once. For any other event
// the key is a hash of the body.
func onceKey(e *Event) string {
	if e.Provider != "intram" || e.Proof != ProofSigned {
		return e.DeliveryKey
	}
	if _, documented := intramEvents[e.Name]; documented && e.Kind != KindTest && e.ID != "" {
		return "intram:" + e.ID + ":" + e.Name
	}
	return intramBodyKey(e.Body)
}
