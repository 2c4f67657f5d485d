package storetest

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/ipn"
)

// The settings of a merchant's connections must not matter.
func TestSettings(t *testing.T) {
	for name, set := range map[string]func(*pgx.ConnConfig){
		"as it is":        func(*pgx.ConnConfig) {},
		"exec":            func(c *pgx.ConnConfig) { c.DefaultQueryExecMode = pgx.QueryExecModeExec },
		"simple protocol": func(c *pgx.ConnConfig) { c.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol },
		"repeatable read": func(c *pgx.ConnConfig) { c.RuntimeParams["default_transaction_isolation"] = "repeatable read" },
		"serializable":    func(c *pgx.ConnConfig) { c.RuntimeParams["default_transaction_isolation"] = "serializable" },
		"time zone":       func(c *pgx.ConnConfig) { c.RuntimeParams["TimeZone"] = "America/New_York" },
	} {
		t.Run("PostgreSQL "+name, func(t *testing.T) {
			_, _, table := newStore(t, databases[0])
			cfg, err := pgx.ParseConfig(postgresDSN())
			require.NoError(t, err)
			set(cfg)
			testSettings(t, stdlib.OpenDB(*cfg), ipn.PostgreSQL, table)
		})
	}
	params := func(name, value string) func(*mysql.Config) {
		return func(c *mysql.Config) {
			if c.Params == nil {
				c.Params = map[string]string{}
			}
			c.Params[name] = value
		}
	}
	for name, set := range map[string]func(*mysql.Config){
		"as it is":          func(*mysql.Config) {},
		"found rows":        func(c *mysql.Config) { c.ClientFoundRows = true },
		"prepared":          func(c *mysql.Config) { c.InterpolateParams = false },
		"parsed times":      func(c *mysql.Config) { c.ParseTime = true },
		"serializable":      params("tx_isolation", "'SERIALIZABLE'"),
		"read committed":    params("tx_isolation", "'READ-COMMITTED'"),
		"snapshot":          params("innodb_snapshot_isolation", "1"),
		"time zone":         params("time_zone", "'+13:00'"),
		"ANSI":              params("sql_mode", "'ANSI,TRADITIONAL,SIMULTANEOUS_ASSIGNMENT'"),
		"no escapes":        params("sql_mode", "'NO_BACKSLASH_ESCAPES'"),
		"lax":               params("sql_mode", "''"),
		"case is no matter": func(c *mysql.Config) { c.Collation = "utf8mb4_general_ci" },
	} {
		t.Run("MariaDB "+name, func(t *testing.T) {
			_, _, table := newStore(t, databases[1])
			cfg, err := mysql.ParseDSN(mariaDSN(t))
			require.NoError(t, err)
			set(cfg)
			connector, err := mysql.NewConnector(cfg)
			require.NoError(t, err)
			testSettings(t, sql.OpenDB(connector), ipn.MySQL, table)
		})
	}
}

func testSettings(t *testing.T, db *sql.DB, dialect ipn.Dialect, table string) {
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(maxConns)
	ctx := context.Background()
	s, err := ipn.NewSQLStore(db, dialect, ipn.WithTable(table))
	require.NoError(t, err)
	require.NoError(t, s.CreateSchema(ctx))

	before := time.Now().UnixMilli()
	c := claim(t, s, "key", lease)
	var begun int64
	require.NoError(t, db.QueryRow("SELECT begun_at FROM "+table).Scan(&begun))
	assert.InDelta(t, before, begun, 5000) // milliseconds
	claim(t, s, "KEY", lease)
	requireState(t, ipn.StateInFlight, s, "key")
	require.NoError(t, s.Commit(ctx, c))
	require.NoError(t, s.Commit(ctx, c))
	requireState(t, ipn.StateDone, s, "key")

	late := claim(t, s, "short", short)
	c = reclaim(t, s, "short")
	requireState(t, ipn.StateInFlight, s, "short")
	require.NoError(t, s.Release(ctx, late))
	requireState(t, ipn.StateInFlight, s, "short")
	require.NoError(t, s.Release(ctx, c))
	claim(t, s, "short", lease)

	got := atOnce(20, func(int) any {
		state, _, err := s.Begin(ctx, "many", lease)
		if err != nil {
			t.Log(err) // a stricter isolation may say so
			return ipn.StateInFlight
		}
		return state
	})
	assert.Equal(t, map[any]int{ipn.StateNew: 1, ipn.StateInFlight: 19}, got)

	h, err := ipn.NewHandler(accept{}, s.InTx(func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO "+table+" (delivery_key, token, begun_at, lease_until) VALUES ('row', '', 1, 1)")
		return err
	}), ipn.WithStore(s))
	require.NoError(t, err)
	for range 2 {
		require.Equal(t, 200, deliver(h, "in tx"))
	}
	n, err := s.Purge(ctx, time.Hour)
	require.NoError(t, err)
	assert.EqualValues(t, 1, n)
}
