package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/wapay-go/wapay/examples/internal/cli"
)

// TestMain lets the test's own program play the shop.
func TestMain(m *testing.M) {
	if os.Getenv(playsShop) != "" {
		cli.Main(run)
	}
	os.Exit(m.Run())
}

func none(string) string { return "" }

func TestNothingIsLostOrDoubledOnSQLite(t *testing.T) { wantRightBooks(t, "SQLite") }

func TestNothingIsLostOrDoubledOnPostgreSQL(t *testing.T) {
	const variable = "WAPAY_TEST_POSTGRES"
	dsn := os.Getenv(variable)
	if dsn == "" {
		dsn = "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	switch {
	case err != nil && os.Getenv(variable) != "":
		t.Fatalf("%s: %v", variable, err)
	case err != nil:
		t.Skipf("PostgreSQL: no server on this machine; set %s", variable)
	}
	if err := conn.Close(ctx); err != nil {
		t.Fatal(err)
	}
	wantRightBooks(t, "PostgreSQL", "-postgres", dsn)
}

// wantRightBooks runs the program. With -v, its log shows what the race
// detector has to say of processes that are killed.
func wantRightBooks(t *testing.T, database string, args ...string) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	var stdout, log bytes.Buffer
	if code := run(context.Background(), append(args, "-v"), none, &stdout, &log); code != 0 {
		t.Fatalf("exit status %d, stdout:\n%s\nlog:\n%s", code, stdout.String(), log.String())
	}
	if strings.Contains(log.String(), "DATA RACE") {
		t.Fatalf("a race in the shop:\n%s", log.String())
	}
	for _, pattern := range []string{
		`  open the shop +a process of its own, with four providers, and its journal in ` + database,
		`  check carts out +21; the answers to 4 are cut off, so the shop asks; one is refused, so the next provider gets it`,
		`  kill it after it sends +kill -9 with 4 orders; .*`,
		`  kill it before it sends +kill -9 with 4 orders, .*`,
		` +the other 3 wait until a person has looked into the provider's dashboard`,
		`  kill it before it commits +kill -9 with 4 orders, one after another; .*`,
		`  kill it after it commits +kill -9 with 4 orders, one after another; .*`,
		`  refund by hand +4, with kill -9 in the middle; .*`,
		`  compare the books +29 orders, 25 paid, 4 refunded, 24 processes one after another; what the shop has booked is`,
		` +what its providers have moved: nothing lost, nothing doubled`,
	} {
		if !regexp.MustCompile(`(?m)^` + pattern + `$`).Match(stdout.Bytes()) {
			t.Errorf("no line %q in:\n%s", pattern, stdout.String())
		}
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"-h"}, 0, ""},
		{[]string{"now"}, 2, "shop: unexpected argument \"now\"; -h shows the flags\n"},
		{[]string{"-colour"}, 2, "shop: flag provided but not defined: -colour; -h shows the flags\n"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), test.args, none, &stdout, &stderr)
		if code != test.code || stderr.String() != test.stderr {
			t.Errorf("%v: %d, %q", test.args, code, stderr.String())
		}
		if help := strings.Contains(stdout.String(), "-postgres"); help != (test.code == 0) {
			t.Errorf("%v: stdout %q", test.args, stdout.String())
		}
	}
}

func TestNoDatabase(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run(context.Background(), []string{"-postgres", "postgres://127.0.0.1:1/none?connect_timeout=2"}, none, &stdout, &stderr)
	if code != 1 || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("%d, %q, %q", code, stdout.String(), stderr.String())
	}
}
