package intram

import (
	"cmp"
	"context"
	"errors"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/facts"
)

// Pay asks a customer for money ([Client.CreatePaymentRequest]), and waits for CheckoutURL, the page that the customer
// has to open: 10 seconds unless [Client.WithCheckoutWait] says otherwise. Where it is not there in time, or the
// context ends while Pay waits for it, that is no error, because the order has been taken: CheckoutURL is empty, and
// FindPayment has it later.
//
// ID is that of the operation. The reference of the transaction, which a refund needs, is that operation's
// Checkout.TransactionReference. ReturnURL and CancelURL are where the page sends the customer, Operator and
// Customer.Phone a hint for it. Metadata travels in webhook_data, beside the reference. OTP and NotifyURL have no
// use: the customer proves who he is on the page, and notifications are subscribed to, with
// [Client.CreateWebhook].
//
// The same call again within 24 hours does not ask the customer twice: see the package's comment.
func (c *Client) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	const op = "Pay"
	q := PaymentRequest{
		Reference: r.Reference, Amount: r.Amount, Description: r.Description, Customer: r.Customer, Operator: r.Operator,
		SuccessURL: r.ReturnURL, CancelURL: r.CancelURL, WebhookData: r.Metadata,
	}
	o, err := c.createPaymentRequest(ctx, op, q)
	if err != nil {
		return nil, inTermsOf(err)
	}
	p := c.awaitCheckout(ctx, op, o, q.body()).payment(r.Reference)
	if p.Amount == (wapay.Money{}) {
		p.Amount = r.Amount
	}
	return p, nil
}

// Payout sends money to a mobile wallet ([Client.CreatePayout], which also pays to bank accounts). Recipient.Phone
// and Operator are required. Description becomes the note. NotifyURL has no use, as in [Client.Pay].
//
// The same call again within 24 hours does not pay twice: see the package's comment.
func (c *Client) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	o, err := c.createPayout(ctx, "Payout", PayoutRequest{
		Reference: r.Reference, Amount: r.Amount, Note: r.Description, Metadata: r.Metadata,
		Destination: MobileMoney{
			Phone: r.Recipient.Phone, Operator: r.Operator,
			FirstName: r.Recipient.FirstName, LastName: r.Recipient.LastName,
		},
	})
	if err != nil {
		return nil, inTermsOf(err)
	}
	p := o.payout(r.Reference)
	if p.Amount == (wapay.Money{}) {
		p.Amount = r.Amount
	}
	return p, nil
}

// fieldNames are those of wapay's requests for the fields of this package's.
var fieldNames = map[string]string{
	"SuccessURL": "ReturnURL", "WebhookData": "Metadata", "Note": "Description",
	"Destination.Phone": "Recipient.Phone", "Destination.Operator": "Operator",
	"Destination.FirstName": "Recipient.FirstName", "Destination.LastName": "Recipient.LastName",
}

// inTermsOf renames the bad fields of an error from this package's requests to wapay's.
func inTermsOf(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Outcome == wapay.OutcomeNotSent {
		for i, d := range e.Details {
			e.Details[i].Field = cmp.Or(fieldNames[d.Field], d.Field)
		}
	}
	return err
}

// FindPayment looks a payment up: by the id of its operation, by the reference of its transaction (then ID is that),
// or by the merchant's reference, for which it searches the newest payment requests; see the package's comment for
// how far, and for what is surer after an unknown outcome. Where there is a transaction, its status counts.
//
// A payment request that expired before there was a page to pay on has failed: there was nothing to pay. One that
// expired later has the status of its transaction. One that does not show whether there was a page is StatusUnknown.
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	const op = "FindPayment"
	o, t, err := c.find(ctx, op, payments, ref)
	if err != nil {
		return nil, withReferenceOf(err, ref.Reference)
	}
	if o == nil {
		return t.payment(ref.Reference), nil
	}
	p := o.payment(ref.Reference)
	p.ID = cmp.Or(ref.ID, p.ID) // an order is also found by its transaction
	if t == nil && o.transactionReference() != "" {
		t, err = c.transaction(ctx, op, o.transactionReference())
		if err != nil && !errors.Is(err, wapay.ErrNotFound) {
			return nil, withReferenceOf(err, ref.Reference)
		}
	}
	if t != nil {
		p.Status, p.ProviderStatus, p.Raw = t.Status, t.ProviderStatus, wapay.Raw(t.Raw)
		if t.Amount != (wapay.Money{}) {
			p.Amount = t.Amount
		}
	}
	return p, nil
}

// FindPayout looks a payout up, as FindPayment does a payment. One that failed is a payout too, with StatusFailed
// and a Reason. One to a bank that is queued there is pending. One whose operation expired is StatusUnknown: V does not
// say whether the money may have moved by then, so ask the provider before paying again.
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	o, t, err := c.find(ctx, "FindPayout", payouts, ref)
	if err != nil {
		return nil, withReferenceOf(err, ref.Reference)
	}
	if o == nil {
		return t.payout(ref.Reference), nil
	}
	p := o.payout(ref.Reference)
	p.ID = cmp.Or(ref.ID, p.ID)
	return p, nil
}

