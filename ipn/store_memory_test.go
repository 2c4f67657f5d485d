package ipn

import (
	"container/list"
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var _ Store = (*MemoryStore)(nil)

// memoryStore returns a store with a clock that stands still, and a function
// that sets the clock forward.
func memoryStore(opts ...MemoryOption) (*MemoryStore, func(time.Duration)) {
	s := NewMemoryStore(opts...)
	now := time.Unix(1_700_000_000, 0)
	s.now = func() time.Time { return now }
	return s, func(d time.Duration) { now = now.Add(d) }
}

func mustBegin(t testing.TB, s Store, key string, lease time.Duration, want State) Claim {
	t.Helper()
	state, claim, err := s.Begin(context.Background(), key, lease)
	require.NoError(t, err)
	require.Equal(t, want, state, key)
	if want != StateNew {
		require.Zero(t, claim)
		return claim
	}
	require.Equal(t, key, claim.Key)
	require.NotEmpty(t, claim.Token)
	return claim
}

func mustCommit(t testing.TB, s Store, c Claim) {
	t.Helper()
	require.NoError(t, s.Commit(context.Background(), c))
}

func mustRelease(t testing.TB, s Store, c Claim) {
	t.Helper()
	require.NoError(t, s.Release(context.Background(), c))
}

func TestMemoryStore(t *testing.T) {
	s, forward := memoryStore()
	a := mustBegin(t, s, "a", time.Minute, StateNew)
	mustBegin(t, s, "a", time.Minute, StateInFlight)
	b := mustBegin(t, s, "b", time.Minute, StateNew)
	assert.NotEqual(t, a.Token, b.Token)

	mustRelease(t, s, Claim{"a", b.Token})
	mustRelease(t, s, Claim{Key: "a"})
	mustRelease(t, s, Claim{"c", a.Token})
	mustBegin(t, s, "a", time.Minute, StateInFlight)
	mustRelease(t, s, a)
	again := mustBegin(t, s, "a", time.Minute, StateNew)
	assert.NotEqual(t, a.Token, again.Token)
	mustRelease(t, s, a)
	mustBegin(t, s, "a", time.Minute, StateInFlight)

	mustCommit(t, s, again)
	mustCommit(t, s, again)
	mustRelease(t, s, again)
	mustRelease(t, s, Claim{Key: "a"})
	mustBegin(t, s, "a", time.Minute, StateDone)
	forward(time.Hour)
	mustBegin(t, s, "a", time.Minute, StateDone)
	mustBegin(t, s, "b", time.Minute, StateNew)
}

func TestMemoryStoreLeaseEnds(t *testing.T) {
	s, forward := memoryStore()
	first := mustBegin(t, s, "a", time.Minute, StateNew)
	forward(time.Minute - 1)
	mustBegin(t, s, "a", time.Minute, StateInFlight)
	forward(1)
	second := mustBegin(t, s, "a", time.Minute, StateNew)
	mustRelease(t, s, first)
	mustBegin(t, s, "a", time.Minute, StateInFlight)

	mustCommit(t, s, first) // the first one has finished, though late
	mustBegin(t, s, "a", time.Minute, StateDone)
	mustRelease(t, s, second)
	mustBegin(t, s, "a", time.Minute, StateDone)
	mustCommit(t, s, second)
	mustBegin(t, s, "a", time.Minute, StateDone)

	gone := mustBegin(t, s, "b", time.Minute, StateNew)
	forward(time.Minute)
	mustBegin(t, s, "c", time.Minute, StateNew)
	assert.NotContains(t, s.entries, "b")
	mustCommit(t, s, gone)
	mustBegin(t, s, "b", time.Minute, StateDone)
}

func TestMemoryStoreErrors(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	s := NewMemoryStore(nil)
	for _, tt := range []struct {
		ctx   context.Context
		key   string
		lease time.Duration
		want  string
	}{
		{context.Background(), "", time.Minute, "ipn: MemoryStore.Begin: empty key"},
		{context.Background(), "a", 0, "ipn: MemoryStore.Begin: bad lease 0s"},
		{context.Background(), "a", -1, "ipn: MemoryStore.Begin: bad lease -1ns"},
		{ended, "a", time.Minute, "context canceled"},
	} {
		state, claim, err := s.Begin(tt.ctx, tt.key, tt.lease)
		assert.EqualError(t, err, tt.want)
		assert.Zero(t, state)
		assert.Zero(t, claim)
	}
	assert.EqualError(t, s.Commit(ended, Claim{}), "ipn: MemoryStore.Commit: no claim")
	assert.EqualError(t, s.Release(ended, Claim{}), "ipn: MemoryStore.Release: no claim")
	assert.Empty(t, s.entries)

	// The store keeps the end of a delivery, even if no request waits for it.
	require.NoError(t, s.Commit(ended, mustBegin(t, s, "a", time.Minute, StateNew)))
	mustBegin(t, s, "a", time.Minute, StateDone)
	require.NoError(t, s.Release(ended, mustBegin(t, s, "b", time.Minute, StateNew)))
	mustBegin(t, s, "b", time.Minute, StateNew)
}

func TestMemoryStoreAge(t *testing.T) {
	for name, tt := range map[string]struct {
		opts []MemoryOption
		want time.Duration
	}{
		"default": {nil, 30 * 24 * time.Hour},
		"zero":    {[]MemoryOption{MaxAge(0)}, 30 * 24 * time.Hour},
		"less":    {[]MemoryOption{MaxAge(-time.Second)}, 30 * 24 * time.Hour},
		"a day":   {[]MemoryOption{MaxAge(24 * time.Hour)}, 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			s, forward := memoryStore(tt.opts...)
			a := mustBegin(t, s, "a", tt.want, StateNew)
			forward(time.Hour)
			mustCommit(t, s, a)
			forward(time.Hour)
			mustCommit(t, s, a) // the age does not count from here
			forward(tt.want - time.Hour - 1)
			mustBegin(t, s, "a", time.Minute, StateDone)
			forward(1)
			mustBegin(t, s, "a", time.Minute, StateNew)
		})
	}
}

