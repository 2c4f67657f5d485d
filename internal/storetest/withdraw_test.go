package storetest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"

	"github.com/wapay-go/wapay/ipn"
)

// deaf opens connections whose answers are lost: what is asked is carried out,
// and an error comes back.
type deaf struct {
	dsn  string
	lost atomic.Bool // the answers, from now on
}

func (d *deaf) Driver() driver.Driver { return &sqlite.Driver{} }

func (d *deaf) Connect(context.Context) (driver.Conn, error) {
	conn, err := d.Driver().Open(d.dsn)
	return &deafConn{Conn: conn, to: d}, err
}

type deafConn struct {
	driver.Conn
	to *deaf
}

func (c *deafConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c *deafConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	if err != nil || !c.to.lost.Load() {
		return rows, err
	}
	row := make([]driver.Value, len(rows.Columns()))
	for rows.Next(row) == nil { // carry it out
	}
	return nil, errors.Join(errors.New("connection reset"), rows.Close())
}

// If the answer to Begin is lost, the caller has no claim, and must not keep
// others from the delivery.
func TestBeginAnswerLost(t *testing.T) {
	to := &deaf{dsn: "file:" + filepath.Join(t.TempDir(), "deaf.db")}
	db := sql.OpenDB(to)
	defer db.Close()
	s, err := ipn.NewSQLStore(db, ipn.SQLite)
	require.NoError(t, err)
	ctx := context.Background()
	require.NoError(t, s.CreateSchema(ctx))

	to.lost.Store(true)
	_, _, err = s.Begin(ctx, "k1", time.Hour)
	require.ErrorContains(t, err, "connection reset")
	to.lost.Store(false)
	state, _, err := s.Begin(ctx, "k1", time.Hour)
	require.NoError(t, err)
	require.Equal(t, ipn.StateNew, state)
}
