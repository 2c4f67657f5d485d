// Package cinetpay is a client for CinetPay: transfers to mobile wallets in ten
// countries of West and Central Africa, and a hosted page on which customers
// pay.
//
// [Client] is a [wapay.Payer], by the checkout, and a [wapay.Payouter], by
// transfers. Its other methods are the provider's endpoints, one each. The two
// products have a host each and share the API key. The provider documents no
// sandbox: whatever is sent moves real money. It allows 60 requests a minute.
//
// Amounts are whole units in multiples of 5, except in USD.
//
// New merchants get keys of CinetPay's API v1, sk_test_… or sk_live_…. They
// belong into package cinetpay/apiv1, and New refuses them.
//
// # Doing it once
//
// A transfer's reference is unique at the provider, which refuses a second one
// with code 805. The checkout documents its reference as unique too, but not
// what it answers to a second one. No order is sent again that may have
// arrived. A used reference is looked up, and gives the order as it is now.
//
// How long a reference stays taken is not documented, so [Client] is no
// [wapay.RepeatSafer].
//
// What a code says of an order:
//
//	705, 706                  the token was bad and nothing was looked at: the call is repeated once with a new one
//	805                       there is an order under the reference: look it up
//	-1, 702, 707, 709, 710,   the provider failed, at a point that it does not tell: the outcome is unknown
//	715, and codes that
//	are not documented
//	any other                 the provider refuses the order for a reason that it found before carrying it out
//
// Any code that comes with an HTTP status of 5xx or 408 leaves the outcome
// unknown. So does a refusal that lists a transfer as made.
//
// # The token
//
// Transfers need a login, whose token is part of every URL. All goroutines that
// use a Client share one. It is taken when first needed and every five minutes,
// and appears in no error, result or log record.
//
// # Sources
//
// What is known of the API, and from where, is in
// https://github.com/wapay-go/wapay/blob/main/docs/providers/cinetpay.md.
package cinetpay
