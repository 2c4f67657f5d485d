package apiv1

import (
	"cmp"
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/redact"
)

// TransferRequest sends money to a mobile wallet.
type TransferRequest struct {
	MerchantTransactionID string      // merchant_transaction_id: as in PaymentRequest
	PhoneNumber           wapay.Phone // phone_number: of the account's country
	// Amount is in the account's currency, in whole units. Integrators report
	// limits from 500 or 100 to 1 500 000, which the provider checks. An
	// account in CDF makes no transfers.
	Amount        wapay.Money // amount and currency
	PaymentMethod string      // payment_method, required: the operator with the account's country ("OM_CI")
	Reason        string      // reason, required
	NotifyURL     string      // notify_url, required, https, at most 120 characters
}

type wireTransfer struct {
	Currency      wapay.Currency `json:"currency"`
	MerchantID    string         `json:"merchant_transaction_id"`
	Phone         string         `json:"phone_number"`
	Amount        int64          `json:"amount"`
	PaymentMethod string         `json:"payment_method"`
	Reason        string         `json:"reason"`
	NotifyURL     string         `json:"notify_url"`
}

func (c *client) checkTransfer(bad *check.Fields, q *TransferRequest) {
	checkReference(bad, "MerchantTransactionID", q.MerchantTransactionID)
	c.checkAmount(bad, q.Amount)
	if c.currency == wapay.CDF {
		bad.Add("Amount", "is of an account in CDF, for which there are no transfers")
	}
	c.checkPhone(bad, "PhoneNumber", q.PhoneNumber)
	c.checkMethod(bad, q.PaymentMethod)
	checkText(bad, "Reason", q.Reason, 1, 2048)
	checkURL(bad, "NotifyURL", q.NotifyURL)
}

// Transfer is a transfer as the provider shows it. Missing fields are zero.
type Transfer struct {
	ID                    string // transaction_id
	MerchantTransactionID string // merchant_transaction_id
	// Status is pending for EXPIRED and for the words about the receiver. Such
	// a transfer is not final: never send it under another reference.
	Status         wapay.Status
	ProviderStatus string      // status
	Reason         string      // in the provider's words
	Amount         wapay.Money // amount
	// Fee is fee_amount. It is not documented whether the amount includes it.
	Fee         wapay.Money
	PhoneNumber string // phone_number, or the user's
	User        User   // user
	// NotifyToken is the same as in [NewPayment]. It may be missing.
	NotifyToken wapay.Secret // notify_token
	Raw         wapay.Raw
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (t Transfer) Format(f fmt.State, _ rune) { redact.Format(f, t) }

func (c *client) transfer(a *answer, resp *call.Response) *Transfer {
	t := &Transfer{
		ID: string(a.ID), MerchantTransactionID: string(a.MerchantID), Status: a.status(), ProviderStatus: a.word(),
		PhoneNumber: string(cmp.Or(a.Phone, a.User.V.Phone)), User: a.user(), NotifyToken: wapay.Secret(a.NotifyToken),
		Raw: wapay.Raw(resp.Body),
	}
	t.Amount, _ = a.money(a.Amount, c.currency)
	t.Fee, _ = a.money(a.Fee, c.currency)
	if t.Status != wapay.StatusSucceeded {
		t.Reason = a.explanation()
	}
	return t
}

// CreateTransfer sends money to a mobile wallet: POST transfer. It repeats the
// request only after a rejected token, when the provider has ignored it.
//
// A transfer with an id that has failed at once is a result with StatusFailed.
// A refusal without an id is an error. A used reference is [wapay.ErrDuplicate]
// with an unknown outcome: look that transfer up, and never send it under
// another reference.
func (c *Client) CreateTransfer(ctx context.Context, q TransferRequest) (*Transfer, error) {
	ctx, in := call.Start(ctx, "CreateTransfer", nil), c.in()
	var bad check.Fields
	in.checkTransfer(&bad, &q)
	if err := in.calls.Check(ctx, call.Write, q.MerchantTransactionID, bad); err != nil {
		return nil, err
	}
	r := call.PostJSON(q.MerchantTransactionID, "transfer", call.Write, wireTransfer{
		Currency: q.Amount.Currency(), MerchantID: q.MerchantTransactionID, Phone: q.PhoneNumber.E164(),
		Amount: units(q.Amount), PaymentMethod: q.PaymentMethod, Reason: q.Reason, NotifyURL: q.NotifyURL,
	})
	a, resp, err := in.send(ctx, r, q.Amount)
	if err != nil {
		return nil, err
	}
	t := in.transfer(a, resp)
	t.MerchantTransactionID = q.MerchantTransactionID
	if t.Amount == (wapay.Money{}) {
		t.Amount = q.Amount
	}
	return t, nil
}

// CheckTransfer looks a transfer up: GET transfer/{id}. The id is ref.ID or
// ref.Reference.
//
// The documents have only the provider's id. Integrators also use the
// merchant's reference. [wapay.ErrNotFound] does not prove that there is no
// transfer.
func (c *Client) CheckTransfer(ctx context.Context, ref wapay.Ref) (*Transfer, error) {
	a, resp, err := c.in().find(call.Start(ctx, "CheckTransfer", nil), "transfer", ref)
	if err != nil {
		return nil, err
	}
	return c.in().transfer(a, resp), nil
}
