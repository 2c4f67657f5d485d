package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/ipn"
)

// requireNotMarked has a function that writes, meets with end, ignores it and
// returns nil. When the notification comes again, nothing happens in between.
// The function's work must be there once.
func requireNotMarked(t *testing.T, s *shop, key string, end func(context.Context, *sql.Tx)) {
	t.Helper()
	calls := 0
	h := s.handler(func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
		if err := s.write(ctx, tx, e); err != nil {
			return err
		}
		if calls++; calls == 1 {
			end(ctx, tx)
		}
		return nil
	})
	require.Equal(t, http.StatusInternalServerError, deliver(h, key))
	s.requireWritten(key, 0)
	s.requireDone(key, false)
	require.Equal(t, http.StatusOK, deliver(h, key))
	s.requireWritten(key, 1)
	s.requireDone(key, true)
	require.Equal(t, 2, calls)
}

// A transaction that has ended without database/sql's knowledge must not be
// followed by the mark, which would then be written by itself.
func TestInTxAlreadyEnded(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		requireNotMarked(t, s, "k1", func(ctx context.Context, tx *sql.Tx) {
			_, err := tx.ExecContext(ctx, "ROLLBACK")
			require.NoError(t, err)
		})
	})
}

// PostgreSQL alone refuses all that comes after an error. With the others a
// function may ignore one and go on.
func TestInTxIgnoredError(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		s, calls, status := newShop(t, d), 0, http.StatusOK
		if d.dialect == ipn.PostgreSQL {
			status = http.StatusInternalServerError
		}
		h := s.handler(func(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
			calls++
			if err := s.write(ctx, tx, e); err != nil {
				return err
			}
			if calls == 1 {
				_, err := tx.ExecContext(ctx, "INSERT INTO no_such_table (k) VALUES (1)")
				require.Error(t, err)
			}
			return nil
		})
		require.Equal(t, status, deliver(h, "k1"))
		require.Equal(t, http.StatusOK, deliver(h, "k1"))
		s.requireWritten("k1", 1)
		s.requireDone("k1", true)
	})
}

// SQLite ends the transaction by itself if it is told to, and on an
// interrupt.
func TestInTxSQLiteRollsBack(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		if d.dialect != ipn.SQLite {
			t.Skip("of SQLite")
		}
		s := newShop(t, d)
		unique := uniqueTable(t, s.db)
		_, err := s.db.Exec("CREATE TABLE " + unique + " (k TEXT PRIMARY KEY)")
		require.NoError(t, err)
		_, err = s.db.Exec("INSERT INTO " + unique + " VALUES ('there')")
		require.NoError(t, err)
		requireNotMarked(t, s, "k1", func(ctx context.Context, tx *sql.Tx) {
			_, err := tx.ExecContext(ctx, "INSERT OR ROLLBACK INTO "+unique+" VALUES ('there')")
			require.Error(t, err)
		})
	})
}

// When two transactions wait for each other, InnoDB ends the one that has
// written less.
func TestInTxMariaDBRollsBack(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		if d.dialect != ipn.MySQL {
			t.Skip("of MySQL and MariaDB")
		}
		s := newShop(t, d)
		stock := uniqueTable(t, s.db)
		_, err := s.db.Exec("CREATE TABLE " + stock + " (k VARCHAR(20) PRIMARY KEY, n INT)")
		require.NoError(t, err)
		_, err = s.db.Exec("INSERT INTO " + stock + " VALUES ('ours', 0), ('theirs', 0)")
		require.NoError(t, err)
		rival, err := s.db.Begin()
		require.NoError(t, err)
		defer func() { _ = rival.Rollback() }()
		for i := range 50 { // so that the rival is the one who stays
			_, err := rival.Exec(fmt.Sprintf("INSERT INTO %s VALUES ('weight %d', 0)", stock, i))
			require.NoError(t, err)
		}
		take := func(ctx context.Context, tx *sql.Tx, k string) error {
			_, err := tx.ExecContext(ctx, "UPDATE "+stock+" SET n = n + 1 WHERE k = '"+k+"'")
			return err
		}
		require.NoError(t, take(context.Background(), rival, "theirs"))
		done := make(chan error, 1)
		requireNotMarked(t, s, "k1", func(ctx context.Context, tx *sql.Tx) {
			require.NoError(t, take(ctx, tx, "ours"))
			go func() { done <- take(context.Background(), rival, "ours") }()
			require.ErrorContains(t, take(ctx, tx, "theirs"), "Deadlock")
		})
		require.NoError(t, <-done)
	})
}

// All work of one delivery belongs into one function.
func TestInTxTwice(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		first, second := s.store.InTx(s.write), s.store.InTx(s.write)
		var got error
		h, err := ipn.NewHandler(accept{}, func(ctx context.Context, e *ipn.Event) error {
			require.NoError(t, first(ctx, e))
			got = second(ctx, e)
			return got
		}, ipn.WithStore(s.store))
		require.NoError(t, err)
		require.Equal(t, http.StatusInternalServerError, deliver(h, "k1"))
		require.ErrorContains(t, got, "another function of InTx has marked")
		s.requireWritten("k1", 1)
	})
}
