package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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

// openPool opens PostgreSQL, in the DSN's schema or in one of the program's
// own.
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
	_, err = b.db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS payslips (reference TEXT, status TEXT, provider TEXT)")
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
// It names the rows that may be paid already in another way: nothing of such a
// file is sent. It warns of rows that a provider may take for one.
func (in *input) compare(ctx context.Context, b *books, all []person, bad *mistakes) (todo []person, err error) {
	jobs, err := b.jobs(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		o, err := b.j.Find(ctx, journal.Payout, p.Reference)
		if errors.Is(err, wapay.ErrNotFound) {
			o, err = jobs[p.Reference], nil
		}
		delete(jobs, p.Reference)
		switch {
		case err != nil:
			return nil, err
		case o != nil && p.changed(o) != "":
			bad.add(p.Line, "reference %q %s", p.Reference, p.changed(o))
		case o == nil && p.Result != "not sent" && slices.Contains(ends, p.Result):
			bad.add(p.Line, "the file says that %q is %s, and the database does not know it: "+
				"was the reference changed, or is it the wrong database?", p.Reference, p.Result)
		case o == nil || !o.Held && o.State != journal.StateKnown && o.State != journal.StateOver:
			todo = append(todo, p)
		}
	}
	lines := map[string]int{} // of a number and an amount
	for _, p := range todo {
		key := p.Phone.E164() + " " + p.Amount.String()
		if first, twice := lines[key]; twice {
			fmt.Fprintf(in.stderr, "payroll: line %d has the phone number and the amount of line %d: "+
				"a provider may take one for a mistake\n", p.Line, first)
		}
		lines[key] = p.Line
	}
	if len(jobs) > 0 {
		fmt.Fprintf(in.stderr, "payroll: %d more payouts, of no row, wait in the database and are made too\n", len(jobs))
	}
	return todo, nil
}

// changed returns how the row differs from the order under its reference, or
// "".
func (p person) changed(o *journal.Order) string {
	switch {
	case o.Amount != p.Amount:
		return fmt.Sprintf("was %s before, and is %s now", o.Amount, p.Amount)
	case o.Customer.Phone != p.Phone && !o.Customer.Phone.IsZero():
		return "was for another phone number before"
	case o.Operator != p.Operator:
		return fmt.Sprintf("was for operator %q before, and is for %q now", o.Operator, p.Operator)
	}
	return ""
}

// settle repeats the open payouts, which asks about them, until none is left.
func (in *input) settle(ctx context.Context, b *books, all []person) {
	ctx, cancel := context.WithTimeout(ctx, in.wait)
	defer cancel()
	all = slices.Clone(all)
	for pause := 200 * time.Millisecond; ctx.Err() == nil; pause = min(2*pause, 5*time.Second) {
		all = slices.DeleteFunc(all, func(p person) bool {
			o, err := b.j.Find(ctx, journal.Payout, p.Reference)
			return err != nil || o.Held || o.State == journal.StateReady || o.State == journal.StateOver
		})
		if len(all) == 0 {
			return
		}
		wait(ctx, pause)
		for range b.j.Via().PayoutAll(ctx, requests(all), in.bulk()...) {
		}
	}
}
