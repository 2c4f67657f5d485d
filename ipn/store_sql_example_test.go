package ipn_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// One transaction writes the new status of the order and the mark that the
// delivery is done. The order keeps its status if the news is old, or if kind
// or amount do not fit.
func ExampleSQLStore_InTx() {
	settle := func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
		var status wapay.Status
		var amount wapay.Money
		err := tx.QueryRowContext(ctx, "SELECT status, amount FROM orders WHERE reference = $1 FOR UPDATE", e.Reference).
			Scan(&status, &amount)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			slog.Warn("a notification of an order that is not ours", "reference", e.Reference, "id", e.ID)
			return nil // a repeat would not help
		case err != nil:
			return err
		case e.Kind != ipn.KindPayment || e.Status == wapay.StatusSucceeded && e.Amount != amount:
			return fmt.Errorf("order %s is a payment of %s, and the notification a %s of %s", e.Reference, amount,
				e.Kind, e.Amount)
		case !status.MayBecome(e.Status):
			return nil // known, or overtaken
		}
		_, err = tx.ExecContext(ctx, "UPDATE orders SET status = $1 WHERE reference = $2", e.Status, e.Reference)
		return err
	}
	mount := func(ctx context.Context, db *sql.DB, key wapay.Secret, mux *http.ServeMux) error {
		store, err := ipn.NewSQLStore(db, ipn.PostgreSQL)
		if err != nil {
			return err
		}
		if err := store.CreateSchema(ctx); err != nil {
			return err
		}
		h, err := ipn.NewHandler(ipn.BarkaPay(key), store.InTx(settle), ipn.WithStore(store))
		if err != nil {
			return err
		}
		mux.Handle("/ipn/barkapay", h)
		return nil
	}
	_ = mount
}
