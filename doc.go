// Package wapay holds what the clients for mobile money in West Africa share:
// amounts, phone numbers, requests, results, statuses and errors. Its functions
// wait for a payment, or find out what became of one. It knows no provider and
// sends nothing. Each provider has a package of its own. Its Client is a
// [Payer], a [Payouter] or both. Package ipn receives notifications.
//
// # Paying
//
//	phone, err := wapay.ParsePhone("70 65 61 88", "BF")
//	…
//	bp, err := barkapay.New(barkapay.Credentials{APIKey: "…", APISecret: "…"})
//	…
//	p, err := bp.Pay(ctx, wapay.PaymentRequest{
//		Reference: "order-4521",
//		Amount:    wapay.XOF.Units(5000),
//		Customer:  wapay.Customer{Phone: phone},
//		Operator:  "MOOV",
//	})
//
// The reference is the merchant's own. It finds the order when all else is
// lost, so store it before the call, with the name of the provider.
//
// Most payments are [StatusPending] at first, because the customer has to act:
// Payment.Action says how. A notification tells how the payment ends. Without
// one, [WaitPayment] asks until the status is final.
//
// # How a call ends
//
// Pay and Payout end in one of four ways. Without an error the provider has the
// order. With one, [Error] has an [Outcome]:
//
//   - [OutcomeNotSent]: the request never left this machine.
//   - [OutcomeRejected]: the provider answered that it did not do this order.
//     Error.Kind and Error.Message say why.
//   - [OutcomeUnknown]: anything else. The money may have moved, and the error
//     is [ErrOutcomeUnknown]. Do not tell the customer that it failed.
//
// The error of a call that only reads proves nothing about the order: it is
// [OutcomeReadOnly].
//
// # Repeating
//
// One question decides whether an order may be sent again, to the same provider
// or to another one: [NotDone]. It is true for the first two outcomes.
//
//	p, err := bp.Pay(ctx, order)
//	switch {
//	case errors.Is(err, wapay.ErrDuplicate):
//		// Perhaps the reference of another order: see below.
//	case errors.Is(err, wapay.ErrOutcomeUnknown):
//		ref := wapay.Ref{Reference: order.Reference}
//		p, err = wapay.SettlePayment(ctx, bp, ref)
//	case wapay.NotDone(err):
//		// Fail over: set the fields that the other provider needs.
//		p, err = cp.Pay(ctx, order) // its error has the same three cases
//	}
//
// [SettlePayment] and [SettlePayout] ask until the provider knows the order.
// Ask the provider that the order was sent to: no other one knows it. Their
// errors are ErrOutcomeUnknown too: keep the order open and ask later.
//
// A process may crash between storing the reference and storing the result. Its
// order may have been sent: settle it, too.
//
// If the provider has the reference already, Pay and Payout look the order up.
// If the amount and the phone number are the same, they return the order as it
// is now, with Replayed. If not, or if the lookup finds nothing, the error is
// [ErrDuplicate] and ErrOutcomeUnknown. ErrDuplicate is never a rejection,
// because there is an order under that reference.
//
// This library never repeats an order that may have arrived, unless the
// provider promises to carry it out once. The client of such a provider is a
// [RepeatSafer]. Within the time that it names, you may repeat the call after
// an unknown outcome, too.
//
// # A new order
//
// A reference names one order. After a decline it is used up: the same call
// returns the declined order, with Replayed. To try again, make a new order
// under a new reference, such as "order-4521-2" after "order-4521". After
// [ActionPageLost], wait until the order is over: the customer may still pay on
// the old page. If it ends without a payment, make a new one.
//
// Keep one row for each order: purchase, reference, provider, status. Write it
// before the call. Make a new order for a purchase only when each one before is
// over without a payment. It is over if its status is [StatusFailed] or
// [StatusCancelled], or if NotDone was true of its error. A notification finds
// its row by the reference. Package journal keeps such rows in the merchant's
// database. It uses them to repeat, resume and fail over.
//
// # Errors
//
// The error of every call that takes a context is an [*Error]. [errors.Is] with
// ErrInvalid, ErrUnauthorized and the other kinds says what to do. [errors.As]
// gives the provider's own words, the fields at fault, and how long to wait. An
// error can match both its kind and ErrOutcomeUnknown, so test for
// ErrOutcomeUnknown first. If the context ended, the error matches
// [context.Canceled] or [context.DeadlineExceeded].
//
// With an error the result is nil. The exceptions are WaitPayment and
// WaitPayout, which return the last known state with their error.
//
// # Amounts, secrets and columns
//
// [Money] is a whole number of minor units and never a float: XOF.Units(5000)
// is 5,000 francs, SLE.Minor(1250) is 12.50 leones. Keys are of type [Secret],
// which prints as "[redacted]". In log/slog a [Phone], a [Customer] and a
// request show a masked number; package fmt shows all of it.
//
// [Status], [Money], [Phone], [Currency], [Action] and [Raw] go into a text
// column of a database and come back from it.
package wapay
