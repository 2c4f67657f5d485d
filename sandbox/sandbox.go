// Package sandbox runs servers that answer as the providers do, for tests and
// demos without an account, a network or money. Each provider has a package of
// its own: barkapaytest, payhubtest, cinetpaytest, apiv1test, intramtest,
// mpptest and bantutest. They share this one.
//
//	func TestShop(t *testing.T) {
//		provider := barkapaytest.Start(t, barkapaytest.Config{})
//		provider.Notify(shopURL) // notifications are signed with provider.IPNKey()
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
// [Server.Inject] makes requests fail in each way that a [FaultKind] names,
// such as half an answer, a proxy's page or an expired token. [Server.Resend]
// sends a notification twice, late, tampered with or forged, and
// [Server.HoldNotifications] keeps notifications back. [Server.Advance] moves
// the clock: tokens and orders expire, and notifications that were not accepted
// are sent again. If a program cannot call methods, the customer's phone number
// chooses a [Scenario]:
//
//	…990001   succeeds at once
//	…990002   is declined
//	…990003   stays pending
//	…990004   is carried out, and its answer lost
//	…990005   succeeds, and the notification comes an hour late
//	…990006   lacks balance
//
// [Server.Forget], [Server.Alter] and [Server.Copy] plant differences between
// the provider and the merchant's books, for a test of a reconciliation.
//
// # What it proves
//
// A sandbox follows the provider's documents, and is stricter than they are. It
// shares no code with the client, so that both do not share a mistake. It shows
// that a program works with the documented API. It proves nothing about the
// live service. If a document is silent, the sandbox chooses, and the
// provider's package says so.
package sandbox

// TB has the method of a *testing.T or *testing.B that a sandbox needs.
type TB interface{ Cleanup(func()) }

// Start closes a sandbox when the test ends, and returns it.
func Start[S interface{ Close() }](tb TB, server S) S {
	tb.Cleanup(server.Close)
	return server
}
