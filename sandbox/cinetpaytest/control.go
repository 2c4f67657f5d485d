package cinetpaytest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wapay-go/wapay/sandbox"
)

// The following methods act for the operator, the customer and the merchant's
// mail. The id of a transfer is CinetPay's or the merchant's. The id of a
// checkout is the merchant's or its token.

var errNotConfirmed = errors.New("sandbox: the transfer waits for the merchant's confirmation by mail")

// Approve lets a pending order succeed: the customer pays, or the merchant
// confirms the transfer by mail and it arrives. ref is CinetPay's id or the
// merchant's reference.
func (p *Server) Approve(ref string) error {
	err := p.endCheckout(ref, func(c *checkout) error {
		method, phone := c.anyMethod()
		return p.pay(c, method, phone)
	})
	return orElse(err, func() error { return p.step(ref, func(t *transfer) error { p.arrive(t); return nil }) })
}

// Decline lets a pending order fail. The reason becomes a transfer's comment. A
// payment fails with the code of the customer's refusal.
func (p *Server) Decline(ref, reason string) error {
	return orElse(p.RefuseCheckout(ref, 627), func() error {
		return p.step(ref, func(t *transfer) error {
			t.treatment, t.note = rejected, reason
			p.MustBook(t.entry(sandbox.Credit, "transfer refused"))
			return nil
		})
	})
}

// orElse calls payout if no payment is pending.
func orElse(err error, payout func() error) error {
	if errors.Is(err, sandbox.ErrNotFound) || errors.Is(err, sandbox.ErrNotPending) {
		if other := payout(); !errors.Is(other, sandbox.ErrNotFound) {
			return other
		}
	}
	return err
}

// ConfirmByMail follows the link in CinetPay's mail for the merchant. The
// transfer becomes CONFIRM and REC.
func (p *Server) ConfirmByMail(id string) error {
	return p.step(id, func(t *transfer) error {
		if t.sending == confirm {
			return errors.New("sandbox: the transfer is confirmed already")
		}
		t.sending, t.treatment = confirm, received
		return nil
	})
}

// Process makes CinetPay accept a transfer: REC.
func (p *Server) Process(id string) error { return p.treat(id, received) }

// Hold marks a transfer as not accepted by the operator yet: NOS.
func (p *Server) Hold(id string) error { return p.treat(id, notSent) }

func (p *Server) treat(id, treatment string) error {
	return p.step(id, func(t *transfer) error {
		if t.sending != confirm {
			return errNotConfirmed
		}
		t.treatment = treatment
		return nil
	})
}

// step changes a transfer that is not over, and notifies.
func (p *Server) step(id string, fn func(*transfer) error) error {
	return p.payouts.Pending(id, func(t *transfer) error {
		if err := fn(t); err != nil {
			return err
		}
		p.notifyTransfer(t)
		return nil
	})
}

// FailPhone makes each transfer to a number fail at once with a code, such as
// 721 or 804 for an unavailable operator. An empty phone means the whole
// country. Code 0 ends it. With 717 and 802 a contact with the number fails,
// too.
func (p *Server) FailPhone(prefix, phone string, code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failing[prefix+" "+phone] = code
}

// PayCheckout lets the customer pay. The phone is E.164, and empty for a card.
func (p *Server) PayCheckout(id, method, phone string) error {
	return p.endCheckout(id, func(c *checkout) error { return p.pay(c, method, phone) })
}

func (p *Server) pay(c *checkout, method, phone string) error {
	if err := c.payer(method, phone); err != nil {
		return err
	}
	c.status, c.code, c.operatorID = accepted, 0, newID()
	p.MustBook(sandbox.Entry{
		Account: "checkout/" + c.Currency, Kind: sandbox.Credit, Amount: c.Amount, Currency: c.Currency,
		Reference: c.Reference, ID: c.ID, Why: "payment",
	})
	return nil
}

// payer checks that the customer can pay by this method.
func (c *checkout) payer(method, phone string) error {
	prefix, national, ok := splitPhone(phone)
	card := phone == "" && (c.channels == "CREDIT_CARD" || c.channels == "ALL")
	mobile := ok && c.channels != "CREDIT_CARD" && countries[prefix].currency == c.Currency
	locked := c.lockedPhone != "" && c.lockedPhone != strings.TrimPrefix(phone, "+")
	if method == "" || locked || !card && !mobile {
		return fmt.Errorf("sandbox: a customer cannot pay %s %s with %s %s", units(&c.Order), c.Currency, method, phone)
	}
	c.method, c.prefix, c.phone = method, prefix, national
	return nil
}

// RefuseCheckout ends a payment without money. The code may be an unknown one,
// but not the code of an open payment.
func (p *Server) RefuseCheckout(id string, code int) error {
	return p.endCheckout(id, func(c *checkout) error {
		if code <= 0 || slices.Contains(open, code) {
			return fmt.Errorf("sandbox: %d is no refusal", code)
		}
		c.status, c.code = refused, code
		return nil
	})
}

func (p *Server) endCheckout(id string, fn func(*checkout) error) error {
	return p.payments.Pending(id, func(c *checkout) error {
		if err := fn(c); err != nil {
			return err
		}
		c.paid = p.Now()
		p.notifyCheckout(c)
		return nil
	})
}

// BeginCheckout lets the customer begin to pay: 623, 662, 663 or 664. It sends
// no notification.
func (p *Server) BeginCheckout(id string, code int) error {
	return p.payments.Pending(id, func(c *checkout) error {
		if !slices.Contains(open, code) {
			return fmt.Errorf("sandbox: %d is not open", code)
		}
		c.code = code
		return nil
	})
}
