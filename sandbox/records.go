package sandbox

import (
	"cmp"
	"slices"
	"sync"

	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Records gives a [Server] access to the orders of a provider's sandbox.
// [RecordsOf] makes one.
type Records interface {
	tick()
	orders() []Order
	forget(id string) error
	alter(id string, c Change) error
	copy(id, reference string) (string, error)
}

// Form has the functions for a provider's own record R of an order. Only Order
// is required. Each is called with the lock of the records held.
type Form[R any] struct {
	// Order returns the order in a record, up to date, or nil if the record is
	// no order.
	Order func(*R) *Order
	// Tick carries out what is due by the clock.
	Tick func()
	// Alter changes a record besides its Order, and refuses a value that the
	// provider does not show. The Server then changes the Order.
	Alter func(*R, Change) error
	// AfterCopy finishes a copy. Its id is a random UUID.
	AfterCopy func(*R)
	// AfterForget is called with a record that was taken off the list.
	AfterForget func(*R)
}

// List is a list of records with its lock.
type List[R any] struct {
	mu   sync.Locker
	list *[]*R
	form Form[R]
}

// RecordsOf returns the records in a list that mu guards.
func RecordsOf[R any](mu sync.Locker, list *[]*R, form Form[R]) *List[R] {
	return &List[R]{mu, list, form}
}

// Pending calls do, with the lock held, for the newest pending order that has
// the provider's id or the merchant's reference. If there is none, the error is
// ErrNotFound or ErrNotPending.
func (l *List[R]) Pending(ref string, do func(*R) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due()
	var all []Order
	for _, each := range *l.list {
		all = append(all, l.order(each))
	}
	found, err := Find(all, ref)
	if err != nil {
		return err
	}
	return do((*l.list)[l.at(found.ID)])
}

func (l *List[R]) due() {
	if l.form.Tick != nil {
		l.form.Tick()
	}
}

// order returns the order in a record, or the zero value if it has none.
func (l *List[R]) order(record *R) Order {
	if o := l.form.Order(record); o != nil {
		return *o
	}
	return Order{}
}

// at returns the place of the order with the id, or -1.
func (l *List[R]) at(id string) int {
	return slices.IndexFunc(*l.list, func(each *R) bool { return l.order(each).ID == id })
}

func (l *List[R]) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due()
}

func (l *List[R]) orders() (all []Order) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due()
	for _, each := range *l.list {
		if o := l.order(each); o.ID != "" {
			all = append(all, o)
		}
	}
	return all
}

// with calls do with the order that has the id, and with its place in the list.
func (l *List[R]) with(id string, do func(at int, record *R) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.at(id)
	if at < 0 {
		return ErrNotFound
	}
	return do(at, (*l.list)[at])
}

func (l *List[R]) forget(id string) error {
	return l.with(id, func(at int, record *R) error {
		*l.list = slices.Delete(*l.list, at, at+1)
		if l.form.AfterForget != nil {
			l.form.AfterForget(record)
		}
		return nil
	})
}

func (l *List[R]) alter(id string, c Change) error {
	return l.with(id, func(_ int, record *R) error {
		if l.form.Alter != nil {
			if err := l.form.Alter(record, c); err != nil {
				return err
			}
		}
		o := l.form.Order(record)
		o.Amount, o.Fee = cmp.Or(c.Amount, o.Amount), cmp.Or(c.Fee, o.Fee)
		o.Currency, o.Phone = cmp.Or(c.Currency, o.Currency), cmp.Or(c.Phone, o.Phone)
		o.Status = cmp.Or(c.Status, o.Status)
		return nil
	})
}

func (l *List[R]) copy(id, reference string) (made string, err error) {
	err = l.with(id, func(_ int, record *R) error {
		other := *record
		o := l.form.Order(&other)
		o.ID, o.Reference = kit.UUID(), reference
		if l.form.AfterCopy != nil {
			l.form.AfterCopy(&other)
		}
		made = o.ID
		*l.list = append(*l.list, &other)
		return nil
	})
	return made, err
}
