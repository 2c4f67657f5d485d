package shop

import (
	"context"
	"database/sql"
	"net/url"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// Books is all that the shop has written down.
type Books struct {
	Orders   []Order
	Bookings []Booking
	Oddities []Oddity
	Counts   ipn.Counts // of the notifications since this process began
}

// Order is what the shop has asked a provider for.
type Order struct {
	Reference string // the shop's own, one for each order for ever
	Provider  string
	Kind      ipn.Kind
	Amount    wapay.Money
	Status    wapay.Status // unknown until it is certain that the provider has the order
	ID        string       // the provider's; empty until it is known
}

// Booking is money that has moved: more than 0 is money in.
type Booking struct {
	Reference string
	Amount    wapay.Money
}

// Oddity is what a provider says that does not fit the books. Nobody but a person can tell what is right.
type Oddity struct {
	Provider, Reference, ID, Said, Why string
}

// openDatabase sets up SQLite as ipn.NewSQLStore wants it.
func openDatabase(c Config) (*sql.DB, ipn.Dialect, error) {
	if err := c.checked(); err != nil {
		return nil, 0, err
	}
	if c.Postgres == "" {
		name := url.URL{Scheme: "file", Opaque: c.SQLite, RawQuery: "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate"}
		db, err := sql.Open("sqlite", name.String())
		return db, ipn.SQLite, err
	}
	parsed, err := pgx.ParseConfig(c.Postgres)
	if err != nil {
		return nil, 0, err
	}
	if c.Schema != "" {
		parsed.RuntimeParams["search_path"] = c.Schema
	}
	return stdlib.OpenDB(*parsed), ipn.PostgreSQL, nil
}

// The shop's own tables. The SQL in this package is understood by both databases.
//
// A real shop would have UNIQUE (reference) on bookings too, as a second lock on the door. Here it is left out: it would
// hide what this example is to show, that no booking is made twice.
var tables = []string{
	`CREATE TABLE IF NOT EXISTS orders (
	reference text PRIMARY KEY,
	provider text NOT NULL,
	kind text NOT NULL,
	amount text NOT NULL,
	status text NOT NULL,
	provider_id text NOT NULL
)`,
	`CREATE TABLE IF NOT EXISTS bookings (reference text NOT NULL, amount text NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS oddities (
	provider text NOT NULL,
	reference text NOT NULL,
	provider_id text NOT NULL,
	said text NOT NULL,
	why text NOT NULL
)`,
}

func createTables(ctx context.Context, db *sql.DB) error {
	for _, table := range tables {
		if _, err := db.ExecContext(ctx, table); err != nil {
			return err
		}
	}
	return nil
}

const orderColumns = "reference, provider, kind, amount, status, provider_id"

type scanner interface{ Scan(...any) error }

// scanOrder reads the orderColumns. Kind, Amount and Status are written as the words that stand for them in JSON.
func scanOrder(row scanner) (Order, error) {
	var o Order
	var kind, amount, status string
	if err := row.Scan(&o.Reference, &o.Provider, &kind, &amount, &status, &o.ID); err != nil {
		return o, err
	}
	_ = o.Kind.UnmarshalText([]byte(kind))     // any other word is KindUnknown
	_ = o.Status.UnmarshalText([]byte(status)) // and StatusUnknown
	return o, o.Amount.UnmarshalText([]byte(amount))
}

func scanBooking(row scanner) (b Booking, err error) {
	var amount string
	if err := row.Scan(&b.Reference, &amount); err != nil {
		return b, err
	}
	return b, b.Amount.UnmarshalText([]byte(amount))
}

func scanOddity(row scanner) (o Oddity, err error) {
	return o, row.Scan(&o.Provider, &o.Reference, &o.ID, &o.Said, &o.Why)
}

// amountText is an amount as it is written: "12.50 SLE". A real shop may prefer a column of minor units, to sum it up.
func amountText(m wapay.Money) string {
	text, _ := m.MarshalText() // never fails
	return string(text)
}

func readAll[T any](ctx context.Context, db *sql.DB, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

func readBooks(ctx context.Context, db *sql.DB) (b Books, err error) {
	if b.Orders, err = readAll(ctx, db, scanOrder, "SELECT "+orderColumns+" FROM orders ORDER BY reference"); err != nil {
		return b, err
	}
	if b.Bookings, err = readAll(ctx, db, scanBooking, "SELECT reference, amount FROM bookings ORDER BY reference"); err != nil {
		return b, err
	}
	b.Oddities, err = readAll(ctx, db, scanOddity, "SELECT provider, reference, provider_id, said, why FROM oddities ORDER BY reference")
	return b, err
}
