package ipn

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The SQL itself is tested on real databases, in internal/storetest.

var errUnreachable = errors.New("unreachable")

// deadDatabase is a database whose connections fail.
type deadDatabase struct{}

func (deadDatabase) Connect(context.Context) (driver.Conn, error) { return nil, errUnreachable }
func (deadDatabase) Driver() driver.Driver                        { return nil }

func newUnreachable(t *testing.T, d Dialect) *SQLStore {
	t.Helper()
	db := sql.OpenDB(deadDatabase{})
	t.Cleanup(func() { _ = db.Close() })
	s, err := NewSQLStore(db, d)
	require.NoError(t, err)
	return s
}

func TestNewSQLStoreRefuses(t *testing.T) {
	db := sql.OpenDB(deadDatabase{})
	defer db.Close()
	for want, open := range map[string]func() (*SQLStore, error){
		"ipn: NewSQLStore: nil database":      func() (*SQLStore, error) { return NewSQLStore(nil, PostgreSQL) },
		"ipn: NewSQLStore: unknown dialect 0": func() (*SQLStore, error) { return NewSQLStore(db, 0) },
		"ipn: NewSQLStore: unknown dialect 4": func() (*SQLStore, error) { return NewSQLStore(db, SQLite+1) },
	} {
		s, err := open()
		require.EqualError(t, err, want)
		assert.Nil(t, s)
	}
	for _, bad := range []string{
		"", ".", "a.", ".a", "a.b.c", "1a", "a b", "a-b", `a"`, "a;", "é", "a\n", "a$1", "{now}", strings.Repeat("a", 49),
		"a." + strings.Repeat("a", 49),
	} {
		_, err := NewSQLStore(db, SQLite, WithTable(bad))
		require.ErrorContains(t, err, "ipn: NewSQLStore: WithTable: bad table name", bad)
	}
	for _, good := range []string{"a", "_", "A_1", "shop.ipn", strings.Repeat("a", 48) + "." + strings.Repeat("a", 48)} {
		s, err := NewSQLStore(db, SQLite, nil, WithTable(good))
		require.NoError(t, err)
		assert.Contains(t, s.Schema(), good)
	}
}

func TestSQLStoreWrapsErrors(t *testing.T) {
	ctx := context.Background()
	c := Claim{Key: "key", Token: "token"}
	for d := PostgreSQL; d <= SQLite; d++ {
		s := newUnreachable(t, d)
		fn := s.InTx(func(context.Context, *sql.Tx, *Event) error { return nil })
		for name, call := range map[string]func() error{
			"CreateSchema": func() error { return s.CreateSchema(ctx) },
			"Begin":        func() error { _, _, err := s.Begin(ctx, "key", time.Second); return err },
			"Commit":       func() error { return s.Commit(ctx, c) },
			"Release":      func() error { return s.Release(ctx, c) },
			"Purge":        func() error { _, err := s.Purge(ctx, time.Second); return err },
			"InTx":         func() error { return fn(context.WithValue(ctx, activeClaimKey{}, &activeClaim{claim: c}), &Event{}) },
		} {
			err := call()
			require.ErrorIs(t, err, errUnreachable)
			assert.EqualError(t, err, "ipn: SQLStore."+name+": unreachable")
		}
		// Refused before any I/O.
		for _, err := range []error{
			s.Commit(ctx, Claim{}), s.Release(ctx, Claim{Key: "key"}), s.Commit(ctx, Claim{Token: "token"}), fn(ctx, &Event{}),
		} {
			require.Error(t, err)
			assert.NotErrorIs(t, err, errUnreachable)
		}
		assert.Nil(t, s.InTx(nil))
	}
}

func TestStoredKey(t *testing.T) {
	for _, plain := range []string{"a", "barkapay:42:SUCCESS", "~!", "sha256", strings.Repeat("k", 200)} {
		assert.Equal(t, plain, storedKey(plain))
	}
	seen := map[string]bool{}
	for _, hashed := range []string{
		" ", "a b", "\x7f", "\x00", "é", "\xff", "sha256:", "sha256:a", strings.Repeat("k", 201), strings.Repeat("k", 10<<10),
		storedKey("\x00"),
	} {
		got := storedKey(hashed)
		assert.Regexp(t, "^sha256:[0-9a-f]{64}$", got)
		assert.False(t, seen[got])
		seen[got] = true
	}
}

func FuzzStoredKey(f *testing.F) {
	f.Add("barkapay:1", "barkapay:2")
	f.Add("\x00", storedKey("\x00"))
	f.Add("a", "a ")
	f.Fuzz(func(t *testing.T, a, b string) {
		if a != b && storedKey(a) == storedKey(b) {
			t.Errorf("%q and %q are stored alike", a, b)
		}
		for _, c := range []byte(storedKey(a)) {
			if c <= ' ' || c >= 0x7f {
				t.Errorf("%q is stored with byte %x", a, c)
			}
		}
	})
}

func TestMySQLParametersHaveNoNumbers(t *testing.T) {
	s := MySQL.statement("t", "a = $2 AND b = $1 OR c = $2")
	assert.Equal(t, "a = ? AND b = ? OR c = ?", s.text)
	assert.Equal(t, []any{"two", "one", "two"}, s.with("one", "two"))
	assert.Equal(t, "x", MySQL.statement("t", "x").text)
	assert.Equal(t, "a = ?1", SQLite.statement("t", "a = $1").text)
}

func TestDialectNames(t *testing.T) {
	assert.Equal(t, []string{"unknown", "PostgreSQL", "MySQL", "SQLite", "unknown"},
		[]string{Dialect(0).String(), PostgreSQL.String(), MySQL.String(), SQLite.String(), Dialect(4).String()})
}

func TestMillisecondsRoundsUp(t *testing.T) {
	for d, want := range map[time.Duration]int64{1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, time.Minute: 60_000} {
		assert.Equal(t, want, milliseconds(d))
	}
	assert.Positive(t, milliseconds(1<<63-1))
}
