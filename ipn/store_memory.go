package ipn

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// Defaults of [NewMemoryStore].
const (
	defaultMaxAge     = 30 * 24 * time.Hour
	defaultMaxEntries = 100_000
)

// MemoryStore is a [Store] in the memory of one process. It is made by [NewMemoryStore].
type MemoryStore struct {
	maxAge     time.Duration
	maxEntries int
	now        func() time.Time

	mu             sync.Mutex
	entries        map[string]*list.Element // each in one of the lists
	done, inFlight list.List                // of *memoryEntry, the one that ends first in front
	tokens         uint64                   // given out so far
}

type memoryEntry struct {
	key, token string // token is that of the claim, empty when done
	done       bool
	until      time.Time // end of the lease; of a done one, when it is forgotten
}

// MemoryOption sets up a [MemoryStore].
type MemoryOption func(*MemoryStore)

// MaxAge is how long a delivery is remembered after it was done. The default, also for what is not positive, is 30 days.
func MaxAge(d time.Duration) MemoryOption {
	return func(s *MemoryStore) {
		if d <= 0 {
			d = defaultMaxAge
		}
		s.maxAge = d
	}
}

// MaxEntries is how many deliveries are remembered, done and in flight together. The default, also for what is not
// positive, is 100,000, which take about 25 MB.
func MaxEntries(n int) MemoryOption {
	return func(s *MemoryStore) {
		if n <= 0 {
			n = defaultMaxEntries
		}
		s.maxEntries = n
	}
}

// NewMemoryStore returns a store for a service that is a single process, and for tests.
//
// It forgets all when the process ends. A delivery that was done and comes again after a restart is new, and the
// merchant's function runs again: that the provider repeats itself is likely just then, and whoever has captured a
// notification may send it at any time. The same goes for a delivery that is older than [MaxAge], or that more than
// [MaxEntries] have followed. Have the function look at the state of your own order too, or use [NewSQLStore], which
// forgets nothing by itself and is for several processes.
//
// When it is full, the delivery that was done first makes room. One in flight never does, until its lease has
// ended: with MaxEntries of them, Begin returns an error.
func NewMemoryStore(opts ...MemoryOption) *MemoryStore {
	s := &MemoryStore{
		maxAge: defaultMaxAge, maxEntries: defaultMaxEntries, now: time.Now, entries: map[string]*list.Element{},
	}
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	return s
}

// Begin implements [Store]. An empty key, a lease of 0 or less and a context that has ended are errors.
func (s *MemoryStore) Begin(ctx context.Context, key string, lease time.Duration) (State, Claim, error) {
	if key == "" {
		return 0, Claim{}, errors.New("ipn: MemoryStore.Begin: empty key")
	}
	if lease <= 0 {
		return 0, Claim{}, fmt.Errorf("ipn: MemoryStore.Begin: bad lease %v", lease)
	}
	if err := ctx.Err(); err != nil {
		return 0, Claim{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.forget(now)
	if el, ok := s.entries[key]; ok {
		if entryOf(el).done {
			return StateDone, Claim{}, nil
		}
		return StateInFlight, Claim{}, nil
	}
	if s.inFlight.Len() >= s.maxEntries {
		return 0, Claim{}, fmt.Errorf("ipn: MemoryStore.Begin: %d deliveries are in flight, no room for more", s.maxEntries)
	}
	for len(s.entries) >= s.maxEntries {
		s.remove(s.done.Front())
	}
	s.tokens++
	token := strconv.FormatUint(s.tokens, 10)
	s.add(&memoryEntry{key: key, token: token, until: now.Add(lease)})
	return StateNew, Claim{Key: key, Token: token}, nil
}

// Commit implements [Store]. It does so too when the context has ended. A claim without a key is an error.
func (s *MemoryStore) Commit(_ context.Context, c Claim) error {
	if c.Key == "" {
		return errors.New("ipn: MemoryStore.Commit: no claim")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.forget(now)
	if el, ok := s.entries[c.Key]; ok {
		if entryOf(el).done {
			return nil
		}
		s.remove(el)
	}
	s.add(&memoryEntry{key: c.Key, done: true, until: now.Add(s.maxAge)})
	// Where the lease had ended, and all others are in flight, this makes one too many, rather than be forgotten at once.
	for len(s.entries) > s.maxEntries && s.done.Len() > 1 {
		s.remove(s.done.Front())
	}
	return nil
}

// Release implements [Store]. It does so too when the context has ended. A claim without a key is an error.
func (s *MemoryStore) Release(_ context.Context, c Claim) error {
	if c.Key == "" {
		return errors.New("ipn: MemoryStore.Release: no claim")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if el, ok := s.entries[c.Key]; ok && !entryOf(el).done && entryOf(el).token == c.Token {
		s.remove(el)
	}
	return nil
}

// forget removes what has ended. It comes before any look at the entries, so that what is found there holds.
func (s *MemoryStore) forget(now time.Time) {
	for _, l := range []*list.List{&s.done, &s.inFlight} {
		for el := l.Front(); el != nil && !entryOf(el).until.After(now); el = l.Front() {
			s.remove(el)
		}
	}
}

// add puts e in its place from the end, which is the place at once unless leases differ in length.
func (s *MemoryStore) add(e *memoryEntry) {
	l := s.listOf(e)
	before := l.Back()
	for before != nil && entryOf(before).until.After(e.until) {
		before = before.Prev()
	}
	if before == nil {
		s.entries[e.key] = l.PushFront(e)
	} else {
		s.entries[e.key] = l.InsertAfter(e, before)
	}
}

func (s *MemoryStore) remove(el *list.Element) {
	e := entryOf(el)
	s.listOf(e).Remove(el)
	delete(s.entries, e.key)
}

func (s *MemoryStore) listOf(e *memoryEntry) *list.List {
	if e.done {
		return &s.done
	}
	return &s.inFlight
}

func entryOf(el *list.Element) *memoryEntry { return el.Value.(*memoryEntry) }