func (t *Transaction) payment(reference string) *wapay.Payment {
	return &wapay.Payment{
		Provider: provider, ID: t.Reference, Reference: reference, Status: t.Status, ProviderStatus: t.ProviderStatus,
		Amount: t.Amount, CreatedAt: t.CreatedAt, Raw: wapay.Raw(t.Raw),
	}
}

func (t *Transaction) payout(reference string) *wapay.Payout {
	return &wapay.Payout{
		Provider: provider, ID: t.Reference, Reference: reference, Status: t.Status, ProviderStatus: t.ProviderStatus,
		Amount: t.Amount, CreatedAt: t.CreatedAt, Raw: wapay.Raw(t.Raw),
	}
}

func (o *Operation) payment(reference string) *wapay.Payment {
	order := o.order()
	p := &wapay.Payment{
		Provider: provider, ID: o.ID, Reference: cmp.Or(reference, string(order.WebhookData.V[facts.IntramReference])),
		Amount: order.Invoice.V.Currency.money(order.Invoice.V.Amount), CheckoutURL: o.checkoutURL(),
		CreatedAt: o.CreatedAt, Raw: wapay.Raw(o.Raw),
	}
	p.Status, p.ProviderStatus = o.paymentStatus()
	if o.Checkout != nil && o.Checkout.Amount != (wapay.Money{}) {
		p.Amount = o.Checkout.Amount
	}
	if o.Error != nil {
		p.Reason = o.Error.Error()
	}
	return p
}

// paymentStatus is what the operation alone tells of the payment.
func (o *Operation) paymentStatus() (wapay.Status, string) {
	if o.hidesCheckout {
		return wapay.StatusUnknown, string(o.Status)
	}
	switch o.Status {
	case OperationQueued, OperationProcessing:
		return wapay.StatusPending, string(o.Status)
	case OperationFailed:
		if c := o.Checkout; o.Result == nil || c != nil && (c.Status == wapay.StatusFailed || *c == Checkout{}) {
			return wapay.StatusFailed, string(o.Status)
		} // else there may have been a page, on which somebody paid
	case OperationExpired:
		if o.Result == nil {
			return wapay.StatusFailed, string(o.Status)
		}
	case OperationSucceeded: // the page exists
		if o.Checkout == nil || o.Checkout.ProviderStatus == "" {
			return wapay.StatusPending, string(o.Status)
		}
		return o.Checkout.Status, o.Checkout.ProviderStatus
	}
	return wapay.StatusUnknown, string(o.Status)
}

func (o *Operation) payout(reference string) *wapay.Payout {
	order := o.order()
	p := &wapay.Payout{
		Provider: provider, ID: o.ID, Reference: cmp.Or(reference, string(order.Reference)),
		Amount: order.Currency.money(order.Amount), CreatedAt: o.CreatedAt, Raw: wapay.Raw(o.Raw),
	}
	p.Status, p.ProviderStatus = o.payoutStatus()
	if r := o.Payout; r != nil {
		p.Reference, p.OperatorID = cmp.Or(p.Reference, r.Reference), r.ServiceRef
		if r.Amount != (wapay.Money{}) {
			p.Amount = r.Amount
		}
		if p.Status == wapay.StatusFailed {
			p.Reason = r.ResponseMessage
		}
	}
	if o.Error != nil {
		p.Reason = o.Error.Error()
	}
	return p
}

// payoutStatus is the result's where the operation has succeeded. Without one, only a payout to a wallet has arrived:
// one to a bank is queued there.
func (o *Operation) payoutStatus() (wapay.Status, string) {
	if o.Status.Final() && o.Result != nil && o.Payout == nil {
		return wapay.StatusUnknown, string(o.Status) // there is a result, and it cannot be read
	}
	switch o.Status {
	case OperationQueued, OperationProcessing:
		return wapay.StatusPending, string(o.Status)
	case OperationFailed:
		if o.Payout != nil && o.Payout.ProviderStatus != "" && o.Payout.Status != wapay.StatusFailed {
			return wapay.StatusUnknown, o.Payout.ProviderStatus // the one contradicts the other
		}
		return wapay.StatusFailed, string(o.Status)
	case OperationSucceeded:
		switch {
		case o.Payout != nil && o.Payout.ProviderStatus != "":
			return o.Payout.Status, o.Payout.ProviderStatus
		case o.order().Destination.V.Type == mobileMoney:
			return wapay.StatusSucceeded, string(o.Status)
		}
		return wapay.StatusPending, string(o.Status) // to a bank, or to where is not known
	}
	return wapay.StatusUnknown, string(o.Status)
}

func (o *Operation) checkoutURL() string {
	if o.Checkout == nil {
		return ""
	}
	return o.Checkout.URL()
}

func (o *Operation) transactionReference() string {
	if o.Checkout == nil {
		return ""
	}
	return o.Checkout.TransactionReference
}
