// Package apiv1 is a client for CinetPay's API v1, which new merchants get:
// payments on a page or directly on the phone, transfers to mobile wallets, and
// the balance.
//
// It has nothing in common with the older products of package cinetpay: other
// hosts, keys (sk_test_…, sk_live_…), words and notifications. A merchant has
// the keys of one or of the other. New refuses those of the other.
//
// [Client] is a [wapay.Payer] and a [wapay.Payouter]. Its other methods are the
// provider's endpoints, one each.
//
// # One account, one country
//
// A pair of keys belongs to one country, and with it to one currency and one
// balance. Several countries need several clients. A currency, a number or an
// operator of another country is refused before anything is sent. So is USD,
// which is no country's. An order of another account is unknown: ask the
// account that the order was sent from.
//
// # Doing it once
//
// No order is sent again that may have arrived. A used reference is refused
// with the word TRANSACTION_EXIST. That stands in the provider's SDK, but
// nobody has shown that it holds for every repeat. So [Client] is no
// [wapay.RepeatSafer].
//
// What an answer says of an order:
//
//	INVALID_TOKEN, EXPIRED_TOKEN,   nothing was looked at: the call is repeated
//	HTTP 401                        once with a new token
//	TRANSACTION_EXIST               there is an order: look it up
//	OPERATION_ERROR, UNIMPLEMENTED, the outcome is unknown
//	a word that is not documented,
//	a code against its word
//	any other refusal without a     the provider refuses the order
//	transaction_id
//	a state with a transaction_id   the order is there, with this status
//
// Any HTTP status of 5xx, and an answer without both ids, leaves the outcome
// unknown. Errors may come with HTTP 200, and a bad token may be told inside
// details.
//
// Three words end an order: SUCCESS, FAILED and INSUFFICIENT_BALANCE. EXPIRED
// does not: a customer may have paid in the last moment. Keep asking, and
// record the end.
//
// NOT_FOUND does not prove that there is no order. A transfer whose outcome is
// unknown, and that is not found, stays open: send it under no other reference.
//
// # Not known
//
// The HTTP status of most errors, whether a lookup sees an order at once,
// whether a lookup by the merchant's reference finds each transfer, how often a
// notification is repeated, how long a page lives, limits of the rate, and who
// bears the fee of a transfer.
//
// # Sources
//
// What is known of the API, and from where, is in
// https://github.com/wapay-go/wapay/blob/main/docs/providers/cinetpay-v1.md.
package apiv1
