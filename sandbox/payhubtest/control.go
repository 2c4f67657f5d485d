package payhubtest

import (
	"cmp"
	"fmt"
	"slices"
)

// What the customer, the operator and PayHub itself do, for a test to say when.

// Approve lets a pending order succeed: the customer pays, or the money
// arrives. ref is PayHub's id or the merchant's reference.
func (p *Server) Approve(ref string) error { return p.Move(ref, succeeded, "") }

// Decline lets a pending order fail. An empty reason is one of the sandbox's.
func (p *Server) Decline(ref, reason string) error {
	return p.Move(ref, failed, cmp.Or(reason, "The operator has declined."))
}

// Move brings a pending order to a status of its kind, such as
// COMPLIANCE_FLAGGED, UNRESOLVED, CANCELED or REFUNDED. FAILED and REFUNDED
// give a transfer's amount back.
func (p *Server) Move(ref, status, reason string) error {
	return p.records.Pending(ref, func(o *order) error {
		if !slices.Contains(words[o.Kind], status) {
			return fmt.Errorf("sandbox: no status of a %s: %q", o.Kind, status)
		}
		p.move(o, status, reason)
		return nil
	})
}

// SetDown takes an operator down, or brings it up again.
func (p *Server) SetDown(operator string, down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down[operator] = down
}
