package intram

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// RecipientType says how the recipient of a transfer is named.
type RecipientType string

// The types of recipient.
const (
	CustomerEmail RecipientType = "customer_email"
	CustomerID    RecipientType = "customer_id"
	MerchantID    RecipientType = "merchant_id"
)

// TransferRequest sends money to another wallet at Intram.
type TransferRequest struct {
	// Reference is the merchant's own id of the transfer, at most 100 characters. It travels as
	// metadata.reference, and the idempotency key is derived from it.
	Reference       string
	Amount          wapay.Money       // amount, in whole francs: the currency is not sent
	RecipientType   RecipientType     // recipient.type
	Recipient       string            // recipient.value
	Reason          string            // reason, at most 500 characters
	PaymentMethodID string            // payment_method_id, optional; see Balance
	Metadata        map[string]string // metadata, without the key "reference"
	// IdempotencyKey replaces the key derived from the Reference: 8 to 128 letters, digits, _ and -.
	IdempotencyKey string
}

type transferBody struct {
	Amount          json.Number       `json:"amount"`
	Recipient       wireRecipient     `json:"recipient"`
	Reason          string            `json:"reason,omitempty"`
	PaymentMethodID string            `json:"payment_method_id,omitempty"`
	Metadata        map[string]string `json:"metadata"`
}

type wireRecipient struct {
	Type  RecipientType `json:"type"`
	Value string        `json:"value"`
}

// CreateTransfer sends money to another wallet at Intram: POST transfers. The operation is queued. What stands with
// [Client.CreatePayout] about doing it once holds here too.
//
// Transfers are in the provider's reference of May 2026 and gone from its later overview (S): they may not be there
// any more.
func (c *Client) CreateTransfer(ctx context.Context, r TransferRequest) (*Operation, error) {
	const op = "CreateTransfer"
	var bad check.Fields
	checkReference(&bad, "Reference", r.Reference)
	checkWalletAmount(&bad, "Amount", r.Amount)
	bad.OneOf("RecipientType", string(r.RecipientType), "customer_email", "customer_id", "merchant_id")
	bad.Word("Recipient", r.Recipient)
	checkText(&bad, "Reason", r.Reason)
	bad.Text("PaymentMethodID", r.PaymentMethodID, 100)
	checkMetadata(&bad, "Metadata", r.Metadata, facts.IntramReference)
	checkKey(&bad, r.IdempotencyKey)
	if err := bad.Err(provider, op, r.Reference); err != nil {
		return nil, err
	}
	return c.create(ctx, op, r.Reference, "transfers", c.key(r.IdempotencyKey, keyTransfer, r.Reference), &transferBody{
		Amount: number(r.Amount), Recipient: wireRecipient{r.RecipientType, r.Recipient}, Reason: r.Reason,
		PaymentMethodID: r.PaymentMethodID, Metadata: withReference(r.Metadata, r.Reference),
	})
}

// Transfer is money that went from one wallet at Intram to another. V does not document its fields: these are read
// as they are named elsewhere, and Raw has all of them.
type Transfer struct {
	Reference      string
	Status         wapay.Status
	ProviderStatus string
	Direction      string      // "sent" or "received"
	Amount         wapay.Money // the zero value where the answer names no currency
	Reason         string
	CreatedAt      time.Time // date
	Raw            json.RawMessage
}

type wireTransfer struct {
	Reference loose.String `json:"reference"`
	Status    loose.String `json:"status"`
	Direction loose.String `json:"direction"`
	Amount    loose.String `json:"amount"`
	Currency  currency     `json:"currency"`
	Reason    loose.String `json:"reason"`
	Date      loose.Time   `json:"date"`
}

// Check is what a transfer needs in order to be believed.
func (w *wireTransfer) Check() error {
	if w.Reference == "" {
		return errors.New("a transfer without reference")
	}
	return nil
}

func (w *wireTransfer) value(raw json.RawMessage) (Transfer, error) {
	return Transfer{
		Reference: string(w.Reference), Status: facts.IntramStatus(string(w.Status)), ProviderStatus: string(w.Status),
		Direction: string(w.Direction), Amount: w.Currency.money(w.Amount), Reason: string(w.Reason),
		CreatedAt: w.Date.Time, Raw: raw,
	}, nil
}

// Transfer looks a transfer up: GET transfers/:reference. See [Client.CreateTransfer].
func (c *Client) Transfer(ctx context.Context, reference string) (*Transfer, error) {
	const op = "Transfer"
	if err := checkID(op, reference); err != nil {
		return nil, err
	}
	var a answer[wireTransfer]
	resp, err := c.get(ctx, op, "transfers/"+element(reference), nil, &a)
	if err != nil {
		return nil, err
	}
	t, err := a.Data.value(resp.Body)
	return &t, err
}

// TransferFilter selects transfers. What is left out selects all.
type TransferFilter struct {
	Limit     int    // limit: how many to a page, 1 to 100; the provider's own choice if 0
	Direction string // direction: "sent" or "received"
	Before    string // before: the NextBefore of the page before
}

type transferParams struct {
	Limit     int    `url:"limit,omitempty"`
	Direction string `url:"direction,omitempty"`
	Before    string `url:"before,omitempty"`
}

// Transfers lists one page of transfers, newest first: GET transfers. See [Client.CreateTransfer].
func (c *Client) Transfers(ctx context.Context, f TransferFilter) (*Page[Transfer], error) {
	return c.transfers(ctx, "Transfers", f)
}

// AllTransfers lists transfers as [Client.AllOperations] does operations.
func (c *Client) AllTransfers(ctx context.Context, f TransferFilter) iter.Seq2[Transfer, error] {
	return all(ctx, c, "AllTransfers", f.Before, func(before string) (*Page[Transfer], error) {
		f.Before = before
		return c.transfers(ctx, "AllTransfers", f)
	})
}

func (c *Client) transfers(ctx context.Context, op string, f TransferFilter) (*Page[Transfer], error) {
	var bad check.Fields
	checkPage(&bad, f.Limit, f.Before)
	bad.OneOf("Direction", f.Direction, "", "sent", "received")
	if err := bad.Err(provider, op, ""); err != nil {
		return nil, err
	}
	return list(ctx, c, op, "transfers", transferParams(f), (*wireTransfer).value)
}
