package journal

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay/ipn"
)

// nows has the SQL for the time in milliseconds since 1970. It is the same
// throughout a statement, and depends on no time zone.
var nows = map[Dialect]string{
	PostgreSQL: "(extract(epoch FROM statement_timestamp()) * 1000)::bigint",
	MySQL:      "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)",
	SQLite:     "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
}

// migrations has the statements of each version of the schema, the first
// version first. A version that was released never changes: append the next.
//
// {key} is a text of up to 255 bytes that compares byte by byte. {short} has up
// to 255 characters, {text} up to 2000. {where …} is the condition of an index,
// in databases that have partial indexes.
var migrations = [][]string{{
	`CREATE TABLE IF NOT EXISTS wapay_orders (
	kind {short} NOT NULL,
	reference {key} NOT NULL,
	state {short} NOT NULL,
	held_at bigint NOT NULL,
	held_for {short} NOT NULL,
	why {text} NOT NULL,
	provider {key} NOT NULL,
	provider_id {key} NOT NULL,
	status {short} NOT NULL,
	provider_status {short} NOT NULL,
	amount bigint NOT NULL,
	currency {short} NOT NULL,
	fee bigint NOT NULL,
	fee_currency {short} NOT NULL,
	phone {short} NOT NULL,
	first_name {short} NOT NULL,
	last_name {short} NOT NULL,
	email {short} NOT NULL,
	operator {short} NOT NULL,
	operator_id {short} NOT NULL,
	reason {text} NOT NULL,
	checkout_url {text} NOT NULL,
	customer_action {short} NOT NULL,
	print {short} NOT NULL,
	token {short} NOT NULL,
	lease_until bigint NOT NULL,
	sent_at bigint NOT NULL,
	missing_since bigint NOT NULL,
	asks bigint NOT NULL,
	next_at bigint NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	version bigint NOT NULL,
	PRIMARY KEY (kind, reference)
){options}`,
	`CREATE INDEX {ifnew} wapay_orders_next_at ON wapay_orders (next_at, provider){where next_at > 0}`,
	`CREATE INDEX {ifnew} wapay_orders_held_at ON wapay_orders (held_at){where held_at > 0}`,
	`CREATE INDEX {ifnew} wapay_orders_provider_id ON wapay_orders (provider_id){where provider_id <> ''}`,
	`CREATE INDEX {ifnew} wapay_orders_created_at ON wapay_orders (created_at)`,
}}

const versionTable = `CREATE TABLE IF NOT EXISTS wapay_journal (version bigint NOT NULL PRIMARY KEY){options}`

// columnTypes has the placeholders' text for each database.
var columnTypes = map[Dialect]*strings.Replacer{
	PostgreSQL: strings.NewReplacer("{key}", `text COLLATE "C"`, "{short}", "text", "{text}", "text",
		"{options}", "", "{ifnew}", "IF NOT EXISTS", "{where ", " WHERE ", "0}", "0", "''}", "''"),
	MySQL: strings.NewReplacer("kind {short}", "kind VARCHAR(16)", "{key}", "VARBINARY(255)", "{short}", "VARCHAR(255)",
		"{text}", "VARCHAR(2000)", "{options}", " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4", "{ifnew} ", "",
		"{where next_at > 0}", "", "{where held_at > 0}", "", "{where provider_id <> ''}", ""),
	SQLite: strings.NewReplacer("{key}", "TEXT", "{short}", "TEXT", "{text}", "TEXT", "bigint", "INTEGER",
		"{options}", "", "{ifnew}", "IF NOT EXISTS", "{where ", " WHERE ", "0}", "0", "''}", "''"),
}

