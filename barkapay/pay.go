package barkapay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
)

// Pay asks a customer for money. With an Operator it charges the customer's phone ([Client.Charge]): Customer.Phone
// is required, and OTP where the operator wants one; ReturnURL and CancelURL have no use there. Without an
// Operator it makes a payment link ([Client.CreatePaymentLink]) with the SCI pair, and the customer has to
// open CheckoutURL; the link is good for five minutes.
//
// Metadata becomes order_data, as a JSON object. A reference must not hold a ":", because a notification
// could then not be told from another.
//
// Where the provider has the reference already, perhaps from a call whose process has died, Pay looks the payment up
// once. If it finds one of that amount and, for a charge, of that number, that is the payment, and CheckoutURL is empty.
// If it finds another, the error is [wapay.ErrDuplicate] and the payment is rejected; if it finds none or cannot tell,
// [wapay.ErrDuplicate] and [wapay.ErrOutcomeUnknown]: use [wapay.SettlePayment].
func (c *Client) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	p, err := c.pay(ctx, r)
	if !errors.Is(err, wapay.ErrDuplicate) {
		return p, err
	}
	o := order{id: r.Reference, amount: r.Amount}
	if r.Operator != "" { // who pays under a link is open
		o.phone, o.atOnce = r.Customer.Phone, r.OTP != ""
	}
	t, err := c.settle(ctx, err, o, c.findPayment)
	if err != nil {
		return nil, err
	}
	return t.payment(r.Reference), nil
}

func (c *Client) pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	const op = "Pay"
	data := orderData(r.Metadata)
	if r.Operator != "" || c.keys.sci == nil { // without an operator all that is wrong is said, that among it
		t, err := c.charge(ctx, op, ChargeRequest{
			OrderID: r.Reference, Amount: r.Amount, Sender: r.Customer.Phone, Operator: r.Operator,
			OTP: r.OTP, CallbackURL: r.NotifyURL, OrderData: data,
		})
		if err != nil {
			return nil, inTermsOf(err, "Customer.Phone")
		}
		return t.payment(r.Reference), nil
	}
	l, err := c.createLink(ctx, op, LinkRequest{
		OrderID: r.Reference, Amount: r.Amount, Description: r.Description, PayerEmail: r.Customer.Email,
		PayURL: r.ReturnURL, NoPayURL: r.CancelURL, CallbackURL: r.NotifyURL, OrderData: data,
	})
	if err != nil {
		return nil, inTermsOf(err, "Customer.Phone")
	}
	return &wapay.Payment{
		Provider: provider, ID: l.ID, Reference: r.Reference, Status: l.Status, ProviderStatus: l.ProviderStatus,
		Amount: l.Amount, CheckoutURL: l.URL, Raw: wapay.Raw(l.Raw),
	}, nil
}

// FindPayment looks a payment up by its id, or by the merchant's reference through the filter: with the API
// pair, and what that does not find, or has failed, with the SCI pair. Two payments of one app that carry the
// reference are [wapay.ErrDuplicate], with both ids in the error. [wapay.ErrNotFound] takes an empty list or the
// provider's own words; any other answer without the payment is [wapay.ErrDecode], which says nothing about it.
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	t, err := c.findPayment(ctx, ref)
	if err != nil {
		return nil, err
	}
	return t.payment(ref.Reference), nil
}

func (c *Client) findPayment(ctx context.Context, ref wapay.Ref) (*Transaction, error) {
	const op = "FindPayment"
	t, err := c.lookUp(ctx, op, "payment", anyApp, ref)
	failed := err == nil && t.Status == wapay.StatusFailed && ref.ID == ""
	// A 404 in words that are not known may be this app's way to say that the payment is none of its own.
	var e *wapay.Error
	strange := ref.ID != "" && errors.As(err, &e) && e.HTTPStatus == http.StatusNotFound && !errors.Is(err, wapay.ErrNotFound)
	if c.keys.api == nil || c.keys.sci == nil || !failed && !strange && !errors.Is(err, wapay.ErrNotFound) {
		return t, err
	}
	link, err := c.lookUp(ctx, op, "payment", sciApp, ref)
	switch {
	case strange && err != nil:
		return nil, e
	case !failed:
		return link, err
	case errors.Is(err, wapay.ErrNotFound):
		return t, nil
	case err == nil && link.ID == t.ID:
		return oneOf([]Transaction{*t, *link}, op, "payment", ref.Reference)
	case err == nil && link.Status == wapay.StatusFailed:
		return t, nil
	}
	return link, err // a charge that failed says nothing of a link that was made under the same reference
}

