package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/wapay-go/wapay"
)

// Resolve stores the status of an order that a person has found out. The text
// why is stored as a note. While a process is sending the order, the error is
// [ErrInFlight].
//
// A final status ends the order, and the function of [OnChange] gets it.
// StatusUnknown says that the order was never made. The next call with the same
// request sends it, once, and [OnChange] gets its changes from the start. So
// look for the reference, the amount and the customer in the provider's
// dashboard first. Resolve refuses StatusUnknown if the provider is known to
// have the order.
func (j *Journal) Resolve(ctx context.Context, kind Kind, reference string, status wapay.Status, why string) error {
	fail := func(err error) error { return fmt.Errorf("journal: Resolve %s %q: %w", kind, reference, err) }
	switch {
	case !status.Final() && status != wapay.StatusUnknown:
		return fail(fmt.Errorf("%w: status %s, want a final one, or unknown for an order that was never made",
			wapay.ErrInvalid, status))
	case why == "":
		return fail(fmt.Errorf("%w: want a note that says how you know", wapay.ErrInvalid))
	}
	ctx, end := j.observe(ctx, "Resolve", reference)
	r, err := j.load(ctx, kind, reference)
	switch {
	case err != nil:
	case r == nil:
		err = wapay.ErrNotFound
	default:
		var refusal error
		r, err = j.change(ctx, r, func(r *row) (v storeMode) {
			v, refusal = j.resolve(r, status, why)
			return v
		})
		err = errors.Join(refusal, err)
	}
	end(r, err)
	if err != nil {
		return fail(err)
	}
	j.note(ctx, slog.LevelInfo, "order resolved", r)
	return nil
}

func (j *Journal) resolve(r *row, status wapay.Status, why string) (storeMode, error) {
	if r.inFlight() {
		return storeNothing, ErrInFlight
	}
	if status.Final() {
		v := storeRow
		if r.Status != status {
			v = storeAndCall
		}
		r.State, r.Status, r.Action = StateOver, status, wapay.ActionNone
		r.unhold(why)
		j.release(r)
		return v, nil
	}
	switch {
	case r.State == StateReady:
		return storeNothing, nil
	case r.State == StateOver, r.State == StateKnown && !r.Held:
		return storeNothing, fmt.Errorf("%w: %s has the order, and says %s", wapay.ErrInvalid, r.Provider, r.Status)
	}
	r.State, r.Provider, r.ID, r.sentAt, r.missingSince = StateReady, "", "", 0, 0
	r.Status, r.ProviderStatus, r.CheckoutURL, r.Action = wapay.StatusUnknown, "", "", wapay.ActionNone
	r.unhold(why)
	j.release(r)
	return storeRow, nil
}
