package payhub

import (
	"cmp"
	"context"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/facts"
)

// payNames and payoutNames map PayHub's fields to those of wapay's requests.
var (
	payNames    = call.Names{"OrderID": "Reference", "Phone": "Customer.Phone"}
	payoutNames = call.Names{"OrderID": "Reference", "Phone": "Recipient.Phone"}
)

// Pay asks a customer for money ([Client.CreatePayment]). Customer.Phone and
// Operator are required, and OTP if the operator requires a code in the first
// request. The number must be one of the client's country. PayHub has no place
// for the other fields: the dashboard sets where notifications go.
//
// Pay looks the reference up before it sends anything. The package comment says
// what happens to a used reference and to one-time codes.
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

// payOnce makes a payment unless the provider has it. replayed reports that it
// has.
func (c *Client) payOnce(ctx context.Context, q PaymentRequest) (t *Transaction, replayed bool, err error) {
	call.HideCode(ctx, q.OTP)
	in := c.in()
	if err := in.calls.Check(ctx, call.Write, q.OrderID, q.check(in.country)); err != nil {
		return nil, false, err
	}
	earlier := call.NoneBefore
	if q.OTP != "" {
		earlier = call.Lost // an earlier call may have given the code
	}
	t, err = c.lookBefore(ctx, payments, q.order(), earlier)
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

// confirmFound sends the code for a payment that waits for it. After an error
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
// Recipient.Phone and Operator are required. PayHub has no place for the other
// fields.
//
// Payout looks the reference up before it sends anything, like [Client.Pay].
// The provider refuses a transfer that is like another one of the last minute.
// If it has none with the reference, the error is [wapay.ErrDuplicate] with an
// unknown outcome. Try again after that minute.
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

// transferOnce makes a transfer unless the provider has it. replayed reports
// that it has.
func (c *Client) transferOnce(ctx context.Context, q TransferRequest) (t *Transaction, replayed bool, err error) {
	in := c.in()
	if err := in.calls.Check(ctx, call.Write, q.OrderID, q.order().check(in.country)); err != nil {
		return nil, false, err
	}
	if t, err = c.lookBefore(ctx, transfers, q.order(), call.NoneBefore); t != nil || err != nil {
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

// action returns what the customer has to do. Before the operator is done, that
// may be a confirmation on the phone.
func (t *Transaction) action() wapay.Action {
	switch t.ProviderStatus {
	case facts.PayHubAwaitingOTP:
		return wapay.ActionGiveCode
	case "CREATED", "QUEUED_FOR_PROCESSING", "PROCESSING_OPERATOR":
		return wapay.ActionConfirm
	}
	return wapay.ActionNone
}