// Payout sends money from the merchant's API account ([Client.CreateTransfer]). Recipient.Phone and Operator are
// required. Description becomes the note, Metadata order_data, as a JSON object. A reference that the provider has
// already is looked up as it is by Pay.
func (c *Client) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	t, err := c.createTransfer(ctx, "Payout", TransferRequest{
		OrderID: r.Reference, Amount: r.Amount, Receiver: r.Recipient.Phone, Operator: r.Operator,
		CallbackURL: r.NotifyURL, OrderData: orderData(r.Metadata), Note: r.Description,
	})
	if errors.Is(err, wapay.ErrDuplicate) {
		t, err = c.settle(ctx, err, order{id: r.Reference, amount: r.Amount, phone: r.Recipient.Phone}, c.findPayout)
	}
	if err != nil {
		return nil, inTermsOf(err, "Recipient.Phone")
	}
	return t.payout(r.Reference), nil
}

// FindPayout looks a transfer up by its id, or by the merchant's reference through the filter, as FindPayment
// does.
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	t, err := c.findPayout(ctx, ref)
	if err != nil {
		return nil, err
	}
	return t.payout(ref.Reference), nil
}

func (c *Client) findPayout(ctx context.Context, ref wapay.Ref) (*Transaction, error) {
	return c.lookUp(ctx, "FindPayout", "transfer", apiApp, ref)
}

// lookUp finds one payment or transfer by either part of ref.
func (c *Client) lookUp(ctx context.Context, op, what string, a app, ref wapay.Ref) (*Transaction, error) {
	if ref.ID != "" {
		t, err := c.findOne(ctx, a, op, what, ref.ID)
		switch {
		case err != nil || ref.Reference == "" || t.OrderID == ref.Reference:
			return t, err
		case t.mayCarry(ref.Reference):
			return nil, unsaid(op, ref.Reference, "the answer does not show the order id")
		}
		return nil, notFound(op, ref.Reference, "the "+what+" with this id has another order id")
	}
	var bad check.Fields
	bad.Reference("Reference", ref.Reference, maxOrderID, "")
	if err := bad.Err(provider, op, ref.Reference); err != nil {
		return nil, err
	}
	list := c.transfers
	if what == "payment" {
		list = func(ctx context.Context, op string, f Filter) ([]Transaction, error) {
			return c.payments(ctx, a, op, f)
		}
	}
	found, err := list(ctx, op, Filter{OrderID: ref.Reference})
	if err != nil {
		return nil, err
	}
	return oneOf(found, op, what, ref.Reference)
}

func (t *Transaction) payment(reference string) *wapay.Payment {
	return &wapay.Payment{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.OrderID),
		Status: t.Status, ProviderStatus: t.ProviderStatus, Amount: t.Amount,
		Reason: t.Reason, OperatorID: t.TxID, CheckoutURL: t.LaunchURL, CreatedAt: t.CreatedAt, Raw: wapay.Raw(t.Raw),
	}
}

func (t *Transaction) payout(reference string) *wapay.Payout {
	return &wapay.Payout{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.OrderID),
		Status: t.Status, ProviderStatus: t.ProviderStatus, Amount: t.Amount,
		Reason: t.Reason, OperatorID: t.TxID, CreatedAt: t.CreatedAt, Raw: wapay.Raw(t.Raw),
	}
}

// orderData is metadata as order_data wants it.
func orderData(metadata map[string]string) string {
	if len(metadata) == 0 {
		return ""
	}
	data, _ := json.Marshal(metadata) // a map of strings always has a JSON form
	return string(data)
}

// inTermsOf renames the bad fields of an error from BarkaPay's requests to wapay's.
func inTermsOf(err error, phone string) error {
	names := map[string]string{
		"OrderID": "Reference", "Sender": phone, "Receiver": phone, "CallbackURL": "NotifyURL",
		"OrderData": "Metadata", "Note": "Description", "PayURL": "ReturnURL", "NoPayURL": "CancelURL",
		"PayerEmail": "Customer.Email",
	}
	var e *wapay.Error
	if errors.As(err, &e) && e.Outcome == wapay.OutcomeNotSent {
		for i, d := range e.Details {
			e.Details[i].Field = cmp.Or(names[d.Field], d.Field)
			if e.Op == "Pay" && d.Field == "Operator" {
				e.Details[i].Message += " (a payment without one is a payment link, and needs an SCI pair)"
			}
		}
	}
	return err
}
