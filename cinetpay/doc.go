// Package cinetpay is a client for CinetPay. It makes transfers to mobile
// wallets in ten countries of West and Central Africa. It also makes hosted
// pages on which customers pay.
//
// [Client] is a [wapay.Payer] through the checkout, and a [wapay.Payouter]
// through transfers. Each of its other methods calls one endpoint of the
// provider. The two products share the API key and have separate hosts. The
// provider documents no sandbox: each order moves real money. It allows 60
// requests a minute.
//
// Amounts are whole units in multiples of 5, except in USD.
//
// New merchants get keys of CinetPay's API v1, sk_test_… or sk_live_…. New
// refuses them: use package cinetpay/apiv1.
//
// # Doing it once
//
// A transfer's reference is unique: the provider refuses a second transfer with
// code 805. The checkout's reference is also documented as unique. The
// documents do not say how the provider refuses a second one. The client never
// repeats an order that may have arrived. Pay and Payout look a used reference
// up and return the order's current state.
//
// How long a reference stays used is not documented, so [Client] is no
// [wapay.RepeatSafer].
//
// The codes have these meanings for an order:
//
//	705, 706        the token was rejected, and the order ignored: the client
//	                repeats the call once with a new token
//	805             the reference is used: look the order up
//	-1, 702, 707,   the provider failed at an unknown point, so the outcome is
//	709, 710, 715   unknown; undocumented codes count as these
//	any other       the provider refuses the order before it carries it out
//
// With an HTTP status of 5xx or 408, any code leaves the outcome unknown. So
// does a refusal that shows a transfer.
//
// A used reference gives the order's current state, with Replayed, if the
// amount is the same. A transfer must also have the same number. Otherwise the
// error is [wapay.ErrDuplicate] with an unknown outcome. A replayed payment has
// no page: a lookup does not show its address.
//
// # Fields of an order
//
// The page of the checkout has no use for OTP, CancelURL and ExpiresIn. It asks
// the customer for the number and the code. The client does not send the
// customer's names and e-mail address. They are fields for a card, which the
// provider requires together with a postal address.
//
// A transfer is pending until the merchant has confirmed it by mail. The Reason
// of a lookup says so; the answer to the order does not. Merchants with an
// allow-listed IP address need not confirm.
//
// # The token
//
// Transfers need a login, and its token is part of each URL. All goroutines
// that use a Client share one token. The client logs in when it first needs a
// token, and again after five minutes. The token appears in no error, result or
// log record.
//
// # Sources
//
// The facts about the API, with their sources, are in
// https://github.com/wapay-go/wapay/blob/main/docs/providers/cinetpay.md.
package cinetpay
