package ipn

import (
	"context"
	"time"

	"github.com/wapay-go/wapay/internal/words"
)

// Store remembers deliveries, so that the merchant's function acts once on
// each.
// [NewMemoryStore] makes one for a single process, [NewSQLStore] one that many
// processes share. Package storetest tests a Store of your own. Several
// goroutines may call it at once.
//
// A delivery is new, in flight while a request handles it, or done. If the
// process dies or hangs, the delivery stays in flight until its lease ends, and
// is new again.
type Store interface {
	// Begin claims a new delivery key for the time of lease, and returns the
	// state of the delivery before the claim. Of several callers at once, one
	// gets StateNew and the claim. With any other state the claim is the zero
	// value.
	Begin(ctx context.Context, key string, lease time.Duration) (State, Claim, error)
	// Commit marks the delivery as done: the function handled it without an
	// error. It does so even if the lease has ended, or the delivery is done.
	Commit(ctx context.Context, c Claim) error
	// Release gives the claim back, and the delivery is new again. It changes
	// nothing if the delivery is done, or if there is another claim on it.
	Release(ctx context.Context, c Claim) error
}

// State is the state of a delivery in a [Store].
type State int

const (
	// StateNew: the delivery is not done, and nobody handles it.
	StateNew State = iota + 1
	// StateInFlight: another caller has claimed the delivery.
	StateInFlight
	// StateDone: the function has handled the delivery.
	StateDone
)

var stateNames = []string{"unknown", "new", "in flight", "done"}

// String returns the state in lower-case English words.
func (s State) String() string { return words.Of(stateNames, s) }

// Claim is the right to handle a delivery. Every claim has its own Token.
type Claim struct{ Key, Token string }

// activeClaim is the claim under which a merchant's function runs. The context
// of the function carries it.
type activeClaim struct {
	claim     Claim
	committed bool // the function itself did it, in its transaction
}

type activeClaimKey struct{}

func activeClaimOf(ctx context.Context) *activeClaim {
	active, _ := ctx.Value(activeClaimKey{}).(*activeClaim)
	return active
}
