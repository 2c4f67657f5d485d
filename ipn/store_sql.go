package ipn

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// SQLStore is a [Store] in a table of the merchant's database. [NewSQLStore]
// makes it.
type SQLStore struct {
	db      *sql.DB
	dialect Dialect
	table   string
	sql     statements
}

// SQLOption sets up an [SQLStore].
type SQLOption func(*SQLStore) error

// WithTable names the table; the default is "wapay_notifications". A name has
// at most 48 ASCII letters, digits and underscores, and does not begin with a
// digit. The name of a schema may go before it, such as "shop.notifications".
// The SQL does not quote it.
func WithTable(name string) SQLOption {
	return func(s *SQLStore) error {
		schema, table, qualified := strings.Cut(name, ".")
		if !isIdentifier(schema) || qualified && !isIdentifier(table) {
			return fmt.Errorf("WithTable: bad table name %q", name)
		}
		s.table = name
		return nil
	}
}

// isIdentifier reports whether s may name a table. It leaves room for
// "_begun_at", because PostgreSQL cuts a name after 63 bytes.
func isIdentifier(s string) bool {
	if s == "" || len(s) > 48 || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for _, c := range []byte(s) {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// NewSQLStore returns a store that keeps deliveries in a table of db, for
// [WithStore]. It does no I/O. Make the table with [SQLStore.CreateSchema], or
// put [SQLStore.Schema] among your migrations.
//
// Together, all processes that share the table act on each delivery once. db
// has to be the primary: a replica may not know yet what is done. SQLite needs
// a busy timeout, WAL, and transactions that begin IMMEDIATE.
// docs/notifications.md has the settings of the drivers, the rows, and how long
// to keep them.
func NewSQLStore(db *sql.DB, dialect Dialect, opts ...SQLOption) (*SQLStore, error) {
	if db == nil {
		return nil, errors.New("ipn: NewSQLStore: nil database")
	}
	if dialect < PostgreSQL || dialect > SQLite {
		return nil, fmt.Errorf("ipn: NewSQLStore: unknown dialect %d", dialect)
	}
	s := &SQLStore{db: db, dialect: dialect, table: "wapay_notifications"}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(s); err != nil {
			return nil, fmt.Errorf("ipn: NewSQLStore: %w", err)
		}
	}
	s.sql = dialect.statements(s.table)
	return s, nil
}

// Schema returns the SQL that makes a missing table and its index. Each
// statement ends with ";\n".
func (s *SQLStore) Schema() string {
	var b strings.Builder
	for _, text := range schemas[s.dialect] {
		b.WriteString(s.dialect.fill(s.table, text) + ";\n")
	}
	return b.String()
}

// CreateSchema makes a missing table and its index. Many processes may do so at
// once.
func (s *SQLStore) CreateSchema(ctx context.Context) error {
	var err error
	if s.dialect == PostgreSQL {
		err = s.createPostgreSQL(ctx)
	} else {
		err = s.create(ctx, s.db)
	}
	if err != nil {
		return fmt.Errorf("ipn: SQLStore.CreateSchema: %w", err)
	}
	return nil
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (s *SQLStore) create(ctx context.Context, db execer) error {
	for _, text := range schemas[s.dialect] {
		if _, err := db.ExecContext(ctx, s.dialect.fill(s.table, text)); err != nil {
			return err
		}
	}
	return nil
}

// createPostgreSQL makes a missing table under a lock, because two CREATE TABLE
// IF NOT EXISTS at once can fail. It looks first whether the table is missing:
// CREATE INDEX IF NOT EXISTS waits for all writers, and later ones wait for it.
func (s *SQLStore) createPostgreSQL(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtext('wapay ipn.CreateSchema'))"); err != nil {
		return err
	}
	var missing bool
	const look = "SELECT to_regclass($1) IS NULL OR to_regclass($2) IS NULL"
	if err := tx.QueryRowContext(ctx, look, s.table, s.table+"_begun_at").Scan(&missing); err != nil {
		return err
	}
	if missing {
		if err := s.create(ctx, tx); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Begin implements [Store]. It rounds a lease up to milliseconds. A lease of 0
// or less and an empty key are errors.
func (s *SQLStore) Begin(ctx context.Context, key string, lease time.Duration) (State, Claim, error) {
	if key == "" {
		return 0, Claim{}, errors.New("ipn: SQLStore.Begin: empty key")
	}
	if lease <= 0 {
		return 0, Claim{}, fmt.Errorf("ipn: SQLStore.Begin: bad lease %v", lease)
	}
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return 0, Claim{}, fmt.Errorf("ipn: SQLStore.Begin: %w", err)
	}
	claim := Claim{Key: key, Token: hex.EncodeToString(random[:])}
	state, err := s.begin(ctx, s.sql.begin.with(storedKey(key), claim.Token, milliseconds(lease)))
	if err != nil {
		s.withdraw(ctx, claim)
		return 0, Claim{}, fmt.Errorf("ipn: SQLStore.Begin: %w", err)
	}
	switch state {
	case StateNew:
		return state, claim, nil
	case StateInFlight, StateDone:
		return state, Claim{}, nil
	}
	return 0, Claim{}, fmt.Errorf("ipn: SQLStore.Begin: the database answered %d", state)
}

func (s *SQLStore) begin(ctx context.Context, args []any) (State, error) {
	if s.dialect == MySQL {
		res, err := s.db.ExecContext(ctx, s.sql.begin.text, args...)
		if err != nil {
			return 0, err
		}
		state, err := res.LastInsertId()
		if err == nil && state == 0 {
			return StateNew, nil
		}
		return State(state), err
	}
	rows, err := s.db.QueryContext(ctx, s.sql.begin.text, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	// Read to the end, because an error of the commit comes after the row.
	var state State
	for rows.Next() {
		if err := rows.Scan(&state); err != nil {
			return 0, err
		}
	}
	return state, rows.Err()
}

// withdraw releases a claim whose statement failed, but may have been carried
// out. If this fails too, the delivery waits for the end of the lease.
func (s *SQLStore) withdraw(ctx context.Context, c Claim) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = s.Release(ctx, c)
}

// Commit implements [Store].
func (s *SQLStore) Commit(ctx context.Context, c Claim) error {
	return s.endClaim(ctx, "Commit", s.sql.commit, c)
}

// Release implements [Store].
func (s *SQLStore) Release(ctx context.Context, c Claim) error {
	return s.endClaim(ctx, "Release", s.sql.release, c)
}

func (s *SQLStore) endClaim(ctx context.Context, name string, st statement, c Claim) error {
	if c.Key == "" || c.Token == "" {
		return fmt.Errorf("ipn: SQLStore.%s: no claim", name)
	}
	if _, err := s.db.ExecContext(ctx, st.text, st.with(storedKey(c.Key), c.Token)...); err != nil {
		return fmt.Errorf("ipn: SQLStore.%s: %w", name, err)
	}
	return nil
}

// Purge deletes rows whose last claim is older than olderThan, unless they are
// in flight. It deletes 1,000 rows with each statement, and returns how many in
// all, even with an error. An olderThan of 0 or less is an error.
// docs/notifications.md says how long to keep rows.
func (s *SQLStore) Purge(ctx context.Context, olderThan time.Duration) (int64, error) {
	if olderThan <= 0 {
		return 0, fmt.Errorf("ipn: SQLStore.Purge: bad duration %v", olderThan)
	}
	var total int64
	for {
		res, err := s.db.ExecContext(ctx, s.sql.purge.text, s.sql.purge.with(milliseconds(olderThan))...)
		if err != nil {
			return total, fmt.Errorf("ipn: SQLStore.Purge: %w", err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return total, fmt.Errorf("ipn: SQLStore.Purge: %w", err)
		}
		total += n
		if n < purgeBatch {
			return total, nil
		}
	}
}

// InTx makes a function for [NewHandler] from fn. The handler needs this store
// in [WithStore]. One transaction holds the writes of fn and the mark that the
// delivery is done. So fn's writes happen exactly once. What fn does elsewhere,
// such as in another service, still happens at least once.
//
// fn has to write through tx, with its own ctx, and must neither commit nor
// roll back. It has to return the errors of tx. An error or a panic rolls back.
// Without WithStore the function returns an error. Use one function of InTx for
// each delivery: a second one returns an error. docs/notifications.md tells
// what a deadlock does.
func (s *SQLStore) InTx(fn func(ctx context.Context, tx *sql.Tx, e *Event) error) func(context.Context, *Event) error {
	if fn == nil {
		return nil
	}
	return func(ctx context.Context, e *Event) error {
		active := activeClaimOf(ctx)
		if active == nil {
			return errors.New("ipn: SQLStore.InTx: no claim: give the handler the store, with WithStore")
		}
		if active.committed {
			return errors.New("ipn: SQLStore.InTx: another function of InTx has marked the delivery as done")
		}
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("ipn: SQLStore.InTx: %w", err)
		}
		defer func() { _ = tx.Rollback() }() // does nothing after Commit
		if _, err := tx.ExecContext(ctx, "SAVEPOINT "+savepoint); err != nil {
			return fmt.Errorf("ipn: SQLStore.InTx: %w", err)
		}
		if err := fn(ctx, tx, e); err != nil {
			return err
		}
		if err := s.finish(ctx, tx, active.claim); err != nil {
			return fmt.Errorf("ipn: SQLStore.InTx: %w", err)
		}
		active.committed = true
		return nil
	}
}

// savepoint exists as long as the transaction does. MySQL ends the transaction
// on a deadlock, and SQLite on an interrupt. database/sql does not notice, and
// would write the mark without fn's work.
const savepoint = "wapay_delivery"

// finish marks the delivery as done and commits, if the transaction and the
// claim hold.
func (s *SQLStore) finish(ctx context.Context, tx *sql.Tx, c Claim) error {
	if _, err := tx.ExecContext(ctx, "RELEASE SAVEPOINT "+savepoint); err != nil {
		return savepointError(ctx, err)
	}
	res, err := tx.ExecContext(ctx, s.sql.mark.text, s.sql.mark.with(storedKey(c.Key), c.Token)...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n != 1 {
		return errors.New("the claim is gone: its lease ended and another request has it, or it is of another store")
	}
	return tx.Commit()
}

// savepointError explains a missing savepoint.
func savepointError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("the transaction has ended before the function, or by it: %w", err)
}

// storedKey returns 1 to 200 printable ASCII characters for a key of any bytes
// and any length. They differ for every two keys.
func storedKey(key string) string {
	const hashed = "sha256:"
	plain := len(key) <= 200 && !strings.HasPrefix(key, hashed)
	for i := 0; plain && i < len(key); i++ {
		plain = key[i] > ' ' && key[i] < 0x7f
	}
	if plain {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hashed + hex.EncodeToString(sum[:])
}

// milliseconds returns d in milliseconds, rounded up.
func milliseconds(d time.Duration) int64 {
	ms := d.Milliseconds()
	if d%time.Millisecond > 0 {
		ms++
	}
	return ms
}
