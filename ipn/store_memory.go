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

// MemoryStore is a [Store] in the memory of one process. [NewMemoryStore] makes
// it.
type MemoryStore struct {
	maxAge     time.Duration
	maxEntries int
	now        func() time.Time

	mu             sync.Mutex
	entries        map[string]*list.Element // each is in one of the lists
	done, inFlight list.List                // of *memoryEntry; the first one to end is in front
	tokens         uint64                   // the number of claims so far
}

type memoryEntry struct {
	key, token string // the token of the claim is empty for a done delivery
	done       bool
	until      time.Time // the end of the lease, or of the memory of a done delivery
}

// MemoryOption sets up a [MemoryStore].
type MemoryOption func(*MemoryStore)

// MaxAge sets how long the store remembers a done delivery. The default is 30
// days. 0 or less selects the default.
func MaxAge(d time.Duration) MemoryOption {
	return func(s *MemoryStore) {
		if d <= 0 {
			d = defaultMaxAge
		}
		s.maxAge = d
	}
}

// MaxEntries sets how many deliveries the store remembers, done and in flight
// together. The default is 100,000, which takes about 25 MB. 0 or less selects
// the default.
func MaxEntries(n int) MemoryOption {
	return func(s *MemoryStore) {
		if n <= 0 {
			n = defaultMaxEntries
		}
		s.maxEntries = n
	}
}

// NewMemoryStore returns a store for a single process, and for tests.
//
// It forgets everything when the process ends. It forgets a delivery after
// [MaxAge], or after [MaxEntries] others. If a forgotten delivery comes again,
// the function runs again. So let the function look at the state of your own
// order too, or use [NewSQLStore], which forgets nothing by itself.
//
// A full store forgets the delivery that was done first. With MaxEntries in
// flight, Begin returns an error.
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

// Begin implements [Store]. An empty key, a lease of 0 or less and a context
// that has ended are errors.
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
		return 0, Claim{}, fmt.Errorf("ipn: MemoryStore.Begin: %d deliveries are in flight, no room for more",
			s.maxEntries)
	}
	for len(s.entries) >= s.maxEntries {
		s.remove(s.done.Front())
	}
	s.tokens++
	token := strconv.FormatUint(s.tokens, 10)
	s.add(&memoryEntry{key: key, token: token, until: now.Add(lease)})
	return StateNew, Claim{Key: key, Token: token}, nil
}

// Commit implements [Store], also when the context has ended. A claim without a
// key is an error.
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
	// If the lease had ended and all others are in flight, this one is too
	// many. It stays: the store must not forget it at once.
	for len(s.entries) > s.maxEntries && s.done.Len() > 1 {
		s.remove(s.done.Front())
	}
	return nil
}

// Release implements [Store], also when the context has ended. A claim without
// a key is an error.
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

// forget removes the entries whose time is over. Call it before you look at an
// entry.
func (s *MemoryStore) forget(now time.Time) {
	for _, l := range []*list.List{&s.done, &s.inFlight} {
		for el := l.Front(); el != nil && !entryOf(el).until.After(now); el = l.Front() {
			s.remove(el)
		}
	}
}

// add puts e in its place in a list. It looks from the end, where the place is
// unless leases differ in length.
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
