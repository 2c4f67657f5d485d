// Package payhub is a client for PayHub, BarkaPay's newer platform, which takes
// mobile money in Burkina Faso, Senegal and Benin, and pays it out. Merchants
// of the older platform, api.barkapay.com, use package barkapay: keys,
// addresses, statuses and notifications are others.
//
// [Client] is a [wapay.Payer] and a [wapay.Payouter]; its other methods are the
// provider's endpoints, one each. A client is for one country. No test keys are
// documented: whatever is sent moves real money.
//
// Amounts are whole CFA francs. Balances and orders in crypto (the country
// "cc") can be read. How to make such an order is not known.
//
// # Doing it once
//
// Nothing shows that the provider knows a repeat: there is no idempotency key,
// and whether an order id may be used twice is not known. So the client never
// sends an order again that may have arrived. [Client.Pay] and [Client.Payout]
// look an order up by its reference before they send it. Two calls under one
// reference at the same time can still make two orders, and so can a call right
// after one whose order is not visible yet: see [wapay.SettlePayment]. The
// provider refuses a transfer like another one for about a minute. That is no
// idempotency.
//
// # One-time codes
//
// Whether an operator wants a code is in [Client.OperatorsInfo]. Some want it
// in the first request: [wapay.PaymentRequest] has OTP. Others send one to the
// customer once the payment is there. It then waits with the ProviderStatus
// AWAITING_OTP. Call [Client.ConfirmOTP] with the payment's id. Pay under the
// same reference with the code does it too, if a lookup shows the payment. If
// none does, Pay makes another payment. [Client.ResendOTP] has the operator
// send another code. Package journal only asks about a payment that the
// provider has: with it, call ConfirmOTP with Order.ID.
//
// # Not known
//
// The client takes the reading that loses no money:
//
//	is an order made before a 503 or another 5xx   perhaps: the outcome is unknown
//	does a 409 mean this very order                it is looked up; none found: unknown
//	does an error envelope with HTTP 200 count     yes, as an error; what became of an order is unknown
//	may a 429 be a proxy's                         without the envelope it leaves the outcome unknown
//	does 404 mean that there never was an order    not at once: ask again over a minute
//	are several orders under one reference one     no: ErrDuplicate, unless all but one are over without payment
//	who pays the fees, are they in the amount      told as they come, added to nothing
//	is a new status word final                     no: wapay.StatusUnknown
//	how a wrong code is answered                   no refusal of a code rejects the payment that waits for it
//
// What is known of the API, and from where, stands in
// [docs/providers/barkapay-payhub.md].
//
// [docs/providers/barkapay-payhub.md]:
// https://github.com/wapay-go/wapay/blob/main/docs/providers/barkapay-payhub.md
package payhub
