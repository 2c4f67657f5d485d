package sandbox

import (
	"slices"
	"time"
)

// Order is a payment or a payout as the provider has it. A provider's sandbox
// embeds it in its own record of the order.
type Order struct {
	Kind      OrderKind
	ID        string // the provider's
	Reference string // the merchant's
	Status    string // the provider's word
	Pending   bool   // not over
	Succeeded bool   // over, and the money has moved
	Amount    int64  // in minor units of the currency
	Fee       int64  // the same, if the provider shows one
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

// Find returns the newest pending order with the provider's id or the
// merchant's reference, or else the newest one.
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

// Orders returns all orders, oldest first in each kind.
func (s *Server) Orders() []Order {
	var all []Order
	for _, r := range s.spec.Records {
		all = append(all, r.orders()...)
	}
	return all
}

// Tick carries out what is due by the clock. Each request does the same, so
// only a test that waits for a notification needs it.
func (s *Server) Tick() {
	for _, r := range s.spec.Records {
		r.tick()
	}
}
