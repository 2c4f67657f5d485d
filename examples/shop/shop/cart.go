package shop

import (
	"context"
	"database/sql"
	"iter"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
	"github.com/wapay-go/wapay/sandbox"
)

// The shop's own tables, beside those of the journal. A real shop would have UNIQUE (reference) on bookings too. Here it
// would hide what this example is to show, that no booking is made twice.
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
	Carts    map[string]string // the status of each
	Bookings []sandbox.Entry   // in the form of the providers' ledgers, to be compared with them
	Open     []string          // orders that the journal still asks about, or that wait for a person
	Foreign  uint64            // notifications of nobody's order
}

// putCart writes a cart down before any provider hears of it. Doing it again changes nothing.
func (s *shop) putCart(ctx context.Context, c Cart) error {
	const insert = "INSERT INTO carts (reference, status) VALUES ($1, 'open') ON CONFLICT (reference) DO NOTHING"
	_, err := s.db.ExecContext(ctx, insert, c.Reference)
	return err
}

// change is the function of journal.OnChange. The journal calls it once for each change of an order, whether an answer,
// a question or a notification told it, and what it writes is there exactly if the change is.
func (s *shop) change(ctx context.Context, tx *sql.Tx, o *journal.Order) error {
	if o.Kind == journal.Payment {
		const update = "UPDATE carts SET status = $1 WHERE reference = $2"
		if _, err := tx.ExecContext(ctx, update, o.Status.String(), o.Reference); err != nil {
			return err
		}
	}
	if o.Status == wapay.StatusSucceeded || o.Status == wapay.StatusRefunded {
		direction := sandbox.Credit
		if (o.Kind == journal.Payout) != (o.Status == wapay.StatusRefunded) {
			direction = sandbox.Debit // money out
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
	b := &Books{Carts: map[string]string{}, Foreign: s.journal.Foreign()}
	err := each(ctx, s.db, "SELECT reference, status FROM carts", func(rows *sql.Rows) error {
		var reference, status string
		err := rows.Scan(&reference, &status)
		b.Carts[reference] = status
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, s.db, "SELECT reference, direction, amount FROM bookings", func(rows *sql.Rows) error {
		var e sandbox.Entry
		var amount wapay.Money
		err := rows.Scan(&e.Reference, &e.Kind, &amount)
		e.Amount, e.Currency = amount.MinorUnits(), string(amount.Currency())
		b.Bookings = append(b.Bookings, e)
		return err
	})
	for _, orders := range []iter.Seq2[*journal.Order, error]{s.journal.Open(ctx), s.journal.Held(ctx)} {
		for o, err := range orders {
			if err != nil {
				return nil, err
			}
			b.Open = append(b.Open, o.Reference)
		}
	}
	return b, err
}

func each(ctx context.Context, db *sql.DB, query string, scan func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
