package ipn

import (
	"strings"

	"github.com/wapay-go/wapay/internal/words"
)

// Dialect is the SQL that a database understands.
type Dialect int

const (
	// PostgreSQL from version 10 on.
	PostgreSQL Dialect = iota + 1
	// MySQL from version 5.7 on, and MariaDB. The table is InnoDB's.
	MySQL
	// SQLite from version 3.35 on.
	SQLite
)

var dialectNames = []string{"unknown", "PostgreSQL", "MySQL", "SQLite"}

// String returns the database's name.
func (d Dialect) String() string { return words.Of(dialectNames, d) }

// In the texts below, {table} is the name of the table, and {now} the clock of
// the database in milliseconds since 1970. $1 is the first argument, and may
// come several times.

// clocks has the clock of each database. It stands still within a statement,
// and does not depend on a time zone. MySQL's UNIX_TIMESTAMP of a local time
// would be off by an hour when the clocks are set back.
var clocks = [...]string{
	PostgreSQL: "(extract(epoch FROM statement_timestamp()) * 1000)::bigint",
	MySQL:      "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)",
	SQLite:     "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
}

// schemas has the schema of each database. All compare the key byte by byte.
var schemas = [...][]string{
	PostgreSQL: {
		`CREATE TABLE IF NOT EXISTS {table} (
	delivery_key text COLLATE "C" PRIMARY KEY,
	token text NOT NULL,
	begun_at bigint NOT NULL,
	lease_until bigint NOT NULL,
	done_at bigint
)`,
		`CREATE INDEX IF NOT EXISTS {name}_begun_at ON {table} (begun_at)`,
	},
	MySQL: {
		`CREATE TABLE IF NOT EXISTS {table} (
	delivery_key VARBINARY(200) NOT NULL PRIMARY KEY,
	token VARBINARY(32) NOT NULL,
	begun_at BIGINT NOT NULL,
	lease_until BIGINT NOT NULL,
	done_at BIGINT,
	INDEX {name}_begun_at (begun_at)
) ENGINE=InnoDB`,
	},
	SQLite: {
		`CREATE TABLE IF NOT EXISTS {table} (
	delivery_key TEXT NOT NULL PRIMARY KEY,
	token TEXT NOT NULL,
	begun_at INTEGER NOT NULL,
	lease_until INTEGER NOT NULL,
	done_at INTEGER
) WITHOUT ROWID`,
		`CREATE INDEX IF NOT EXISTS {table}_begun_at ON {name} (begun_at)`,
	},
}

// beginTexts claim the key $1 with the token $2 for $3 milliseconds. They yield
// a State as the only row of the answer. MySQL has no RETURNING: there the
// state is the last insert id, which is 0 for a new row.
var beginTexts = [...]string{
	// The statement only reads a row that is done or in flight. ON CONFLICT
	// would lock the row, and write the lock, even if its WHERE is false. ON
	// CONFLICT is for two at once that both see no row, or the end of a lease.
	// There the second waits for the first, so it reads the clock that goes on.
	PostgreSQL: `WITH seen AS (
	SELECT done_at FROM {table} WHERE delivery_key = $1 AND (done_at IS NOT NULL OR lease_until > {now})
), claim AS (
	INSERT INTO {table} AS d (delivery_key, token, begun_at, lease_until)
	SELECT $1::text, $2::text, {now}, {now} + $3::bigint WHERE NOT EXISTS (SELECT 1 FROM seen)
	ON CONFLICT (delivery_key) DO UPDATE
	SET token = excluded.token, begun_at = {clock}, lease_until = {clock} + $3::bigint
	WHERE d.done_at IS NULL AND d.lease_until <= {clock}
	RETURNING 1
) SELECT CASE WHEN EXISTS (SELECT 1 FROM claim) THEN 1
	WHEN EXISTS (SELECT 1 FROM seen WHERE done_at IS NOT NULL) THEN 3 ELSE 2 END`,

	// Assignments run from left to right: the conditions read done_at and
	// lease_until, which is assigned last.
	MySQL: `INSERT INTO {table} (delivery_key, token, begun_at, lease_until)
VALUES ($1, $2, {now}, {now} + $3)
ON DUPLICATE KEY UPDATE
	token = IF(done_at IS NULL AND lease_until <= {now}, $2, token),
	begun_at = IF(done_at IS NULL AND lease_until <= {now}, {now}, begun_at),
	lease_until = IF(LAST_INSERT_ID(IF(done_at IS NOT NULL, 3, IF(lease_until <= {now}, 1, 2))) = 1,
		{now} + $3, lease_until)`,

	// With a WHERE in place of the CASEs, RETURNING would yield no row unless
	// the delivery is new.
	SQLite: `INSERT INTO {table} AS d (delivery_key, token, begun_at, lease_until)
VALUES ($1, $2, {now}, {now} + $3)
ON CONFLICT (delivery_key) DO UPDATE SET
	token = CASE WHEN d.done_at IS NULL AND d.lease_until <= {now} THEN excluded.token ELSE d.token END,
	begun_at = CASE WHEN d.done_at IS NULL AND d.lease_until <= {now} THEN {now} ELSE d.begun_at END,
	lease_until = CASE WHEN d.done_at IS NULL AND d.lease_until <= {now} THEN {now} + $3 ELSE d.lease_until END
RETURNING CASE WHEN done_at IS NOT NULL THEN 3 WHEN token = $2 THEN 1 ELSE 2 END`,
}

