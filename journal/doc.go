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
// The call sends the order if it provably was not sent. If the order may have
// been sent, it asks the provider. If the provider has it, the call returns the
// order as it is now, with Replayed set. An order that is over comes from the
// journal.
//
//	the call returns   what it means                     what to do
//	a result           the provider has the order        wait for OnChange
//	a NotDone error    no provider of the route has it   correct it, call again
//	ErrInFlight        another process is sending it     call again: RetryAfter
//	ErrOutcomeUnknown  the money may have moved          call again: RetryAfter
//	ErrHeld            only a person can decide          see Held orders
//	ErrDuplicate       another order has the reference   find the mistake
//
// [RetryAfter] tells a job engine when to call again, and when not to.
// ErrInFlight and ErrHeld are [wapay.ErrOutcomeUnknown], too. Tell nobody
// "failed" after such an error.
//
// The reference is the order's key. A payment and a payout may share one. A
// request under a reference must not change the amount, the operator or the
// phone number. Without a number, it must not change the customer. If it
// changes one of these, the error is ErrDuplicate and names both values. Its
// outcome is unknown, because there is an order under that reference. So give a
// corrected order a reference of its own.
//
// # What the states mean
//
//	ready     provably with no provider; the next call sends it
//	sending   a process has claimed it, and is about to send it or has sent it
//	asking    it may have been carried out; the journal only asks about it
//	known     the provider has it and has not finished it
//	over      its status is final
//
// The journal writes the row before it sends the order. A claim has a lease, by
// the database's clock. If the lease lapses because the process died or hangs,
// the journal asks about the order, and does not send it. After that, the
// process may still report that the provider has the order. It may not report
// that the provider does not have it.
//
// Only an error that is [wapay.NotDone] makes an order ready again, or sends it
// on to the next provider of the route. After any other error, after a panic of
// the client, or without a result, the order stays with its provider. This
// holds for calls by another route, too.
//
// # Which providers a route skips
//
// A route of several providers skips one whose client knows that it does not
// take such orders: see [wapay.Scoper]. It also skips one whose operator does
// not work now. For that it asks a [wapay.Availability] once a minute, and
// waits at most three seconds. If it would skip all, it skips none. An order
// that was sent stays where it is.
//
// # One request for several providers
//
// A route gives each of its providers the same request. Providers spell an
// operator differently, and each wants its notifications at an address of its
// own. [AdaptPayments] and [AdaptPayouts] fit the request to one provider,
// after it is stored and before it is sent:
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
// If the customer has the code before the payment, send it with the first call,
// as OTP. If the provider wants a code and it is missing, the error is
// [wapay.NotDone]: call again with the code.
//
// A route does not send a code that comes later ([wapay.ActionGiveCode]). Give
// the code and the payment's id to the provider's client, such as to
// payhub.Client.ConfirmOTP. Then call [Route.FindPayment], or wait for
// [OnChange].
//
// # When the journal asks a provider
//
// [Journal.Run] asks about orders in the states asking and known, and about
// those whose lease has lapsed. It starts with the shorter pause of
// [WithBackoff] and doubles it. Run it in any number of processes, or call
// [Journal.Sweep] from a cron job. It uses half of a limit that the client
// knows ([wapay.Pacer]). It pauses if the provider answers "too many requests",
// or is down. It never sends an order: one that is ready, or may be sent again,
// waits for a call.
//
// The time of [WithPatience] begins with the provider's first answer that it
// does not know an order. A question without an answer does not count as one.
// When the time is over, there are two ways. If the client is a
// [wapay.RepeatSafer], the next call sends the order to the same provider
// again, as long as the provider remembers the reference. Only the one-time
// code of the request may differ. Without RepeatSafer the order is held. An
// order is also held if the provider refuses the repeat, because the refusal
// proves nothing about the first send.
//
// # Many payouts
//
// [Route.PayoutAll] waits before it sends: for the pace of the provider, and
// for as long as the provider asks for. If that is longer than the shorter
// pause of [WithBackoff], the orders go to the next provider of the route
// meanwhile. An order that waits is with no provider. If the run ends before
// the order's turn, the run has not sent it. If an earlier call may have sent
// it, its outcome is unknown. An order that is over or held does not wait.
//
// If a provider does not answer five calls in a row, the run pauses for it. The
// first pause is the shorter one of [WithBackoff], and each next one is twice
// as long. After a pause it sends one order at a time, until the provider
// answers. During the pause the orders go to the next provider of the route. If
// there is none, they wait. An order that the provider may have goes to no
// other provider: its outcome stays unknown. All orders wait while the database
// fails.
//
// When its context ends, or the caller breaks off, the run takes no more
// requests. It finishes the payouts that have begun, and yields them unless the
// caller broke off. The sequence must not wait for a result: the run yields
// none while it waits for the next request.
//
// All runs of a journal share the pace and the pauses. Several processes do
// not: give each a part of the pace. [Route.Payout] neither waits nor pauses.
//
// # Held orders
//
// [Journal.Held] lists the orders that wait for a person, and Order.Why says
// why:
//
//   - The provider does not know the order. It must not get the order twice, or
//     has refused the repeat. Look in its dashboard for the reference, the
//     amount, the customer and the time. If the order is there, or was paid,
//     call [Journal.Resolve] with its status. If it is not there, ask the
//     provider's support whether it can still come. Only if it cannot, Resolve
//     it as StatusUnknown: the next call sends it, once.
//   - The provider contradicts a final status, or has another amount. Ask its
//     support, and Resolve the order with the true status.
//   - Two providers may have the order. One of them has to give the money back.
//
// The journal asks about a held order now and then. An answer or a notification
// ends a hold of the first kind. The others wait for Resolve.
//
// # The merchant's function
//
// The function of [OnChange] runs in the transaction that stores a change of
// status. Its writes and the change are stored together and once, whether an
// answer or a notification brings the change. The function gets each status
// once, in order: from StatusUnknown to a final status, at once or by way of
// StatusPending. After a final status it gets only a refund. If an older
// status arrives late, the function does not get it.
//
// If the function fails, neither is stored. The call returns an unknown
// outcome, [Journal.Notify] returns an error, and the change comes again. Use
// the database only through the transaction: a second connection waits for the
// first, in SQLite and in a pool of one. Return the errors of the transaction.
// MySQL may roll all of it back when a statement fails. Later writes are then
// outside of the transaction.
//
// # Notifications
//
// [Journal.Notify] believes an event that is signed or confirmed and fits its
// order: provider, kind, amount, and id if it is known. After any other, it
// asks the provider. It makes no order. If the order is not in the journal, it
// logs the event, counts it in [Journal.Foreign] and calls the function of
// [OnForeign]. If the event names only an id, and an order at that provider has
// no id yet, the event has to come again.
//
// # When the database is down
//
// If the database fails before the send, nothing is sent. The call returns an
// unknown outcome, because an earlier call may have sent the order. If it fails
// during or after the send, the answer cannot be stored. The call then returns
// an unknown outcome, too. The journal asks about the order when its lease has
// lapsed. An answer is stored for up to 15 seconds after the caller's context
// has ended. Let db be the primary: a replica that lags behind does not have
// the latest rows.
//
// # When a provider leaves the configuration
//
// Its open orders stay in the table. The journal does not ask about them, hold
// them or give them to another provider. A call about one returns an unknown
// outcome that names the provider. [Swept] counts them, and
// [Journal.Open] lists them. So take a provider out of the routes first, and
// out of the journal when it has no open order. The journal still believes its
// proven notifications.
//
// # Two journals on one table
//
// Processes with the same providers share the work. Processes with different
// providers leave each other's orders alone. One name must mean one account
// everywhere. Use the same lease everywhere.
//
// # Clock changes
//
// Leases, the patience and the window of a repeat go by the clock of the
// database, not by those of the processes. If that clock is set forward, leases
// lapse early: the journal asks about the orders, and does not send them. If it
// is set back, orders are in flight for longer. A wrong clock can break only
// one rule, the window of RepeatSafer. After the clock is set back by a day, a
// reference looks a day younger than it is.
//
// # What a row holds
//
// A row has the customer's number and names, the provider's answer, and a hash
// of the request, to compare a repeat with. It has no key, no one-time code, no
// token of a provider's API and no notification URL. [Journal.Strip] takes the
// personal data out of rows that are over or with no provider, and keeps
// reference, amount and status. [Journal.Purge] deletes such rows: a purged
// reference is new again.
//
// # Comparing with the provider
//
// [Journal.Reconcile] compares the orders of a period with those of the
// provider, and yields each difference. Run it every evening. It reads the
// provider's list if its client is a [wapay.Lister]. It looks up each order of
// the journal that the list does not have, at half the provider's pace, and at
// most [MaxLookups]. If the provider lists nothing, that can take long. It
// yields the rest as [NotCompared].
//
// An order belongs to the period in which the journal made it. If the order is
// not in the journal, it belongs to the period in which the provider made it.
// The same is true of a second order under the reference of an order of another
// period. The provider's clock and time zone may differ, so its list is read
// for three hours more at each end.
//
// A reconciliation needs the same few megabytes for any number of orders,
// unless many have one reference. A list of more than about 10,000 goes into an
// encrypted temporary file, in [os.TempDir], which is deleted at the end. The
// client's list needs memory of its own. A list without an end is read until
// the context ends.
//
// # Cost and settings
//
// An order without errors costs two writes: the row, already claimed, and the
// answer. With OnChange they are four round trips, without it two.
//
//   - PostgreSQL: pgx needs one round trip for a statement that it has
//     prepared. Behind PgBouncer in transaction mode set
//     default_query_exec_mode=exec.
//   - MySQL and MariaDB: go-sql-driver needs one with interpolateParams=true.
//   - SQLite: set a busy timeout, WAL and transactions that begin IMMEDIATE.
//     With modernc.org/sqlite that is
//     "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate".
//
// The tables are wapay_orders and wapay_journal, in the schema that the
// connection has selected. The package is tested on PostgreSQL, MariaDB and
// SQLite (modernc.org/sqlite). It is not tested on MySQL itself.
package journal
