package barkapaytest

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay/sandbox"
)

// The following methods act for the customer, the operator and BarkaPay.

// Approve lets a pending order succeed: the customer pays, or the money
// arrives. ref is BarkaPay's id or the merchant's reference. A link is paid
// from a number in Burkina Faso.
func (b *Server) Approve(ref string) error {
	return b.records.Pending(ref, func(t *tx) error {
		switch {
		case t.Kind == sandbox.Payout:
			b.succeed(t, "WCASH")
		case t.link != nil:
			t.country, t.operator, t.Phone, t.Amount = "BFA", "MOOV", "70000000", max(t.Amount, t.link.low)
			b.succeed(t, "WMRCH")
		default:
			b.succeed(t, "CHKTRANS")
		}
		return nil
	})
}

// Decline lets a pending order fail. An empty reason is BarkaPay's usual one.
func (b *Server) Decline(ref, reason string) error {
	return b.records.Pending(ref, func(t *tx) error {
		if reason == "" && t.Kind == sandbox.Payout {
			reason = "Transfer failed."
		}
		b.fail(t, cmp.Or(reason, "No payment."))
		return nil
	})
}

// ExpireOrder lets the time of a pending payment run out. For a transfer and
// for a payment without a limit the error is [sandbox.ErrNoLimit].
func (b *Server) ExpireOrder(ref string) error {
	return b.records.Pending(ref, func(t *tx) error {
		if t.deadline.IsZero() {
			return sandbox.ErrNoLimit
		}
		b.fail(t, "No payment.")
		return nil
	})
}

// PayLink lets a customer pay a link. An amount of 0 is the link's. Togo may
// also be spelled as in ISO 3166.
func (b *Server) PayLink(ref, country, operator, phone string, amount int64) error {
	if country == "TGO" {
		country = "TOG"
	}
	return b.records.Pending(ref, func(t *tx) error {
		if t.link == nil {
			return errors.New("sandbox: not a link")
		}
		amount = cmp.Or(amount, t.Amount)
		_, known := b.operators[country][operator]
		if !known || !phones[country].MatchString(phone) || amount < t.link.low || amount > t.link.high {
			return fmt.Errorf("sandbox: a customer cannot pay %d with %s %s %s", amount, country, operator, phone)
		}
		t.country, t.operator, t.Phone, t.Amount = country, operator, phone, amount
		b.succeed(t, "WMRCH")
		return nil
	})
}

// SetOperator changes or adds an operator in one of the provider's countries.
func (b *Server) SetOperator(country, operator string, o Operator) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.operators[country][operator] = o
}
