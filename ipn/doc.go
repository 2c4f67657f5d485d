// Package ipn receives the notifications ("instant payment notifications", webhooks) that payment providers
// send: it verifies that one comes from the provider, and turns it into an [Event] that is the same for all.
//
// # Mounting
//
// [NewHandler] makes a [net/http.Handler] of a provider's [Verifier] and a function of the merchant's:
//
//	h, err := ipn.NewHandler(ipn.BarkaPay(key), func(ctx context.Context, e *ipn.Event) error {
//		return orders.Settle(ctx, e.Reference, e.Status, e.Amount)
//	})
//	mux.Handle("/ipn/barkapay", h)
//
// Give each provider a URL of its own, on https, and give the [net/http.Server] a ReadTimeout: a handler
// bounds how much is sent to it, and only the server can bound how slowly. A merchant with a framework
// that reads the body by itself calls Verify with the bytes as they came, and the header.
//
// [NewIntramRequest] and [NewCinetPayCheckoutRequest] make signed notifications to test the whole with.
//
// # What is signed
//
// A verified notification is as good as its signature, and not every provider signs all of it. The fields that
// are not covered are hints: whoever holds one true notification can change them at will.
//
// BarkaPay ([BarkaPay]) signs the id, the amount, the customer's number and country, the status, the
// merchant's reference and the operator's transaction id. It does not sign the reason, the order data, nor
// whether it is a payment or a transfer. There is no time and no delivery id in it, so that a notification
// once captured verifies for ever: remember each [Event.DeliveryKey], and act on it once.
//
// Intram ([Intram]) signs the whole body and the time, and is refused when that is more than five minutes off: keep
// the server's clock right. It does not sign the other headers, among them the delivery id, which
// [Event.DeliveryKey] is made of, and the attempt. For five minutes a captured notification can be sent again under
// another id: what must not be done twice is to be done once for each pair of [Event.ID] and [Event.Name].
//
// CinetPay's checkout ([CinetPayCheckout], [CinetPayCheckoutSite]) signs sixteen values, without a time and without
// what separates them, and none of them says for sure whether the customer has paid.
//
// CinetPay's transfers ([CinetPayTransfer]) and MPP ([MPP]) sign nothing. Bantu sends no notifications.
//
//	provider            signed                 not signed                what to do
//	BarkaPay            seven values           Kind, Name, Reason;       act once on DeliveryKey
//	                                           when it was sent
//	Intram              the body, and when     DeliveryKey, Attempt      act once on DeliveryKey, and on
//	                    it was sent                                      ID with Name
//	CinetPay checkout   Amount, Reference,     whether it was paid;      ask FindPayment, act once on its
//	                    DeliveryKey            ProviderStatus; when      answer
//	CinetPay transfers  nothing                anything                  ask FindPayout, act once on its answer
//	MPP                 nothing                anything                  ask FindPayment or FindPayout, act once
//	                                                                     on its answer
//	Bantu               sends none
//
// A captured notification of Intram's holds for five minutes, any other for ever.
//
// # Hints
//
// An event that proves nothing about a payment or payout has StatusUnknown, whatever it says in ProviderStatus. It is a
// hint that something may have changed: ask the provider with the client's FindPayment or FindPayout, by the event's ID
// and Reference, and act on the answer. Answer 500 when the provider cannot be reached, by returning the error,
// and the notification may come again; do not rely on it, and ask for what is long open by yourself.
//
// Whatever the provider: find your own order by Event.Reference, and compare kind and amount with it before
// you deliver anything.
package ipn
