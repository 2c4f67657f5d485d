// Package payhub is a client for PayHub, BarkaPay's newer platform. It collects
// and pays out mobile money in Burkina Faso, Senegal and Benin. Merchants of
// the older platform, api.barkapay.com, use package barkapay: it has other
// keys, addresses, statuses and notifications.
//
// [Client] is a [wapay.Payer] and a [wapay.Payouter]. Each of its other methods
// calls one endpoint of the provider. A client serves one country. No test keys
// are documented: each order moves real money.
//
// Amounts are whole CFA francs. The client reads balances and orders in crypto
// (the country "cc"). How to make such an order is not known.
//
// # Doing it once
//
// The provider has no idempotency key. Whether it accepts an order id twice is
// not known. So the client never repeats an order that may have arrived.
// [Client.Pay] and [Client.Payout] look an order up by its reference before
// they send it. Two calls with one reference at the same time can still make
// two orders. So can a second call while the first order is not visible yet:
// see [wapay.SettlePayment]. For about a minute the provider refuses a transfer
// that is like another one, which is no idempotency.
//
// # Used references
//
// If the lookup finds the order, Pay and Payout return its current state, with
// Replayed, if amount and number are those of the request. Otherwise the error
// is [wapay.ErrDuplicate] with an unknown outcome. A failed payment keeps its
// reference: pay again under a new one. If the lookup fails, nothing is sent.
//
// # One-time codes
//
// [Client.OperatorsInfo] tells whether an operator requires a code. Some
// operators require it in the first request: set OTP in [wapay.PaymentRequest].
// Others send a code to the customer after the payment is made. Its
// ProviderStatus is then AWAITING_OTP. Call [Client.ConfirmOTP] with the
// payment's id. Pay with the same reference and the code confirms it, too, if a
// lookup shows the payment. If the lookup shows none, Pay makes another
// payment. [Client.ResendOTP] asks the operator for another code. Package
// journal does not confirm a payment: with it, call ConfirmOTP with Order.ID.
//
// After a refused code the outcome is unknown, because the payment still waits.
// It is also unknown if the lookup before a code fails: an earlier call may
// have sent the code.
//
// # Not known
//
// If the sources are silent, the client takes the reading that loses no
// money:
//
//	may a 503 or another 5xx have made an order   perhaps: unknown outcome
//	does a 409 mean this very order               a lookup decides, else unknown
//	is an error envelope with HTTP 200 an error   yes, with an unknown outcome
//	may a proxy have sent a 429                   yes, if it has no envelope
//	does 404 mean that there never was an order   not for the first minute
//	are several orders with one reference one     no: see [Client.FindPayment]
//	does the amount include the fees              not known: see Fees
//	is a new status final                         no: wapay.StatusUnknown
//	does a refused code reject the payment        no: unknown outcome
//
// The facts about the API, with their sources, are in
// [docs/providers/barkapay-payhub.md].
//
// [docs/providers/barkapay-payhub.md]:
// https://github.com/wapay-go/wapay/blob/main/docs/providers/barkapay-payhub.md
package payhub
