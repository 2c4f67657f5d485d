package sandbox

import "errors"

// ErrNotShown says that the provider does not show this value of an order, so
// that nobody could see a difference.
var ErrNotShown = errors.New("sandbox: the provider does not show this of the order")

// Change has the values that Alter changes. Zero values stay as they are.
type Change struct {
	Amount   int64 // in minor units of the currency
	Fee      int64 // the same
	Currency string
	Status   string // the provider's word, or one that nobody knows
	Phone    string // as the provider writes it
}

// The following methods plant differences between the provider and a merchant's
// books, for a test of a reconciliation. They send no notification and move
// nothing in the ledger. The order goes on with the altered values. ref is the
// provider's id or the merchant's reference: see [Find].

// Forget makes the provider lose an order.
func (s *Server) Forget(ref string) error {
	_, err := s.plant(ref, func(r Records, id string) (string, error) { return "", r.forget(id) })
	return err
}

// Alter makes the provider show an order with other values. The error is
// [ErrNotShown] for a value that the provider does not show.
func (s *Server) Alter(ref string, c Change) error {
	_, err := s.plant(ref, func(r Records, id string) (string, error) { return "", r.alter(id, c) })
	return err
}

// Copy makes the provider make another order like this one, and returns its id.
// The reference may be the same.
func (s *Server) Copy(ref, reference string) (id string, err error) {
	return s.plant(ref, func(r Records, id string) (string, error) { return r.copy(id, reference) })
}

func (s *Server) plant(ref string, do func(r Records, id string) (string, error)) (string, error) {
	o, err := Find(s.Orders(), ref)
	if errors.Is(err, ErrNotFound) {
		return "", err
	}
	for _, r := range s.spec.Records {
		id, err := do(r, o.ID)
		if !errors.Is(err, ErrNotFound) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.changedLocked()
			return id, err
		}
	}
	return "", ErrNotFound
}
