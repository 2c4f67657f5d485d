package ipn

import (
	"encoding/json"
	"sync/atomic"

	"github.com/wapay-go/wapay/internal/words"
)

// Counters counts how the requests to one or more handlers end. It does not
// count pings. The zero value is ready, and several goroutines may use it at
// once. It implements expvar.Var.
type Counters struct{ n [outcomePing]atomic.Int64 }

// Counts are the numbers of a [Counters].
type Counts struct {
	// Accepted: the merchant's function returned nil, and the store, if there
	// is one, has marked the delivery as done.
	Accepted int64 `json:"accepted"`
	// Duplicate: the delivery was done before. The function did not run.
	Duplicate int64 `json:"duplicate"`
	// InFlight: another request was handling the same delivery.
	InFlight int64 `json:"in_flight"`
	// Failed: any other answer of 5xx. The function failed or panicked, or the
	// store or the provider could not be reached.
	Failed int64 `json:"failed"`
	// Refused counts by reason: "method", "address", "too_large", "malformed",
	// "signature", "stale" or "unconfirmed". It is never nil, and holds only
	// reasons that have occurred.
	Refused map[string]int64 `json:"refused"`
}

// Counts returns the counts so far. It reads them one after the other, so they
// may differ by a request.
func (c *Counters) Counts() Counts {
	counts := Counts{Refused: map[string]int64{}}
	if c == nil {
		return counts
	}
	counts.Accepted = c.n[outcomeAccepted].Load()
	counts.Duplicate = c.n[outcomeDuplicate].Load()
	counts.InFlight = c.n[outcomeInFlight].Load()
	counts.Failed = c.n[outcomeFailed].Load()
	for o := outcomeMethod; o <= outcomeUnconfirmed; o++ {
		if n := c.n[o].Load(); n > 0 {
			counts.Refused[o.String()] = n
		}
	}
	return counts
}

// String returns the [Counts] as JSON.
func (c *Counters) String() string {
	text, _ := json.Marshal(c.Counts()) // numbers and words: cannot fail
	return string(text)
}

func (c *Counters) count(o outcome) {
	if c != nil && o >= outcomeAccepted && o < outcomePing {
		c.n[o].Add(1)
	}
}

// outcome is how a request ended. The zero value is no outcome.
type outcome int

const (
	outcomeAccepted outcome = iota + 1
	outcomeDuplicate
	outcomeInFlight
	outcomeFailed
	outcomeMethod // the first of the refusals
	outcomeAddress
	outcomeTooLarge
	outcomeMalformed
	outcomeSignature
	outcomeStale
	outcomeUnconfirmed // the last of them
	outcomePing        // not counted
)

var outcomeNames = []string{
	"unknown", "accepted", "duplicate", "in flight", "failed",
	"method", "address", "too_large", "malformed", "signature", "stale", "unconfirmed",
	"ping",
}

// String returns the word for records. For a refusal it is the reason in
// [Counts].
func (o outcome) String() string { return words.Of(outcomeNames, o) }
