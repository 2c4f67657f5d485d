package payhubtest

import (
	"fmt"
	"slices"

	"github.com/wapay-go/wapay/sandbox"
)

// What the customer, the operator and PayHub itself do, for a test to say when.

// OTP returns the code that the customer's phone shows. It is good once, and
// until another one is sent. phone is the national number: Phone.National.
func (p *Server) OTP(phone string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.otp(phone)
}

// Approve lets a pending order succeed: the customer pays, or the money
// arrives. ref is PayHub's id or the merchant's reference.
func (p *Server) Approve(ref string) error { return p.Move(ref, succeeded, "") }

// Decline lets a pending order fail. An empty reason is one of the sandbox's.
func (p *Server) Decline(ref, reason string) error {
	if reason == "" {
		reason = "The operator has declined."
	}
	return p.Move(ref, failed, reason)
}

// Move brings a pending order to a status of its kind, such as
// COMPLIANCE_FLAGGED, UNRESOLVED, CANCELED or REFUNDED. FAILED and REFUNDED
// give a transfer's amount back.
func (p *Server) Move(ref, status, reason string) error {
	found, err := sandbox.Find(p.Orders(), ref)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.orders, func(o *order) bool { return o.id == found.ID })
	o := p.orders[i]
	switch {
	case o.final():
		return sandbox.ErrNotPending
	case !slices.Contains(words[o.kind], status):
		return fmt.Errorf("sandbox: no status of a %s: %q", o.kind, status)
	}
	p.move(o, status, reason)
	return nil
}

// SetDown takes an operator down, or brings it up again.
func (p *Server) SetDown(operator string, down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down[operator] = down
}
