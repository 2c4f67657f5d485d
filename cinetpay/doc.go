// Package cinetpay is a client for CinetPay: transfers to mobile wallets in ten countries of West and Central Africa,
// and a hosted page on which customers pay.
//
// [Client] is a [wapay.Payer], by the checkout, and a [wapay.Payouter], by transfers; its other methods are the
// provider's endpoints, one each. The two products have a host each and share the API key. The provider documents
// no sandbox: whatever is sent moves real money. It allows 60 requests a minute.
//
// Amounts are whole units in multiples of 5.
//
// # Doing it once
//
// A transfer's reference is unique at the provider: it refuses a second one with code 805. No transfer is sent again
// that may have arrived, but what became of it is asked, by its reference: see [wapay.SettlePayout].
//
// What a code says of an order:
//
//	705, 706                  the token was bad and nothing was looked at: the call is repeated once with a new one
//	-1, 702, 707, 709, 710,   the provider failed, at a point that it does not tell: the outcome is unknown
//	715, and codes that
//	are not documented
//	any other                 the provider refuses the order for a reason that it found before carrying it out
//
// 702 and 707 are about tokens, but nothing says that they come before the order is carried out. Any code that comes
// with an HTTP status of 5xx or 408 leaves the outcome unknown.
//
// # The token
//
// Transfers need a login, whose token is part of every URL. All goroutines that use a Client share one; it is taken
// when first needed and every five minutes, and appears in no error, result or log record.
//
// # Sources
//
// Where a comment says S, the fact is from the provider's transfer collection; V, from its later documentation;
// F, integrators have reported it.
package cinetpay
