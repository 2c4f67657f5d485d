// Package conformance tests that an implementation of [wapay.Payer] or
// [wapay.Payouter] keeps their laws, as testing/fstest does for file systems.
// It runs against any implementation and any server:
//
//	func TestConformance(t *testing.T) {
//		conformance.Test(t, conformance.Config{
//			New: func(tb testing.TB, opts ...wapay.Option) conformance.Subject {
//				server := startServer(tb)
//				return conformance.Subject{Client: newClient(tb, server.URL, opts...)}
//			},
//			Payment: &wapay.PaymentRequest{Amount: wapay.XOF.Units(1000), Customer: customer},
//		})
//	}
//
// With a [Ledger], the suite checks what the server did. With [Faults], it
// makes the server fail in each way. Without them it has only its own
// transport, which refuses a connection, loses an answer or repeats the keys.
// An implementation without HTTP ignores the options, and the suite skips the
// laws that need a transport.
//
// # The laws
//
// [Laws] lists them. In short:
//
//   - No order is carried out twice.
//   - No error is [wapay.NotDone] if the order was carried out.
//   - A used reference gives the order as it is now, with Replayed, or
//     [wapay.ErrDuplicate] with an unknown outcome.
//   - A lookup changes nothing.
//   - Each order is in the list of its period, if the client is a
//     [wapay.Lister].
//   - Each error is a [*wapay.Error] that names provider, method and reference.
//   - Nothing shows a key.
//
// The suite repeats orders. So the server has to refuse a used reference, or
// the implementation has to look the order up first.
package conformance

import (
	"context"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
)

// Config tells the suite about an implementation.
type Config struct {
	// New returns a client of a server without orders. Each check calls it at
	// least once. The options set the suite's transport and logger, which the
	// client has to use. [wapay.NewSettings] reads them.
	New func(tb testing.TB, opts ...wapay.Option) Subject

	// Payment and Payout are requests that the server accepts, also with twice
	// the amount. The suite sets the reference. Leave Payment nil if the
	// implementation is no Payer, and Payout nil if it is no Payouter.
	Payment *wapay.PaymentRequest
	Payout  *wapay.PayoutRequest

	// OtherCustomer and OtherRecipient make another order under the same
	// reference with the same amount. Leave them nil if anybody may pay, or to
	// skip the check.
	OtherCustomer, OtherRecipient *wapay.Customer

	// PayPath and PayoutPath are the paths of the POST that makes the order,
	// relative to the base URL, such as "transfer/request/mobile". Faults meet
	// that request and, in another run, the first request of the call. Without
	// a path, they meet only the first request.
	PayPath, PayoutPath string
}

// Subject is one client with the server behind it.
type Subject struct {
	// Client is a [wapay.Payer], a [wapay.Payouter] or both.
	Client any
	// Secrets must not be in any error, result or print of the client.
	Secrets []wapay.Secret
	// Ledger and Faults are the server's, or nil. Each server of package
	// sandbox is both.
	Ledger Ledger
	Faults Faults
}

// Ledger shows what a server did.
type Ledger interface {
	// Orders returns all orders that the server has accepted.
	Orders() []sandbox.Order
	// Entries returns all movements of money.
	Entries() []sandbox.Entry
	// Flush returns when the server's background work is done.
	Flush(context.Context) error
}

// Faults makes a server fail on command.
type Faults interface {
	FaultKinds() []sandbox.FaultKind
	Inject(sandbox.Fault)
	ClearFaults()
	FaultRecords() []sandbox.FaultRecord
}

// Test checks each law in a test of its own.
func Test(t *testing.T, c Config) {
	t.Helper()
	for _, law := range Laws(c) {
		t.Run(law.Name, func(t *testing.T) { law.Check(t) })
	}
}

// Law is one law for one method, such as "Pay/used reference".
type Law struct {
	Name  string
	Check func(tb testing.TB)
}

// Laws returns the laws for the implementation: those of Pay if Config has a
// Payment, and those of Payout if it has a Payout.
func Laws(c Config) []Law {
	var laws []Law
	for _, s := range c.sides() {
		for _, l := range []struct {
			name  string
			check func(*check)
		}{
			{"result", result},
			{"not sent", refusedConnection},
			{"rejected", refusal},
			{"lost answer", lostAnswer},
			{"faults", faults},
			{"used reference", usedReference},
			{"another order", anotherOrder},
			{"lookups", lookups},
			{"lookups under faults", lookupsUnderFaults},
			{"lists", lists},
			{"waits", waits},
			{"secrets", secrets},
			{"context", contexts},
			{"amounts", amounts},
			{"strange amounts", strangeAmounts},
			{"references", references},
			{"nil client", nilClient},
		} {
			laws = append(laws, Law{s.name + "/" + l.name, func(tb testing.TB) {
				tb.Helper()
				l.check(newCheck(tb, c, s))
			}})
		}
	}
	return laws
}
