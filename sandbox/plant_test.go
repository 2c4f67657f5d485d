package sandbox_test

import (
	"errors"
	"testing"

	"github.com/wapay-go/wapay/sandbox"
)

// What is planted stands in the list of orders, moves no money and is told to
// nobody.
func TestPlant(t *testing.T) {
	for _, s := range shops(t) {
		t.Run(s.name, func(t *testing.T) {
			s.listen(t)
			s.order(t, sandbox.Payment, "order-1", "990003")
			kit := s.server.(interface {
				Orders() []sandbox.Order
				Entries() []sandbox.Entry
				Deliveries() []sandbox.Delivery
				Forget(ref string) error
				Alter(ref string, c sandbox.Change) error
				Copy(ref, reference string) (string, error)
			})
			entries, told := len(kit.Entries()), len(kit.Deliveries())
			id, err := kit.Copy("order-1", "order-2")
			o, found := sandbox.Find(kit.Orders(), "order-2")
			if err != nil || found != nil || o.ID != id || len(kit.Orders()) != 2 {
				t.Errorf("copied %q, %v: %+v", id, err, kit.Orders())
			}
			if err := kit.Forget(id); err != nil || len(kit.Orders()) != 1 {
				t.Errorf("%v: %+v", err, kit.Orders())
			}
			for _, err := range []error{kit.Forget(id), kit.Alter("nobody", sandbox.Change{Amount: 1})} {
				if !errors.Is(err, sandbox.ErrNotFound) {
					t.Errorf("planted in no order: %v", err)
				}
			}
			if len(kit.Entries()) != entries || len(kit.Deliveries()) != told {
				t.Errorf("%d entries, %d deliveries more", len(kit.Entries())-entries, len(kit.Deliveries())-told)
			}
		})
	}
}
