package barkapay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/lookup"
)

// payNames and payoutNames give the fields of wapay's requests for BarkaPay's.
var (
	payNames = call.Names{
		"OrderID": "Reference", "Sender": "Customer.Phone", "CallbackURL": "NotifyURL", "OrderData": "Metadata",
		"PayURL": "ReturnURL", "NoPayURL": "CancelURL", "PayerEmail": "Customer.Email", "Period": "ExpiresIn",
	}
	payoutNames = call.Names{
		"OrderID": "Reference", "Receiver": "Recipient.Phone", "CallbackURL": "NotifyURL", "OrderData": "Metadata",
		"Note": "Description",
	}
)

// Pay asks a customer for money. With an Operator it charges the customer's
// phone ([Client.Charge]): Customer.Phone is required, and OTP where the
// operator wants one. Without an Operator it makes a payment link
// ([Client.CreatePaymentLink]) with the SCI pair, and the customer has to open
// CheckoutURL. The link is good for ExpiresIn, or for five minutes.
//
// Metadata becomes order_data, as a JSON object. A reference must not have a
// ":" in it.
//
// Where the provider has the reference already, Pay returns that payment as it
// is now, with Replayed, if it has the amount and the number of the request.
// Otherwise, and where none can be seen, the error is [wapay.ErrDuplicate] with
// an unknown outcome. A payment that failed stays the answer for its reference:
// a new attempt needs a new one. The address of a page is told once only; where
// it was lost, Action is [wapay.ActionPageLost].
//
// A one-time code may come in a second call under the same reference. Pay then
// looks first. It returns a payment that succeeded, and otherwise sends the
// code for the one that waits, or after ones that failed. After a refusal it
// looks again. A code that is refused while a payment waits leaves the outcome
// unknown. So does a look-up that fails: the code is not sent then, but a call
// before this one may have been carried out.
func (c *Client) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	ctx = call.Start(ctx, "Pay", payNames)
	if r.Operator == "" && c.in().sci != nil {
		return c.payByLink(ctx, r)
	}
	t, replayed, err := c.chargeOnce(ctx, chargeOf(r))
	if err != nil {
		return nil, err
	}
	p := t.payment(r.Reference)
	if p.Replayed = replayed; !replayed && p.Action == wapay.ActionPageLost {
		p.Action = wapay.ActionConfirm // an answer to a charge without its number
	}
	return p, nil
}

func chargeOf(r wapay.PaymentRequest) ChargeRequest {
	return ChargeRequest{
		OrderID: r.Reference, Amount: r.Amount, Sender: r.Customer.Phone, Operator: r.Operator,
		OTP: wapay.Secret(r.OTP), CallbackURL: r.NotifyURL, OrderData: orderData(r.Metadata),
	}
}

func linkOf(r wapay.PaymentRequest) LinkRequest {
	return LinkRequest{
		OrderID: r.Reference, Amount: r.Amount, Period: r.ExpiresIn, Description: r.Description,
		PayerEmail: r.Customer.Email, PayURL: r.ReturnURL, NoPayURL: r.CancelURL,
		CallbackURL: r.NotifyURL, OrderData: orderData(r.Metadata),
	}
}

func transferOf(r wapay.PayoutRequest) TransferRequest {
	return TransferRequest{
		OrderID: r.Reference, Amount: r.Amount, Receiver: r.Recipient.Phone, Operator: r.Operator,
		CallbackURL: r.NotifyURL, OrderData: orderData(r.Metadata), Note: r.Description,
	}
}

// chargeOnce charges, unless the provider has the order already.
func (c *Client) chargeOnce(ctx context.Context, q ChargeRequest) (t *Transaction, replayed bool, err error) {
	call.HideCode(ctx, q.OTP)
	earlier := call.NoneBefore
	if q.OTP != "" {
		if t, earlier, err = c.lookBeforeCode(ctx, &q); t != nil || err != nil {
			return t, true, err
		}
	}
	if t, err = c.charge(ctx, q, earlier); err == nil {
		return t, false, nil
	}
	if aboutCode(err, q) {
		t, err = c.lookAfterCode(ctx, q, err)
	} else {
		t, err = c.afterDuplicate(ctx, err, q.order())
	}
	return t, true, err
}

// aboutCode reports whether a refusal may be about the one-time code, or about
// its absence. A provider that looks at the code first refuses one that another
// call has used up, or the call of a process that has forgotten it, although
// the order was carried out.
func aboutCode(err error, q ChargeRequest) bool {
	var e *wapay.Error
	return errors.As(err, &e) && e.Kind == wapay.ErrInvalid && e.Attempts > 0 &&
		(q.OTP != "" || mentions(e, "otp", "code"))
}

// lookAfterCode returns the payment under the reference, or the refusal if
// there is none but failed ones. A refusal that leaves the outcome unknown
// stands, unless the payment has succeeded in the meantime.
func (c *Client) lookAfterCode(ctx context.Context, q ChargeRequest, refused error) (*Transaction, error) {
	t, err := c.findPayment(ctx, wapay.Ref{Reference: q.OrderID})
	switch {
	case err == nil && t.Status == wapay.StatusSucceeded && q.order().differs(t) == "":
		return t, nil
	case !wapay.NotDone(refused), errors.Is(err, wapay.ErrNotFound), err == nil && t.Status == wapay.StatusFailed:
		return nil, refused
	case err == nil && q.order().differs(t) == "":
		return t, nil
	case err == nil:
		err = errors.New("the order under this reference " + q.order().differs(t))
	}
	r := &call.Request{Reference: q.OrderID}
	return nil, c.mayExist(ctx, r, wapay.ErrInvalid, err.Error()+"; before that: "+refused.Error())
}

