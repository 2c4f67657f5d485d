package storetest

import (
	"context"
	"database/sql"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/ipn"
)

// trips counts a round trip each time that the server answers after the client
// has sent something.
type trips struct{ n atomic.Int64 }

// counted is a connection to the server.
type counted struct {
	net.Conn
	trips *trips
	asked atomic.Bool
}

func (c *counted) Write(b []byte) (int, error) {
	c.asked.Store(true)
	return c.Conn.Write(b)
}

func (c *counted) Read(b []byte) (int, error) {
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
	return &counted{Conn: conn, trips: c}, nil
}

// of returns how many round trips f takes.
func (c *trips) of(f func()) int {
	before := c.n.Load()
	f()
	return int(c.n.Load() - before)
}

// countedServers opens pools of one connection, after a pool that skips the
// test if there is no server.
var countedServers = map[string]func(*testing.T, *trips) *sql.DB{
	"PostgreSQL": func(t *testing.T, c *trips) *sql.DB {
		openPostgreSQL(t)
		cfg, err := pgx.ParseConfig(postgresDSN())
		require.NoError(t, err)
		cfg.DialFunc = c.dial
		return stdlib.OpenDB(*cfg)
	},
	"MariaDB": func(t *testing.T, c *trips) *sql.DB {
		openMariaDB(t)
		cfg, err := mysql.ParseDSN(mariaDSN(t))
		require.NoError(t, err)
		cfg.DialFunc = c.dial
		connector, err := mysql.NewConnector(cfg)
		require.NoError(t, err)
		return sql.OpenDB(connector)
	},
}

func TestRoundTrips(t *testing.T) {
	for _, d := range databases {
		open := countedServers[d.name]
		if open == nil {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			var c trips
			db := open(t, &c)
			defer db.Close()
			db.SetMaxOpenConns(1)
			_, admin, table := newStore(t, d)
			s, err := ipn.NewSQLStore(db, d.dialect, ipn.WithTable(table))
			require.NoError(t, err)
			ledger := uniqueTable(t, admin)
			_, err = admin.Exec("CREATE TABLE " + ledger + " (k VARCHAR(50) NOT NULL)")
			require.NoError(t, err)

			handler := func(fn func(context.Context, *ipn.Event) error) http.Handler {
				h, err := ipn.NewHandler(accept{}, fn, ipn.WithStore(s))
				require.NoError(t, err)
				return h
			}
			plain := handler(func(_ context.Context, e *ipn.Event) error {
				if len(e.DeliveryKey) > 100 {
					return context.Canceled // any error
				}
				return nil
			})
			inTx := handler(s.InTx(func(ctx context.Context, tx *sql.Tx, _ *ipn.Event) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO "+ledger+" (k) VALUES ('one statement')")
				return err
			}))
			status := 0
			trip := func(h http.Handler, key string) int {
				return c.of(func() { status = deliver(h, key) })
			}
			long := string(make([]byte, 101))
			trip(plain, "warm") // connects, and has pgx prepare the statements
			trip(plain, long)
			trip(inTx, "warm in tx")

			assert.Equal(t, 2, trip(plain, "k1"), "new")
			assert.Equal(t, http.StatusOK, status)
			assert.Equal(t, 1, trip(plain, "k1"), "duplicate")
			assert.Equal(t, http.StatusOK, status)
			claim(t, s, "k2", lease)
			assert.Equal(t, 1, trip(plain, "k2"), "in flight")
			assert.Equal(t, http.StatusServiceUnavailable, status)
			assert.Equal(t, 2, trip(plain, long), "an error: begun and released")
			assert.Equal(t, http.StatusInternalServerError, status)
			assert.Equal(t, 7, trip(inTx, "k3"),
				"in a transaction: begun, BEGIN, SAVEPOINT, the function's own statement, RELEASE SAVEPOINT, mark, COMMIT")
			assert.Equal(t, http.StatusOK, status)
			assert.Equal(t, 1, trip(inTx, "k3"), "duplicate")
			assert.Equal(t, 1, c.of(func() { require.NoError(t, db.Ping()) }), "the count itself")
		})
	}
}
