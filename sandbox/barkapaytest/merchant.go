package barkapaytest

import (
	"slices"
	"strconv"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server {
	return sandbox.Start(tb, New(c))
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
	return kit.Client(barkapay.New, b.Credentials(), b, opts)
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
			Succeeded: t.status == succeeded, Amount: t.amount, Currency: "XOF", Phone: t.phone, Created: t.created,
		}
		if t.transfer {
			o.Kind = sandbox.Payout
		}
		out = append(out, o)
	}
	return out
}
