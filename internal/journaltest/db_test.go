package journaltest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/wapay-go/wapay/journal"
)

// database is one that the tests run on.
type database struct {
	name    string
	driver  string
	dialect journal.Dialect
	fresh   func(testing.TB) string // makes an empty one, and returns its DSN
}

var databases = []database{
	{"PostgreSQL", "pgx", journal.PostgreSQL, freshPostgreSQL},
	{"MariaDB", "mysql", journal.MySQL, freshMariaDB},
	{"SQLite", "sqlite", journal.SQLite, freshSQLite},
}

// each runs a test on every database that there is.
func each(t *testing.T, test func(t *testing.T, d database)) {
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) { test(t, d) })
	}
}

func freshName(t testing.TB) string {
	var random [8]byte
	_, err := rand.Read(random[:])
	require.NoError(t, err)
	return "wapay_test_" + hex.EncodeToString(random[:])
}

func env(name, otherwise string) string {
	if s := os.Getenv(name); s != "" {
		return s
	}
	return otherwise
}

func freshPostgreSQL(t testing.TB) string {
	const variable = "WAPAY_TEST_POSTGRES"
	dsn := env(variable, "postgres://postgres@127.0.0.1:5432/test?sslmode=disable")
	name := freshName(t)
	server(t, "PostgreSQL", variable, "pgx", dsn, "CREATE SCHEMA "+name, "DROP SCHEMA "+name+" CASCADE")
	separator := "?"
	if strings.Contains(dsn, "?") {
		separator = "&"
	}
	return dsn + separator + "search_path=" + name
}

func freshMariaDB(t testing.TB) string {
	const variable = "WAPAY_TEST_MARIADB"
	dsn := env(variable, "root@tcp(127.0.0.1:3306)/test")
	cfg, err := mysql.ParseDSN(dsn)
	require.NoError(t, err, variable)
	name := freshName(t)
	server(t, "MariaDB", variable, "mysql", dsn, "CREATE DATABASE "+name, "DROP DATABASE "+name)
	cfg.DBName, cfg.InterpolateParams = name, true
	return cfg.FormatDSN()
}

// server makes a place for a test's tables, and removes it after the test.
func server(t testing.TB, name, variable, driver, dsn, create, drop string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	db.SetMaxIdleConns(0) // many tests have one
	t.Cleanup(func() { _ = db.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := db.PingContext(ctx); err != nil {
		if os.Getenv(variable) != "" {
			t.Fatalf("%s: %v", variable, err)
		}
		t.Skipf("no %s here: set %s", name, variable)
	}
	_, err = db.ExecContext(ctx, create)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_, err := db.ExecContext(ctx, drop)
		require.NoError(t, err)
	})
}

func freshSQLite(t testing.TB) string {
	// The options are those that the documentation of package journal gives,
	// with time for a slow machine. Processes die here, and never the machine,
	// so nothing has to wait for the disk.
	return "file:" + filepath.Join(t.TempDir(), "test.db") +
		"?_pragma=busy_timeout(30000)&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_txlock=immediate"
}

// open opens a pool of the database at dsn.
func (d database) open(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(d.driver, dsn)
	require.NoError(t, err)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	t.Cleanup(func() { _ = db.Close() })
	require.NoError(t, db.Ping())
	return db
}
