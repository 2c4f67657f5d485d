// Package ipn receives the notifications ("instant payment notifications", webhooks) that payment providers
// send: it verifies that one comes from the provider, and turns it into an [Event] that is the same for all.
//
// # Mounting
//
// [NewHandler] makes a [net/http.Handler] of a provider's [Verifier] and a function of the merchant's:
//
//	store, err := ipn.NewSQLStore(db, ipn.PostgreSQL)
//	// …
//	h, err := ipn.NewHandler(ipn.BarkaPay(key), store.InTx(record), ipn.WithStore(store),
//		ipn.WithConfirm(ipn.ConfirmPayments(client), ipn.ConfirmPayouts(client)))
//	// …
//	mux.Handle("/ipn/barkapay", h)
//
//	func record(ctx context.Context, tx *sql.Tx, e *ipn.Event) error {
//		return orders.Record(ctx, tx, e.Reference, e.Status, e.Amount)
//	}
//
// Give each provider a URL of its own, on https. A merchant with a framework that reads the body by itself calls
// Verify with the bytes as they came, and the header.
//
// [NewIntramRequest] and [NewCinetPayCheckoutRequest] make signed notifications to test the whole with.
//
// # Once each
//
// Providers send a notification again until it is answered 200, and at times after it was. Two requests may bring the
// same at once, and a process may die between acting and answering. With a [Store] in [WithStore], the function runs
// for each delivery until it has returned nil, and then no more:
//
//	store                    for                       the function's work is done
//	none                     one that does it itself   as often as the notification comes
//	NewMemoryStore           one process, tests        at least once, until the process ends
//	NewSQLStore              many processes            at least once
//	NewSQLStore with InTx    many processes            exactly once in the same database
//
// At least once means: a second time only if the first did not end.
//
// A store knows deliveries, not orders, and of one order there are several: that it was begun, that it was paid, and
// what you hear when you ask. They overtake each other, too. So the function looks at the order, where
// [wapay.Status.MayBecome] tells whether news is old, and changes its status only from the one that it saw:
//
//	if !order.Status.MayBecome(e.Status) {
//		return nil // known, overtaken, or a contradiction to log: see MayBecome
//	}
//	res, err := tx.ExecContext(ctx, "UPDATE orders SET status = $1 WHERE reference = $2 AND status = $3",
//		e.Status.String(), order.Reference, order.Status.String())
//	// … and where this has changed no row, return an error: it comes again
//
// # Confirmed
//
// With [WithConfirm] the provider is asked before the function runs, and the event is made of its answer. Providers that
// sign nothing need it; for BarkaPay, whose notifications verify for ever, and CinetPay's checkout, whose say nothing of
// the outcome, it is well worth its call.
//
// # What is signed
//
// A verified notification is as good as its signature, and not every provider signs all of it. The fields that
// are not covered are hints: whoever holds one true notification can change them at will.
//
// BarkaPay ([BarkaPay]) signs the id, the amount, the customer's number and country, the status, the
// merchant's reference and the operator's transaction id. It does not sign the reason, the order data, nor
// whether it is a payment or a transfer. There is no time and no delivery id in it, so that a notification
// once captured verifies for ever, and the rows of a store should be kept as long.
//
// Intram ([Intram]) signs the whole body and the time, and is refused when that is more than five minutes off: keep
// the server's clock right. It does not sign the other headers, among them the delivery id, which
// [Event.DeliveryKey] is made of, and the attempt. For five minutes a captured notification can be sent again under
// another id. So with a store the documented ones are known by [Event.ID] and [Event.Name], which are signed.
//
// CinetPay's checkout ([CinetPayCheckout], [CinetPayCheckoutSite]) signs sixteen values, without a time and without
// what separates them, and none of them says for sure whether the customer has paid.
//
// CinetPay's transfers ([CinetPayTransfer]) and MPP ([MPP]) sign nothing. Bantu sends no notifications.
//
//	provider            signed                 not signed                what this package does
//	BarkaPay            seven values           Kind, Name, Reason;       one act on each id and status; WithConfirm
//	                                           when it was sent          settles the kind
//	Intram              the body, and when     DeliveryKey, Attempt      five minutes, and one act on each
//	                    it was sent                                      operation and event
//	CinetPay checkout   Amount, Reference,     whether it was paid;      StatusUnknown until WithConfirm
//	                    DeliveryKey            ProviderStatus; when
//	CinetPay transfers  nothing                anything                  needs WithConfirm
//	MPP                 nothing                anything                  needs WithConfirm
//	Bantu               sends none
//
// A captured notification of Intram's holds for five minutes, any other for ever.
//
// # Hints
//
// An event that proves nothing about a payment or payout has StatusUnknown, whatever it says in ProviderStatus. It is a
// hint that something may have changed, and WithConfirm makes news of it. Whoever calls Verify without a handler asks
// with the client's FindPayment or FindPayout, by the event's ID or else its Reference, and acts on the answer.
//
// Do not rely on notifications alone: they get lost, and one that was confirmed as pending may have been the last. Ask
// for what is long open, with wapay.WaitPayment or FindPayment.
//
// # What to compare
//
// Whatever the provider: find your own order by Event.Reference, or by Event.ID where that is empty, and before you
// deliver anything compare
//
//   - Event.Provider and Event.Kind: a payout of 500 francs that succeeded is no payment;
//   - Event.ID, where you know it and the event has one;
//   - Event.Amount. A failure may come without one, a success may not.
//
// An order that you do not have was made by another program with the same keys, or by one whose database was restored:
// keep the event for a person to look at, and return nil, for repeating it does not help. Where you look by Event.ID,
// though, the notification may be faster than the answer to your Pay: return an error, and it comes again.
// Where the kind does not fit and the event is not confirmed, return an error too: of BarkaPay's it is not signed, and
// the true notification has the same DeliveryKey.
package ipn
