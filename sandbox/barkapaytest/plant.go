package barkapaytest

import (
	"slices"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Differences between the provider and a merchant's books, for a test of a
// reconciliation. They send no notification and move nothing in the ledger. A
// status that nobody was told of is another: see Approve, without an address
// for notifications.

// Forget has the provider lose an order.
func (b *Server) Forget(ref string) error {
	return b.plant(ref, func(list *[]*tx, i int) { *list = slices.Delete(*list, i, i+1) })
}

// Alter changes an order's amount and number. 0 and "" leave them as they are.
func (b *Server) Alter(ref string, amount int64, phone string) error {
	return b.plant(ref, func(list *[]*tx, i int) {
		t := (*list)[i]
		if amount != 0 {
			t.amount = amount
		}
		if phone != "" {
			t.phone = phone
		}
	})
}

// Copy makes another order like this one under a reference, which may be the
// same, and returns its id.
func (b *Server) Copy(ref, reference string) (id string, err error) {
	err = b.plant(ref, func(list *[]*tx, i int) {
		t := *(*list)[i]
		t.id, t.order = kit.UUID(), reference
		id = t.id
		*list = append(*list, &t)
	})
	return id, err
}

func (b *Server) plant(ref string, change func(list *[]*tx, i int)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, list := range []*[]*tx{&b.payments, &b.transfers} {
		if i := slices.IndexFunc(*list, func(t *tx) bool { return t.id == ref || t.order == ref }); i >= 0 {
			change(list, i)
			return nil
		}
	}
	return sandbox.ErrNotFound
}
