package intram

import (
	"cmp"
	"context"
	"errors"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// fieldNames maps the fields of this package's requests to those of wapay's.
var fieldNames = call.Names{
	"SuccessURL": "ReturnURL", "WebhookData": "Metadata", "Note": "Description",
	"Destination.Phone": "Recipient.Phone", "Destination.Operator": "Operator",
	"Destination.FirstName": "Recipient.FirstName", "Destination.LastName": "Recipient.LastName",
}

// Pay asks a customer for money ([Client.CreatePaymentRequest]), and waits for
// CheckoutURL, the page that the customer must open. It waits 10 seconds, or as
// long as [Client.WithCheckoutWait] says. If there is no page in time,
// CheckoutURL is empty, and FindPayment returns it later. That is no error,
// because the provider has taken the order.
//
// The same call again within 24 hours does not ask the customer twice. It
// returns the payment's current state, with Replayed: see the package comment.
func (c *Client) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	ctx = call.Start(ctx, "Pay", fieldNames)
	q := paymentOf(r)
	o, err := c.CreatePaymentRequest(ctx, q)
	if err != nil {
		return nil, err
	}
	var t *Transaction
	now := c.awaitCheckout(ctx, o, q.order())
	if now.Replayed = o.Replayed; now.Replayed {
		t, err = c.transactionOf(ctx, now, r.Reference)
	}
	p := now.payment(r.Reference, t)
	if err != nil { // the order exists, in an unknown state
		p.Status, p.Action = wapay.StatusUnknown, wapay.ActionNone
	}
	if p.Amount == (wapay.Money{}) {
		p.Amount = r.Amount
	}
	return p, nil
}

// Payout sends money to a mobile wallet. [Client.CreatePayout] also pays to
// bank accounts. Recipient.Phone and Operator are required. Description becomes
// note. NotifyURL has no use.
//
// The same call again within 24 hours does not pay twice. It returns the
// payout's current state, with Replayed: see the package comment.
func (c *Client) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	ctx = call.Start(ctx, "Payout", fieldNames)
	o, err := c.CreatePayout(ctx, payoutOf(r))
	if err != nil {
		return nil, err
	}
	p := o.payout(r.Reference)
	if p.Amount == (wapay.Money{}) {
		p.Amount = r.Amount
	}
	return p, nil
}

// FindPayment looks a payment up by the id of its operation, by the reference
// of its transaction, or by the merchant's reference. With only the merchant's
// reference, it searches the newest payment requests: see the package comment.
// If there is a transaction, its status counts.
//
// A payment request that expired without a page has failed. With a page it has
// the status of its transaction. If the answer does not show whether there was
// a page, the status is StatusUnknown.
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	ctx = call.Start(ctx, "FindPayment", nil)
	o, t, err := c.find(ctx, TypePaymentRequest, ref)
	if err == nil && t == nil {
		t, err = c.transactionOf(ctx, o, ref.Reference)
	}
	if err != nil {
		return nil, err
	}
	var p *wapay.Payment
	if o != nil {
		p = o.payment(ref.Reference, t)
	} else {
		p = t.payment(ref.Reference)
	}
	p.ID = cmp.Or(ref.ID, p.ID) // the ID may be the transaction's
	return p, nil
}

// FindPayout looks a payout up like FindPayment. A failed payout has a Reason.
// A payout that is queued at a bank is pending. An expired one is
// StatusUnknown, because the documents do not say whether the money may have
// moved. Ask the provider before you pay again.
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	ctx = call.Start(ctx, "FindPayout", nil)
	o, t, err := c.find(ctx, TypePayout, ref)
	if err != nil {
		return nil, err
	}
	var p *wapay.Payout
	if o != nil {
		p = o.payout(ref.Reference)
	} else {
		p = t.payout(ref.Reference)
	}
	p.ID = cmp.Or(ref.ID, p.ID)
	return p, nil
}

// transactionOf looks up the transaction of a payment request. It returns nil
// if there is none yet.
func (c *Client) transactionOf(ctx context.Context, o *Operation, reference string) (*Transaction, error) {
	if o.transactionReference() == "" {
		return nil, nil
	}
	t, err := c.Transaction(ctx, o.transactionReference())
	if errors.Is(err, wapay.ErrNotFound) {
		return nil, nil
	}
	return t, referTo(err, reference)
}

// asPayment returns a payout's fields as those of a payment.
func asPayment(v *wapay.Payout) *wapay.Payment {
	return &wapay.Payment{
		Provider: v.Provider, ID: v.ID, Reference: v.Reference, Status: v.Status, ProviderStatus: v.ProviderStatus,
		Amount: v.Amount, Fee: v.Fee, Reason: v.Reason, OperatorID: v.OperatorID, Party: v.Party,
		CreatedAt: v.CreatedAt, Replayed: v.Replayed, Raw: v.Raw,
	}
}

// payout returns the transaction as a payout. A payment has the same fields.
func (t *Transaction) payout(reference string) *wapay.Payout {
	return &wapay.Payout{
		Provider: provider, ID: t.Reference, Reference: cmp.Or(reference, t.MerchantReference()), Status: t.Status,
		ProviderStatus: t.ProviderStatus, Amount: t.Amount, Fee: t.Fees, Reason: t.DeclinedReason,
		OperatorID: t.ServiceReference, CreatedAt: t.CreatedAt, Raw: t.Raw,
	}
}

