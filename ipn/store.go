package ipn

import (
	"context"
	"time"
)

// Store remembers deliveries, so that each is acted on once. [NewMemoryStore] makes one for a single process,
// [NewSQLStore] one that many processes share. It may be called from several goroutines at once.
//
// A delivery is new, in flight while somebody handles it, or done. Who dies or hangs leaves it in flight until the lease
// has ended, when it is new again.
type Store interface {
	// Begin claims the delivery key for the time of lease, if it is new, and says what it was. Of several callers at
	// once, one gets StateNew and the claim. With any other state the claim is the zero value.
	Begin(ctx context.Context, key string, lease time.Duration) (State, Claim, error)
	// Commit marks the delivery as done: it was handled without an error. That holds too when the lease has ended
	// meanwhile, and when the delivery is done already.
	Commit(ctx context.Context, c Claim) error
	// Release gives the claim back, and the delivery is new again. It changes nothing if the delivery is done,
	// or the lease has ended and another has claimed it.
	Release(ctx context.Context, c Claim) error
}

// State is what a [Store] knows of a delivery.
type State int

const (
	// StateNew: nobody has handled it to the end, and nobody is about to.
	StateNew State = iota + 1
	// StateInFlight: somebody else has claimed it.
	StateInFlight
	// StateDone: it was handled.
	StateDone
)

var stateNames = [...]string{StateNew: "new", StateInFlight: "in flight", StateDone: "done"}

// String returns the state in lower-case English words.
func (s State) String() string {
	if s < StateNew || s > StateDone {
		return "unknown"
	}
	return stateNames[s]
}

// Claim is the right to handle a delivery. Token differs from that of every other claim.
type Claim struct{ Key, Token string }

// held is the claim under which a merchant's function runs. It travels in the function's context.
type held struct {
	claim     Claim
	committed bool // by the function itself, in its transaction
}

type heldKey struct{}

func withHeld(ctx context.Context, h *held) context.Context {
	return context.WithValue(ctx, heldKey{}, h)
}

func heldFrom(ctx context.Context) *held {
	h, _ := ctx.Value(heldKey{}).(*held)
	return h
}
