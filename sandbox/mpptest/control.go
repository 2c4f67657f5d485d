package mpptest

import (
	"github.com/wapay-go/wapay/sandbox"
)

// What the provider, its partners and the customer do, for a test to say when.

// Set gives a transaction a status and calls back. An open status, such as
// blocked, may become any other, even one that no document knows. It does not
// become initiated, nor cancelled after transmitted. completed and failed may
// become refunded. Nothing else changes.
func (m *Server) Set(id, status string) error { return m.setTo(id, status, "") }

// Complete lets the money arrive.
func (m *Server) Complete(id string) error { return m.setTo(id, completed, "") }

// Fail ends a transaction. An empty reason is the sample's.
func (m *Server) Fail(id, reason string) error {
	if reason == "" {
		reason = "Error occurred. Please try again later"
	}
	return m.setTo(id, failed, reason)
}

// Reject has the provider or its partner refuse.
func (m *Server) Reject(id, reason string) error { return m.setTo(id, rejected, reason) }

// Cancel ends a transaction that was not transmitted yet.
func (m *Server) Cancel(id, reason string) error { return m.setTo(id, cancelled, reason) }

func (m *Server) setTo(id, status, reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tick()
	t := m.findTx(id)
	if t == nil {
		return sandbox.ErrNotFound
	}
	return m.set(t, status, reason)
}

// Step takes every open transaction one step on, from initiated over pending,
// processing and transmitted to completed, and returns how many there were.
func (m *Server) Step() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, t := range m.transactions {
		if m.step(t) {
			n++
		}
	}
	return n
}

// Fund books money that comes from outside.
func (m *Server) Fund(amount int64) error {
	return m.Book(sandbox.Entry{Account: m.cfg.Currency, Kind: sandbox.Credit, Amount: amount, Currency: m.cfg.Currency, Why: "funding"})
}

// Tick does what is due by the clock. Requests do so by themselves; this is for
// a test that only waits for a callback.
func (m *Server) Tick() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tick()
}