const (
	// The row is missing if the lease ended, and another request claimed the
	// delivery and released it. The token is for that case only.
	commitUpsert = `INSERT INTO {table} AS d (delivery_key, token, begun_at, lease_until, done_at)
VALUES ($1, $2, {now}, {now}, {now})
ON CONFLICT (delivery_key) DO UPDATE SET done_at = {now} WHERE d.done_at IS NULL`
	commitMySQL = `INSERT INTO {table} (delivery_key, token, begun_at, lease_until, done_at)
VALUES ($1, $2, {now}, {now}, {now})
ON DUPLICATE KEY UPDATE done_at = IFNULL(done_at, {now})`

	mark    = `UPDATE {table} SET done_at = {now} WHERE delivery_key = $1 AND token = $2 AND done_at IS NULL`
	release = `DELETE FROM {table} WHERE delivery_key = $1 AND token = $2 AND done_at IS NULL`

	// $1 is in milliseconds. purgeSelect has the condition twice, because
	// another request may claim a row between the SELECT and the DELETE.
	purgeable   = `begun_at <= {now} - $1 AND (done_at IS NOT NULL OR lease_until <= {now})`
	purgeSelect = `DELETE FROM {table} WHERE delivery_key IN (
	SELECT delivery_key FROM {table} WHERE ` + purgeable + ` ORDER BY begun_at LIMIT 1000
) AND ` + purgeable
	purgeMySQL = `DELETE FROM {table} WHERE ` + purgeable + ` ORDER BY begun_at LIMIT 1000`
)

// purgeBatch is the LIMIT above.
const purgeBatch = 1000

// statement is a text for one dialect.
type statement struct {
	text string
	args []int // the index of each parameter's argument; nil: in their order
}

type statements struct{ begin, commit, mark, release, purge statement }

func (d Dialect) statements(table string) statements {
	commit, purge := commitUpsert, purgeSelect
	if d == MySQL {
		commit, purge = commitMySQL, purgeMySQL
	}
	return statements{
		begin:   d.statement(table, beginTexts[d]),
		commit:  d.statement(table, commit),
		mark:    d.statement(table, mark),
		release: d.statement(table, release),
		purge:   d.statement(table, purge),
	}
}

func (d Dialect) statement(table, text string) statement {
	text = d.fill(table, text)
	if d == PostgreSQL {
		return statement{text: text}
	}
	if d == SQLite {
		return statement{text: strings.ReplaceAll(text, "$", "?")}
	}
	var s statement
	before, text, found := strings.Cut(text, "$")
	for found {
		s.text += before + "?" // parameters of MySQL have no numbers
		s.args = append(s.args, int(text[0]-'1'))
		before, text, found = strings.Cut(text[1:], "$")
	}
	s.text += before
	return s
}

// with puts the arguments in the statement's order.
func (s statement) with(args ...any) []any {
	if s.args == nil {
		return args
	}
	ordered := make([]any, len(s.args))
	for i, n := range s.args {
		ordered[i] = args[n]
	}
	return ordered
}

func (d Dialect) fill(table, text string) string {
	return strings.NewReplacer(
		"{table}", table,
		"{name}", table[strings.LastIndexByte(table, '.')+1:],
		"{now}", clocks[d],
		"{clock}", strings.ReplaceAll(clocks[d], "statement_timestamp", "clock_timestamp"),
	).Replace(text)
}
