package mpptest

import (
	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server {
	return sandbox.Start(tb, New(c))
}

// Credentials returns the keys of the business. MPP signs no callbacks, so that
// there is no key for them.
func (m *Server) Credentials() mpp.Credentials {
	return mpp.Credentials{
		SecretID: wapay.Secret(m.cfg.SecretID), SecretKey: wapay.Secret(m.cfg.SecretKey), BusinessID: m.cfg.BusinessID,
	}
}

// Client returns a client with the sandbox's keys and clock. It panics where an
// option is not valid.
func (m *Server) Client(opts ...wapay.Option) *mpp.Client {
	return kit.Client(mpp.New, m.Credentials(), m, opts)
}

// Orders returns all transactions, oldest first.
func (m *Server) Orders() []sandbox.Order {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tick()
	var out []sandbox.Order
	for _, t := range m.transactions {
		o := sandbox.Order{
			Kind: sandbox.Payment, ID: t.id, Reference: t.external, Status: t.status, Pending: !t.over(),
			Succeeded: t.status == completed, Amount: t.amount, Currency: m.cfg.Currency, Phone: t.msisdn, Created: t.created,
		}
		if directions[t.category] == sandbox.Debit {
			o.Kind = sandbox.Payout
		}
		out = append(out, o)
	}
	return out
}

// Approve lets a pending order succeed. ref is MPP's id or the merchant's
// reference.
func (m *Server) Approve(ref string) error {
	o, err := sandbox.Find(m.Orders(), ref)
	if err != nil {
		return err
	}
	return m.Complete(o.ID)
}

// Decline lets a pending order fail. An empty reason is the one of MPP's
// sample.
func (m *Server) Decline(ref, reason string) error {
	o, err := sandbox.Find(m.Orders(), ref)
	if err != nil {
		return err
	}
	return m.Fail(o.ID, reason)
}
