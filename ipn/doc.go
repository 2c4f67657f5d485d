// Package ipn receives the notifications of payment providers ("instant payment
// notifications", webhooks). It verifies that one comes from the provider, and
// turns it into an [Event] that is the same for all.
//
// # Mounting
//
// [NewHandler] makes a [net/http.Handler] of a provider's [Verifier] and a
// function of the merchant's:
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
// Give each provider a URL of its own, on https. In a framework that reads the
// body itself, call Verify with the header and the bytes as they came.
// [NewBarkaPayRequest], [NewIntramRequest], [NewPayHubRequest] and
// [NewCinetPayCheckoutRequest] make signed notifications for tests.
//
// # Once each
//
// Providers send a notification again until it is answered 200, and at times
// after that. Two requests may bring the same one at once, and a process may
// die between acting and answering. With a [Store] in [WithStore], the function
// runs for each delivery until it has returned nil:
//
//	store                    for                       the function's work is done
//	none                     one that does it itself   as often as the notification comes
//	NewMemoryStore           one process, tests        at least once, until the process ends
//	NewSQLStore              many processes            at least once
//	NewSQLStore with InTx    many processes            exactly once in the same database
//
// At least once means: a second time only if the first did not end.
//
// A store knows deliveries, not orders. One order has several deliveries, and
// they overtake each other. So the function looks at the order, where
// [wapay.Status.MayBecome] tells whether news is old, and changes its status
// only from the one that it saw. The example of [SQLStore.InTx] does so.
//
// # What is signed
//
// A verified notification is as good as its signature, and not every provider
// signs all of it. What is not covered is a hint: anybody who holds one true
// notification can change it.
//
//	provider            signed                 not signed                what this package does
//	BarkaPay            seven values           Kind, Name, Reason;       one act on each id and status; WithConfirm
//	                                           when it was sent          settles the kind
//	Intram              the body, and when     DeliveryKey, Attempt      five minutes, and one act on each
//	                    it was sent                                      operation and event
//	PayHub              the body, and when     nothing; but it tells     five minutes; WithConfirm adds the rest
//	                    it was sent            ID and Status only
//	CinetPay checkout   Amount, Reference,     whether it was paid;      StatusUnknown until WithConfirm
//	                    DeliveryKey            ProviderStatus; when
//	CinetPay transfers  nothing                anything                  needs WithConfirm
//	CinetPay API v1     nothing                anything                  needs WithConfirm
//	MPP                 nothing                anything                  needs WithConfirm
//	Bantu               sends none
//
// A captured notification of Intram or PayHub verifies for five minutes: keep
// the clock of the server right. One of another provider verifies for all time:
// keep the rows of a store.
//
// An event that proves nothing about its order has StatusUnknown, whatever its
// ProviderStatus. It is a hint that something may have changed. With
// [WithConfirm] the provider is asked before the function runs, and the event
// is made of its answer. Providers that sign nothing need it. Use it for
// BarkaPay and for CinetPay's checkout too. Without a handler, ask with
// FindPayment or FindPayout, by the ID of the event or else its Reference.
//
// Do not rely on notifications alone: they get lost. Ask about orders that stay
// open, with [wapay.WaitPayment] or FindPayment.
//
// # What to compare
//
// Find your own order by Event.Reference, or by Event.ID where that is empty.
// Before you deliver anything, compare
//
//   - Event.Provider and Event.Kind: a payout that succeeded is no payment;
//   - Event.ID, where you know it and the event has one;
//   - Event.Amount. A failure may come without one, a success may not.
//
// An order that you do not have was made by another program with the same keys,
// or before a database was restored: keep the event for a person, and return
// nil. A repeat does not help. But where you look by Event.ID, the notification
// may be faster than the answer to Pay: return an error, and it comes again.
// Return an error too where the kind does not fit and the event is not
// confirmed.
//
// # Records
//
// With [WithLogger] each request writes one record, "ipn: delivery". The names
// and meanings of its attributes stay as they are:
//
//	provider      as in Event; empty for a merchant's own Verifier that refused
//	kind          as in Event, or "ping" for CinetPay's GET; empty where it was refused
//	delivery_key  the key that the store knows, or that of the event
//	reference     as in Event; empty unless it is signed or confirmed
//	outcome       accepted, duplicate, in flight, failed or ping; else a reason of Counts.Refused
//	status        the status code of the answer; 0 if there is none
//	reason        why it is not 200, where it is not
//	stack         that of a panic
//
// The level is Info for 200, Error for the outcome failed, Warn for the rest.
package ipn
