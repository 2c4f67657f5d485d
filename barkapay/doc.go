// Package barkapay is a client for BarkaPay, which collects and pays out mobile
// money. It serves Burkina Faso, Senegal, Côte d'Ivoire, Benin and Togo;
// integrators report Mali and Niger, too.
//
// [Client] is a [wapay.Payer] and a [wapay.Payouter]. Each of its other methods
// calls one endpoint of the provider. The provider has no test environment:
// each order moves real money.
//
// Amounts are whole CFA francs. The provider allows 60 requests a minute.
//
// # Doing it once
//
// BarkaPay has no idempotency key. The client sends each order with
// order_id_unicity=1, so the provider refuses a second one with the same
// reference. It never repeats a request that may have arrived. The one
// exception is a one-time code that comes after the order: see [Client.Pay].
// After a lost answer, look the order up by its reference: see
// [wapay.SettlePayment] and [wapay.SettlePayout].
//
// # Used references
//
// If a reference is used, Pay and Payout look the order up. They return its
// current state, with Replayed, if amount and number are those of the request.
// Otherwise, or if they find none, the error is [wapay.ErrDuplicate] with an
// unknown outcome. A failed payment keeps its reference: pay again under a new
// one. The provider shows the address of a page only once. If it was lost,
// Action is [wapay.ActionPageLost].
//
// Of several orders with one reference, a lookup returns the one that has not
// failed. If all have failed, it returns the newest. Two that have not failed
// are [wapay.ErrDuplicate], with both ids in the error. There is one exception:
// it returns a payment that succeeded if the others are pending and have the
// same amount and number. A charge that lacked its one-time code leaves such a
// pending payment.
//
// # One-time codes
//
// A one-time code may come in a second call of Pay with the same reference. Pay
// then looks the payment up first. It returns a payment that succeeded, and
// otherwise sends the code. After a refusal it looks again. The outcome is
// unknown if the code is refused while a payment is pending. It is also unknown
// if the first lookup fails. Pay does not send the code then, but an earlier
// call may have moved the money.
//
// # Sources
//
// The facts about the API, with their sources, are in
// [docs/providers/barkapay.md].
//
// [docs/providers/barkapay.md]:
// https://github.com/wapay-go/wapay/blob/main/docs/providers/barkapay.md
package barkapay
