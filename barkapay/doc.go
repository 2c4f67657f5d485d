// Package barkapay is a client for BarkaPay, which takes mobile money in
// Burkina Faso, Senegal, Côte d'Ivoire, Benin, Togo and, integrators report,
// Mali and Niger, and pays it out.
//
// [Client] is a [wapay.Payer] and a [wapay.Payouter]; its other methods are the
// provider's endpoints, one each. The provider has one environment: whatever is
// sent moves real money.
//
// Amounts are whole CFA francs. The provider allows 60 requests a minute.
//
// # Doing it once
//
// BarkaPay has no idempotency key. Every order is sent with order_id_unicity=1,
// so that the provider refuses a second one with the same reference, and no
// request is sent again that may have arrived. The one exception is a one-time
// code that comes after the order: see [Client.Pay]. What became of an order is
// found out by its reference: see [wapay.SettlePayment] and
// [wapay.SettlePayout].
//
// # Sources
//
// What is known of the API, and from where, stands in
// [docs/providers/barkapay.md].
//
// [docs/providers/barkapay.md]:
// https://github.com/wapay-go/wapay/blob/main/docs/providers/barkapay.md
package barkapay
