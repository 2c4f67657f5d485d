// Package sandbox runs servers that answer as the providers do, for tests and
// demos without an account, a network or money. This package is what they have
// in common; each provider has a package of its own: barkapaytest, payhubtest,
// cinetpaytest, apiv1test, intramtest, mpptest and bantutest.
//
//	func TestShop(t *testing.T) {
//		provider := barkapaytest.Start(t, barkapaytest.Config{})
//		provider.Notify(shopURL) // where the shop takes notifications, signed with provider.IPNKey()
//		payment, err := provider.Client().Pay(ctx, wapay.PaymentRequest{
//			Reference: "order-4521",
//			Amount:    wapay.XOF.Units(5000),
//			Customer:  wapay.Customer{Phone: phone},
//			Operator:  "MOOV",
//		})
//		...
//		provider.Approve("order-4521") // the customer confirms on the phone
//		provider.WaitDelivered(ctx, "order-4521")
//	}
//
// A sandbox keeps a [Ledger] of every debit and credit, a record of all
// requests and deliveries, and the state of all orders. It sends real, signed
// notifications, but only to addresses of this machine.
//
// # What can go wrong, on command
//
// [Server.Inject] makes requests fail in each way that a [FaultKind] names: no
// answer, half an answer, a proxy's page, an expired token, an unknown status.
// [Server.Resend] sends a notification twice, late, tampered with or forged,
// and [Server.HoldNotifications] keeps them back. [Server.Advance] moves the
// clock: tokens and orders expire, and what nobody took is sent again. The
// customer's phone number chooses a [Scenario] where a program cannot call
// methods:
//
//	…990001   succeeds at once
//	…990002   is declined
//	…990003   stays pending
//	…990004   is carried out, and its answer lost
//	…990005   succeeds, and is reported an hour late
//	…990006   lacks balance
//
// [Server.Forget], [Server.Alter] and [Server.Copy] plant differences between the
// provider and the merchant's books, for a test of a reconciliation.
//
// # What it shows
//
// A sandbox is written from the provider's documents and is stricter than they
// are. It shares no code with the client, so that a mistake in one is not
// repeated in the other. It shows what our code does with what the documents
// say. It proves nothing about the live service: where a document is silent,
// the sandbox had to choose, and the package of the provider says so.
package sandbox

// TB is what a sandbox needs of a *testing.T or *testing.B.
type TB interface{ Cleanup(func()) }

// Start has a sandbox closed when the test ends.
func Start[S interface{ Close() }](tb TB, server S) S {
	tb.Cleanup(server.Close)
	return server
}
