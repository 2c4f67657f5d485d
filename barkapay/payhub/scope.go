package payhub

import (
	"context"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

func paymentOf(r wapay.PaymentRequest) PaymentRequest {
	return PaymentRequest{
		OrderID: r.Reference, Amount: r.Amount, Phone: r.Customer.Phone, Operator: r.Operator, OTP: wapay.Secret(r.OTP),
	}
}

func transferOf(r wapay.PayoutRequest) TransferRequest {
	return TransferRequest{OrderID: r.Reference, Amount: r.Amount, Phone: r.Recipient.Phone, Operator: r.Operator}
}

// ServesPayment reports why the provider does not take a payment: see
// [wapay.Scoper].
func (c *Client) ServesPayment(r wapay.PaymentRequest) error {
	ctx := call.Start(context.Background(), "ServesPayment", payNames)
	return c.in().calls.Check(ctx, call.Write, r.Reference, paymentOf(r).check(c.in().country))
}

// ServesPayout reports why the provider does not make a payout: see
// [wapay.Scoper].
func (c *Client) ServesPayout(r wapay.PayoutRequest) error {
	ctx := call.Start(context.Background(), "ServesPayout", payoutNames)
	return c.in().calls.Check(ctx, call.Write, r.Reference, transferOf(r).order().check(c.in().country))
}

// SpellOperator returns the name of a network in the provider's SDKs and
// documents. It is the same for payments and payouts.
func (c *Client) SpellOperator(n wapay.Network) (payment, payout string) {
	word := map[string]string{"Orange": "ORANGE", "Moov": "MOOV", "MTN": "MTN"}[n.Name]
	return word, word
}