func TestMemoryStoreDefaultEntries(t *testing.T) {
	for _, s := range []*MemoryStore{NewMemoryStore(), NewMemoryStore(MaxEntries(0)), NewMemoryStore(MaxEntries(-1))} {
		assert.Equal(t, 100_000, s.maxEntries)
	}
}

func TestMemoryStoreForgetsOldest(t *testing.T) {
	const most, keys = 1000, 100_000
	s := NewMemoryStore(MaxEntries(most))
	mustBegin(t, s, "in flight", time.Hour, StateNew)
	for i := range keys {
		mustCommit(t, s, mustBegin(t, s, strconv.Itoa(i), time.Minute, StateNew))
		if len(s.entries) > most {
			t.Fatal(len(s.entries))
		}
	}
	checkMemory(t, s)
	mustBegin(t, s, "in flight", time.Hour, StateInFlight)
	for i := keys - most + 1; i < keys; i++ {
		mustBegin(t, s, strconv.Itoa(i), time.Minute, StateDone)
	}
	mustBegin(t, s, strconv.Itoa(keys-most), time.Minute, StateNew)
}

func TestMemoryStoreForgetsAbandoned(t *testing.T) {
	s, forward := memoryStore()
	for i := range 20_000 {
		lease := time.Second
		if i%2 == 0 {
			lease = 10 * time.Second // 500 of these leases run at a time, and 50 of the others
		}
		mustBegin(t, s, strconv.Itoa(i), lease, StateNew)
		forward(10 * time.Millisecond)
		if len(s.entries) > 550 {
			t.Fatal(len(s.entries))
		}
	}
	checkMemory(t, s)
	forward(10 * time.Second)
	mustBegin(t, s, "last", time.Second, StateNew)
	assert.Len(t, s.entries, 1)
}

