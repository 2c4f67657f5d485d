// Package wapay is what the clients for mobile money in West Africa have in common: amounts, phone numbers,
// requests and results, one vocabulary of statuses, one type of error, and the functions that wait for a payment
// or find out what became of one. It knows no provider and sends nothing. Each provider has a package of its
// own, whose Client is a [Payer], a [Payouter] or both; notifications are received with package ipn.
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
// The reference is the merchant's own, and what an order is found by when all else is lost. Store it before
// paying, and give each order one of its own.
//
// Most payments are [StatusPending] at first, for the customer has to confirm. A notification says how it went;
// without one, [WaitPayment] asks until the status is final. StatusUnknown is a word of the provider's that
// this library has not heard of. It is neither success nor failure.
//
// # What became of the order
//
// Pay and Payout end in one of four ways. Without an error the provider has the order. With one, [Error] has an
// [Outcome]:
//
//   - [OutcomeNotSent]: the request never left this machine. Correct it or repeat it, under the same reference.
//   - [OutcomeRejected]: the provider answered that it did not do it. Error.Kind and Error.Message say why.
//   - [OutcomeUnknown]: no verdict came back, and the money may have moved. The error is [ErrOutcomeUnknown].
//
// After an unknown outcome never send the order again, and do not tell the customer that it failed. Ask:
//
//	p, err := bp.Pay(ctx, order)
//	if errors.Is(err, wapay.ErrOutcomeUnknown) {
//		p, err = wapay.SettlePayment(ctx, bp, wapay.Ref{Reference: order.Reference})
//	}
//
// [SettlePayment] and [SettlePayout] look the order up until the provider knows it. Where they too end in an
// error it is again ErrOutcomeUnknown: nothing is known yet, so keep the order open and ask later. Nothing in
// this library repeats an order that may have arrived, unless the provider promises to do it only once.
//
// # Errors
//
// The error of every call that takes a context is an [*Error]. [errors.Is] with ErrInvalid, ErrUnauthorized and
// the other kinds says what to do; [errors.As] gives the provider's own words, the fields at fault, and how long
// to wait. ErrOutcomeUnknown matches beside the kind, so test for it first. A context that ended is
// matched by [context.Canceled] or [context.DeadlineExceeded].
//
// A result is nil where the error is not, save that WaitPayment and WaitPayout return the last known state beside
// their error.
//
// # Amounts and secrets
//
// [Money] is a whole number of minor units and never a float: XOF.Units(5000) is 5,000 francs, SLE.Minor(1250) is
// 12.50 leones. Keys are of type [Secret], which prints as "[redacted]". In log/slog a [Phone], a [Customer] and
// a request show a masked number; package fmt shows all of it.
package wapay
