// Package ipn receives the notifications of payment providers ("instant payment
// notifications", webhooks). It verifies that a notification comes from its
// provider, and turns it into an [Event] of one form for all providers.
// docs/notifications.md has the details of each provider and store.
//
// # Mounting
//
// [NewHandler] makes a [net/http.Handler] from a provider's [Verifier] and a
// function of the merchant's:
//
//	store, err := ipn.NewSQLStore(db, ipn.PostgreSQL)
//	// …
//	h, err := ipn.NewHandler(ipn.BarkaPay(key), store.InTx(record),
//		ipn.WithStore(store), ipn.WithConfirm(
//			ipn.ConfirmPayments(client), ipn.ConfirmPayouts(client)))
//	// …
//	mux.Handle("/ipn/barkapay", h)
//
//	func record(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
//		return orders.Record(ctx, tx, e.Reference, e.Status, e.Amount)
//	}
//
// Give each provider a URL of its own, on https. In a framework that reads the
// body itself, call Verify with the header and the bytes as they came.
// [NewBarkaPayRequest], [NewIntramRequest], [NewPayHubRequest] and
// [NewCinetPayCheckoutRequest] make signed notifications for tests.
//
// # Once each
//
// Providers repeat a notification until it is answered 200, and sometimes after
// that. Two requests may bring the same one at once, and a process may die
// between acting and answering. Without a store the function runs each time.
// With a [Store] in [WithStore] it runs for each delivery until it has returned
// nil:
//
//   - with [NewMemoryStore], for one process and for tests: at least once,
//     until the process ends;
//   - with [NewSQLStore], for many processes: at least once;
//   - with [SQLStore.InTx], for writes to the same database: exactly once.
//
// At least once means that the function may run again if its first run failed
// or did not end. It may also run again if the store could not mark the
// delivery as done.
//
// A store knows deliveries, not orders. One order has several deliveries, and
// they overtake each other. So let the function ask [wapay.Status.MayBecome]
// whether news is old. Let it change the order's status only if the order still
// has the status that it read. The example of [SQLStore.InTx] does so.
//
// # What is signed
//
// Not every provider signs its whole notification. A field that is not signed
// is a hint: anybody who holds one true notification can change it.
//
//   - Intram and PayHub sign the whole body and a time. PayHub's body has
//     little more than the id and the status.
//   - BarkaPay signs seven values and no time. Kind, Name and Reason are hints.
//   - CinetPay's checkout signs the reference and the amount, but no time, and
//     not whether the customer has paid.
//   - CinetPay's transfers, CinetPay's API v1 and MPP sign nothing.
//   - Bantu documents no notifications.
//
// A captured notification of Intram or PayHub verifies for five minutes: keep
// the clock of the server right. A notification of any other provider verifies
// for all time: keep the rows of the store.
//
// With [WithConfirm] the handler asks the provider before the function runs,
// and makes the event from the provider's answer. Providers that sign nothing
// need it. Use it for BarkaPay and for CinetPay's checkout too. An event that
// proves nothing about its order has StatusUnknown, whatever its
// ProviderStatus. Without a handler, ask FindPayment or FindPayout about it, by
// its ID or else its Reference.
//
// Do not rely on notifications alone: they get lost. Ask about orders that stay
// open, with [wapay.WaitPayment] or FindPayment.
//
// # What to compare
//
// Find your own order by Event.Reference, or by Event.ID if that is empty.
// Before you deliver anything, compare
//
//   - Event.Provider and Event.Kind: a payout that succeeded is no payment;
//   - Event.ID, if you know it and the event has one;
//   - Event.Amount. A failure may come without one, a success may not.
//
// If you do not have the order, another program with the same keys made it, or
// your database was restored. Keep the event for a person, and return nil: a
// repeat does not help. But if you look by Event.ID, the notification may be
// faster than the answer to Pay: return an error, and it comes again. Return an
// error too if the kind does not fit and the event is not confirmed.
//
// # Records
//
// With [WithLogger] each request writes one record, "ipn: delivery". The names
// and meanings of its attributes stay as they are:
//
//   - provider: as in Event; empty if a merchant's own Verifier refused
//   - kind: as in Event, or "ping" for CinetPay's GET; empty if refused
//   - delivery_key: the key of the delivery in the store; without a store, that
//     of the event
//   - reference: as in Event; empty unless it is signed or confirmed
//   - outcome: accepted, duplicate, in flight, failed or ping, or a reason of
//     Counts.Refused
//   - status: the HTTP status of the answer; 0 if there is none
//   - reason: why the status is not 200
//   - stack: the stack of a panic
//
// The level is Info for 200, Error for the outcome failed, and Warn otherwise.
package ipn
