package storetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/ipn"
)

const lease = time.Minute

// short is a lease that a test waits for the end of.
const short = 20 * time.Millisecond

// stores runs a test on each kind of store.
func stores(t *testing.T, test func(*testing.T, ipn.Store)) {
	t.Run("memory", func(t *testing.T) { test(t, ipn.NewMemoryStore()) })
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			s, _, _ := newStore(t, d)
			test(t, s)
		})
	}
}

func begin(t testing.TB, s ipn.Store, key string, lease time.Duration) (ipn.State, ipn.Claim) {
	t.Helper()
	state, claim, err := s.Begin(context.Background(), key, lease)
	require.NoError(t, err)
	return state, claim
}

// claim begins a delivery that has to be new.
func claim(t testing.TB, s ipn.Store, key string, lease time.Duration) ipn.Claim {
	t.Helper()
	state, c := begin(t, s, key, lease)
	require.Equal(t, ipn.StateNew, state, "%q", key)
	require.Equal(t, key, c.Key)
	require.NotEmpty(t, c.Token)
	return c
}

// reclaim waits until another's lease has ended, and has the delivery then.
func reclaim(t testing.TB, s ipn.Store, key string) ipn.Claim {
	t.Helper()
	var c ipn.Claim
	require.Eventually(t, func() bool {
		state, got, err := s.Begin(context.Background(), key, lease)
		c = got
		return err == nil && state == ipn.StateNew
	}, 10*time.Second, 5*time.Millisecond)
	return c
}

func requireState(t testing.TB, want ipn.State, s ipn.Store, key string) {
	t.Helper()
	state, c := begin(t, s, key, lease)
	require.Equal(t, want, state, "%q", key)
	require.Zero(t, c)
}

func TestNewInFlightDone(t *testing.T) {
	stores(t, func(t *testing.T, s ipn.Store) {
		c := claim(t, s, "barkapay:1", lease)
		requireState(t, ipn.StateInFlight, s, "barkapay:1")
		require.NoError(t, s.Commit(context.Background(), c))
		requireState(t, ipn.StateDone, s, "barkapay:1")
		require.NoError(t, s.Commit(context.Background(), c), "again")
		require.NoError(t, s.Release(context.Background(), c), "too late")
		requireState(t, ipn.StateDone, s, "barkapay:1")
		other := claim(t, s, "barkapay:2", lease)
		assert.NotEqual(t, c.Token, other.Token)
	})
}

func TestReleaseMakesItNew(t *testing.T) {
	stores(t, func(t *testing.T, s ipn.Store) {
		first := claim(t, s, "key", lease)
		require.NoError(t, s.Release(context.Background(), first))
		second := claim(t, s, "key", lease)
		assert.NotEqual(t, first.Token, second.Token)
		require.NoError(t, s.Release(context.Background(), first), "not its own any more")
		requireState(t, ipn.StateInFlight, s, "key")
	})
}

func TestLeaseEnds(t *testing.T) {
	stores(t, func(t *testing.T, s ipn.Store) {
		first := claim(t, s, "key", short)
		second := reclaim(t, s, "key")
		require.NotEqual(t, first.Token, second.Token)
		requireState(t, ipn.StateInFlight, s, "key")
		require.NoError(t, s.Release(context.Background(), first), "late")
		requireState(t, ipn.StateInFlight, s, "key")
		require.NoError(t, s.Release(context.Background(), second))
		claim(t, s, "key", lease)
	})
}

func TestLateCommitHolds(t *testing.T) {
	stores(t, func(t *testing.T, s ipn.Store) {
		first := claim(t, s, "claimed", short)
		second := reclaim(t, s, "claimed")
		require.NoError(t, s.Commit(context.Background(), first))
		requireState(t, ipn.StateDone, s, "claimed")
		require.NoError(t, s.Release(context.Background(), second))
		requireState(t, ipn.StateDone, s, "claimed")

		first = claim(t, s, "released", short)
		second = reclaim(t, s, "released")
		require.NoError(t, s.Release(context.Background(), second))
		require.NoError(t, s.Commit(context.Background(), first))
		requireState(t, ipn.StateDone, s, "released")
	})
}

func TestOneOfManyGetsIt(t *testing.T) {
	stores(t, func(t *testing.T, s ipn.Store) {
		for round := range 5 {
			key := fmt.Sprint("key", round)
			got := atOnce(50, func(int) any {
				state, _, err := s.Begin(context.Background(), key, lease)
				if err != nil {
					return err.Error()
				}
				return state
			})
			assert.Equal(t, map[any]int{ipn.StateNew: 1, ipn.StateInFlight: 49}, got)
		}
	})
}

