// Package journal keeps payments and payouts in the merchant's own database, so
// that each is made once, even after a crash.
//
//	j, err := journal.New(db, journal.PostgreSQL,
//		journal.WithProvider("barkapay", bp), journal.WithProvider("cinetpay", cp),
//		journal.OnChange(ship))
//	…
//	err = j.CreateSchema(ctx)
//	…
//	pay := j.Via("barkapay", "cinetpay") // a wapay.Payer and a wapay.Payouter
//	p, err := pay.Pay(ctx, wapay.PaymentRequest{Reference: "order-4521", …})
//	…
//	h, err := ipn.NewHandler(ipn.BarkaPay(key), j.Notify,
//		ipn.WithConfirm(ipn.ConfirmPayments(bp), ipn.ConfirmPayouts(bp)))
//	…
//	go j.Run(ctx)
//
// # Calling again is always right
//
// Call [Route.Pay] or [Route.Payout] with the same request as often as you
// like: after an error, after a crash, from another process, on another day.
// The call sends the order if it provably was not sent. It asks the provider if
// the order may have been sent. If the provider has it, the call returns the
// order as it is now, with Replayed set. Nothing that is over is asked about.
//
//	what a call returns           what it means                        what to do
//	a result                      the provider has the order           wait for OnChange
//	an error that is NotDone      no provider of the route has it      correct the cause, call again
//	ErrInFlight                   another process is sending it        call again: RetryAfter
//	ErrOutcomeUnknown             the money may have moved             call again: RetryAfter
//	ErrHeld                       nobody but a person can tell         see Held orders
//	ErrDuplicate                  the reference is another order's     find the mistake
//
// [RetryAfter] tells a job engine when to call again, and when not to.
// ErrInFlight and ErrHeld are [wapay.ErrOutcomeUnknown], too. Nobody may be
// told "failed" after such an error.
//
// The reference is the order's key. A payment and a payout may share one. The
// same reference with another amount, operator or phone number (or customer,
// where there is no number) is refused with ErrDuplicate, which names both
// values and is an unknown outcome, because there is an order under that
// reference. So give a corrected order a reference of its own.
//
// # What the states mean
//
//	ready     provably with no provider; the next call sends it
//	sending   a process has claimed it, and is about to send it or has sent it
//	asking    it may have been carried out; it is only asked about
//	known     the provider has it and has not finished with it
//	over      its status is final
//
// The row is written before the order is sent. A claim has a lease, by the
// database's clock. Where the lease lapses because the process died or hangs,
// the order is asked about, and not sent. A holder that comes back late can
// still report that the provider has the order, but not that it has not.
//
// Only an error that is [wapay.NotDone] makes an order ready again, or sends it
// on to the next provider of the route. After any other error, a panic of the
// client, or no result at all, it stays with its provider, also in a call by
// another route. A provider that cannot serve a request, and says so before it
// sends, is passed over in this way.
//
// # One request for several providers
//
// A route gives each of its providers the same request. Providers spell an
// operator differently, and each wants its notifications at an address of its
// own. [AdaptPayments] and [AdaptPayouts] fit the request to one provider,
// before it is sent and after it was stored:
//
//	journal.WithProvider("cinetpay", cp, journal.AdaptPayments(func(r *wapay.PaymentRequest) error {
//		name, ok := cinetpayOperators[r.Operator] // of "moov", "orange"
//		if !ok {
//			return fmt.Errorf("CinetPay does not serve %q", r.Operator) // the next provider gets it
//		}
//		r.Operator, r.NotifyURL = name, "https://shop.example/ipn/cinetpay"
//		return nil
//	}))
//
// # One-time codes
//
// A code that the customer has before the payment goes out with the first call,
// as OTP. If the provider wants it and it is missing, the error is
// [wapay.NotDone]: call again with the code.
//
// A code that comes later ([wapay.ActionGiveCode]) is not sent by a route: the
// provider has the payment, and the call only returns it. Give the code to the
// provider's client by the payment's id, as payhub.Client.ConfirmOTP does. Then
// ask with [Route.FindPayment], or wait for [OnChange].
//
// # What is asked, and when
//
// [Journal.Run] asks about orders that are asking or known, and about those
// whose lease has lapsed. It starts with the shorter pause of [WithBackoff] and
// doubles it. Run it in any number of processes, or call [Journal.Sweep] from a
// cron job. It uses half of a limit that the client knows ([wapay.Pacer]),
// rests when the provider says that it was too much, and leaves a provider that
// is down alone for a moment. It never sends an order: what is ready, or may be
// sent again, waits for a call.
//
// Where the provider does not know an order for longer than [WithPatience],
// counted from its first such answer, there are two ways. If the client has
// [wapay.RepeatSafer], the next call sends the order to the same provider
// again, as long as the provider remembers the reference. The request must be
// the same as before, but for its one-time code. Without RepeatSafer the order
// is held. So is one whose repeat the provider refuses: that says nothing of
// the first send. A question without an answer does not count.
//
// # Many payouts
//
// [Route.PayoutAll] waits before it sends: for the pace of the provider, and for
// as long as the provider asks for. An order that waits is with nobody. If the
// run ends before its turn comes, it was not sent; if it was sent before the run,
// its outcome is unknown. An order that is over or held waits for no turn.
//
// A provider that does not answer five calls in a row is left alone, at first for
// the shorter pause of [WithBackoff] and then for twice as long each time. After
// the pause it gets one order at a time, until it answers. Meanwhile the orders
// go to the next provider of the route, as if this one could not be reached. If
// there is none, they wait. An order that the provider may have is not given to
// another: its outcome stays unknown. All orders wait while the database fails.
//
// All runs of a journal share the pace and what they know of a provider, at once
// or one after another. Several processes do not: give each a part of the pace.
// [Route.Payout] neither waits nor leaves a provider alone.
//
// # Held orders
//
// [Journal.Held] lists the orders that wait for a person, and Order.Why says
// what happened:
//
//   - The provider does not know the order. It must not get it twice, or has
//     refused its repeat. Look in its dashboard for the reference, and for the
//     amount, the customer and the time too. If it is there, or was paid, call
//     [Journal.Resolve] with its status. If it is not there, ask the provider's
//     support whether it can still come, and then Resolve it as StatusUnknown:
//     the next call sends it, once.
//   - The provider contradicts a final status, or has another amount. Ask its
//     support, and Resolve the order with what is true.
//   - Two providers may have the order. One of them has to give the money back.
//
// A held order is asked about now and then. The first kind is settled by an
// answer or a notification. The others wait for Resolve.
//
// # The merchant's function
//
// The function of [OnChange] runs in the transaction that stores a change of
// status. Its writes and the change are stored together, once. It does not
// matter whether the news came in an answer or in a notification. The function
// gets each status once, in order, and none after the end but a refund. It does
// not get a status that a later one has overtaken.
//
// Where the function fails, neither is stored. The call returns an unknown
// outcome, a notification is answered with an error, and the change comes
// again. Use the database through the transaction alone: a second connection
// waits for the first, in SQLite and in a pool of one. Return the errors of the
// transaction: MySQL may have undone all of it when a statement fails, and what
// is written after that stands by itself.
//
// # Notifications
//
// [Journal.Notify] believes an event that is signed or confirmed and fits its
// order: provider, kind, amount, and id where it is known. On any other, it
// asks the provider. It makes no order. An event of an order that is not in the
// journal is logged, counted in [Journal.Foreign] and given to the function of
// [OnForeign]. An event that names only the provider's id comes again as long
// as an order at that provider still waits for its id.
//
// # When the database is down
//
// Before the send: nothing is sent, and the call returns an unknown outcome,
// because the order may have been sent before. While the order is being sent,
// or after it: the answer cannot be stored, so that the call returns an unknown
// outcome. The order is found again by asking when its lease has lapsed. What
// was heard is stored even if the caller's context has ended, for up to 15
// seconds. Let db be the primary: a replica that lags behind does not know what
// was sent.
//
// # When a provider leaves the configuration
//
// Its open orders stay in the table. They are not asked about, not held and
// never given to another provider. A call about one returns an unknown outcome
// that names the provider. [Swept] counts them, and [Journal.Open] lists them.
// So take a provider out of the routes first, and out of the journal when it
// has no open order. Its proven notifications are believed all the same.
//
// # Two journals on one table
//
// Processes with the same providers share the work. Processes with different
// providers leave each other's orders alone. One name must mean one account
// everywhere. The lease should be the same everywhere; each process claims with
// its own.
//
// # Clock changes
//
// Leases, the patience and the window of a repeat go by the clock of the
// database. Those of the processes do not matter. If that clock is set forward,
// leases lapse early: orders are asked about, and not sent. If it is set back,
// they are in flight for longer. The window of RepeatSafer is the one rule that
// a wrong clock can break: a clock that is set back by a day makes a reference
// look a day younger than it is.
//
// # What stands in a row
//
// A row has the customer's number and names, what the provider answered, and a
// hash of the request, so that a repeat can be compared. No key, no one-time
// code and no token of a provider's API is written, nor the notification URL.
// [Journal.Strip] takes the personal data out of rows that are over or with no
// provider, and keeps reference, amount and status. [Journal.Purge] deletes
// them: a purged reference is new again.
//
// # Comparing with the provider
//
// [Journal.Reconcile] compares the orders of a period with what the provider
// has, and yields each difference. Run it every evening. A provider that lists
// nothing is asked about each order, at half its pace, which can take long.
//
// # Cost and settings
//
// An order that goes well costs two writes: the row already claimed, and the
// answer. With OnChange they are four round trips, without it two.
//
//   - PostgreSQL: pgx makes one round trip of a statement once it has prepared
//     it. Behind PgBouncer in transaction mode set
//     default_query_exec_mode=exec.
//   - MySQL and MariaDB: go-sql-driver does with interpolateParams=true.
//   - SQLite: set a busy timeout, WAL, and that transactions begin IMMEDIATE:
//     with modernc.org/sqlite
//     "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate".
//
// The tables are wapay_orders and wapay_journal, in the schema that the
// connection has selected. It is tested on PostgreSQL, MariaDB and SQLite
// (modernc.org/sqlite). It is not tested on MySQL itself.
package journal
