package apiv1test

import (
	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay/apiv1"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server {
	return sandbox.Start(tb, New(c))
}

// Credentials returns the keys of the account.
func (p *Server) Credentials() apiv1.Credentials {
	return apiv1.Credentials{
		APIKey: wapay.Secret(p.cfg.APIKey), APIPassword: wapay.Secret(p.cfg.APIPassword), Country: p.cfg.Country,
	}
}

// Client returns a client with the sandbox's keys and clock. It panics where an
// option is not valid.
func (p *Server) Client(opts ...wapay.Option) *apiv1.Client {
	return kit.Client(apiv1.New, p.Credentials(), p, opts)
}

// Orders returns all payments and transfers, oldest first.
func (p *Server) Orders() []sandbox.Order {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []sandbox.Order
	for _, o := range p.orders {
		kind := sandbox.Payout
		if o.isPayment {
			kind = sandbox.Payment
		}
		out = append(out, sandbox.Order{
			Kind: kind, ID: o.id, Reference: o.reference, Status: o.word, Pending: !o.over(), Succeeded: o.word == success,
			Amount: o.amount * p.unit(), Currency: p.currency(), Phone: o.phone, Created: o.created,
		})
	}
	return out
}
