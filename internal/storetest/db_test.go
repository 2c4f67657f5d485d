package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/wapay-go/wapay/ipn"
)

// database is one that the tests run on.
type database struct {
	name    string
	dialect ipn.Dialect
	open    func(testing.TB) *sql.DB // skips the test if there is none
}

var databases = []database{
	{"PostgreSQL", ipn.PostgreSQL, openPostgreSQL},
	{"MariaDB", ipn.MySQL, openMariaDB},
	{"SQLite", ipn.SQLite, openSQLite},
}

const maxConns = 24 // of a pool; the servers have many times that

func postgresDSN() string {
	if dsn := os.Getenv("WAPAY_TEST_POSTGRES"); dsn != "" {
		return dsn
	}
	return "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"
}

// mariaDSN is a DSN with interpolateParams, from the environment or the
// default.
func mariaDSN(t testing.TB) string {
	dsn := os.Getenv("WAPAY_TEST_MARIADB")
	if dsn == "" {
		dsn = "root@tcp(127.0.0.1:3306)/test"
	}
	cfg, err := mysql.ParseDSN(dsn)
	require.NoError(t, err, "WAPAY_TEST_MARIADB")
	cfg.InterpolateParams = true
	return cfg.FormatDSN()
}

func openPostgreSQL(t testing.TB) *sql.DB {
	return openServer(t, "PostgreSQL", "WAPAY_TEST_POSTGRES", "pgx", postgresDSN(), postgresAddress(t))
}

func postgresAddress(t testing.TB) string {
	cfg, err := pgx.ParseConfig(postgresDSN())
	require.NoError(t, err, "WAPAY_TEST_POSTGRES")
	return net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
}

func openMariaDB(t testing.TB) *sql.DB {
	return openServer(t, "MariaDB", "WAPAY_TEST_MARIADB", "mysql", mariaDSN(t), mariaAddress(t))
}

func mariaAddress(t testing.TB) string {
	cfg, err := mysql.ParseDSN(mariaDSN(t))
	require.NoError(t, err, "WAPAY_TEST_MARIADB")
	return cfg.Addr
}

// openServer opens a pool, which is closed after the test.
func openServer(t testing.TB, name, variable, driver, dsn, address string) *sql.DB {
	t.Helper()
	db := openPool(t, driver, dsn)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := db.PingContext(ctx); err != nil {
		if os.Getenv(variable) != "" {
			t.Fatalf("%s: %v", variable, err)
		}
		t.Skipf("%s: no server at %s; set %s", name, address, variable)
	}
	return db
}

func openPool(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// sqliteOptions are those that NewSQLStore's doc comment gives, with time for a
// slow machine.
const sqliteOptions = "?_pragma=busy_timeout(30000)&_pragma=journal_mode(WAL)&_txlock=immediate"

func openSQLite(t testing.TB) *sql.DB {
	t.Helper()
	db := openPool(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "test.db")+sqliteOptions)
	require.NoError(t, db.Ping()) // the first to open a new file switches to WAL; two at once could find it locked
	return db
}

// uniqueTable is a name that nothing else has. The table is dropped after the
// test, if there is one then.
func uniqueTable(t testing.TB, db *sql.DB) string {
	t.Helper()
	var random [8]byte
	_, err := rand.Read(random[:])
	require.NoError(t, err)
	name := "wapay_test_" + hex.EncodeToString(random[:])
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel() // a test that failed may have left a transaction open
		_, err := db.ExecContext(ctx, "DROP TABLE IF EXISTS "+name)
		require.NoError(t, err)
	})
	return name
}

// newStore makes a store with a table of its own.
func newStore(t testing.TB, d database) (*ipn.SQLStore, *sql.DB, string) {
	t.Helper()
	db := d.open(t)
	table := uniqueTable(t, db)
	s, err := ipn.NewSQLStore(db, d.dialect, ipn.WithTable(table))
	require.NoError(t, err)
	require.NoError(t, s.CreateSchema(context.Background()))
	return s, db, table
}

// count is the number of a table's rows.
func count(t testing.TB, db *sql.DB, table, where string) int {
	t.Helper()
	var n int
	require.NoError(t, db.QueryRowContext(context.Background(), "SELECT count(*) FROM "+table+" WHERE "+where).Scan(&n))
	return n
}