// payment returns the transaction as a payment. It does not show the address of
// its page.
func (t *Transaction) payment(reference string) *wapay.Payment {
	p := asPayment(t.payout(reference))
	if p.Status == wapay.StatusPending {
		p.Action = wapay.ActionPageLost
	}
	return p
}

// payment returns a payment request as a payment, with the status of its
// transaction if there is one.
func (o *Operation) payment(reference string, t *Transaction) *wapay.Payment {
	p := asPayment(o.payoutWithoutResult(reference))
	p.Status, p.ProviderStatus = o.paymentStatus()
	if o.Checkout != nil {
		p.CheckoutURL, p.Amount = o.Checkout.URL(), cmp.Or(o.Checkout.Amount, p.Amount)
	}
	if t != nil {
		p.Status, p.ProviderStatus, p.Raw = t.Status, t.ProviderStatus, t.Raw
		p.Fee, p.OperatorID = t.Fees, t.ServiceReference
		p.Reason, p.Amount = cmp.Or(t.DeclinedReason, p.Reason), cmp.Or(t.Amount, p.Amount)
	}
	switch {
	case p.Status != wapay.StatusPending:
	case p.CheckoutURL != "":
		p.Action = wapay.ActionOpenPage
	case o.Status.Final():
		p.Action = wapay.ActionPageLost
	}
	return p
}

// paymentStatus returns the payment's status by its operation.
func (o *Operation) paymentStatus() (wapay.Status, string) {
	if o.hidesCheckout || o.Result != nil && o.Checkout == nil {
		return wapay.StatusUnknown, o.ProviderStatus
	}
	switch o.Status {
	case OperationQueued, OperationProcessing:
		return wapay.StatusPending, o.ProviderStatus
	case OperationFailed:
		if c := o.Checkout; c == nil || c.Status == wapay.StatusFailed || *c == (Checkout{}) {
			return wapay.StatusFailed, o.ProviderStatus
		} // otherwise somebody may have paid on a page
	case OperationExpired:
		if o.Result == nil {
			return wapay.StatusFailed, o.ProviderStatus
		}
	case OperationSucceeded: // the page exists
		if o.Checkout == nil || o.Checkout.ProviderStatus == "" {
			return wapay.StatusPending, o.ProviderStatus
		}
		return o.Checkout.Status, o.Checkout.ProviderStatus
	}
	return wapay.StatusUnknown, o.ProviderStatus
}

// payoutWithoutResult returns a payout from the operation without its result.
func (o *Operation) payoutWithoutResult(reference string) *wapay.Payout {
	sent := readOrder(o.Payload)
	n, c := sent.amount()
	p := &wapay.Payout{
		Provider: provider, ID: o.ID, Party: string(sent.destination()), Reference: cmp.Or(reference, o.Reference),
		Amount: c.money(n), CreatedAt: o.CreatedAt, Replayed: o.Replayed, Raw: o.Raw,
	}
	if o.Error != nil {
		p.Reason = o.Error.Error()
	}
	return p
}

func (o *Operation) payout(reference string) *wapay.Payout {
	p := o.payoutWithoutResult(reference)
	p.Status, p.ProviderStatus = o.payoutStatus()
	if r := o.Payout; r != nil {
		p.OperatorID, p.Amount = r.ServiceRef, cmp.Or(r.Amount, p.Amount)
		if p.Status == wapay.StatusFailed {
			p.Reason = cmp.Or(p.Reason, r.ResponseMessage)
		}
	}
	return p
}

// payoutStatus returns the result's status if the operation has succeeded.
// Without a result, a payout to a wallet has arrived, and one to a bank is
// pending.
func (o *Operation) payoutStatus() (wapay.Status, string) {
	if o.Status.Final() && o.Result != nil && o.Payout == nil {
		return wapay.StatusUnknown, o.ProviderStatus // the result is unreadable
	}
	switch o.Status {
	case OperationQueued, OperationProcessing:
		return wapay.StatusPending, o.ProviderStatus
	case OperationFailed:
		if o.Payout != nil && o.Payout.ProviderStatus != "" && o.Payout.Status != wapay.StatusFailed {
			return wapay.StatusUnknown, o.Payout.ProviderStatus // the two contradict each other
		}
		return wapay.StatusFailed, o.ProviderStatus
	case OperationSucceeded:
		switch {
		case o.Payout != nil && o.Payout.ProviderStatus != "":
			return o.Payout.Status, o.Payout.ProviderStatus
		case readOrder(o.Payload).Destination.V.Type == mobileMoney:
			return wapay.StatusSucceeded, o.ProviderStatus
		}
		return wapay.StatusPending, o.ProviderStatus // to a bank, or without a destination
	}
	return wapay.StatusUnknown, o.ProviderStatus
}

func (o *Operation) transactionReference() string {
	if o.Checkout == nil {
		return ""
	}
	return o.Checkout.TransactionReference
}
