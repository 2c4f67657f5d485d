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

// SQLStore is a [Store] in a table of the merchant's database. It is made by
// [NewSQLStore].
type SQLStore struct {
	db      *sql.DB
	dialect Dialect
	table   string
	sql     statements
}

// SQLOption sets up an [SQLStore].
type SQLOption func(*SQLStore) error

// WithTable names the table; the default is "wapay_notifications". A name has
// at most 48 ASCII letters, digits and underscores, and begins with no digit.
// The name of a schema may go before it, such as "shop.notifications". The SQL
// does not quote it.
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

// isIdentifier leaves room for "_begun_at": PostgreSQL cuts a name after 63
// bytes.
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
// All processes that share the table together act on each delivery once. Times
// are the database's: the clocks of the processes do not matter. db has to be
// the primary: a replica that lags behind does not know what is done.
//
// The function of [NewHandler] runs at least once for each delivery. It runs
// again if its process dies before its work is marked as done, or if it
// outlasts its lease and the notification comes again. With [SQLStore.InTx],
// what it writes to the same database is written exactly once.
//
// There is one row for each delivery: the key, or a hash of a key that is long
// or not plain ASCII; a random token; the time of the claim, the end of the
// lease and the time when it was done, in milliseconds since 1970. Remove old
// rows with [SQLStore.Purge]. A delivery without its row is new. Intram sends a
// notification again for hours: keep its rows for weeks. The others verify for
// all time, and a captured one may come after the purge: keep their rows, or
// let the function look at the state of your own order too.
//
// Begin, Commit and Release are one statement each. A new delivery costs two
// round trips, one that is done costs one, and InTx six, where the driver makes
// one round trip of a statement:
//
//   - PostgreSQL: pgx does, once the connection has prepared the statement.
//     Behind PgBouncer in transaction mode set default_query_exec_mode=exec.
//     lib/pq makes two, except with binary_parameters=yes.
//   - MySQL and MariaDB: go-sql-driver does with interpolateParams=true in its
//     DSN.
//   - SQLite: there is one writer at a time, and even a repeat writes. Set a
//     busy timeout, WAL, and for InTx transactions that begin IMMEDIATE: for
//     modernc.org/sqlite
//     "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate",
//     for mattn/go-sqlite3
//     "_busy_timeout=5000&_journal_mode=WAL&_txlock=immediate".
//
// The default isolation of each database is right. A stricter one is safe, and
// fails more often with an error, after which the notification comes again.
//
// It is tested on PostgreSQL 15, MariaDB 10.11 and SQLite (modernc.org/sqlite).
// It is not tested on MySQL itself.
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

// createPostgreSQL takes a lock first, because two CREATE TABLE IF NOT EXISTS
// at once can fail. It also looks first: CREATE INDEX IF NOT EXISTS waits for
// all writers of the table, and all others wait behind it.
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
	// Read to the end: an error of the commit comes after the row.
	var state State
	for rows.Next() {
		if err := rows.Scan(&state); err != nil {
			return 0, err
		}
	}
	return state, rows.Err()
}

// withdraw releases a claim that may have been written although its statement
// failed, such as when the client hung up just then. If this fails too, the
// delivery waits for the end of the lease.
func (s *SQLStore) withdraw(ctx context.Context, c Claim) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = s.Release(ctx, c)
}

// Commit implements [Store].
func (s *SQLStore) Commit(ctx context.Context, c Claim) error {
	return s.settle(ctx, "Commit", s.sql.commit, c)
}

// Release implements [Store].
func (s *SQLStore) Release(ctx context.Context, c Claim) error {
	return s.settle(ctx, "Release", s.sql.release, c)
}

func (s *SQLStore) settle(ctx context.Context, name string, st statement, c Claim) error {
	if c.Key == "" || c.Token == "" {
		return fmt.Errorf("ipn: SQLStore.%s: no claim", name)
	}
	if _, err := s.db.ExecContext(ctx, st.text, st.with(storedKey(c.Key), c.Token)...); err != nil {
		return fmt.Errorf("ipn: SQLStore.%s: %w", name, err)
	}
	return nil
}

// Purge deletes the rows last claimed longer ago than olderThan that are done,
// or whose lease has ended. It deletes 1,000 rows with each statement, and
// returns how many in all, also beside an error. An olderThan of 0 or less is
// an error. See [NewSQLStore] on how long to keep rows.
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

// InTx makes a function for [NewHandler] of fn, with this store in [WithStore].
// What fn writes and the mark that the delivery is done are one transaction:
// both are there, or neither. So fn's writes are made exactly once. Where fn
// hangs for longer than its lease and runs again, the first one to end commits,
// and the other gets an error. An error or a panic of fn rolls back. What fn
// does elsewhere, such as to call another service, is still done at least once.
//
// fn has to write through tx, with its own ctx, and must neither commit nor
// roll back. It has to return errors: in MySQL a deadlock undoes all that was
// written before it. If fn ignores that error and goes on, a savepoint shows
// it, and InTx returns an error. But what fn wrote after the deadlock stays,
// and fn runs again.
//
// tx has the default isolation of the database. Where the connection breaks
// during the commit, the error is returned although the commit may be in
// effect. The store knows when the notification comes again.
//
// Without a claim in the context, that is without WithStore, the function only
// returns an error. So does a second one for the same delivery: use one fn.
// InTx(nil) is nil, which NewHandler refuses.
func (s *SQLStore) InTx(fn func(ctx context.Context, tx *sql.Tx, e *Event) error) func(context.Context, *Event) error {
	if fn == nil {
		return nil
	}
	return func(ctx context.Context, e *Event) error {
		h := activeClaimOf(ctx)
		if h == nil {
			return errors.New("ipn: SQLStore.InTx: no claim: give the handler the store, with WithStore")
		}
		if h.committed {
			return errors.New("ipn: SQLStore.InTx: the delivery is marked as done already, by another function of InTx")
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
		if err := s.finish(ctx, tx, h.claim); err != nil {
			return fmt.Errorf("ipn: SQLStore.InTx: %w", err)
		}
		h.committed = true
		return nil
	}
}

// savepoint exists as long as the transaction does. MySQL ends it on a
// deadlock, SQLite on an interrupt, and database/sql does not notice: the mark
// would be written without fn's work.
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
		return errors.New("the claim is gone: its lease ended and another has it, or it is of another store")
	}
	return tx.Commit()
}

// savepointError explains a savepoint that is gone.
func savepointError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("the transaction has ended before the function, or by it: %w", err)
}

// storedKey returns 1 to 200 printable ASCII characters for a key, which may be
// any bytes of any length. Two keys never have the same.
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

// milliseconds rounds up.
func milliseconds(d time.Duration) int64 {
	ms := d.Milliseconds()
	if d%time.Millisecond > 0 {
		ms++
	}
	return ms
}
