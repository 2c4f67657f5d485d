package journaltest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

// deaf opens connections on which the answer to some statements is lost: the
// statement is carried out, and an error comes back.
type deaf struct {
	dsn string

	mu   sync.Mutex
	lose string // the start of the next statement whose answer is lost
}

func (d *deaf) loses(query string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lose == "" || !strings.HasPrefix(query, d.lose) {
		return false
	}
	d.lose = ""
	return true
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

var errReset = errors.New("connection reset")

func (c *deafConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
	return &deafTx{tx, c.to}, err
}

type deafTx struct {
	driver.Tx
	to *deaf
}

func (t *deafTx) Commit() error {
	err := t.Tx.Commit()
	if err == nil && t.to.loses("COMMIT") {
		err = errReset
	}
	return err
}

func (c *deafConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	res, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
	if err == nil && c.to.loses(query) {
		return nil, errReset
	}
	return res, err
}

func (c *deafConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	if err != nil || !c.to.loses(query) {
		return rows, err
	}
	row := make([]driver.Value, len(rows.Columns()))
	for rows.Next(row) == nil { // carry it out
	}
	return nil, errors.Join(errReset, rows.Close())
}

// next loses the answer to the next such statement.
func (d *deaf) next(statement string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lose = statement
}

func newDeafShop(t *testing.T) (*shop, *deaf) {
	s := newRepeatShop(t, databases[2], 0)
	d := &deaf{dsn: s.dsn}
	s.db = sql.OpenDB(d)
	t.Cleanup(func() { _ = s.db.Close() })
	s.j = s.journal(journal.WithProvider("a", repeatSafe{s.a}), journal.WithProvider("b", s.b))
	s.route = s.j.Via()
	return s, d
}

// If the answer to a claim is lost, the order can still be sent.
func TestClaimIsLost(t *testing.T) {
	s, d := newDeafShop(t)
	d.next("INSERT INTO wapay_orders")
	_, err := s.route.Payout(s.ctx, payoutOf("1"))
	require.ErrorIs(t, err, errReset)
	require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	assert.Equal(t, journal.StateReady, s.find(journal.Payout, "1").State)
	d.next("UPDATE wapay_orders")
	_, err = s.route.Payout(s.ctx, payoutOf("1"))
	require.ErrorIs(t, err, errReset)
	assert.Equal(t, journal.StateReady, s.find(journal.Payout, "1").State)
	assert.Zero(t, s.a.sent())
	_, err = s.route.Payout(s.ctx, payoutOf("1"))
	require.NoError(t, err)
	assert.Empty(t, s.judge(1, "pending"))
}

// If the claim for a repeat is lost, the order does not become ready.
func TestClaimForARepeatIsLost(t *testing.T) {
	s, d := newDeafShop(t)
	s.lose("1")
	s.sweep() // has stored that it may be sent again: the next write is the claim
	s.a.onAsk = []step{{before: func() { d.next("UPDATE wapay_orders") }, err: s.a.fail(wapay.OutcomeReadOnly, wapay.ErrNotFound)}}
	_, err := s.route.Payout(s.ctx, payoutOf("1"))
	require.ErrorIs(t, err, errReset)
	assert.Equal(t, journal.StateAsking, s.find(journal.Payout, "1").State)
	assert.Equal(t, "a", s.find(journal.Payout, "1").Provider)
	assert.Zero(t, s.b.sent())
}

// If any answer of the database is lost, the provider's answer is stored once,
// with its effect.
func TestStoreIsLost(t *testing.T) {
	for _, statement := range []string{"COMMIT", "UPDATE wapay_orders", "INSERT INTO effects"} {
		s, d := newDeafShop(t)
		s.a.onSend = []step{{arrives: true, before: func() { d.next(statement) }}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		if statement == "INSERT INTO effects" { // the function's own error
			require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
			s.age(lease)
			s.sweep()
		} else {
			require.NoError(t, err, statement)
		}
		assert.Empty(t, s.judge(1, "pending"), statement)
		d.next(statement)
		err = s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusSucceeded))
		if err != nil {
			require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusSucceeded)))
		}
		assert.Empty(t, s.judge(1, "pending", "succeeded"), statement)
	}
}
