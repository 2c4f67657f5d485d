package mpptest

import (
	"cmp"

	"github.com/wapay-go/wapay/sandbox"
)

// The following methods act for the provider, its partners and the customer.

// Set gives a transaction a status and calls back. An open status, such as
// blocked, may become any other, even an unknown one, except initiated, and
// except cancelled after transmitted. completed and failed may become refunded.
func (m *Server) Set(id, status string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tick()
	t := m.findTx(id)
	if t == nil {
		return sandbox.ErrNotFound
	}
	return m.set(t, status, "")
}

// Approve lets a pending order succeed. ref is MPP's id or the merchant's
// reference.
func (m *Server) Approve(ref string) error { return m.end(ref, completed, "") }

// Decline lets a pending order fail. An empty reason is the one of MPP's
// sample.
func (m *Server) Decline(ref, reason string) error {
	return m.end(ref, failed, cmp.Or(reason, "Error occurred. Please try again later"))
}

func (m *Server) end(ref, status, reason string) error {
	return m.records.Pending(ref, func(t *tx) error { return m.set(t, status, reason) })
}

// Step takes each open transaction one step on: initiated, pending, processing,
// transmitted, completed. It returns how many there were.
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
