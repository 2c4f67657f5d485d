package cinetpay

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
)

func checkoutOf(r wapay.PaymentRequest) CheckoutRequest {
	q := CheckoutRequest{
		TransactionID: r.Reference, Amount: r.Amount, Description: r.Description,
		NotifyURL: r.NotifyURL, ReturnURL: r.ReturnURL, Channels: cmp.Or(r.Operator, ChannelAll),
		CustomerPhone: r.Customer.Phone,
	}
	if len(r.Metadata) > 0 {
		data, _ := json.Marshal(r.Metadata) // a map of strings always has a JSON form
		q.Metadata = string(data)
	}
	return q
}

// transferOf splits a payout into two requests. It also returns what is wrong
// with them.
func (p *product) transferOf(r wapay.PayoutRequest) (TransferRequest, Contact, check.Fields) {
	q := TransferRequest{
		ClientTransactionID: r.Reference, Receiver: r.Recipient.Phone, Amount: r.Amount,
		NotifyURL: r.NotifyURL, PaymentMethod: r.Operator,
	}
	k := Contact{
		Phone: r.Recipient.Phone, Name: r.Recipient.LastName, Surname: r.Recipient.FirstName, Email: r.Recipient.Email,
	}
	bad := p.missing()
	q.check(&bad, "Requests[0].")
	k.checkNames(&bad, "Contacts[0].")
	return q, k, bad
}

// ServesPayment reports why the provider does not take a payment: see
// [wapay.Scoper].
func (c *Client) ServesPayment(r wapay.PaymentRequest) error {
	ctx, p := call.Start(context.Background(), "ServesPayment", paymentNames), &c.in().checkout
	bad, q := p.missing(), checkoutOf(r)
	q.check(&bad)
	return p.calls.Check(ctx, call.Write, r.Reference, bad)
}

// ServesPayout reports why the provider does not make a payout: see
// [wapay.Scoper].
func (c *Client) ServesPayout(r wapay.PayoutRequest) error {
	ctx, p := call.Start(context.Background(), "ServesPayout", payoutNames), &c.in().transfers
	_, _, bad := p.transferOf(r)
	return p.calls.Check(ctx, call.Write, r.Reference, bad)
}

// SpellOperator returns the provider's name of a network in a payout, or "" if
// it is not known. Without a name the provider goes by the number. A payment
// names no operator: the customer chooses it on the page.
func (c *Client) SpellOperator(n wapay.Network) (payment, payout string) {
	return "", map[string]string{"Orange": "OM", "Moov": "FLOOZ"}[n.Name]
}
