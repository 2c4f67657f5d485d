package shop

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// The shop's own tables, beside those of the journal. A real shop would have
// UNIQUE (reference) on bookings too. That would hide what this example is to
// show, that no booking is made twice.
const tables = `
CREATE TABLE IF NOT EXISTS carts (reference text PRIMARY KEY, status text NOT NULL);
CREATE TABLE IF NOT EXISTS bookings (reference text NOT NULL, direction text NOT NULL, amount text NOT NULL)`

// Cart is what a customer is about to pay.
type Cart struct {
	Reference string
	Amount    wapay.Money
	Customer  wapay.Customer
	Operator  string // for a prompt on the phone; "" for a page
}

// Books is what the shop has written down.
type Books struct {
	Carts    [][3]string // reference and status
	Bookings [][3]string // reference, "credit" for money in or "debit" for money out, and amount
	Open     []string    // orders that the journal still asks about, or that wait for a person
	Foreign  uint64      // notifications of nobody's order
}

// change is the function of journal.OnChange. The journal calls it once for
// each change of an order, whether an answer, a question or a notification
// brings the change. Its writes and the change are stored together, or neither
// is.
func (s *shop) change(ctx context.Context, tx *sql.Tx, o *journal.Order) error {
	if o.Kind == journal.Payment {
		const update = "UPDATE carts SET status = $1 WHERE reference = $2"
		if _, err := tx.ExecContext(ctx, update, o.Status.String(), o.Reference); err != nil {
			return err
		}
	}
	if o.Status == wapay.StatusSucceeded || o.Status == wapay.StatusRefunded {
		direction := "credit"
		if (o.Kind == journal.Payout) != (o.Status == wapay.StatusRefunded) {
			direction = "debit"
		}
		const insert = "INSERT INTO bookings (reference, direction, amount) VALUES ($1, $2, $3)"
		if _, err := tx.ExecContext(ctx, insert, o.Reference, direction, o.Amount); err != nil {
			return err
		}
	}
	if o.Status.Final() {
		s.stand("before", o.Reference)
	}
	return nil
}

func (s *shop) readBooks(ctx context.Context) (*Books, error) {
	carts, err := s.read(ctx, "SELECT reference, status, '' FROM carts ORDER BY reference")
	bookings, bad := s.read(ctx, "SELECT reference, direction, amount FROM bookings ORDER BY reference")
	err = errors.Join(err, bad)
	b := &Books{Carts: carts, Bookings: bookings, Foreign: s.journal.Foreign()}
	for _, orders := range []iter.Seq2[*journal.Order, error]{s.journal.Open(ctx), s.journal.Held(ctx)} {
		for o, bad := range orders {
			if err = errors.Join(err, bad); err != nil {
				return nil, err
			}
			b.Open = append(b.Open, o.Reference)
		}
	}
	return b, err
}

func (s *shop) read(ctx context.Context, query string) (all [][3]string, err error) {
	rows, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row [3]string
		if err := rows.Scan(&row[0], &row[1], &row[2]); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}
