package barkapaytest

import (
	"slices"
	"strconv"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/sandbox"
)

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server {
	tb.Helper()
	b := New(c)
	tb.Cleanup(b.Close)
	return b
}

// Credentials returns the keys of both apps.
func (b *Server) Credentials() barkapay.Credentials {
	return barkapay.Credentials{
		APIKey: wapay.Secret(b.cfg.APIKey), APISecret: wapay.Secret(b.cfg.APISecret),
		SCIKey: wapay.Secret(b.cfg.SCIKey), SCISecret: wapay.Secret(b.cfg.SCISecret),
	}
}

// IPNKey returns the key that signs notifications about charges and transfers,
// for ipn.BarkaPay.
func (b *Server) IPNKey() wapay.Secret { return wapay.Secret(b.cfg.IPNKey) }

// SCIIPNKey returns the key that signs notifications about payment links.
func (b *Server) SCIIPNKey() wapay.Secret { return wapay.Secret(b.cfg.SCIIPNKey) }

// Client returns a client with the sandbox's keys and clock. It panics where an
// option is not valid.
func (b *Server) Client(opts ...wapay.Option) *barkapay.Client {
	c, err := barkapay.New(b.Credentials(), append([]wapay.Option{wapay.WithBaseURL(b.URL()), wapay.WithClock(b.Now)}, opts...)...)
	if err != nil {
		panic(err)
	}
	return c
}

// Orders returns all charges, links and transfers, oldest first in each kind.
func (b *Server) Orders() []sandbox.Order {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expire()
	var out []sandbox.Order
	for _, t := range slices.Concat(b.payments, b.transfers) {
		o := sandbox.Order{
			Kind: sandbox.Payment, ID: t.id, Reference: t.order, Status: strconv.Itoa(t.status), Pending: t.status == pending,
			Amount: t.amount, Currency: "XOF", Phone: t.phone, Created: t.created,
		}
		if t.transfer {
			o.Kind = sandbox.Payout
		}
		out = append(out, o)
	}
	return out
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
