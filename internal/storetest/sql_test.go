package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/ipn"
)

// onEach runs a test on each database.
func onEach(t *testing.T, test func(*testing.T, database)) {
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) { test(t, d) })
	}
}

func TestCreateSchemaManyAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		db := d.open(t)
		for range 5 {
			s, err := ipn.NewSQLStore(db, d.dialect, ipn.WithTable(uniqueTable(t, db)))
			require.NoError(t, err)
			got := atOnce(8, func(int) any { return fmt.Sprint(s.CreateSchema(context.Background())) })
			assert.Equal(t, map[any]int{"<nil>": 8}, got)
			require.NoError(t, s.CreateSchema(context.Background()), "again")
			claim(t, s, "key", lease)
		}
	})
}

// A merchant's transaction that is open has written to the table. CreateSchema,
// as each start of a process calls it, must neither wait for that nor have
// others wait.
func TestCreateSchemaWaitsForNobody(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		if d.dialect == ipn.SQLite {
			t.Skip("one writer at a time")
		}
		s, db, table := newStore(t, d)
		claim(t, s, "key", lease)
		tx, err := db.Begin()
		require.NoError(t, err)
		defer func() { _ = tx.Rollback() }()
		_, err = tx.Exec("UPDATE " + table + " SET done_at = 1 WHERE delivery_key = 'key'")
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, s.CreateSchema(ctx))
		_, _, err = s.Begin(ctx, "other", lease)
		require.NoError(t, err)
	})
}

func TestSchemaByHand(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		db := d.open(t)
		s, err := ipn.NewSQLStore(db, d.dialect, ipn.WithTable(uniqueTable(t, db)))
		require.NoError(t, err)
		for range 2 {
			statements := strings.SplitAfter(s.Schema(), ";\n")
			require.Empty(t, statements[len(statements)-1])
			for _, statement := range statements[:len(statements)-1] {
				_, err := db.Exec(statement)
				require.NoError(t, err)
			}
		}
		require.NoError(t, s.CreateSchema(context.Background()))
		require.NoError(t, s.Commit(context.Background(), claim(t, s, "key", lease)))
		requireState(t, ipn.StateDone, s, "key")
	})
}

func TestNamedSchema(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		db := d.open(t)
		schema := "main" // SQLite's
		switch d.dialect {
		case ipn.PostgreSQL:
			require.NoError(t, db.QueryRow("SELECT current_schema()").Scan(&schema))
		case ipn.MySQL:
			require.NoError(t, db.QueryRow("SELECT database()").Scan(&schema))
		}
		s, err := ipn.NewSQLStore(db, d.dialect, ipn.WithTable(schema+"."+uniqueTable(t, db)))
		require.NoError(t, err)
		for range 2 {
			require.NoError(t, s.CreateSchema(context.Background()))
		}
		require.NoError(t, s.Commit(context.Background(), claim(t, s, "key", lease)))
		requireState(t, ipn.StateDone, s, "key")
		n, err := s.Purge(context.Background(), time.Hour)
		require.NoError(t, err)
		assert.Zero(t, n)
	})
}

func TestWithoutTable(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		db := d.open(t)
		s, err := ipn.NewSQLStore(db, d.dialect, ipn.WithTable(uniqueTable(t, db)))
		require.NoError(t, err)
		state, c, err := s.Begin(context.Background(), "key", lease)
		require.ErrorContains(t, err, "ipn: SQLStore.Begin: ")
		assert.Zero(t, state)
		assert.Zero(t, c)
		there := ipn.Claim{Key: "key", Token: "token"}
		require.ErrorContains(t, s.Commit(context.Background(), there), "ipn: SQLStore.Commit: ")
		require.ErrorContains(t, s.Release(context.Background(), there), "ipn: SQLStore.Release: ")
		_, err = s.Purge(context.Background(), time.Hour)
		require.ErrorContains(t, err, "ipn: SQLStore.Purge: ")
	})
}

func TestEndedContext(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		s, _, _ := newStore(t, d)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, _, err := s.Begin(ctx, "key", lease)
		require.ErrorIs(t, err, context.Canceled)
		_, err = s.Purge(ctx, time.Hour)
		require.ErrorIs(t, err, context.Canceled)
		claim(t, s, "key", lease)
	})
}

// TestTimes compares the columns with this machine's clock, which is the
// servers' too in these tests.
func TestTimes(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		s, db, table := newStore(t, d)
		before := time.Now().UnixMilli()
		require.NoError(t, s.Commit(context.Background(), claim(t, s, "key", lease)))
		after := time.Now().UnixMilli()
		var begun, until, done int64
		require.NoError(t, db.QueryRow("SELECT begun_at, lease_until, done_at FROM "+table).Scan(&begun, &until, &done))
		assert.Equal(t, lease.Milliseconds(), until-begun)
		assert.LessOrEqual(t, begun, done)
		assert.LessOrEqual(t, before-1, begun)
		assert.LessOrEqual(t, done, after+1)
	})
}

func TestPurge(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		s, db, table := newStore(t, d)
		ctx := context.Background()
		insert := func(key string, begun, until int64, done any) string {
			if done == nil {
				done = "NULL"
			}
			return fmt.Sprintf("('%s', 'token', %d, %d, %v)", key, begun, until, done)
		}
		now := time.Now().UnixMilli()
		hour, day := time.Hour.Milliseconds(), 24*time.Hour.Milliseconds()
		rows := []string{
			insert("live", now-day, now+hour, nil),
			insert("given up", now-day, now-hour, nil),
			insert("given up lately", now-hour, now-hour/2, nil),
			insert("done lately", now-hour, now, now),
		}
		for i := range 2500 {
			rows = append(rows, insert(fmt.Sprint("done", i), now-day, now-day, now-day))
		}
		_, err := db.Exec("INSERT INTO " + table + " (delivery_key, token, begun_at, lease_until, done_at) VALUES " +
			strings.Join(rows, ", "))
		require.NoError(t, err)

		for _, bad := range []time.Duration{0, -time.Hour} {
			_, err := s.Purge(ctx, bad)
			require.Error(t, err)
		}
		assert.Equal(t, len(rows), count(t, db, table, "1=1"))

		n, err := s.Purge(ctx, 2*time.Hour)
		require.NoError(t, err)
		assert.EqualValues(t, 2501, n)
		assert.Equal(t, 3, count(t, db, table, "1=1"))
		assert.Equal(t, 1, count(t, db, table, "delivery_key = 'live'"))
		n, err = s.Purge(ctx, 2*time.Hour)
		require.NoError(t, err)
		assert.Zero(t, n)
	})
}

// A second claim counts from its own time.
func TestPurgeCountsFromTheLastClaim(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		s, db, table := newStore(t, d)
		claim(t, s, "key", short)
		_, err := db.Exec("UPDATE " + table + " SET begun_at = 1, lease_until = 2")
		require.NoError(t, err)
		require.NoError(t, s.Commit(context.Background(), claim(t, s, "key", lease)))
		n, err := s.Purge(context.Background(), time.Hour)
		require.NoError(t, err)
		assert.Zero(t, n)
		requireState(t, ipn.StateDone, s, "key")
	})
}
