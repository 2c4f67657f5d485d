package cinetpaytest

import (
	"cmp"
	"strconv"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server {
	return sandbox.Start(tb, New(c))
}

// Credentials returns the keys of both products.
func (p *Server) Credentials() cinetpay.Credentials {
	return cinetpay.Credentials{
		APIKey: wapay.Secret(p.cfg.APIKey), Password: wapay.Secret(p.cfg.Password), SiteID: p.cfg.SiteID,
	}
}

// IPNKey returns the secret key that signs notifications about payments, for
// ipn.CinetPayCheckout. Those about transfers are not signed.
func (p *Server) IPNKey() wapay.Secret { return wapay.Secret(p.cfg.SecretKey) }

// Client returns a client with the sandbox's keys and clock. It panics where an
// option is not valid.
func (p *Server) Client(opts ...wapay.Option) *cinetpay.Client {
	return kit.Client(cinetpay.New, p.Credentials(), p, opts)
}

// Orders returns all payments and transfers, oldest first in each kind. The id
// of a payment is its token.
func (p *Server) Orders() []sandbox.Order {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []sandbox.Order
	for _, c := range p.checkouts {
		out = append(out, sandbox.Order{
			Kind: sandbox.Payment, ID: c.token, Reference: c.id, Status: c.status + " " + strconv.Itoa(c.code),
			Pending: c.status == waiting, Succeeded: c.status == accepted, Amount: c.amount * unit(c.currency),
			Currency: c.currency, Phone: cmp.Or(c.prefix+c.phone, c.customer), Created: c.created,
		})
	}
	for _, t := range p.transfers {
		out = append(out, sandbox.Order{
			Kind: sandbox.Payout, ID: t.id, Reference: t.client, Status: t.sending + " " + t.treatment, Pending: !t.over(),
			Succeeded: t.treatment == validated, Amount: t.amount * unit(t.currency()), Currency: t.currency(), Phone: t.prefix + t.phone, Created: t.created,
		})
	}
	return out
}

// Approve lets a pending order succeed: the customer pays, or the merchant
// confirms the transfer by mail and it arrives. ref is CinetPay's id or the
// merchant's reference.
func (p *Server) Approve(ref string) error {
	return p.end(ref, func(c *checkout) error {
		method, phone := c.anyMethod()
		return p.PayCheckout(c.token, method, phone)
	}, func(t *transfer) error {
		return p.step(t.id, func(t *transfer) error { p.arrive(t); return nil })
	})
}

// Decline lets a pending order fail. The reason is a transfer's comment; a
// payment fails as the customer's refusal, which has a code of its own.
func (p *Server) Decline(ref, reason string) error {
	return p.end(ref, func(c *checkout) error {
		return p.RefuseCheckout(c.token, 627)
	}, func(t *transfer) error {
		return p.Reject(t.id, reason)
	})
}

func (p *Server) end(ref string, payment func(*checkout) error, payout func(*transfer) error) error {
	o, err := sandbox.Find(p.Orders(), ref)
	if err != nil {
		return err
	}
	p.mu.Lock()
	c, t := p.findCheckout(o.ID), p.findTransfer(o.ID, "")
	p.mu.Unlock()
	if o.Kind == sandbox.Payment {
		return payment(c)
	}
	return payout(t)
}
