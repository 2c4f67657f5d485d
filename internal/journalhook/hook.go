// Package journalhook lets the journal's tests stop it between two steps, and
// switch off one rule at a time. The context holds a hook, and only this module
// can make one.
package journalhook

import "context"

// Point names a place between two steps of the journal.
type Point string

// The points, in the order in which an order passes them.
const (
	BeforeClaim Point = "before the row"
	Claimed     Point = "after the row and the claim"
	BeforeSend  Point = "before the send"
	AfterSend   Point = "after the send"
	BeforeStore Point = "after the answer"
	InTx        Point = "inside the transaction"
	AfterFunc   Point = "after the merchant's function"
	Stored      Point = "after the commit"
	BeforeNext  Point = "before the next provider"
	NextClaimed Point = "after the claim for the next provider"
	Lapsed      Point = "after the claim for a question"
	Asked       Point = "after the question"
	Missed      Point = "after the order was not found"
	Repeating   Point = "after the claim for a repeat"
)

// Points returns every point.
func Points() []Point {
	return []Point{BeforeClaim, Claimed, BeforeSend, AfterSend, BeforeStore, InTx, AfterFunc, Stored, BeforeNext,
		NextClaimed, Lapsed, Asked, Missed, Repeating}
}

// Rule names a rule of the journal that a test can switch off.
type Rule string

// The rules, as the documentation of package journal states them.
const (
	RowFirst       Rule = "no send without a row"
	UnstoredIsOpen Rule = "an answer that cannot be stored is unknown"
	LapsedIsAsking Rule = "a lapsed claim may have been sent"
	LateIsHarmless Rule = "a late holder takes nothing back"
	OnlyNotDone    Rule = "only what is not done goes on"
	RepeatSafeOnly Rule = "only a provider that does an order once gets a repeat"
	UnreachedIsNot Rule = "an unreachable provider does not use the patience up"
	OneTransaction Rule = "status and function are one transaction"
	OnlyForward    Rule = "no status comes twice or goes back"
	OnlyProven     Rule = "only what is proven is believed"
	OnlyFitting    Rule = "only what fits the order is believed"
	SameRequest    Rule = "one reference is one order"
	OwnContext     Rule = "what was heard is stored whatever the caller does"
	NoCode         Rule = "no one-time code in a row"
)

// Hook is a test's hook into the journal.
type Hook struct {
	At  func(context.Context, Point) // called at each point; may be nil
	Off map[Rule]bool                // the rules that do not hold
}

type key struct{}

// With returns a context with h.
func With(ctx context.Context, h *Hook) context.Context { return context.WithValue(ctx, key{}, h) }

// At calls the hook in ctx, if there is one, at the point p.
func At(ctx context.Context, p Point) {
	if h, _ := ctx.Value(key{}).(*Hook); h != nil && h.At != nil {
		h.At(ctx, p)
	}
}

// On reports whether a rule is on. It is off only in a test of that rule.
func On(ctx context.Context, r Rule) bool {
	h, _ := ctx.Value(key{}).(*Hook)
	return h == nil || !h.Off[r]
}
