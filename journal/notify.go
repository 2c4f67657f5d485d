package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
	"github.com/wapay-go/wapay/ipn"
)

// Notify stores a notification: give it to [ipn.NewHandler]. It believes one
// that is signed or confirmed and fits its order. After any other it asks the
// provider, and stores the answer. It makes no order. If the order is not in
// the journal, it logs and counts the notification and calls the function of
// [OnForeign].
//
// It returns an error if the notification has to come again: the database or
// the provider did not answer, or the merchant's function failed. It returns
// [ErrInFlight] for a failure of an order that is being sent.
func (j *Journal) Notify(ctx context.Context, e *ipn.Event) error {
	if e == nil {
		return errors.New("journal: Notify: nil event")
	}
	if err := j.notify(ctx, e); err != nil {
		return fmt.Errorf("journal: Notify: %w", err)
	}
	return nil
}

func (j *Journal) notify(ctx context.Context, e *ipn.Event) error {
	kinds := []Kind{Payment, Payout}
	switch e.Kind {
	case ipn.KindTest:
		return nil
	case ipn.KindTransfer:
		return j.handOver(ctx, e)
	case ipn.KindPayment, ipn.KindRefund:
		kinds = kinds[:1]
	case ipn.KindPayout:
		kinds = kinds[1:]
	}
	names := j.accounts(e.Provider)
	var rows []*row
	for _, kind := range kinds {
		r, err := j.orderOf(ctx, kind, e)
		if err != nil {
			return err
		}
		if r != nil {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return j.explainMissing(ctx, kinds, names, e)
	}
	for _, r := range rows {
		seen, end := j.observe(ctx, "Notify", r.Reference)
		r, err := j.handle(seen, r, names[0], e)
		end(r, err)
		if err != nil {
			return err
		}
	}
	return nil
}

// handle stores the news of one order, and returns the order.
func (j *Journal) handle(ctx context.Context, r *row, name string, e *ipn.Event) (*row, error) {
	ours := isOf(r.Provider, e.Provider)
	if ours {
		name = r.Provider
	}
	proven, err := j.proves(ctx, r, ours, e)
	if err != nil {
		return r, err
	}
	if proven {
		return j.believe(ctx, r, &answer{from: name, Payment: wapay.Payment{
			Provider: e.Provider, ID: e.ID, Reference: e.Reference, Status: e.Status, ProviderStatus: e.ProviderStatus,
			Amount: e.Amount, Reason: e.Reason, OperatorID: e.OperatorID,
		}})
	}
	if !ours || r.State == StateReady {
		j.note(ctx, slog.LevelWarn, "notification does not fit its order", r, slog.String("from", e.Provider))
		return r, nil
	}
	if j.resting(r.Provider) {
		return r, fmt.Errorf("%s cannot be asked just now: let it come again", r.Provider)
	}
	r, _, err = j.ask(ctx, r)
	if isNotFound(err) {
		return r, nil // the sweep goes on asking
	}
	return r, err
}

// proves reports whether the event is proven and is about this order. An id can
// be compared only if the event comes from the order's provider.
func (j *Journal) proves(ctx context.Context, r *row, ours bool, e *ipn.Event) (bool, error) {
	if !journalhook.On(ctx, journalhook.OnlyProven) {
		return true, nil
	}
	if e.Proof != ipn.ProofSigned && e.Proof != ipn.ProofConfirmed ||
		e.Status == wapay.StatusUnknown || e.Provider == "" ||
		e.Kind != ipn.KindPayment && e.Kind != ipn.KindPayout {
		return false, nil
	}
	if !journalhook.On(ctx, journalhook.OnlyFitting) {
		return true, nil
	}
	success := e.Status == wapay.StatusSucceeded || e.Status == wapay.StatusRefunded
	idKnown := ours && e.ID != "" && r.ID != ""
	switch {
	case e.Reference != "" && e.Reference != r.Reference,
		e.Amount != r.Amount && (success || e.Amount != wapay.Money{}),
		idKnown && e.ID != r.ID && e.TransactionID != r.ID:
		return false, nil
	case e.Proof == ipn.ProofConfirmed || idKnown:
		return true, nil
	}
	// Not every signature covers the kind. If a payment and a payout share the
	// reference, only the provider can say which of them it is.
	other := Payment
	if r.Kind == Payment {
		other = Payout
	}
	twin, err := j.load(ctx, other, r.Reference)
	return twin == nil || !isOf(twin.Provider, e.Provider), err
}

// orderOf returns the order of an event, or nil.
func (j *Journal) orderOf(ctx context.Context, kind Kind, e *ipn.Event) (*row, error) {
	if e.Reference != "" {
		return j.load(ctx, kind, e.Reference)
	}
	if e.ID == "" {
		return nil, nil
	}
	found, err := j.byID(ctx, kind, e.ID)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(found, func(r *row) bool { return isOf(r.Provider, e.Provider) }); i >= 0 {
		return found[i], nil
	}
	return nil, nil
}

// isOf reports whether a name in the journal stands for an account at the
// provider.
func isOf(name, provider string) bool {
	return provider != "" && strings.HasPrefix(name+":", provider+":")
}

// accounts returns the journal's names for the accounts at a provider.
func (j *Journal) accounts(provider string) []string {
	var names []string
	for _, name := range j.names {
		if isOf(name, provider) {
			names = append(names, name)
		}
	}
	if names == nil {
		names = []string{provider}
	}
	return names
}

// explainMissing handles a notification whose order was not found. If it names
// only the provider's id, the answer with the id may still come: it has to come
// again.
func (j *Journal) explainMissing(ctx context.Context, kinds []Kind, names []string, e *ipn.Event) error {
	if e.Reference != "" || e.ID == "" {
		return j.handOver(ctx, e)
	}
	for _, kind := range kinds {
		for _, name := range names {
			var n int
			if err := j.db.QueryRowContext(ctx, j.sql.nameless, name, kind.String()).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				return fmt.Errorf("id %q is not known yet, and %d orders at %s have none: let it come again", e.ID, n, name)
			}
		}
	}
	return j.handOver(ctx, e)
}

// handOver logs a notification of an order that is not in the journal, and
// gives it to the function of [OnForeign].
func (j *Journal) handOver(ctx context.Context, e *ipn.Event) error {
	j.foreign.Add(1)
	j.note(ctx, slog.LevelWarn, "notification of an order that is not in the journal", nil,
		slog.String("provider", e.Provider), slog.String("kind", e.Kind.String()), slog.String("id", clean(e.ID, 100)),
		slog.String("reference", clean(e.Reference, 100)), slog.String("proof", e.Proof.String()))
	if j.onOther == nil || e.Proof == ipn.ProofNone {
		return nil
	}
	return guard(func() error { return j.onOther(ctx, e) })
}
