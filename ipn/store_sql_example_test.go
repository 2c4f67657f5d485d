package ipn_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// The order is settled in the transaction in which the delivery is marked as done.
func ExampleSQLStore_InTx() {
	mount := func(ctx context.Context, db *sql.DB, key wapay.Secret, mux *http.ServeMux) error {
		store, err := ipn.NewSQLStore(db, ipn.PostgreSQL)
		if err != nil {
			return err
		}
		if err := store.CreateSchema(ctx); err != nil {
			return err
		}
		settle := func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
			if e.Kind != ipn.KindPayment || e.Status != wapay.StatusSucceeded {
				return nil
			}
			res, err := tx.ExecContext(ctx,
				"UPDATE orders SET paid = true WHERE reference = $1 AND amount = $2",
				e.Reference, e.Amount.Decimal())
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 1 {
				return err
			}
			return fmt.Errorf("no order %s of %v", e.Reference, e.Amount)
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
