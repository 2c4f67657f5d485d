package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/ipn/storetest"
)

const lease = time.Minute

// short is a lease that a test waits for the end of.
const short = 20 * time.Millisecond

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

// TestStores runs the public suite on each database.
func TestStores(t *testing.T) {
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) ipn.Store {
				s, _, _ := newStore(t, d)
				return s
			})
		})
	}
}

// atOnce calls f in n goroutines that start together, and counts what they
// return.
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
