package ipn

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// memoryModelEntry is what a store should know of a key. The model checks all
// entries each time.
type memoryModelEntry struct {
	token string
	done  bool
	order int // the number of its commit
	until time.Time
}

type memoryModel struct {
	entries map[string]memoryModelEntry
	max     int
	age     time.Duration
	order   int
}

func (m *memoryModel) forget(now time.Time) {
	for key, e := range m.entries {
		if !now.Before(e.until) {
			delete(m.entries, key)
		}
	}
}

func (m *memoryModel) inFlight() (n int) {
	for _, e := range m.entries {
		if !e.done {
			n++
		}
	}
	return n
}

func (m *memoryModel) forgetOldest() {
	oldest := ""
	for key, e := range m.entries {
		if e.done && (oldest == "" || e.order < m.entries[oldest].order) {
			oldest = key
		}
	}
	delete(m.entries, oldest)
}

// begin returns 0 for an error.
func (m *memoryModel) begin(key string) State {
	switch e, known := m.entries[key]; {
	case known && e.done:
		return StateDone
	case known:
		return StateInFlight
	case m.inFlight() == m.max:
		return 0
	}
	for len(m.entries) >= m.max {
		m.forgetOldest()
	}
	return StateNew
}

func (m *memoryModel) commit(key string, now time.Time) {
	if m.entries[key].done {
		return
	}
	m.order++
	m.entries[key] = memoryModelEntry{done: true, order: m.order, until: now.Add(m.age)}
	for len(m.entries) > m.max && len(m.entries)-m.inFlight() > 1 {
		m.forgetOldest()
	}
}

func TestMemoryStoreIsItsModel(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 2))
		m := memoryModel{entries: map[string]memoryModelEntry{}, max: 1 + random.IntN(8), age: time.Duration(1+random.IntN(40)) * time.Second}
		s, forward := memoryStore(MaxEntries(m.max), MaxAge(m.age))
		var claims []Claim
		for step := range 500 {
			what := fmt.Sprintf("seed %d, step %d", seed, step)
			forward(time.Duration(random.IntN(3)) * time.Second)
			m.forget(s.now())
			old := Claim{Key: "none"}
			if len(claims) > 0 {
				old = claims[len(claims)-1-random.IntN(min(len(claims), 12))]
			}
			switch random.IntN(4) {
			case 0, 1:
				key, lease := strconv.Itoa(random.IntN(12)), time.Duration(1+random.IntN(10))*time.Second
				want := m.begin(key)
				state, claim, err := s.Begin(ctx, key, lease)
				require.Equal(t, want, state, what)
				require.Equal(t, want == 0, err != nil, what)
				if state == StateNew {
					m.entries[key] = memoryModelEntry{token: claim.Token, until: s.now().Add(lease)}
					claims = append(claims, claim)
				}
			case 2:
				m.commit(old.Key, s.now())
				mustCommit(t, s, old)
			case 3:
				if e := m.entries[old.Key]; !e.done && e.token == old.Token {
					delete(m.entries, old.Key)
				}
				mustRelease(t, s, old)
			}
			s.forget(s.now())
			checkMemory(t, s)
			require.LessOrEqual(t, len(s.entries), m.max+1, what)
			require.LessOrEqual(t, s.inFlight.Len(), m.max, what)
			require.Len(t, s.entries, len(m.entries), what)
			for key, want := range m.entries {
				el := s.entries[key]
				require.NotNil(t, el, what)
				require.Equal(t, memoryEntry{key, want.token, want.done, want.until}, *entryOf(el), what)
			}
		}
	}
}
