package shop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// record writes down what became of an order. It is called for each notification, and for each answer of a provider to
// the shop's own questions; tx is one transaction with the mark that the notification is done.
//
// It may be called several times about one order, in any order and by several at once. What makes that harmless is that
// the status only moves on, and that whoever moves it makes the booking.
func (s *shop) record(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
	if e.Kind != ipn.KindPayment && e.Kind != ipn.KindPayout {
		return nil // a test, a refund made by hand: the log has it
	}
	o, err := findOrder(ctx, tx, e)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		// Each order is written down before its provider hears of it, so that this one is not about to come. To answer
		// 500 would have the provider repeat it to no end, to drop it would drop somebody's money: keep it for a
		// person. It may be of another program with the same keys, or of after the backup that was restored.
		return s.puzzle(ctx, tx, e, "no such order")
	case err != nil:
		return err // 500: the provider sends it again
	case o.Provider != e.Provider || o.Kind != e.Kind || o.ID != "" && e.ID != "" && o.ID != e.ID:
		return s.puzzle(ctx, tx, e, fmt.Sprintf("ordered a %s of %s, as %q", o.Kind, o.Provider, o.ID))
	case e.Amount != o.Amount && (e.Amount != wapay.Money{} || e.Status == wapay.StatusSucceeded):
		// Only what failed may come without an amount: some providers leave it out then.
		return s.puzzle(ctx, tx, e, fmt.Sprintf("ordered for %s", o.Amount))
	case !o.Status.MayBecome(e.Status):
		if o.Status.Final() && e.Status.Final() && o.Status != e.Status {
			return s.puzzle(ctx, tx, e, "was "+o.Status.String())
		}
		return nil // a repeat, or overtaken
	}
	return s.move(ctx, tx, o, e)
}

// findOrder goes by our own reference. Not every notification has it.
func findOrder(ctx context.Context, tx *sql.Tx, e *ipn.Event) (Order, error) {
	query, args := "SELECT "+orderColumns+" FROM orders WHERE reference = $1", []any{e.Reference}
	if e.Reference == "" {
		query, args = "SELECT "+orderColumns+" FROM orders WHERE provider = $1 AND provider_id = $2", []any{e.Provider, e.ID}
	}
	return scanOrder(tx.QueryRowContext(ctx, query, args...))
}

// move gives the order its new status, if it still has the old one, and books a success.
func (s *shop) move(ctx context.Context, tx *sql.Tx, o Order, e *ipn.Event) error {
	if o.ID == "" {
		o.ID = e.ID
	}
	const update = "UPDATE orders SET status = $1, provider_id = $2 WHERE reference = $3 AND status = $4"
	result, err := tx.ExecContext(ctx, update, e.Status.String(), o.ID, o.Reference, o.Status.String())
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		// Somebody else has moved it since it was read. It comes again, and will be judged by what the order is then.
		return errors.Join(fmt.Errorf("%s has changed meanwhile", o.Reference), err)
	}
	if e.Status == wapay.StatusSucceeded {
		amount := o.Amount
		if o.Kind == ipn.KindPayout {
			amount = amount.Currency().Minor(-amount.MinorUnits())
		}
		const insert = "INSERT INTO bookings (reference, amount) VALUES ($1, $2)"
		if _, err := tx.ExecContext(ctx, insert, o.Reference, amountText(amount)); err != nil {
			return err
		}
	}
	if e.Status.Final() {
		s.stand(BeforeCommit, o.Reference)
	}
	return nil
}

// puzzle keeps what does not fit.
func (s *shop) puzzle(ctx context.Context, tx *sql.Tx, e *ipn.Event, why string) error {
	said := fmt.Sprintf("%s of %s: %s (%s)", e.Kind, e.Amount, e.Status, e.ProviderStatus)
	s.log.Error("does not fit the books", "provider", e.Provider, "reference", e.Reference, "id", e.ID, "said", said, "why", why)
	const insert = "INSERT INTO oddities (provider, reference, provider_id, said, why) VALUES ($1, $2, $3, $4, $5)"
	_, err := tx.ExecContext(ctx, insert, e.Provider, e.Reference, e.ID, said, why)
	return err
}
