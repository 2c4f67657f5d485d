package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// TestSettle runs the function of ipn's example for InTx with true
// notifications: the order changes with the mark that the delivery is done, or
// not at all. The types of an order go into text columns and come back.
func TestSettle(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		const key = "ipn-key-for-tests"
		store, db, table := newStore(t, d)
		orders := uniqueTable(t, db)
		exec := func(query string, args ...any) {
			t.Helper()
			_, err := db.Exec(query, args...)
			require.NoError(t, err)
		}
		mark, lock := "?", ""
		if d.dialect == ipn.PostgreSQL {
			mark = "$1"
		}
		if d.dialect != ipn.SQLite {
			lock = " FOR UPDATE"
		}
		exec("CREATE TABLE " + orders + " (reference VARCHAR(50), kind VARCHAR(50), status VARCHAR(50), amount VARCHAR(50))")
		settle := func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
			var kind ipn.Kind
			var status wapay.Status
			var amount wapay.Money
			err := tx.QueryRowContext(ctx, "SELECT kind, status, amount FROM "+orders+" WHERE reference = "+mark+lock, e.Reference).
				Scan(&kind, &status, &amount)
			switch {
			case err != nil:
				return err
			case e.Kind != kind || e.Status == wapay.StatusSucceeded && e.Amount != amount:
				return fmt.Errorf("order %s is a %s of %s, and the notification a %s of %s", e.Reference, kind, amount, e.Kind, e.Amount)
			case !status.MayBecome(e.Status):
				return nil
			}
			_, err = tx.ExecContext(ctx, "UPDATE "+orders+" SET status = "+mark, e.Status) // there is one order
			return err
		}
		h, err := ipn.NewHandler(ipn.BarkaPay(key), store.InTx(settle), ipn.WithStore(store))
		require.NoError(t, err)
		for _, column := range []any{ipn.KindPayment, wapay.StatusPending, wapay.XOF.Units(5000)} {
			exec("DELETE FROM "+orders+" WHERE reference = "+mark, column) // each is a value to the driver
		}
		exec("INSERT INTO " + orders + " (reference, kind, status, amount) VALUES ('order-1', 'payment', 'pending', '5000 XOF')")

		for _, tt := range []struct {
			amount int64
			status wapay.Status
			answer int
			want   string
		}{
			{900, wapay.StatusSucceeded, 500, "pending"},
			{5000, wapay.StatusPending, 200, "pending"},
			{5000, wapay.StatusSucceeded, 200, "succeeded"},
			{5000, wapay.StatusSucceeded, 200, "succeeded"},
			{5000, wapay.StatusFailed, 200, "succeeded"},
		} {
			r, err := ipn.NewBarkaPayRequest("/ipn", key, ipn.BarkaPayNotification{
				Reference: "order-1", Amount: wapay.XOF.Units(tt.amount), Status: tt.status,
			})
			require.NoError(t, err)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			require.Equal(t, tt.answer, w.Code)
			require.Equal(t, 1, count(t, db, orders, "status = '"+tt.want+"'"), "%v", tt)
		}
		require.Equal(t, 3, count(t, db, table, "done_at IS NOT NULL"), "deliveries that are done")
	})
}
