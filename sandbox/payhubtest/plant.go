package payhubtest

import (
	"slices"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Differences between the provider and a merchant's books, for a test of a
// reconciliation. They send no notification and move nothing in the ledger.

// Forget has the provider lose an order.
func (p *Server) Forget(ref string) error {
	return p.plant(ref, func(i int) { p.orders = slices.Delete(p.orders, i, i+1) })
}

// Alter changes an order's amount and number. 0 and "" leave them as they are.
// The fee that is shown follows the amount.
func (p *Server) Alter(ref string, amount int64, phone string) error {
	return p.plant(ref, func(i int) {
		if amount != 0 {
			p.orders[i].amount = amount
		}
		if phone != "" {
			p.orders[i].phone = phone
		}
	})
}

// Copy makes another order like this one under a reference, which may be the
// same, and returns its id.
func (p *Server) Copy(ref, reference string) (id string, err error) {
	err = p.plant(ref, func(i int) {
		o := *p.orders[i]
		o.id, o.reference = kit.UUID(), reference
		id = o.id
		p.orders = append(p.orders, &o)
	})
	return id, err
}

func (p *Server) plant(ref string, change func(i int)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.orders, func(o *order) bool { return o.id == ref || o.reference == ref })
	if i < 0 {
		return sandbox.ErrNotFound
	}
	change(i)
	return nil
}
