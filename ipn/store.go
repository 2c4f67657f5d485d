package ipn

import (
	"context"
	"time"

	"github.com/wapay-go/wapay/internal/words"
)

// Store remembers deliveries, so that each is acted on once. [NewMemoryStore]
// makes one for a single process, [NewSQLStore] one that many processes share.
// Several goroutines may call it at once. Package storetest tests one of your
// own.
//
// A delivery is new, in flight while somebody handles it, or done. Where the
// process dies or hangs, it stays in flight until its lease ends, and is new
// again.
type Store interface {
	// Begin claims a new delivery key for the time of lease, and returns its
	// state before that. Of several callers at once, one gets StateNew and the
	// claim. With any other state the claim is the zero value.
	Begin(ctx context.Context, key string, lease time.Duration) (State, Claim, error)
	// Commit marks the delivery as done: it was handled without an error. It
	// does so too where the lease has ended meanwhile, or the delivery is done
	// already.
	Commit(ctx context.Context, c Claim) error
	// Release gives the claim back, and the delivery is new again. It changes
	// nothing where the delivery is done, or another has claimed it meanwhile.
	Release(ctx context.Context, c Claim) error
}

// State is the state of a delivery in a [Store].
type State int

const (
	// StateNew: nobody has handled it to the end, and nobody handles it.
	StateNew State = iota + 1
	// StateInFlight: somebody else has claimed it.
	StateInFlight
	// StateDone: it was handled.
	StateDone
)

var stateNames = []string{"unknown", "new", "in flight", "done"}

// String returns the state in lower-case English words.
func (s State) String() string { return words.Of(stateNames, s) }

// Claim is the right to handle a delivery. Every claim has another Token.
type Claim struct{ Key, Token string }

// activeClaim is the claim under which a merchant's function runs. It travels
// in the context of the function.
type activeClaim struct {
	claim     Claim
	committed bool // by the function itself, in its transaction
}

type activeClaimKey struct{}

func withActiveClaim(ctx context.Context, h *activeClaim) context.Context {
	return context.WithValue(ctx, activeClaimKey{}, h)
}

func activeClaimOf(ctx context.Context) *activeClaim {
	h, _ := ctx.Value(activeClaimKey{}).(*activeClaim)
	return h
}
