package apiv1

import (
	"cmp"
	"context"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/lookup"
)

// payNames and payoutNames give the fields of wapay's requests for those of the
// requests that they become.
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
// given an OTP. Customer.Phone is required then. Without an Operator there is a
// page. The provider may want a page for a direct payment too: Action says
// which.
//
// Reference, Amount, Description, NotifyURL, ReturnURL, and the customer's
// names and e-mail address are always required. CancelURL is ReturnURL if left
// out. ExpiresIn and Metadata have no use. The notify_token is in the result of
// CreatePayment only.
//
// Where the provider has the reference already, Pay looks the payment up. The
// documented answer shows no amount, so it cannot be compared, and the error is
// [wapay.ErrDuplicate] with an unknown outcome: ask with FindPayment. Only a
// payment that shows the same amount is returned, with Replayed.
func (c *Client) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	ctx = call.Start(ctx, "Pay", payNames)
	direct := r.Operator != ""
	p, err := c.CreatePayment(ctx, paymentOf(r))
	if err == nil {
		return p.payment(r.Amount, direct), nil
	}
	found, err := lookup.AfterDuplicate(ctx, err, func(ctx context.Context) (*CheckedPayment, error) {
		return c.CheckPayment(ctx, wapay.Ref{Reference: r.Reference})
	}, func(p *CheckedPayment) string { return lookup.OtherAmount(p.Amount, r.Amount) })
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

// payment returns a new payment. The page of a direct one counts only where the
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

// FindPayment looks a payment up, by the provider's id or by the merchant's
// reference ([Client.CheckPayment]).
//
// The Amount of the documented answer is the zero value. Such an answer
// confirms which order it is, and not of how much: compare ID and Reference
// with what you keep, and take the amount from there. Action is none: the
// answer does not tell whether the payment has a page.
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	found, err := c.CheckPayment(call.Start(ctx, "FindPayment", nil), ref)
	return lookup.Found(found, err, ref.Reference, (*CheckedPayment).payment)
}

func (p *CheckedPayment) payment(reference string) *wapay.Payment {
	return &wapay.Payment{
		Provider: provider, ID: p.ID, Reference: cmp.Or(reference, p.MerchantTransactionID), Status: p.Status,
		ProviderStatus: p.ProviderStatus, Amount: p.Amount, Reason: p.Reason, Raw: p.Raw,
	}
}

// Payout sends money to a mobile wallet ([Client.CreateTransfer]). Every field
// but Metadata is required, of the Recipient only Phone.
//
// Where the provider has the reference already, Payout looks the transfer up.
// If it is one of that amount to that number, it is returned as it is now, with
// Replayed. Else the error is [wapay.ErrDuplicate] with an unknown outcome. The
// transfer is never sent a second time, and never under another reference.
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

// differs returns what is different about a transfer, or "" if it is r's.
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

// FindPayout looks a transfer up, by the provider's id or by the merchant's
// reference ([Client.CheckTransfer]).
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	t, err := c.CheckTransfer(call.Start(ctx, "FindPayout", nil), ref)
	return lookup.Found(t, err, ref.Reference, (*Transfer).payout)
}

func (t *Transfer) payout(reference string) *wapay.Payout {
	return &wapay.Payout{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.MerchantTransactionID), Status: t.Status,
		ProviderStatus: t.ProviderStatus, Amount: t.Amount, Fee: t.Fee, Reason: t.Reason, Party: t.PhoneNumber, Raw: t.Raw,
	}
}