// Schema returns the SQL that makes the tables, for merchants with migrations
// of their own. Each statement ends with ";\n". Run it once, on a database
// without the tables. [Journal.CreateSchema] does the same, and also updates an
// older schema.
func (j *Journal) Schema() string {
	var b strings.Builder
	b.WriteString(j.ddl(versionTable) + ";\n")
	for i, statements := range migrations {
		for _, s := range statements {
			b.WriteString(j.ddl(s) + ";\n")
		}
		b.WriteString(insertVersion(i+1) + ";\n")
	}
	return b.String()
}

func (j *Journal) ddl(s string) string { return columnTypes[j.dialect].Replace(s) }

func insertVersion(v int) string {
	return "INSERT INTO wapay_journal (version) VALUES (" + strconv.Itoa(v) + ")"
}

// CreateSchema makes the tables if they are missing, and updates those of an
// older version. Many processes may call it at once. It refuses a schema that
// is newer than this program.
func (j *Journal) CreateSchema(ctx context.Context) error {
	if err := j.createSchema(ctx); err != nil {
		return fmt.Errorf("journal: CreateSchema: %w", err)
	}
	return nil
}

func (j *Journal) createSchema(ctx context.Context) error {
	if v, err := j.version(ctx, j.db); err == nil && v == len(migrations) {
		return nil // without a lock
	}
	if j.dialect == MySQL {
		return j.createMySQL(ctx)
	}
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if j.dialect == PostgreSQL { // two CREATE TABLE IF NOT EXISTS at once can fail
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtext('wapay journal.CreateSchema'))"); err != nil {
			return err
		}
	}
	if err := j.migrate(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// createMySQL holds a named lock on one connection, because MySQL commits each
// CREATE by itself.
func (j *Journal) createMySQL(ctx context.Context) error {
	conn, err := j.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var locked int
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK('wapay journal.CreateSchema', 60)").Scan(&locked); err != nil {
		return err
	}
	if locked != 1 {
		return fmt.Errorf("another process has been creating the schema for a minute")
	}
	defer func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "DO RELEASE_LOCK('wapay journal.CreateSchema')")
	}()
	return j.migrate(ctx, conn)
}

func (j *Journal) migrate(ctx context.Context, db querier) error {
	if _, err := db.ExecContext(ctx, j.ddl(versionTable)); err != nil {
		return err
	}
	have, err := j.version(ctx, db)
	if err != nil {
		return err
	}
	if have > len(migrations) {
		return fmt.Errorf("the schema has version %d, this program knows %d", have, len(migrations))
	}
	for v := have + 1; v <= len(migrations); v++ {
		for _, s := range migrations[v-1] {
			if _, err := db.ExecContext(ctx, j.ddl(s)); err != nil && !j.indexIsThere(ctx, db, s) {
				return err
			}
		}
		if _, err := db.ExecContext(ctx, insertVersion(v)); err != nil {
			return err
		}
	}
	return nil
}

// indexIsThere reports whether a CREATE INDEX failed in MySQL because the index
// exists: an earlier process died half-way. MySQL has no IF NOT EXISTS for it.
func (j *Journal) indexIsThere(ctx context.Context, db querier, statement string) bool {
	_, after, ok := strings.Cut(statement, "CREATE INDEX {ifnew} ")
	if !ok || j.dialect != MySQL {
		return false
	}
	name, _, _ := strings.Cut(after, " ")
	var n int
	err := db.QueryRowContext(ctx, "SELECT count(*) FROM information_schema.statistics "+
		"WHERE table_schema = DATABASE() AND table_name = 'wapay_orders' AND index_name = ?", name).Scan(&n)
	return err == nil && n > 0
}

func (j *Journal) version(ctx context.Context, db querier) (int, error) {
	var v int
	err := db.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM wapay_journal").Scan(&v)
	return v, err
}

// Dialect is the SQL that a database understands.
type Dialect = ipn.Dialect

// The databases that a journal can be kept in.
const (
	PostgreSQL = ipn.PostgreSQL // from version 10 on
	MySQL      = ipn.MySQL      // from version 5.7 on, and MariaDB
	SQLite     = ipn.SQLite     // from version 3.35 on
)
