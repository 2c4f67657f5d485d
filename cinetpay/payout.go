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

// payoutNames gives the fields of a PayoutRequest for those of the requests
// that it becomes.
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

// Payout sends money to a mobile wallet: it makes the recipient a contact
// ([Client.AddContacts]) and sends ([Client.Send]). Reference, Amount,
// Recipient.Phone and NotifyURL are required. Operator is the provider's
// payment method. Give the recipient's names and e-mail address too: every
// documented sample has them. Description and Metadata have no place in a
// transfer.
//
// A transfer is pending until the merchant has confirmed it by mail. The Reason
// of a lookup says so; the answer to the order does not. Merchants whose IP
// addresses the provider has allow-listed need not confirm.
//
// Where the provider has the reference already (code 805), Payout looks the
// transfer up. If it is one of that amount to that number, it is returned as it
// is now, with Replayed. Else the error is [wapay.ErrDuplicate] with an unknown
// outcome. Payout sends nothing under another reference. Where the recipient
// could not be made a contact, the payout was not sent.
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

// differs returns what is different about a transfer, or "" if it may be q's.
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
