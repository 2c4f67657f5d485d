package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// books is the merchant's database: the journal, a table of the merchant's own,
// and with PostgreSQL River's jobs.
type books struct {
	db    *sql.DB
	pool  *pgxpool.Pool // nil with SQLite
	j     *journal.Journal
	lease time.Duration
	close func()
}

func (in *input) openBooks(ctx context.Context, accounts []account) (*books, error) {
	b := &books{lease: 2 * time.Minute}
	dialect := journal.SQLite
	if in.postgres == "" {
		const pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_txlock=immediate"
		db, err := sql.Open("sqlite", "file:"+in.sqlite+pragmas)
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(4)
		b.db, b.close = db, func() { _ = db.Close() }
	} else {
		dialect = journal.PostgreSQL
		if err := b.openPool(ctx, in); err != nil {
			return nil, err
		}
	}
	opts := append(withProviders(accounts), journal.OnChange(paySlip),
		journal.WithLogger(slog.New(slog.NewTextHandler(in.stderr, &slog.HandlerOptions{Level: slog.LevelError}))))
	if in.hasty {
		b.lease = 3 * time.Second
		opts = append(opts, journal.WithLease(b.lease), journal.WithPatience(4*time.Second),
			journal.WithBackoff(200*time.Millisecond, time.Second))
	}
	var err error
	if b.j, err = journal.New(b.db, dialect, opts...); err == nil {
		err = b.makeTables(ctx)
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// openPool opens PostgreSQL, in a schema of the program's own unless the DSN
// names one.
func (b *books) openPool(ctx context.Context, in *input) error {
	cfg, err := pgxpool.ParseConfig(in.postgres)
	if err != nil {
		return err
	}
	if cfg.ConnConfig.RuntimeParams["search_path"] == "" { // what a sandbox paid must not count as paid
		cfg.ConnConfig.RuntimeParams["search_path"] = map[bool]string{true: "payroll", false: "payroll_sandbox"}[in.realMoney]
	}
	cfg.MaxConns = int32(min(in.concurrency+4, 40))
	if b.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return err
	}
	b.db = stdlib.OpenDBFromPool(b.pool)
	b.close = func() { _ = b.db.Close(); b.pool.Close() }
	return nil
}

// makeTables makes what is not there yet. Several processes may start at once.
func (b *books) makeTables(ctx context.Context) (err error) {
	if b.pool != nil {
		conn, err := b.pool.Acquire(ctx)
		if err != nil {
			return err
		}
		defer conn.Release()
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(7246701)"); err != nil {
			return err
		}
		defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(7246701)") }()
		const create = "DO $$ BEGIN EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', current_setting('search_path')); END $$"
		if _, err := conn.Exec(ctx, create); err != nil {
			return err
		}
		migrator, err := rivermigrate.New(riverpgxv5.New(b.pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return err
		}
	}
	if err := b.j.CreateSchema(ctx); err != nil {
		return err
	}
	_, err = b.db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS payslips "+
		"(reference VARCHAR(255), status VARCHAR(20), provider VARCHAR(100))")
	return err
}

// paySlip is what the merchant does with each change of an order: here a row of
// their own, in the transaction that stores the change. It is there once,
// whatever crashes.
func paySlip(ctx context.Context, tx *sql.Tx, o *journal.Order) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO payslips (reference, status, provider) VALUES ($1, $2, $3)",
		o.Reference, o.Status.String(), o.Provider)
	return err
}

// compare returns the people who have to be given to a provider or asked about.
// It names the rows whose reference was used before for another amount, number
// or operator: nothing of such a file is sent.
func (b *books) compare(ctx context.Context, all []person) ([]person, error) {
	var todo []person
	bad := &mistakes{}
	for _, p := range all {
		o, err := b.j.Find(ctx, journal.Payout, p.Reference)
		switch {
		case errors.Is(err, wapay.ErrNotFound):
			todo = append(todo, p)
			continue
		case err != nil:
			return nil, err
		case o.Amount != p.Amount:
			bad.add(p.Line, "reference %q was %s before, and is %s now", p.Reference, o.Amount, p.Amount)
		case o.Customer.Phone != p.Phone && !o.Customer.Phone.IsZero():
			bad.add(p.Line, "reference %q was for another phone number before", p.Reference)
		case o.Operator != p.Operator:
			bad.add(p.Line, "reference %q was for operator %q before, and is for %q now", p.Reference, o.Operator, p.Operator)
		}
		if !o.Held && o.State != journal.StateKnown && o.State != journal.StateOver {
			todo = append(todo, p)
		}
	}
	return todo, bad.err()
}

// open returns the people whose payout is not over, though a provider has it or
// may have it.
func (b *books) open(ctx context.Context, all []person) (open []person, err error) {
	people := map[string]person{}
	for _, p := range all {
		people[p.Reference] = p
	}
	for o, err := range b.j.Open(ctx) {
		if err != nil {
			return nil, err
		}
		if p, ok := people[o.Reference]; ok && o.Kind == journal.Payout {
			open = append(open, p)
		}
	}
	return open, nil
}

// settle waits until no payout is open, or as long as the user wants to. The
// journal asks meanwhile, one question at a time. The repeat of a payout that
// is open asks too, several at a time and at the provider's pace.
func (in *input) settle(ctx context.Context, b *books, all []person) error {
	ctx, cancel := context.WithTimeout(ctx, in.wait)
	defer cancel()
	asking := make(chan struct{})
	go func() { defer close(asking); _ = b.j.Run(ctx) }()
	defer func() { cancel(); <-asking }()
	for pause := 200 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		var err error
		if all, err = b.open(ctx, all); ctx.Err() != nil {
			return nil // the report names who is not paid yet
		} else if err != nil || len(all) == 0 {
			return err
		}
		wait(ctx, pause)
		for range b.j.Via().PayoutAll(ctx, requests(all), in.bulk()...) {
		}
	}
}