func TestOneOfManyGetsAnEndedLease(t *testing.T) {
	stores(t, func(t *testing.T, s ipn.Store) {
		claim(t, s, "key", time.Millisecond)
		claim(t, s, "clock", time.Millisecond)
		reclaim(t, s, "clock") // so that key's lease has ended too
		got := atOnce(50, func(int) any {
			state, _, err := s.Begin(context.Background(), "key", lease)
			if err != nil {
				return err.Error()
			}
			return state
		})
		assert.Equal(t, map[any]int{ipn.StateNew: 1, ipn.StateInFlight: 49}, got)
	})
}

// TestReleasedAndClaimedAtOnce is where a database could see a deadlock:
// deletes and inserts of one key.
func TestReleasedAndClaimedAtOnce(t *testing.T) {
	stores(t, func(t *testing.T, s ipn.Store) {
		var mu sync.Mutex
		holders, most, claims := 0, 0, 0
		hold := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			holders += n
			most = max(most, holders)
			if n > 0 {
				claims++
			}
		}
		got := atOnce(16, func(int) any {
			for range 30 {
				state, c, err := s.Begin(context.Background(), "key", lease)
				if err != nil {
					return err.Error()
				}
				if state != ipn.StateNew {
					continue
				}
				hold(1)
				hold(-1)
				if err := s.Release(context.Background(), c); err != nil {
					return err.Error()
				}
			}
			return "ok"
		})
		assert.Equal(t, map[any]int{"ok": 16}, got)
		assert.Equal(t, 1, most)
		assert.Positive(t, claims)
	})
}

func TestEachKeyIsItsOwn(t *testing.T) {
	keys := []string{
		"a", "A", "a ", " a", "a\t", "a\x00", "a\x00b", "\x00", "\xff", "\xfe", "\xff\xfe", "é", "É", "e\u0301", "ss", "ß",
		"'", "''", `"`, "`", `\`, `\'`, "\\\\", "a%", "a_", "'; DROP TABLE x; --", "$1", "?", "?1", "{now}", "{table}",
		"1", "01", "1.0", "1e0", "0x31", "NULL", "\u2028", "\r\n", "\n",
		"sha256:", "sha256:00", "SHA256:00", "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afe48bbb",
		"sha256:a", strings.Repeat("k", 199), strings.Repeat("k", 200), strings.Repeat("k", 201), strings.Repeat("K", 200),
		strings.Repeat("k", 10<<10), strings.Repeat("k", 10<<10) + " ", strings.Repeat("\x00", 200), "ﬀ", "ff", "İ", "i",
	}
	stores(t, func(t *testing.T, s ipn.Store) {
		for i, key := range keys {
			c := claim(t, s, key, lease)
			if i%2 == 0 {
				require.NoError(t, s.Commit(context.Background(), c))
			}
		}
		for i, key := range keys {
			requireState(t, []ipn.State{ipn.StateDone, ipn.StateInFlight}[i%2], s, key)
		}
	})
}

func TestBadArguments(t *testing.T) {
	stores(t, func(t *testing.T, s ipn.Store) {
		for _, bad := range []struct {
			key   string
			lease time.Duration
		}{{"", lease}, {"key", 0}, {"key", -time.Second}} {
			state, c, err := s.Begin(context.Background(), bad.key, bad.lease)
			require.Error(t, err, "%+v", bad)
			assert.Zero(t, state)
			assert.Zero(t, c)
		}
		c := claim(t, s, "key", time.Nanosecond)
		require.NoError(t, s.Release(context.Background(), c))
		claim(t, s, "key", time.Duration(1<<63-1))
		requireState(t, ipn.StateInFlight, s, "key")
	})
}

// atOnce calls f in n goroutines that start together, and counts what they return.
func atOnce(n int, f func(int) any) map[any]int {
	var mu sync.Mutex
	var ready, done sync.WaitGroup
	ready.Add(n)
	done.Add(n)
	got := map[any]int{}
	for i := range n {
		go func() {
			defer done.Done()
			ready.Done()
			ready.Wait()
			result := f(i)
			mu.Lock()
			defer mu.Unlock()
			got[result]++
		}()
	}
	done.Wait()
	return got
}
