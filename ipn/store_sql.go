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

// SQLStore is a [Store] in a table of the merchant's database. It is made by [NewSQLStore].
type SQLStore struct {
	db      *sql.DB
	dialect Dialect
	table   string
	sql     statements
}

// SQLOption sets up an [SQLStore].
type SQLOption func(*SQLStore) error

// WithTable names the table, "wapay_notifications" if it is not used. A name is of ASCII letters, digits and
// underscores, begins with no digit, and has 48 characters at most; that of a schema may go before it, as in
// "shop.notifications". It stands unquoted in the SQL.
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

// isIdentifier leaves room for "_begun_at" in PostgreSQL's 63 bytes, beyond which names are cut off.
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

// NewSQLStore returns a store that keeps deliveries in a table of db, for [WithStore]. It does no I/O; make the table
// with [SQLStore.CreateSchema], or put [SQLStore.Schema] among your migrations.
//
// All processes that share the table act on each delivery once between them. Times are the database's: the clocks of
// the processes do not matter. db has to be the primary: a replica that lags behind does not know what is done.
//
// The function given to [NewHandler] runs at least once for each delivery: it runs again when its process dies after it
// has acted and before that is written down, or when it runs for longer than its lease and the notification comes
// again. With [SQLStore.InTx] what it writes to the same database is written exactly once.
//
// There is one row for each delivery. It holds the key, or a hash of it if it is long or not plain ASCII; a random
// token; the time of the claim, the end of the lease and when it was done, in milliseconds since 1970, the last
// NULL while it is in flight. Remove old rows with [SQLStore.Purge], but know what for: to a store without the row, a
// delivery is new. Intram's notifications verify for five minutes and are sent again for longer than that; keep their
// rows for weeks. Those of the others verify for ever, and whoever has captured one can send it after the purge: keep
// them, or have the function look at the state of your own order too, and change nothing if that is settled.
//
// Begin, Commit and Release are one statement each. So a new delivery costs two round trips, and one that is done costs
// one, if the driver makes one of a statement. InTx makes six of the two, and those of the function.
//
//   - PostgreSQL: pgx does, once it has prepared the statement on the connection. Behind PgBouncer in transaction
//     mode set default_query_exec_mode=exec. lib/pq takes two, save with binary_parameters=yes.
//   - MySQL and MariaDB: go-sql-driver does with interpolateParams=true in its DSN.
//   - SQLite: no round trips, but one writer at a time. Set a busy timeout, WAL, and for InTx that transactions begin
//     IMMEDIATE: with modernc.org/sqlite "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate", with
//     mattn/go-sqlite3 "_busy_timeout=5000&_journal_mode=WAL&_txlock=immediate". Even a repeat writes.
//
// The default isolation of each database is right: READ COMMITTED, or MySQL's REPEATABLE READ. A stricter one is safe,
// but fails more often with an error, which has the provider send the notification again.
//
// It is tested on PostgreSQL 15, MariaDB 10.11 and SQLite (modernc.org/sqlite). It is not tested on MySQL itself.
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

// Schema returns the SQL that makes the table and its index where they are not there, each statement ended by ";\n".
func (s *SQLStore) Schema() string {
	var b strings.Builder
	for _, text := range schemas[s.dialect] {
		b.WriteString(s.dialect.fill(s.table, text) + ";\n")
	}
	return b.String()
}

// CreateSchema makes the table and its index where they are not there. Many processes may do so at once.
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

// createPostgreSQL takes a lock first, as two CREATE TABLE IF NOT EXISTS at once can fail. It looks first, too, as
// CREATE INDEX IF NOT EXISTS waits for all who write to the table, and has all others wait behind it.
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

// Begin implements [Store]. A lease is rounded up to milliseconds; one of 0 or less, or an empty key, is an error.
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

// withdraw releases a claim that may have been written although its statement failed, as when the client hung up just
// then. If this fails too, the delivery waits for the end of the lease.
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

// Purge deletes what was last claimed longer ago than olderThan and is done, or was given up: its lease has ended. It
// deletes 1,000 rows with each statement until none is left, and returns how many, also beside an error. An
// olderThan of 0 or less is an error. See [NewSQLStore] on how long to keep rows.
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

// InTx makes a function for [NewHandler], with this store in [WithStore], of one that writes to the store's database.
// fn's writes and the mark that the delivery is done are one transaction: both are there, or neither.
// So they are made exactly once, even where fn hangs for longer than its lease: whoever comes first commits, and the
// other finds its claim gone, and gets an error. An error or a panic of fn rolls back. What fn does elsewhere, as to
// call another service, is still done at least once.
//
// fn has to write through tx, with its own ctx, and must neither commit nor roll back. An error that it ignores may have
// ended the transaction: in MySQL a deadlock undoes all that was written. A savepoint notices that, and the function
// returns an error; but what fn wrote after it was written by itself, and is there when fn runs again. So return errors.
//
// tx has the database's default isolation. If the connection breaks while the transaction is committed, the error is
// returned although it may be in effect; when the notification comes again the store knows.
//
// Without a claim in the context, which is without WithStore, the function returns an error and does nothing else. So
// does a second one for the same delivery: all that belongs together goes into one fn.
// InTx(nil) is nil, which NewHandler refuses.
func (s *SQLStore) InTx(fn func(ctx context.Context, tx *sql.Tx, e *Event) error) func(context.Context, *Event) error {
	if fn == nil {
		return nil
	}
	return func(ctx context.Context, e *Event) error {
		h := heldFrom(ctx)
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

// savepoint is there as long as the transaction is the one that was begun. MySQL ends it by itself on a deadlock, SQLite
// on an interrupt, and database/sql does not notice: the mark would be written without fn's work.
const savepoint = "wapay_delivery"

// finish marks the delivery as done and commits, if the transaction and the claim hold.
func (s *SQLStore) finish(ctx context.Context, tx *sql.Tx, c Claim) error {
	if _, err := tx.ExecContext(ctx, "RELEASE SAVEPOINT "+savepoint); err != nil {
		return ended(ctx, err)
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

// ended says why the savepoint is not there any more.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("the transaction has ended before the function, or by it: %w", err)
}

// storedKey returns what stands in the table for key, which may be any bytes of any length: 1 to 200 printable ASCII
// characters. Two keys never have the same.
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
