package journaltest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/journal"
)

// BenchmarkFloorSQLite is [BenchmarkFloor] on SQLite: beside the very same
// statements by hand with database/sql, on the same pool.
func BenchmarkFloorSQLite(b *testing.B) {
	d := databases[2]
	dsn := d.fresh(b)
	db := d.open(b, dsn)
	sent := loggedPayout(b, db.Driver(), dsn)
	j, err := journal.New(db, d.dialect, journal.WithProvider("a", instant{}))
	require.NoError(b, err)
	beside(b, j, func(reference string) error {
		for _, s := range sent {
			if err := s.repeat(db, reference); err != nil {
				return err
			}
		}
		return nil
	})
}

// statement is a statement about an order.
type statement struct {
	query string
	args  []driver.NamedValue
}

// repeat sends the statement about another order than "one".
func (s statement) repeat(db *sql.DB, reference string) error {
	var args []any
	for _, a := range s.args {
		if text, ok := a.Value.(string); ok && strings.HasSuffix(text, "one") {
			a.Value = strings.TrimSuffix(text, "one") + reference
		}
		args = append(args, a.Value)
	}
	if strings.Contains(s.query, "RETURNING") {
		var createdAt int64
		return db.QueryRow(s.query, args...).Scan(&createdAt)
	}
	res, err := db.Exec(s.query, args...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n != 1 {
		err = fmt.Errorf("%d rows changed, want 1", n)
	}
	return err
}

// loggedPayout makes the tables, and returns the statements of a payout that
// goes well.
func loggedPayout(b *testing.B, d driver.Driver, dsn string) []statement {
	all := &statementLog{d: d, dsn: dsn}
	db := sql.OpenDB(all)
	defer db.Close()
	payOne(b, db, journal.SQLite, func() { all.sent = nil })
	require.Len(b, all.sent, 2)
	return all.sent
}

// statementLog keeps the statements that go through its connections.
type statementLog struct {
	d    driver.Driver
	dsn  string
	sent []statement
}

func (o *statementLog) Driver() driver.Driver { return o.d }

func (o *statementLog) Connect(context.Context) (driver.Conn, error) {
	c, err := o.d.Open(o.dsn)
	return loggedConn{c, o}, err
}

type loggedConn struct {
	driver.Conn
	o *statementLog
}

func (c loggedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.o.sent = append(c.o.sent, statement{query, args})
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c loggedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.o.sent = append(c.o.sent, statement{query, args})
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}
