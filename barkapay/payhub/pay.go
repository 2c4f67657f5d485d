package payhub

import (
	"cmp"
	"context"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/facts"
)

// payNames and payoutNames give the fields of wapay's requests for PayHub's.
var (
	payNames    = call.Names{"OrderID": "Reference", "Phone": "Customer.Phone"}
	payoutNames = call.Names{"OrderID": "Reference", "Phone": "Recipient.Phone"}
)

// Pay asks a customer for money ([Client.CreatePayment]). Customer.Phone and
// Operator are required, and OTP where the operator wants the code at once. The
// country of the number is the client's. The other fields have no place: of an
// order's data only its id is documented, and where notifications go is set in
// the dashboard.
//
// Pay looks the reference up before it sends anything. Where the provider has
// it, Pay returns that payment as it is now, with Replayed, if it has the
// amount and the number of the request. Otherwise the error is
// [wapay.ErrDuplicate] with an unknown outcome. A payment that failed stays the
// answer for its reference: a new attempt needs a new one. Where the look-up
// fails, nothing is sent.
//
// A payment that waits for a one-time code has the ProviderStatus AWAITING_OTP.
// Call [Client.ConfirmOTP] with its ID, or Pay again with the OTP, which
// confirms the payment that it finds. After a code that is refused, the outcome
// is unknown: the payment is there and waits. So it is where the look-up for a
// code fails: a call before may have given the code.
func (c *Client) Pay(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	ctx = call.Start(ctx, "Pay", payNames)
	t, replayed, err := c.payOnce(ctx, paymentOf(r))
	if err != nil {
		return nil, err
	}
	p := t.payment(r.Reference)
	p.Replayed = replayed
	return p, nil
}

// payOnce makes a payment, unless the provider has it already.
func (c *Client) payOnce(ctx context.Context, q PaymentRequest) (t *Transaction, replayed bool, err error) {
	call.HideCode(ctx, q.OTP)
	in := c.in()
	if err := in.calls.Check(ctx, call.Write, q.OrderID, q.check(in.country)); err != nil {
		return nil, false, err
	}
	earlier := call.NoneBefore
	if q.OTP != "" {
		earlier = call.Lost // a call before may have given the code
	}
	t, err = c.existing(ctx, payments, q.order(), earlier)
	switch {
	case err != nil:
		return nil, false, err
	case t != nil && q.OTP != "" && t.ProviderStatus == facts.PayHubAwaitingOTP:
		t, err = c.confirmFound(ctx, t.ID, q)
		return t, true, err
	case t != nil:
		return t, true, nil
	}
	if t, err = c.CreatePayment(ctx, q); err == nil {
		return t, false, nil
	}
	t, err = c.afterDuplicate(ctx, payments, q.order(), err)
	return t, true, err
}

// confirmFound gives the code for a payment that waits for it. After an error
// it looks whether the payment still waits.
func (c *Client) confirmFound(ctx context.Context, id string, q PaymentRequest) (*Transaction, error) {
	t, err := c.confirm(ctx, id, q.OrderID, q.OTP)
	if err == nil || ctx.Err() != nil {
		return t, err
	}
	now, lookErr := c.find(ctx, payments, wapay.Ref{ID: id, Reference: q.OrderID})
	if lookErr != nil || now.ProviderStatus == facts.PayHubAwaitingOTP {
		return nil, err
	}
	return now, nil
}

// Payout sends money from the merchant's balance ([Client.CreateTransfer]).
// Recipient.Phone and Operator are required. The other fields have no place.
//
// Payout looks the reference up before it sends anything, as [Client.Pay] does.
// Where the provider sees a risk of paying twice, and has no transfer with the
// reference, the error is [wapay.ErrDuplicate] with an unknown outcome: another
// transfer of the last minute is like this one. Ask again after that minute.
func (c *Client) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	ctx = call.Start(ctx, "Payout", payoutNames)
	t, replayed, err := c.transferOnce(ctx, transferOf(r))
	if err != nil {
		return nil, err
	}
	p := t.payout(r.Reference)
	p.Replayed = replayed
	return p, nil
}

// transferOnce makes a transfer, unless the provider has it already.
func (c *Client) transferOnce(ctx context.Context, q TransferRequest) (t *Transaction, replayed bool, err error) {
	in := c.in()
	if err := in.calls.Check(ctx, call.Write, q.OrderID, q.order().check(in.country)); err != nil {
		return nil, false, err
	}
	if t, err = c.existing(ctx, transfers, q.order(), call.NoneBefore); t != nil || err != nil {
		return t, true, err
	}
	if t, err = c.CreateTransfer(ctx, q); err == nil {
		return t, false, nil
	}
	t, err = c.afterDuplicate(ctx, transfers, q.order(), err)
	return t, true, err
}

func (t *Transaction) payment(reference string) *wapay.Payment {
	return &wapay.Payment{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.OrderID),
		Status: t.Status, ProviderStatus: t.ProviderStatus, Amount: t.Amount, Fee: t.Fees, Reason: t.Reason,
		OperatorID: t.TxID, Party: t.Phone, Action: t.action(), CreatedAt: t.CreatedAt, Raw: t.Raw,
	}
}

func (t *Transaction) payout(reference string) *wapay.Payout {
	return &wapay.Payout{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.OrderID),
		Status: t.Status, ProviderStatus: t.ProviderStatus, Amount: t.Amount, Fee: t.Fees, Reason: t.Reason,
		OperatorID: t.TxID, Party: t.Phone, CreatedAt: t.CreatedAt, Raw: t.Raw,
	}
}

// action returns what the customer has to do. A payment that is not yet past
// the operator may have to be confirmed on the phone.
func (t *Transaction) action() wapay.Action {
	switch t.ProviderStatus {
	case facts.PayHubAwaitingOTP:
		return wapay.ActionGiveCode
	case "CREATED", "QUEUED_FOR_PROCESSING", "PROCESSING_OPERATOR":
		return wapay.ActionConfirm
	}
	return wapay.ActionNone
}
