package journaltest

import (
	"context"
	"database/sql"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

// trips counts what crosses a connection: a round trip each time that the
// server answers after the client has sent something.
type trips struct {
	n    atomic.Int64
	mu   sync.Mutex
	sent strings.Builder // what the client has said
}

type countedConn struct {
	net.Conn
	trips *trips
	asked atomic.Bool
}

func (c *countedConn) Write(b []byte) (int, error) {
	c.asked.Store(true)
	c.trips.mu.Lock()
	c.trips.sent.Write(b)
	c.trips.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.asked.Swap(false) {
		c.trips.n.Add(1)
	}
	return n, err
}

func (c *trips) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &countedConn{Conn: conn, trips: c}, nil
}

func (c *trips) of(f func()) int {
	before := c.n.Load()
	f()
	return int(c.n.Load() - before)
}

// counted opens a pool of one connection whose round trips are counted.
func (c *trips) open(t *testing.T, d database, dsn string) *sql.DB {
	var db *sql.DB
	if d.dialect == journal.MySQL {
		cfg, err := mysql.ParseDSN(dsn)
		require.NoError(t, err)
		cfg.DialFunc = c.dial
		connector, err := mysql.NewConnector(cfg)
		require.NoError(t, err)
		db = sql.OpenDB(connector)
	} else {
		cfg, err := pgx.ParseConfig(dsn)
		require.NoError(t, err)
		cfg.DialFunc = c.dial
		db = stdlib.OpenDB(*cfg)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// An order that goes well costs two writes and four round trips, and those of
// the merchant's function.
func TestRoundTrips(t *testing.T) {
	for _, d := range databases[:2] {
		t.Run(d.name, func(t *testing.T) {
			s := newShop(t, d)
			var c trips
			s.db = c.open(t, d, s.dsn)
			plain, err := journal.New(s.db, d.dialect, journal.WithProvider("a", s.a), journal.WithProvider("b", s.b))
			require.NoError(t, err)
			telling := s.journal(journal.WithProvider("a", s.a), journal.WithProvider("b", s.b))
			send := func(j *journal.Journal, reference string) int {
				return c.of(func() {
					_, err := j.Via("a").Payout(s.ctx, payoutOf(reference))
					require.NoError(t, err)
				})
			}
			warm := func(j *journal.Journal) { // connects, and has pgx prepare the statements
				send(j, "warm")
				send(j, "warm")
				require.NoError(t, j.Notify(s.ctx, event(ipn.KindPayout, "warm", wapay.StatusSucceeded)))
			}
			warm(plain)
			s.exec("DELETE FROM wapay_orders")
			warm(telling)

			assert.Equal(t, 2, send(plain, "1"), "the row, the answer")
			assert.Equal(t, 2, send(plain, "1"), "the row is there, and what it says")
			c.sent.Reset()
			assert.Equal(t, 4+1, send(telling, "2"), "the row, BEGIN, the answer, the function's own statement, COMMIT")
			if d.dialect == journal.MySQL { // whose statements cross the connection as text
				sent := c.sent.String()
				assert.Equal(t, 1, strings.Count(sent, "INSERT INTO wapay_orders"), sent)
				assert.Equal(t, 1, strings.Count(sent, "UPDATE wapay_orders"), sent)
				assert.Equal(t, 1, strings.Count(sent, "INSERT INTO effects"), sent)
			}
			assert.Equal(t, 2, send(telling, "2"), "a repeat")
			e := event(ipn.KindPayout, "2", wapay.StatusSucceeded)
			e.ID = "a-payout2"
			assert.Equal(t, 4+1, c.of(func() { require.NoError(t, telling.Notify(s.ctx, e)) }),
				"a notification: the row is read, and then the same")
			assert.Equal(t, 1, c.of(func() { require.NoError(t, telling.Notify(s.ctx, e)) }), "a repeat of it")
			assert.Equal(t, 1, c.of(func() { require.NoError(t, s.db.Ping()) }), "the count itself")
		})
	}
}
