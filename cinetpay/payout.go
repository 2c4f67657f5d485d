package cinetpay

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
)

// Payout sends money to a mobile wallet: it makes the recipient a contact ([Client.AddContacts]) and sends
// ([Client.Send]). Reference, Amount, Recipient.Phone and NotifyURL are required. Operator is the provider's payment
// method. The samples give a contact its names and an e-mail address, so give them too; for a name that is missing the
// number stands in. Description and Metadata have no place in a transfer.
//
// Until the merchant has confirmed it by mail a transfer is pending, with a Reason that says so where the provider does:
// the answer to a lookup has it, the one to the order has not. Merchants whose IP addresses the provider has
// allow-listed need not confirm (S).
//
// Where the provider has the reference already (code 805), or the outcome is unknown, Payout looks the transfer up
// once. If it finds one of that amount to that number, that is the payout. If it finds another, the error is
// [wapay.ErrDuplicate]; if none, or the lookup fails, [wapay.ErrOutcomeUnknown]: use [wapay.SettlePayout]. Nothing is
// ever sent under another reference. A contact that could not be added moves no money, so that the payout was then
// not sent, or rejected.
func (c *Client) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	const op = "Payout"
	q := TransferRequest{
		ClientTransactionID: r.Reference, Receiver: r.Recipient.Phone, Amount: r.Amount,
		NotifyURL: r.NotifyURL, PaymentMethod: r.Operator,
	}
	k := contactOf(r.Recipient)
	var bad check.Fields
	q.check(&bad, "")
	checkNames(&bad, "", k)
	if err := bad.Err(provider, op, r.Reference); err != nil {
		return nil, inTermsOf(err, payoutFields)
	}
	contacts, err := c.addContacts(ctx, op, r.Reference, []Contact{k})
	if err == nil {
		err = contacts.Results[0].Err
	}
	if err != nil {
		return nil, beforeSending(err)
	}
	batch, err := c.send(ctx, op, r.Reference, []TransferRequest{q})
	if err != nil {
		return c.settle(ctx, q, err)
	}
	sent := batch.Results[0]
	if sent.Err != nil {
		return c.settle(ctx, q, sent.Err)
	}
	return sent.Transfer.payout(r.Reference), nil
}

// contactOf is the recipient as a contact.
func contactOf(r wapay.Customer) Contact {
	return Contact{
		Phone: r.Phone, Name: cmp.Or(r.LastName, r.FirstName, r.Phone.National()),
		Surname: cmp.Or(r.FirstName, r.LastName, r.Phone.National()), Email: r.Email,
	}
}

// beforeSending is the error of a payout whose contact could not be added: whatever became of the contact, no money
// was asked to move.
func beforeSending(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Outcome == wapay.OutcomeUnknown {
		e.Outcome = wapay.OutcomeNotSent
	}
	return err
}

// settle asks once what became of a transfer of which the provider says that it exists, or nothing.
func (c *Client) settle(ctx context.Context, q TransferRequest, err error) (*wapay.Payout, error) {
	var e *wapay.Error
	if !errors.As(err, &e) || e.Outcome != wapay.OutcomeUnknown && e.Code != codeExists {
		return nil, err
	}
	e.Outcome = wapay.OutcomeUnknown // what exists may be this very order, of an earlier call
	if ctx.Err() != nil {
		return nil, e
	}
	t, err := c.checkTransfer(ctx, e.Op, wapay.Ref{Reference: q.ClientTransactionID}, q.Amount.Currency())
	switch {
	case err != nil:
		e.Err = lookedUp(ctx, e.Err, err)
	case t.Amount == (wapay.Money{}) || !readable(t.ReceiverE164) && !readable(t.Receiver):
		e.Err = lookedUp(ctx, e.Err, errors.New("the transfer with the reference does not show its amount or its receiver"))
	case t.Amount != q.Amount || !receives(q.Receiver, t.ReceiverE164) && !receives(q.Receiver, t.Receiver):
		// References are unique, so that this one was refused, or will be.
		e.Outcome, e.Kind, e.Err = wapay.OutcomeRejected, wapay.ErrDuplicate, nil
		e.Message = "the reference is that of a transfer of another amount or to another number, " + t.ID
	default:
		return t.payout(q.ClientTransactionID), nil
	}
	return nil, e
}

// lookedUp adds to a cause what the lookup said, in words only: that it found nothing is not what the order's error
// is about.
func lookedUp(ctx context.Context, cause, lookup error) error {
	said := errors.New("looked up: " + lookup.Error())
	if end := ctx.Err(); end != nil {
		said = fmt.Errorf("%w: %w", end, said)
	}
	if cause == nil {
		return said
	}
	return fmt.Errorf("%w: %w", cause, said)
}

// FindPayout looks a transfer up by its id, or by the merchant's reference ([Client.CheckTransfer]).
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	t, err := c.checkTransfer(ctx, "FindPayout", ref, "")
	if err != nil {
		return nil, err
	}
	return t.payout(ref.Reference), nil
}

func (t *Transfer) payout(reference string) *wapay.Payout {
	p := &wapay.Payout{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.ClientTransactionID),
		Status: t.Status, ProviderStatus: t.TreatmentStatus, Amount: t.Amount,
		Reason: t.Comment, OperatorID: t.OperatorTransactionID, Raw: wapay.Raw(t.Raw),
	}
	if t.SendingStatus == facts.CinetPayAwaitsMail && !t.Status.Final() {
		p.Reason = "waits for the merchant's confirmation by mail"
	}
	return p
}

var (
	payoutFields = map[string]string{
		"ClientTransactionID": "Reference", "Receiver": "Recipient.Phone", "PaymentMethod": "Operator",
		"Name": "Recipient.LastName", "Surname": "Recipient.FirstName", "Email": "Recipient.Email",
	}
	paymentFields = map[string]string{
		"TransactionID": "Reference", "CustomerPhone": "Customer.Phone", "CustomerName": "Customer.LastName",
		"CustomerSurname": "Customer.FirstName", "CustomerEmail": "Customer.Email", "Channels": "Operator",
	}
)

// inTermsOf renames the bad fields of an error from CinetPay's requests to wapay's.
func inTermsOf(err error, names map[string]string) error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Outcome == wapay.OutcomeNotSent {
		for i, d := range e.Details {
			e.Details[i].Field = cmp.Or(names[d.Field], d.Field)
		}
	}
	return err
}
