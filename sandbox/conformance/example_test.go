package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/conformance"
)

// memory is a Payouter of somebody else, with neither HTTP nor a sandbox.
type memory struct {
	mu     sync.Mutex
	orders map[string]wapay.PayoutRequest
}

func (m *memory) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	fail := &wapay.Error{
		Provider: "memory", Op: "Payout", Reference: r.Reference, Kind: wapay.ErrInvalid, Outcome: wapay.OutcomeNotSent,
	}
	switch {
	case m == nil || m.orders == nil || ctx == nil:
		return nil, fail
	case ctx.Err() != nil:
		fail.Kind, fail.Err = nil, ctx.Err()
		return nil, fail
	case r.Reference == "" || r.Amount.Sign() <= 0 || r.Amount.Currency() != wapay.XOF || r.Amount.MinorUnits() > 1e6:
		return nil, fail
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	made, used := m.orders[r.Reference]
	if used && (made.Amount != r.Amount || made.Recipient != r.Recipient) {
		fail.Kind, fail.Outcome = wapay.ErrDuplicate, wapay.OutcomeUnknown
		return nil, fail
	}
	m.orders[r.Reference] = r
	return &wapay.Payout{
		Provider: "memory", Reference: r.Reference, Status: wapay.StatusSucceeded, Amount: r.Amount, Replayed: used,
	}, nil
}

func (m *memory) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	fail := &wapay.Error{
		Provider: "memory", Op: "FindPayout", Reference: ref.Reference, Kind: wapay.ErrInvalid, Outcome: wapay.OutcomeReadOnly,
	}
	switch {
	case m == nil || m.orders == nil || ctx == nil || ref == wapay.Ref{}:
		return nil, fail
	case ctx.Err() != nil:
		fail.Kind, fail.Err = nil, ctx.Err()
		return nil, fail
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.orders[ref.Reference]
	if !ok || ref.ID != "" {
		fail.Kind, fail.Err = wapay.ErrNotFound, errors.New("no such payout")
		return nil, fail
	}
	return &wapay.Payout{Provider: "memory", Reference: r.Reference, Status: wapay.StatusSucceeded, Amount: r.Amount}, nil
}

func memoryConfig() conformance.Config {
	return conformance.Config{
		New: func(testing.TB, ...wapay.Option) conformance.Subject {
			return conformance.Subject{Client: &memory{orders: map[string]wapay.PayoutRequest{}}}
		},
		Payout:         &wapay.PayoutRequest{Amount: wapay.XOF.Units(1000)},
		OtherRecipient: &wapay.Customer{FirstName: "Awa"},
	}
}

// An implementation with neither HTTP nor a sandbox is tested as far as it can
// be seen.
func TestMemory(t *testing.T) {
	t.Parallel()
	conformance.Test(t, memoryConfig())
}

// A test of an implementation is one call. Laws lets a test leave some out.
func Example() {
	_ = func(t *testing.T) { // TestConformance
		conformance.Test(t, conformance.Config{
			New: func(testing.TB, ...wapay.Option) conformance.Subject {
				return conformance.Subject{Client: &memory{orders: map[string]wapay.PayoutRequest{}}}
			},
			Payout: &wapay.PayoutRequest{Amount: wapay.XOF.Units(1000)},
		})
	}
	for _, law := range conformance.Laws(memoryConfig()) {
		fmt.Println(law.Name)
	}
	// Output:
	// Payout/result
	// Payout/not sent
	// Payout/rejected
	// Payout/lost answer
	// Payout/faults
	// Payout/used reference
	// Payout/another order
	// Payout/lookups
	// Payout/lookups under faults
	// Payout/lists
	// Payout/waits
	// Payout/secrets
	// Payout/context
	// Payout/amounts
	// Payout/strange amounts
	// Payout/references
	// Payout/nil client
}
