package payhubtest

import (
	"cmp"
	"fmt"
	"slices"
)

// The following methods act for the customer, the operator and PayHub.

// Approve lets a pending order succeed: the customer pays, or the money
// arrives. ref is PayHub's id or the merchant's reference.
func (p *Server) Approve(ref string) error { return p.Move(ref, succeeded, "") }

// Decline lets a pending order fail. An empty reason gets a made-up one.
func (p *Server) Decline(ref, reason string) error {
	return p.Move(ref, failed, cmp.Or(reason, "The operator has declined."))
}

// Move gives a pending order a status of its kind, such as COMPLIANCE_FLAGGED,
// UNRESOLVED, CANCELED or REFUNDED. FAILED and REFUNDED give a transfer's
// amount back.
func (p *Server) Move(ref, status, reason string) error {
	return p.records.Pending(ref, func(o *order) error {
		if !slices.Contains(words[o.Kind], status) {
			return fmt.Errorf("sandbox: no status of a %s: %q", o.Kind, status)
		}
		p.move(o, status, reason)
		return nil
	})
}

// SetDown makes an operator fail, or work again.
func (p *Server) SetDown(operator string, down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down[operator] = down
}
