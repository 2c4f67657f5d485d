package ipn

import (
	"encoding/json"
	"expvar"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var _ expvar.Var = (*Counters)(nil)

func TestCounters(t *testing.T) {
	refused := func(reason string) Counts { return Counts{Refused: map[string]int64{reason: 1}} }
	none := Counts{Refused: map[string]int64{}}
	for _, tt := range []struct {
		o    outcome
		word string
		want Counts
	}{
		{outcomeAccepted, "accepted", Counts{Accepted: 1, Refused: map[string]int64{}}},
		{outcomeDuplicate, "duplicate", Counts{Duplicate: 1, Refused: map[string]int64{}}},
		{outcomeInFlight, "in flight", Counts{InFlight: 1, Refused: map[string]int64{}}},
		{outcomeFailed, "failed", Counts{Failed: 1, Refused: map[string]int64{}}},
		{outcomeMethod, "method", refused("method")},
		{outcomeAddress, "address", refused("address")},
		{outcomeTooLarge, "too_large", refused("too_large")},
		{outcomeMalformed, "malformed", refused("malformed")},
		{outcomeSignature, "signature", refused("signature")},
		{outcomeStale, "stale", refused("stale")},
		{outcomeUnconfirmed, "unconfirmed", refused("unconfirmed")},
		{outcomePing, "ping", none},
		{0, "unknown", none},
		{-1, "unknown", none},
		{outcomePing + 1, "unknown", none},
	} {
		assert.Equal(t, tt.word, tt.o.String())
		var c Counters
		c.count(tt.o)
		assert.Equal(t, tt.want, c.Counts(), "%v", tt.o)
		var read Counts
		require.NoError(t, json.Unmarshal([]byte(c.String()), &read))
		assert.Equal(t, tt.want, read, "%v", tt.o)
	}
}

func TestCountersString(t *testing.T) {
	const nothing = `{"accepted":0,"duplicate":0,"in_flight":0,"failed":0,"refused":{}}`
	var c Counters
	assert.Equal(t, nothing, c.String())
	for o, n := range []int{outcomeAccepted: 5, outcomeDuplicate: 4, outcomeInFlight: 3, outcomeFailed: 2, outcomeTooLarge: 1} {
		for range n {
			c.count(outcome(o))
		}
	}
	assert.Equal(t, `{"accepted":5,"duplicate":4,"in_flight":3,"failed":2,"refused":{"too_large":1}}`, c.String())

	var absent *Counters
	absent.count(outcomeAccepted)
	assert.Equal(t, nothing, absent.String())
}

// Counts returns a copy.
func TestCountersCopied(t *testing.T) {
	var c Counters
	c.count(outcomeStale)
	before := c.Counts()
	c.count(outcomeStale)
	assert.EqualValues(t, 1, before.Refused["stale"])
	before.Refused["stale"] = 100
	assert.EqualValues(t, 2, c.Counts().Refused["stale"])
}

func TestCountersConcurrently(t *testing.T) {
	var c Counters
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 1000 {
				c.count(outcomeAccepted + outcome(i%int(outcomePing)))
				_ = c.String()
			}
		}()
	}
	wg.Wait()
	counts := c.Counts()
	sum := counts.Accepted + counts.Duplicate + counts.InFlight + counts.Failed
	assert.Len(t, counts.Refused, 7)
	for _, n := range counts.Refused {
		sum += n
	}
	// One request in twelve was a ping. 1000 is four more than a multiple of
	// twelve.
	assert.EqualValues(t, 8*(1000-1000/12), sum)
}
