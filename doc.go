// Package wapay is what the clients for mobile money in West Africa share:
// amounts, phone numbers, requests and results, one vocabulary of statuses, one
// type of error, and the functions that wait for a payment or find out what
// became of one. It knows no provider and sends nothing. Each provider has a
// package of its own, whose Client is a [Payer], a [Payouter] or both. Package
// ipn receives notifications.
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
// Payment.Action says how. A notification brings the end. Without one,
// [WaitPayment] asks until the status is final.
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
// A call that only reads says nothing of what became of an order: each of its
// errors is [OutcomeReadOnly].
//
// # Repeating
//
// One question decides whether an order may be sent again, to the same provider
// or to another one: [NotDone]. It is true for the first two outcomes.
//
//	p, err := bp.Pay(ctx, order)
//	switch {
//	case errors.Is(err, wapay.ErrDuplicate): // perhaps another order's reference: see below
//	case errors.Is(err, wapay.ErrOutcomeUnknown):
//		p, err = wapay.SettlePayment(ctx, bp, wapay.Ref{Reference: order.Reference})
//	case wapay.NotDone(err):
//		// Fail over: set the fields that the other provider needs.
//		p, err = cp.Pay(ctx, order) // its error has the same three cases
//	}
//
// [SettlePayment] and [SettlePayout] ask until the provider knows the order.
// Ask the provider that the order was sent to: no other one knows it. Their
// errors are ErrOutcomeUnknown too: keep the order open and ask later.
//
// A process that crashed between storing the reference and storing the result
// is in the same place as one whose answer was lost. Its order may have been
// sent, so it has to be settled, too.
//
// Where a provider finds that it has the reference already, Pay and Payout look
// the order up. If amount and party are the same, they return the order as it
// is now, with Replayed. If not, or if the lookup finds nothing, the error is
// [ErrDuplicate] and ErrOutcomeUnknown. ErrDuplicate is never a rejection,
// because there is an order under that reference.
//
// Nothing in this library sends an order again that may have arrived, unless
// the provider promises to carry it out once. A client whose provider promises
// that is a [RepeatSafer]. Within that time the same call may be repeated
// to it after an unknown outcome, too.
//
// # A new attempt
//
// A reference names one attempt. After a decline it is used up: the same call
// again returns the declined order, with Replayed. A new attempt needs a new
// reference, such as "order-4521-2" after "order-4521". So does a payment whose
// page was lost ([ActionPageLost]), but the customer may still pay on the old
// page.
//
// Keep one row an attempt: order, reference, provider, status. Write it before
// the call. Start a new attempt only when each one before is over without a
// payment: its status is [StatusFailed] or [StatusCancelled], or NotDone was
// true of its error. A notification finds its row by the reference. Package
// journal keeps such rows in the merchant's database, and repeats, resumes and
// fails over by them.
//
// # Errors
//
// The error of every call that takes a context is an [*Error]. [errors.Is] with
// ErrInvalid, ErrUnauthorized and the other kinds says what to do. [errors.As]
// gives the provider's own words, the fields at fault, and how long to wait.
// ErrOutcomeUnknown matches beside the kind, so test for it first. If the
// context ended, the error matches [context.Canceled] or
// [context.DeadlineExceeded].
//
// A result is nil where the error is not. The exceptions are WaitPayment and
// WaitPayout, which return the last known state beside their error.
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
