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
// [NewIntramRequest] makes signed notifications to test the whole with.
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
//	                 BarkaPay                     Intram
//	signed           seven values                 the body, and when it was sent
//	not signed       Kind, Name, Reason           DeliveryKey, Attempt
//	a capture holds  for ever                     five minutes
//	act once on      DeliveryKey                  DeliveryKey, and ID with Name
//
// Whatever the provider: find your own order by Event.Reference, and compare kind and amount with it before
// you deliver anything.
package ipn
