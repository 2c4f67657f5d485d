package journal

import (
	"log/slog"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/words"
)

// Kind tells a payment from a payout, which may share a reference.
type Kind int

const (
	// Payment is money that a customer pays.
	Payment Kind = iota + 1
	// Payout is money that the merchant sends.
	Payout
)

// String returns "payment" or "payout".
func (k Kind) String() string {
	switch k {
	case Payment:
		return "payment"
	case Payout:
		return "payout"
	}
	return "unknown"
}

func parseKind(s string) Kind {
	for k := Payment; k <= Payout; k++ {
		if k.String() == s {
			return k
		}
	}
	return 0
}

// State is where an order is. The package documentation says what each state
// means for the merchant.
type State int

const (
	// StateReady means that the order is provably with no provider.
	StateReady State = iota + 1
	// StateSending means that a process has claimed the order, and is about to
	// send it or has sent it.
	StateSending
	// StateAsking means that the order may have been carried out. The journal
	// only asks about it.
	StateAsking
	// StateKnown means that the provider has the order, and has not finished
	// it.
	StateKnown
	// StateOver means that the status is final.
	StateOver
)

var stateNames = []string{"unknown", "ready", "sending", "asking", "known", "over"}

// String returns the state as one lower-case English word.
func (s State) String() string { return words.Of(stateNames, s) }

func parseState(name string) State { return words.Parse[State](stateNames, name) }

// Order is one order as the journal knows it.
type Order struct {
	Kind      Kind
	Reference string
	State     State
	// Provider is the name that was given to [WithProvider]. It is empty as
	// long as no provider has the order.
	Provider       string
	ID             string // the provider's
	Status         wapay.Status
	ProviderStatus string // the provider's own word for Status
	Amount         wapay.Money
	Fee            wapay.Money // zero if the provider did not say
	// Customer pays or is paid. It is empty after [Journal.Strip].
	Customer    wapay.Customer
	Operator    string
	OperatorID  string // the mobile operator's transaction id
	Reason      string // why it failed or waits, in the provider's words
	CheckoutURL string
	Action      wapay.Action
	// Held reports that the order waits for a person, and Why says what for. If
	// it is not held, Why may be the note of [Journal.Resolve].
	Held                 bool
	Why                  string
	CreatedAt, UpdatedAt time.Time // by the database's clock
}

// LogValue implements [slog.LogValuer]. A log shows what identifies the order
// and its state, and nothing of the customer.
func (o Order) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", o.Kind.String()), slog.String("reference", o.Reference),
		slog.String("state", o.State.String()), slog.String("provider", o.Provider), slog.String("id", o.ID),
		slog.String("status", o.Status.String()), slog.String("amount", o.Amount.String()),
		slog.Bool("held", o.Held), slog.String("why", o.Why))
}

func (o *Order) payment(replayed bool) *wapay.Payment {
	action := o.Action
	if action == wapay.ActionOpenPage && o.CheckoutURL == "" {
		action = wapay.ActionPageLost
	}
	return &wapay.Payment{
		Provider: o.Provider, ID: o.ID, Reference: o.Reference, Status: o.Status, ProviderStatus: o.ProviderStatus,
		Amount: o.Amount, Fee: o.Fee, Reason: o.Reason, OperatorID: o.OperatorID, CheckoutURL: o.CheckoutURL,
		Action: action, CreatedAt: o.CreatedAt, Replayed: replayed,
	}
}

func (o *Order) payout(replayed bool) *wapay.Payout {
	return &wapay.Payout{
		Provider: o.Provider, ID: o.ID, Reference: o.Reference, Status: o.Status, ProviderStatus: o.ProviderStatus,
		Amount: o.Amount, Fee: o.Fee, Reason: o.Reason, OperatorID: o.OperatorID, CreatedAt: o.CreatedAt,
		Replayed: replayed,
	}
}
