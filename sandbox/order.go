package sandbox

import (
	"slices"
	"time"
)

// Order is a payment or a payout as it stands with the provider.
type Order struct {
	Kind      OrderKind
	ID        string // the provider's
	Reference string // the merchant's
	Status    string // the provider's word
	Pending   bool   // not over
	Succeeded bool   // over, and the money has moved
	Amount    int64  // in minor units of the currency
	Currency  string
	Phone     string // "" until the customer is known
	Created   time.Time
}

// OrderKind is the direction of an Order, seen from the merchant.
type OrderKind string

const (
	Payment OrderKind = "payment"
	Payout  OrderKind = "payout"
)

// Find returns the newest order with the provider's id or the merchant's
// reference, those that are pending first.
func Find(orders []Order, ref string) (Order, error) {
	var found []Order
	for _, o := range orders {
		if ref != "" && (o.ID == ref || o.Reference == ref) {
			found = append(found, o)
		}
	}
	if len(found) == 0 {
		return Order{}, ErrNotFound
	}
	slices.Reverse(found)
	if n := slices.IndexFunc(found, func(o Order) bool { return o.Pending }); n >= 0 {
		return found[n], nil
	}
	return found[0], ErrNotPending
}
