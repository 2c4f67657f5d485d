package cinetpay

import (
	"cmp"
	"context"
	"errors"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/lookup"
)

var errNoContact = errors.New("the recipient could not be made a contact")

// payoutNames maps the fields of the two requests to those of a
// wapay.PayoutRequest.
var payoutNames = call.Names{
	"Requests[0].ClientTransactionID": "Reference",
	"Requests[0].Receiver":            "Recipient.Phone",
	"Requests[0].Amount":              "Amount",
	"Requests[0].NotifyURL":           "NotifyURL",
	"Requests[0].PaymentMethod":       "Operator",
	"Contacts[0].Name":                "Recipient.LastName",
	"Contacts[0].Surname":             "Recipient.FirstName",
	"Contacts[0].Email":               "Recipient.Email",
}

// Payout sends money to a mobile wallet. It makes the recipient a contact
// ([Client.AddContacts]), and then sends the transfer ([Client.Send]). If the
// recipient cannot become a contact, nothing is sent. Reference, Amount,
// Recipient.Phone and NotifyURL are required. Operator is the provider's
// payment method. Also give the recipient's names and e-mail address: the
// documented samples have them. A transfer has no place for Description and
// Metadata.
//
// The package comment describes the merchant's confirmation by mail, and what
// happens to a used reference.
func (c *Client) Payout(ctx context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	ctx, p := call.Start(ctx, "Payout", payoutNames), &c.in().transfers
	q, k, bad := p.transferOf(r)
	if err := p.calls.Check(ctx, call.Write, r.Reference, bad); err != nil {
		return nil, err
	}
	contacts, err := c.AddContacts(ctx, []Contact{k})
	if err == nil {
		err = contacts.Results[0].Err
	}
	if err != nil {
		return nil, p.calls.Without(ctx, &call.Request{Reference: r.Reference}, errNoContact, err)
	}
	batch, err := c.Send(ctx, q)
	if err == nil {
		err = batch.Results[0].Err
	}
	if err == nil {
		return batch.Results[0].Transfer.payout(r.Reference), nil
	}
	t, err := lookup.AfterDuplicate(ctx, err, func(ctx context.Context) (*Transfer, error) {
		return c.checkTransfer(ctx, wapay.Ref{Reference: r.Reference}, r.Amount.Currency())
	}, q.differs)
	if err != nil {
		k.explain(ctx, err, "Contacts[0].")
		return nil, err
	}
	payout := t.payout(r.Reference)
	payout.Replayed = true
	return payout, nil
}

// differs says how a transfer differs from the request, or returns "".
func (q *TransferRequest) differs(t *Transfer) string {
	switch {
	case t.Amount == (wapay.Money{}) || !readable(t.ReceiverE164) && !readable(t.Receiver):
		return "does not show its amount or its receiver"
	case t.Amount != q.Amount:
		return "is of " + t.Amount.String()
	case !receives(q.Receiver, t.ReceiverE164) && !receives(q.Receiver, t.Receiver):
		return "goes to another number"
	}
	return ""
}

// FindPayout looks a transfer up by its id, or by the merchant's reference
// ([Client.CheckTransfer]).
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	t, err := c.CheckTransfer(call.Start(ctx, "FindPayout", nil), ref)
	return lookup.Found(t, err, ref.Reference, (*Transfer).payout)
}

func (t *Transfer) payout(reference string) *wapay.Payout {
	p := &wapay.Payout{
		Provider: provider, ID: t.ID, Reference: cmp.Or(reference, t.ClientTransactionID),
		Status: t.Status, ProviderStatus: t.TreatmentStatus, Amount: t.Amount,
		Reason: t.Comment, OperatorID: t.OperatorTransactionID, Party: cmp.Or(t.ReceiverE164, t.Receiver), Raw: t.Raw,
	}
	if t.SendingStatus == facts.CinetPayAwaitsMail && !t.Status.Final() {
		p.Reason = "waits for the merchant's confirmation by mail"
	}
	return p
}
