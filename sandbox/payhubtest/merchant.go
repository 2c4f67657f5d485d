package payhubtest

import (
	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay/payhub"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server { return sandbox.Start(tb, New(c)) }

// Credentials returns the keys, and the country of Config. The keys are good in
// the other countries too.
func (p *Server) Credentials() payhub.Credentials {
	return payhub.Credentials{
		KeyID: wapay.Secret(p.cfg.KeyID), Secret: wapay.Secret(p.cfg.Secret), Country: p.cfg.Country,
	}
}

// WebhookSecret returns the secret that signs notifications, for ipn.PayHub.
func (p *Server) WebhookSecret() wapay.Secret { return wapay.Secret(p.cfg.WebhookSecret) }

// Client returns a client with the sandbox's keys and clock. It panics where an
// option is not valid.
func (p *Server) Client(opts ...wapay.Option) *payhub.Client {
	return kit.Client(payhub.New, p.Credentials(), p, opts)
}

// Orders returns all payments and transfers of all countries, oldest first.
func (p *Server) Orders() []sandbox.Order {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []sandbox.Order
	for _, o := range p.orders {
		out = append(out, sandbox.Order{
			Kind: o.kind, ID: o.id, Reference: o.reference, Status: o.status, Pending: !o.final(),
			Succeeded: o.status == succeeded, Amount: o.amount, Currency: "XOF", Phone: o.phone, Created: o.created,
		})
	}
	return out
}