// afterDuplicate looks for the payment that was refused as a duplicate.
func (c *Client) afterDuplicate(ctx context.Context, refused error, o order) (*Transaction, error) {
	return lookup.AfterDuplicate(ctx, refused, func(ctx context.Context) (*Transaction, error) {
		return c.findPayment(ctx, wapay.Ref{Reference: o.id})
	}, o.differs)
}

var errLook = errors.New("the provider has to be asked before a one-time code is sent")

// lookBeforeCode looks for payments under the reference of a charge with a
// one-time code. It returns the payment that makes the charge superfluous.
//
// Without any payment, the provider is to refuse a second one, as always. One
// that waits may be from before the code was there, and the provider documents
// that the code is sent in a second request for the same order. It may also
// have had a code in a call whose answer was lost. The request after it
// therefore has an attempt before it that may be carried out, and no refusal of
// it rejects the order. The operator takes a code once.
func (c *Client) lookBeforeCode(ctx context.Context, q *ChargeRequest) (*Transaction, call.Earlier, error) {
	r := &call.Request{Reference: q.OrderID}
	if err := c.ready(ctx, r, apiApp, q.check()); err != nil {
		return nil, 0, err
	}
	t, err := c.findPayment(ctx, wapay.Ref{Reference: q.OrderID})
	switch {
	case errors.Is(err, wapay.ErrNotFound):
		return nil, call.NoneBefore, nil
	case errors.Is(err, wapay.ErrDuplicate):
		return nil, 0, c.mayExist(ctx, r, wapay.ErrDuplicate, err.Error())
	case errors.Is(err, wapay.ErrDecode):
		return nil, 0, c.mayExist(ctx, r, wapay.ErrDecode, err.Error())
	case err != nil:
		r.Earlier = call.Lost // an earlier call may have been carried out
		return nil, 0, c.in().calls.Without(ctx, r, errLook, err)
	case t.Status == wapay.StatusFailed:
		q.AllowDuplicate = true
		return nil, call.NoneBefore, nil
	}
	if what := q.order().differs(t); what != "" {
		return nil, 0, c.mayExist(ctx, r, wapay.ErrDuplicate, "the order under this reference "+what)
	}
	if t.Status == wapay.StatusPending {
		q.AllowDuplicate = true
		return nil, call.Lost, nil
	}
	return t, 0, nil
}

// mayExist returns the error of an order that was not sent because there may be
// one under its reference.
func (c *Client) mayExist(ctx context.Context, r *call.Request, kind error, why string) error {
	r.Earlier = call.Lost
	return c.in().calls.NotSent(ctx, r, kind, errors.New("looked up: "+why))
}

func (c *Client) payByLink(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	l, err := c.CreatePaymentLink(ctx, linkOf(r))
	if err == nil {
		return &wapay.Payment{
			Provider: provider, ID: l.ID, Reference: r.Reference, Status: l.Status, ProviderStatus: l.ProviderStatus,
			Amount: l.Amount, CheckoutURL: l.URL, Action: wapay.ActionOpenPage, Raw: l.Raw,
		}, nil
	}
	t, err := c.afterDuplicate(ctx, err, order{id: r.Reference, amount: r.Amount}) // anybody may pay
	if err != nil {
		return nil, err
	}
	p := t.payment(r.Reference)
	p.Replayed = true
	return p, nil
}

// Payout sends money from the merchant's API account ([Client.CreateTransfer]).
// Recipient.Phone and Operator are required. Description becomes the note,
// Metadata order_data, as a JSON object.
//
// Where the provider has the reference already, or sees a risk of paying twice,
// Payout looks the transfer up by its reference, and returns it or an error as
// [Client.Pay] does.
func (c *Client) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	ctx = call.Start(ctx, "Payout", payoutNames)
	q := transferOf(r)
	t, err := c.CreateTransfer(ctx, q)
	replayed := err != nil
	if replayed {
		t, err = lookup.AfterDuplicate(ctx, err, func(ctx context.Context) (*Transaction, error) {
			return c.findTransfer(ctx, wapay.Ref{Reference: r.Reference})
		}, q.order().differs)
	}
	if err != nil {
		return nil, err
	}
	p := t.payout(r.Reference)
	p.Replayed = replayed
	return p, nil
}

func (t *Transaction) payment(reference string) *wapay.Payment {
	return &wapay.Payment{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.OrderID),
		Status: t.Status, ProviderStatus: t.ProviderStatus, Amount: t.Amount, Reason: t.Reason,
		OperatorID: t.TxID, Party: t.Phone, CheckoutURL: t.LaunchURL, Action: t.action(), CreatedAt: t.CreatedAt, Raw: t.Raw,
	}
}

// action returns what the customer has to do. A payment that waits and has no
// number is a link under which nobody has paid yet. Lookups do not show the
// page of a link, nor a LaunchURL.
func (t *Transaction) action() wapay.Action {
	switch {
	case t.Status != wapay.StatusPending:
		return wapay.ActionNone
	case t.LaunchURL != "":
		return wapay.ActionOpenPage
	case t.Phone == "":
		return wapay.ActionPageLost
	}
	return wapay.ActionConfirm
}

func (t *Transaction) payout(reference string) *wapay.Payout {
	return &wapay.Payout{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.OrderID),
		Status: t.Status, ProviderStatus: t.ProviderStatus, Amount: t.Amount,
		Reason: t.Reason, OperatorID: t.TxID, Party: t.Phone, CreatedAt: t.CreatedAt, Raw: t.Raw,
	}
}

// orderData returns metadata as order_data wants it.
func orderData(metadata map[string]string) string {
	if len(metadata) == 0 {
		return ""
	}
	data, _ := json.Marshal(metadata) // a map of strings always has a JSON form
	return string(data)
}
