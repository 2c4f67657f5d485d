package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/ipn"
)

// waiting tells how many wait for a lock of the table %s.
var waiting = map[ipn.Dialect]string{
	ipn.PostgreSQL: "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%%s%%'",
	ipn.MySQL:      "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%%%s%%'",
}

// After the end of a lease its holder marks the delivery as done. Before the
// commit, another Begin has to wait.
func TestBeginWaitsForTheMark(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		if d.dialect == ipn.SQLite {
			t.Skip("one writer at a time")
		}
		for _, commits := range []bool{true, false} {
			s, db, table := newStore(t, d)
			claim(t, s, "key", lease)
			_, err := db.Exec("UPDATE " + table + " SET lease_until = 1")
			require.NoError(t, err)
			tx, err := db.Begin()
			require.NoError(t, err)
			_, err = tx.Exec("UPDATE " + table + " SET done_at = 1 WHERE delivery_key = 'key'")
			require.NoError(t, err)
			got := make(chan ipn.State, 1)
			go func() {
				state, _, err := s.Begin(context.Background(), "key", lease)
				assert.NoError(t, err)
				got <- state
			}()
			assert.Eventually(t, func() bool {
				var n int
				err := db.QueryRow(fmt.Sprintf(waiting[d.dialect], table)).Scan(&n)
				return err == nil && n == 1
			}, 10*time.Second, 200*time.Millisecond) // MariaDB looks again when nobody has asked for 100 ms
			if commits {
				require.NoError(t, tx.Commit())
				assert.NotEqual(t, ipn.StateNew, <-got)
				requireState(t, ipn.StateDone, s, "key")
			} else {
				require.NoError(t, tx.Rollback())
				assert.Equal(t, ipn.StateNew, <-got)
			}
		}
	})
}

// On PostgreSQL, Begin of a delivery that is done or in flight waits for no
// lock.
func TestRepeatTakesNoLock(t *testing.T) {
	s, db, table := newStore(t, databases[0])
	require.NoError(t, s.Commit(context.Background(), claim(t, s, "done", lease)))
	claim(t, s, "in flight", lease)
	tx, err := db.Begin()
	require.NoError(t, err)
	defer func() { _ = tx.Rollback() }()
	_, err = tx.Exec("SELECT 1 FROM " + table + " FOR UPDATE")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for key, want := range map[string]ipn.State{"done": ipn.StateDone, "in flight": ipn.StateInFlight} {
		state, _, err := s.Begin(ctx, key, lease)
		require.NoError(t, err)
		assert.Equal(t, want, state)
	}
}
