package wapay

import (
	"context"
	"iter"
	"time"
)

// Lister is an optional interface of a client that lists the orders of a
// period. The first moment belongs to it, the last one does not. The rows come
// in the provider's order.
//
// An error ends the sequence and is its last element. It is never "not found":
// a period without orders is an empty sequence. A row that cannot be read comes
// as [ErrDecode] beside a nil order, and the sequence goes on.
//
// Its errors are [OutcomeReadOnly], like those of every call that only reads.
type Lister interface {
	ListPayments(ctx context.Context, from, to time.Time) iter.Seq2[*Payment, error]
	ListPayouts(ctx context.Context, from, to time.Time) iter.Seq2[*Payout, error]
}

// Balance is what a merchant has in one account at a provider.
type Balance struct {
	Account   string // the provider's name of the account, "" if there is one
	Available Money  // what can be paid out
	Pending   Money  // what will be available later; zero where the provider does not tell
}

// BalanceReader is an optional interface of a client that reads the merchant's
// balances: one for each account and currency.
type BalanceReader interface {
	Balances(ctx context.Context) ([]Balance, error)
}

// RefundRequest gives a payment back, whole or in part.
type RefundRequest struct {
	Reference string // the merchant's id of the refund, not of the payment
	Payment   Ref    // the payment
	Amount    Money  // zero: the whole payment
	Reason    string
	NotifyURL string
}

// Refund is what a provider says of a refund.
type Refund struct {
	Provider       string
	ID             string
	Reference      string
	Status         Status
	ProviderStatus string
	Amount         Money
	Raw            Raw
}

// Refunder is an optional interface of a client that gives payments back. A
// refund moves money: its errors are those of a payout.
type Refunder interface {
	Refund(ctx context.Context, r RefundRequest) (*Refund, error)
}

// OperatorState says whether an operator works just now, as its provider sees
// it.
type OperatorState struct {
	Operator string // as the provider spells it in requests
	Country  string // ISO 3166-1 alpha-2, "" where the provider does not tell
	Payments bool   // it takes payments
	Payouts  bool   // it makes payouts
}

// Availability is an optional interface of a client that tells which operators
// work just now.
type Availability interface {
	OperatorStates(ctx context.Context) ([]OperatorState, error)
}

// AccountChecker is an optional interface of a client that looks a wallet up
// before it is paid.
type AccountChecker interface {
	// CheckAccount returns the holder of a wallet. [ErrNotFound] means that the
	// number is no wallet of the operator.
	CheckAccount(ctx context.Context, operator string, phone Phone) (*AccountHolder, error)
}

// AccountHolder is who has a wallet.
type AccountHolder struct {
	Phone     Phone
	FirstName string
	LastName  string // the whole name where the provider does not split it
}
