package wapay

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"
)

// Lister is an optional interface of a client that lists the orders of a
// period. The period includes from and excludes to. The rows come in the
// provider's order. A payout has the same ID as in the result of Payout.
//
// An error ends the sequence and is its last element. It is never "not found":
// a period without orders is an empty sequence. A row that cannot be read comes
// as [ErrDecode] with a nil order, and the sequence goes on.
//
// Every error is [OutcomeReadOnly].
type Lister interface {
	ListPayments(ctx context.Context, from, to time.Time) iter.Seq2[*Payment, error]
	ListPayouts(ctx context.Context, from, to time.Time) iter.Seq2[*Payout, error]
}

// Balance is what a merchant has in one account at a provider.
type Balance struct {
	Account   string // the provider's name of the account, "" if there is one
	Available Money  // what can be paid out
	Pending   Money  // what will be available later; zero if the provider does not tell
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
	Amount    Money  // the zero Money refunds the whole payment; 0 francs are invalid
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
	Replayed       bool // the provider had it before this call
	Raw            Raw
}

// Refunder is an optional interface of a client that gives payments back.
//
// A refund moves money. Its errors are those of a payout, but no lookup finds
// it. If the client is a [RepeatSafer], repeat the call within the time that it
// names: the result is the refund as it is now. After that time, only the
// provider's dashboard or support can tell what became of it. A new Reference
// makes another refund.
type Refunder interface {
	Refund(ctx context.Context, r RefundRequest) (*Refund, error)
}

// OperatorState says whether an operator works now, as its provider sees it.
type OperatorState struct {
	Operator string // as the provider spells it in requests
	Country  string // ISO 3166-1 alpha-2, "" if the provider does not tell
	Payments bool   // it takes payments
	Payouts  bool   // it makes payouts
}

// Availability is an optional interface of a client that tells which operators
// work now.
type Availability interface {
	OperatorStates(ctx context.Context) ([]OperatorState, error)
}

// AccountChecker is an optional interface of a client that tells who has a
// wallet, before you pay it.
type AccountChecker interface {
	// CheckAccount returns the holder of a wallet. [ErrNotFound] means that the
	// number is no wallet of the operator.
	CheckAccount(ctx context.Context, operator string, phone Phone) (*AccountHolder, error)
}

// AccountHolder is the holder of a wallet.
type AccountHolder struct {
	Phone     Phone
	FirstName string
	LastName  string // the whole name if the provider does not split it
}

// Scoper is an optional interface of a client that can tell, without a request,
// whether its provider takes an order. It knows the countries, currencies,
// amounts, operators and required fields that the provider documents.
//
// A nil error does not promise that the provider takes the order. An error is
// [ErrInvalid] and [OutcomeNotSent], and Pay or Payout would return it too.
type Scoper interface {
	ServesPayment(r PaymentRequest) error
	ServesPayout(r PayoutRequest) error
}

// Serves reports why a client does not take an order, before anything is sent.
// It returns nil if the client makes such orders and is not a [Scoper].
func Serves[R PaymentRequest | PayoutRequest](client any, r R) error {
	scoper, _ := client.(Scoper)
	switch r := any(r).(type) {
	case PaymentRequest:
		if _, ok := client.(Payer); !ok {
			return notServed(client, r.Reference, ErrInvalid, "takes no payments")
		} else if scoper != nil {
			return scoper.ServesPayment(r)
		}
	case PayoutRequest:
		if _, ok := client.(Payouter); !ok {
			return notServed(client, r.Reference, ErrInvalid, "makes no payouts")
		} else if scoper != nil {
			return scoper.ServesPayout(r)
		}
	}
	return nil
}

// ServesNow does what [Serves] does. It also asks a client that is an
// [Availability] whether the operator works now. If it does not, the error is
// [ErrUnavailable] and [OutcomeNotSent]. If the provider cannot be asked, or
// does not list the operator, ServesNow returns what Serves returns.
func ServesNow[R PaymentRequest | PayoutRequest](ctx context.Context, client any, r R) error {
	if err := Serves(client, r); err != nil {
		return err
	}
	var reference, operator, country string
	var works func(OperatorState) bool
	switch r := any(r).(type) {
	case PaymentRequest:
		reference, operator, country = r.Reference, r.Operator, r.Customer.Phone.Country()
		works = func(s OperatorState) bool { return s.Payments }
	case PayoutRequest:
		reference, operator, country = r.Reference, r.Operator, r.Recipient.Phone.Country()
		works = func(s OperatorState) bool { return s.Payouts }
	}
	live, ok := client.(Availability)
	if !ok || operator == "" {
		return nil
	}
	states, err := live.OperatorStates(ctx)
	if err != nil {
		return nil
	}
	for _, s := range states {
		if strings.EqualFold(s.Operator, operator) && (s.Country == "" || s.Country == country) {
			if works(s) {
				err = nil
				break
			}
			err = notServed(client, reference, ErrUnavailable, "says that "+s.Operator+" does not work now")
		}
	}
	if err == nil {
		return Serves(client, r) // the client may know more of the operator by now
	}
	return err
}

func notServed(client any, reference string, kind error, why string) error {
	return &Error{
		Provider: "wapay", Op: "Serves", Reference: reference, Kind: kind, Outcome: OutcomeNotSent,
		Err: fmt.Errorf("%T %s", client, why),
	}
}

// OperatorSpeller is an optional interface of a client that knows its
// provider's words for a mobile network.
type OperatorSpeller interface {
	// SpellOperator returns the Operator of a payment and of a payout. Each is
	// empty if the provider's documents show none.
	SpellOperator(n Network) (payment, payout string)
}
