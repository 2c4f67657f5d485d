// Package apiv1 is a client for CinetPay's API v1, which is for new merchants.
// It has payments on a page or directly on the phone, transfers to mobile
// wallets, and the balance.
//
// It has nothing in common with the older products of package cinetpay: hosts,
// keys (sk_test_…, sk_live_…), words and notifications differ. A merchant has
// the keys of one or the other. New refuses the keys of the older products.
//
// [Client] is a [wapay.Payer] and a [wapay.Payouter]. Each of its other methods
// calls one endpoint of the provider.
//
// # One account, one country
//
// A pair of keys belongs to one account, with one country, one currency and one
// balance. Several countries need several clients. The client refuses a
// currency, a number or an operator of another country before it sends
// anything. It also refuses USD, which no account has. The provider finds an
// order only for the account that sent it.
//
// # Doing it once
//
// The client never repeats an order that may have arrived. The provider refuses
// a used reference with the word TRANSACTION_EXIST. The word is in the
// provider's SDK, but nobody has confirmed that it follows each repeat. So
// [Client] is no [wapay.RepeatSafer].
//
// The words have these meanings for an order:
//
//	INVALID_TOKEN, EXPIRED_TOKEN,   the order was ignored: the client repeats
//	HTTP 401                        the call once with a new token
//	TRANSACTION_EXIST               the reference is used: look the order up
//	OPERATION_ERROR, UNIMPLEMENTED, the outcome is unknown
//	an undocumented word,
//	a code against its word
//	any other refusal without a     the provider refuses the order
//	transaction_id
//	a status with a transaction_id  the order exists, with this status
//
// An HTTP status of 5xx, or an answer without both ids, leaves the outcome
// unknown. Errors may come with HTTP 200. The word for a bad token may be
// inside details.
//
// Three words end an order: SUCCESS, FAILED and INSUFFICIENT_BALANCE. EXPIRED
// does not: a customer may have paid at the last moment. Look such an order up
// until it ends.
//
// NOT_FOUND does not prove that there is no order. A transfer with an unknown
// outcome stays open even if a lookup does not find it. Never send it under
// another reference.
//
// # Fields of a payment
//
// Reference, Amount, Description, NotifyURL, ReturnURL, and the customer's
// names and e-mail address are always required. A direct payment also requires
// Customer.Phone. Without CancelURL the client sends ReturnURL. ExpiresIn and
// Metadata have no use. Only the result of CreatePayment has the notify_token.
//
// # Not known
//
//   - the HTTP status of most errors, and the rate limit
//   - whether a lookup sees an order at once
//   - whether a lookup by the merchant's reference finds each transfer
//   - how often the provider repeats a notification
//   - the life of a page, and who bears the fee of a transfer
//
// # Sources
//
// The facts about the API, with their sources, are in
// https://github.com/wapay-go/wapay/blob/main/docs/providers/cinetpay-v1.md.
package apiv1