func TestMemoryStoreFull(t *testing.T) {
	s, forward := memoryStore(MaxEntries(3))
	a := mustBegin(t, s, "a", 2*time.Minute, StateNew)
	late := mustBegin(t, s, "late", time.Minute, StateNew)
	forward(time.Minute)
	mustBegin(t, s, "b", time.Hour, StateNew)
	mustBegin(t, s, "c", time.Hour, StateNew)
	full := func() {
		t.Helper()
		state, claim, err := s.Begin(context.Background(), "one more", time.Minute)
		require.EqualError(t, err, "ipn: MemoryStore.Begin: 3 deliveries are in flight, no room for more")
		require.Zero(t, state)
		require.Zero(t, claim)
	}
	full()
	mustBegin(t, s, "a", time.Minute, StateInFlight)

	// A commit after the end of the lease pushes out no delivery in flight. The
	// store still remembers it.
	mustCommit(t, s, late)
	mustBegin(t, s, "late", time.Minute, StateDone)
	full()
	mustBegin(t, s, "late", time.Minute, StateDone)
	mustCommit(t, s, Claim{"later", "x"})
	mustBegin(t, s, "later", time.Minute, StateDone)
	assert.Len(t, s.entries, 4)

	mustCommit(t, s, a)
	mustBegin(t, s, "a", time.Minute, StateDone)
	assert.Len(t, s.entries, 3)
	mustBegin(t, s, "d", time.Minute, StateNew)
	full()
	forward(time.Minute)
	mustBegin(t, s, "e", time.Minute, StateNew)
	mustBegin(t, s, "b", time.Minute, StateInFlight)
	mustBegin(t, s, "c", time.Minute, StateInFlight)
}

func TestMemoryStoreOneOfMany(t *testing.T) {
	s := NewMemoryStore()
	for round := range 20 {
		key := strconv.Itoa(round)
		start := make(chan struct{})
		claims := make(chan Claim, 100)
		var wg sync.WaitGroup
		for range 100 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				<-start
				state, claim, err := s.Begin(context.Background(), key, time.Hour)
				assert.NoError(t, err)
				if state == StateNew {
					claims <- claim
				} else {
					assert.Equal(t, StateInFlight, state)
				}
			}()
		}
		close(start)
		wg.Wait()
		require.Len(t, claims, 1)
		mustCommit(t, s, <-claims)
		mustBegin(t, s, key, time.Hour, StateDone)
	}
}

// Many goroutines handle a few keys, and fail half of the time. Each key is
// done once.
func TestMemoryStoreConcurrently(t *testing.T) {
	s := NewMemoryStore()
	var mu sync.Mutex
	done, tokens := map[string]int{}, map[string]bool{}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			random := rand.New(rand.NewPCG(1, uint64(i)))
			for range 2000 {
				key := strconv.Itoa(random.IntN(200))
				state, claim, err := s.Begin(context.Background(), key, time.Hour)
				assert.NoError(t, err)
				if state != StateNew {
					continue
				}
				fails := random.IntN(2) == 0
				mu.Lock()
				assert.False(t, tokens[claim.Token], "token given twice")
				tokens[claim.Token] = true
				if !fails {
					done[key]++
				}
				mu.Unlock()
				if fails {
					assert.NoError(t, s.Release(context.Background(), claim))
				} else {
					assert.NoError(t, s.Commit(context.Background(), claim))
				}
			}
		}()
	}
	wg.Wait()
	for key, n := range done {
		assert.Equal(t, 1, n, key)
	}
	checkMemory(t, s)
	assert.Equal(t, len(done), s.done.Len())
	assert.Zero(t, s.inFlight.Len())
}

// checkMemory checks that the map and the lists hold the same entries, and that
// the lists are in order.
func checkMemory(t *testing.T, s *MemoryStore) {
	t.Helper()
	n := 0
	for _, l := range []*list.List{&s.done, &s.inFlight} {
		var last time.Time
		for el := l.Front(); el != nil; el = el.Next() {
			e := entryOf(el)
			require.Same(t, el, s.entries[e.key])
			require.Equal(t, l == &s.done, e.done)
			require.False(t, e.until.Before(last))
			last = e.until
			n++
		}
	}
	require.Len(t, s.entries, n)
}

func BenchmarkMemoryStore(b *testing.B) {
	s := NewMemoryStore()
	b.ReportAllocs()
	for i := range b.N {
		_, claim, err := s.Begin(context.Background(), strconv.Itoa(i), time.Minute)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Commit(context.Background(), claim); err != nil {
			b.Fatal(err)
		}
	}
}
