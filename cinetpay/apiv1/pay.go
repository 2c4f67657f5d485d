package apiv1

import (
	"cmp"
	"context"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/lookup"
)

// payNames and payoutNames map the provider's fields to those of wapay's
// requests.
var (
	payNames = call.Names{
		"MerchantTransactionID": "Reference", "Designation": "Description", "ClientEmail": "Customer.Email",
		"ClientFirstName": "Customer.FirstName", "ClientLastName": "Customer.LastName", "ClientPhone": "Customer.Phone",
		"SuccessURL": "ReturnURL", "FailedURL": "CancelURL", "PaymentMethod": "Operator",
	}
	payoutNames = call.Names{
		"MerchantTransactionID": "Reference", "PhoneNumber": "Recipient.Phone", "PaymentMethod": "Operator",
		"Reason": "Description",
	}
)

// Pay asks a customer for money ([Client.CreatePayment]). With an Operator
// ("OM_CI") the payment is direct: the customer confirms on the phone, or has
// given an OTP. Without one there is a page. The provider may require a page
// for a direct payment, too: see Action. The package comment lists the required
// fields.
//
// If the reference is used, Pay looks the payment up. The documented answer
// shows no amount. So the error is [wapay.ErrDuplicate] with an unknown
// outcome: look the payment up with FindPayment. Only a payment that shows the
// same amount is returned, with Replayed.
func (c *Client) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	ctx = call.Start(ctx, "Pay", payNames)
	direct := r.Operator != ""
	p, err := c.CreatePayment(ctx, paymentOf(r))
	if err == nil {
		return p.payment(r.Amount, direct), nil
	}
	found, err := lookup.AfterDuplicate(ctx, err, func(ctx context.Context) (*CheckoutPayment, error) {
		return c.CheckPayment(ctx, wapay.Ref{Reference: r.Reference})
	}, func(p *CheckoutPayment) string { return lookup.OtherAmount(p.Amount, r.Amount) })
	if err != nil {
		return nil, err
	}
	replayed := found.payment(r.Reference)
	replayed.Replayed = true
	if replayed.Status == wapay.StatusPending && direct {
		replayed.Action = wapay.ActionConfirm
	} else if replayed.Status == wapay.StatusPending {
		replayed.Action = wapay.ActionPageLost
	}
	return replayed, nil
}

// payment returns a new payment. A direct payment has a page only if the
// provider says so.
func (p *NewPayment) payment(amount wapay.Money, direct bool) *wapay.Payment {
	out := &wapay.Payment{
		Provider: provider, ID: p.ID, Reference: p.MerchantTransactionID, Status: p.Status,
		ProviderStatus: p.ProviderStatus, Amount: amount, Reason: p.Reason, Raw: p.Raw,
	}
	switch {
	case p.Status.Final() || p.ProviderStatus == "SUCCESS":
	case direct && !p.MustBeRedirected:
		out.Action = wapay.ActionConfirm
	case p.URL == "":
		out.Action = wapay.ActionPageLost
	default:
		out.Action, out.CheckoutURL = wapay.ActionOpenPage, p.URL
	}
	return out
}

// FindPayment looks a payment up by the provider's id or by the merchant's
// reference ([Client.CheckPayment]).
//
// The documented answer has no amount, so Amount is the zero value. Compare ID
// and Reference with your order, and take the amount from it. Action is none,
// because the answer does not show whether the payment has a page.
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	found, err := c.CheckPayment(call.Start(ctx, "FindPayment", nil), ref)
	return lookup.Found(found, err, ref.Reference, (*CheckoutPayment).payment)
}

func (p *CheckoutPayment) payment(reference string) *wapay.Payment {
	return &wapay.Payment{
		Provider: provider, ID: p.ID, Reference: cmp.Or(reference, p.MerchantTransactionID), Status: p.Status,
		ProviderStatus: p.ProviderStatus, Amount: p.Amount, Reason: p.Reason, Raw: p.Raw,
	}
}

// Payout sends money to a mobile wallet ([Client.CreateTransfer]). All fields
// but Metadata are required; of Recipient, only Phone is.
//
// If the reference is used, Payout looks the transfer up. It returns its
// current state, with Replayed, if amount and number are those of the request.
// Otherwise the error is [wapay.ErrDuplicate] with an unknown outcome.
func (c *Client) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	ctx = call.Start(ctx, "Payout", payoutNames)
	t, err := c.CreateTransfer(ctx, transferOf(r))
	replayed := err != nil
	if replayed {
		t, err = lookup.AfterDuplicate(ctx, err, func(ctx context.Context) (*Transfer, error) {
			return c.CheckTransfer(ctx, wapay.Ref{Reference: r.Reference})
		}, func(t *Transfer) string { return t.differs(r) })
	}
	if err != nil {
		return nil, err
	}
	p := t.payout(r.Reference)
	p.Replayed = replayed
	return p, nil
}

// differs says how a transfer differs from the request, or returns "".
func (t *Transfer) differs(r wapay.PayoutRequest) string {
	if what := lookup.OtherAmount(t.Amount, r.Amount); what != "" {
		return what
	}
	to, err := wapay.ParsePhone(t.PhoneNumber, r.Recipient.Phone.Country())
	switch {
	case t.PhoneNumber == "" || strings.Trim(t.PhoneNumber, "+0123456789") != "":
		return "does not show its receiver"
	case err != nil || to.BeninTenDigits() != r.Recipient.Phone.BeninTenDigits():
		return "goes to another number"
	}
	return ""
}

// FindPayout looks a transfer up by the provider's id or by the merchant's
// reference ([Client.CheckTransfer]).
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	t, err := c.CheckTransfer(call.Start(ctx, "FindPayout", nil), ref)
	return lookup.Found(t, err, ref.Reference, (*Transfer).payout)
}

func (t *Transfer) payout(reference string) *wapay.Payout {
	return &wapay.Payout{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.MerchantTransactionID), Status: t.Status,
		ProviderStatus: t.ProviderStatus, Amount: t.Amount, Fee: t.Fee, Reason: t.Reason,
		Party: t.PhoneNumber, Raw: t.Raw,
	}
}
