package barkapaytest

import (
	"errors"
	"fmt"

	"github.com/wapay-go/wapay/sandbox"
)

// What the customer, the operator and BarkaPay itself do, for a test to say
// when.

// OTP returns the code that the customer's phone shows. It is good for one
// payment. phone is the national number: Phone.National.
func (b *Server) OTP(phone string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.otp(phone)
}

// Approve lets a pending order succeed: the customer pays, or the money
// arrives. ref is BarkaPay's id or the merchant's reference. A link is paid
// from a number in Burkina Faso.
func (b *Server) Approve(ref string) error {
	return b.end(ref, func(t *tx) {
		switch {
		case t.transfer:
			b.succeed(t, "WCASH")
		case t.link != nil:
			t.country, t.operator, t.phone, t.amount = "BFA", "MOOV", "70000000", max(t.amount, t.link.low)
			b.succeed(t, "WMRCH")
		default:
			b.succeed(t, "CHKTRANS")
		}
	})
}

// Decline lets a pending order fail. An empty reason is BarkaPay's usual one.
func (b *Server) Decline(ref, reason string) error {
	return b.end(ref, func(t *tx) {
		if reason == "" && t.transfer {
			reason = "Transfer failed."
		} else if reason == "" {
			reason = "No payment."
		}
		b.fail(t, reason)
	})
}

// ExpireOrder lets the time of a pending payment run out. A payment without a
// limit and a transfer have none, which is [sandbox.ErrNoLimit].
func (b *Server) ExpireOrder(ref string) error {
	o, err := sandbox.Find(b.Orders(), ref)
	if err != nil {
		return err
	}
	if o.Kind == sandbox.Payout {
		return sandbox.ErrNoLimit
	}
	return b.settle(&b.payments, o.ID, func(t *tx) error {
		if t.deadline.IsZero() {
			return sandbox.ErrNoLimit
		}
		b.fail(t, "No payment.")
		return nil
	})
}

func (b *Server) end(ref string, fn func(*tx)) error {
	o, err := sandbox.Find(b.Orders(), ref)
	if err != nil {
		return err
	}
	list := &b.payments
	if o.Kind == sandbox.Payout {
		list = &b.transfers
	}
	return b.settle(list, o.ID, func(t *tx) error { fn(t); return nil })
}

func (b *Server) settle(list *[]*tx, publicID string, fn func(*tx) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expire()
	t := findTx(*list, publicID)
	if t == nil {
		return sandbox.ErrNotFound
	}
	if t.status != pending {
		return sandbox.ErrNotPending
	}
	return fn(t)
}

// PayLink has a customer pay a link. The amount is the customer's choice, 0 is
// the link's. Togo may also be spelled as in ISO 3166.
func (b *Server) PayLink(publicID, country, operator, phone string, amount int64) error {
	if country == "TGO" {
		country = "TOG"
	}
	return b.settle(&b.payments, publicID, func(t *tx) error {
		if t.link == nil {
			return errors.New("sandbox: not a link")
		}
		if amount == 0 {
			amount = t.amount
		}
		_, known := b.operators[country][operator]
		if !known || !phones[country].MatchString(phone) || amount < t.link.low || amount > t.link.high {
			return fmt.Errorf("sandbox: a customer cannot pay %d with %s %s %s", amount, country, operator, phone)
		}
		t.country, t.operator, t.phone, t.amount = country, operator, phone, amount
		b.succeed(t, "WMRCH")
		return nil
	})
}

// Expire fails what has run out by the clock. Requests do so by themselves.
// This is for a test that only waits for the notification.
func (b *Server) Expire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expire()
}

// SetOperator changes or adds an operator of a country the provider serves.
func (b *Server) SetOperator(country, operator string, o Operator) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.operators[country][operator] = o
}

// PaymentIDs returns the public ids of an order's payments and links, oldest
// first.
func (b *Server) PaymentIDs(orderID string) []string { return b.idsOf(&b.payments, orderID) }

// TransferIDs returns the public ids of an order's transfers, oldest first.
func (b *Server) TransferIDs(orderID string) []string { return b.idsOf(&b.transfers, orderID) }

func (b *Server) idsOf(list *[]*tx, orderID string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []string
	for _, t := range *list {
		if t.order == orderID {
			ids = append(ids, t.id)
		}
	}
	return ids
}
