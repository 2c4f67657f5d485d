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

// payNames and payoutNames map BarkaPay's fields to those of wapay's requests.
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
// phone ([Client.Charge]). That requires Customer.Phone, and OTP if the
// operator needs a code. Without an Operator it makes a payment link
// ([Client.CreatePaymentLink]) with the SCI pair. The customer must open
// CheckoutURL within ExpiresIn, or within five minutes.
//
// Metadata becomes order_data, as a JSON object. A reference must not contain
// ":". The package comment says what happens to a used reference, and to a
// one-time code that comes in a second call.
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
		p.Action = wapay.ActionConfirm // the answer to this charge lacks the number
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

// chargeOnce charges unless the provider has the order. replayed reports that
// it has.
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
	if mayBeAboutCode(err, q) {
		t, err = c.lookAfterCode(ctx, q, err)
	} else {
		t, err = c.afterDuplicate(ctx, err, q.order())
	}
	return t, true, err
}

// mayBeAboutCode reports whether a refusal may be about the one-time code, or
// about its absence. The order may have been carried out all the same: another
// call may have used up the code, or this process may have lost it.
func mayBeAboutCode(err error, q ChargeRequest) bool {
	var e *wapay.Error
	return errors.As(err, &e) && e.Kind == wapay.ErrInvalid && e.Attempts > 0 &&
		(q.OTP != "" || mentions(e, "otp", "code"))
}

// lookAfterCode returns the payment with the reference, or the refusal if there
// are only failed ones. If the refusal leaves the outcome unknown, it returns
// only a payment that has succeeded.
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

// afterDuplicate looks a payment up if its refusal says that the reference is
// used.
func (c *Client) afterDuplicate(ctx context.Context, refused error, o order) (*Transaction, error) {
	return lookup.AfterDuplicate(ctx, refused, func(ctx context.Context) (*Transaction, error) {
		return c.findPayment(ctx, wapay.Ref{Reference: o.id})
	}, o.differs)
}

var errLook = errors.New("the provider has to be asked before a one-time code is sent")

// lookBeforeCode looks the payment up before a one-time code is sent. It
// returns a payment that has succeeded.
//
// If there is no payment, the charge forbids a duplicate as always. If one is
// pending, the code follows in a second request for the same order, as
// documented. The pending payment may already have had a code, in a call whose
// answer was lost. So a refusal of the second request does not reject the
// order. The operator accepts a code once.
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

// mayExist returns the error of an order that the client did not send because
// its reference may be used.
func (c *Client) mayExist(ctx context.Context, r *call.Request, kind error, why string) error {
	r.Earlier = call.Lost
	return c.in().calls.NotSent(ctx, r, kind, errors.New("looked up: "+why))
}

func (c *Client) payByLink(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	l, err := c.CreatePaymentLink(ctx, linkOf(r))
	if err == nil {
		p := &wapay.Payment{
			Provider: provider, ID: l.ID, Reference: r.Reference, Status: l.Status, ProviderStatus: l.ProviderStatus,
			Amount: l.Amount, CheckoutURL: l.URL, Raw: l.Raw,
		}
		if !p.Status.Final() {
			p.Action = wapay.ActionOpenPage
		}
		return p, nil
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
// Recipient.Phone and Operator are required. Description becomes note. Metadata
// becomes order_data, as a JSON object.
//
// If the reference is used, or if the provider sees a risk of paying twice,
// Payout looks the transfer up. It returns the same results as [Client.Pay].
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
		OperatorID: t.TxID, Party: t.Phone, CheckoutURL: t.LaunchURL, Action: t.action(),
		CreatedAt: t.CreatedAt, Raw: t.Raw,
	}
}

// action returns what the customer has to do. A pending payment without a
// number is an unpaid link. Lookups show neither the page of a link nor a
// LaunchURL.
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

// orderData returns metadata as a JSON object, or "" if there is none.
func orderData(metadata map[string]string) string {
	if len(metadata) == 0 {
		return ""
	}
	data, _ := json.Marshal(metadata) // a map of strings always has a JSON form
	return string(data)
}
