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
// A Subject with a [Ledger] is judged by what the server did, one with [Faults]
// meets all of them. Without them, the suite sees what its own transport sees:
// a refused connection, a lost answer, an answer that repeats the keys. An
// implementation without HTTP leaves the options out, and the laws that need a
// transport are skipped.
//
// # The laws
//
// [Laws] lists them. In short: no order is carried out twice; no error is
// [wapay.NotDone] if the order was carried out; a reference that is used gives
// the order as it is now, with Replayed, or [wapay.ErrDuplicate] with an
// unknown outcome; a lookup changes nothing; what was made is in the list of its
// period, if the client is a [wapay.Lister]; every error is a [*wapay.Error]
// that names provider, method and reference; and nothing shows a key.
//
// The server has to refuse a reference that it has, or the implementation has
// to look first: the suite repeats orders.
package conformance

import (
	"context"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
)

// Config is what the suite needs of an implementation.
type Config struct {
	// New returns a client of a server that has no orders. Each check calls it
	// at least once. With the options the client has to use the suite's
	// transport and logger; [wapay.NewSettings] reads them.
	New func(tb testing.TB, opts ...wapay.Option) Subject

	// Payment and Payout are requests that the server takes. It has to take
	// twice the amount, too. The suite sets the reference. nil: the
	// implementation is no Payer or no Payouter.
	Payment *wapay.PaymentRequest
	Payout  *wapay.PayoutRequest

	// OtherCustomer and OtherRecipient make another order out of the same
	// reference and amount. nil: anybody may pay, or the check is left out.
	OtherCustomer, OtherRecipient *wapay.Customer

	// PayPath and PayoutPath are the path of the POST that makes the order,
	// relative to the base URL: "transfer/request/mobile". Faults meet that
	// request and, in another run, the first request of the call. Without a path
	// they meet the first only.
	PayPath, PayoutPath string
}

// Subject is one client with the server behind it.
type Subject struct {
	// Client is a [wapay.Payer], a [wapay.Payouter] or both.
	Client any
	// Secrets are what no error, no result and no print of the client may show.
	Secrets []wapay.Secret
	// Ledger and Faults are those of the server, nil if it has none. Each
	// server of package sandbox is both.
	Ledger Ledger
	Faults Faults
}

// Ledger shows what a server did.
type Ledger interface {
	// Orders returns all orders that the server has carried out or is about to.
	Orders() []sandbox.Order
	// Entries returns all movements of money.
	Entries() []sandbox.Entry
	// Flush returns when nothing happens any more by itself.
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

// Laws returns the laws that hold for the implementation: those of Pay where
// there is a Payment, those of Payout where there is a Payout.
func Laws(c Config) []Law {
	var laws []Law
	for _, s := range c.sides() {
		for _, l := range []struct {
			name  string
			check func(*check)
		}{
			{"result", result},
			{"not sent", notSent},
			{"rejected", rejected},
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
