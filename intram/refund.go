package intram

import (
	"context"
	"encoding/json"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
)

// RefundRequest gives a customer money back.
type RefundRequest struct {
	// Reference is the merchant's own id of this refund, at most 100 characters: two refunds of the same amount
	// of the same transaction need two references. The provider has no field for it: it travels as
	// metadata.reference, and the idempotency key is derived from it.
	Reference            string
	TransactionReference string // transaction_reference; of a payment, Checkout.TransactionReference
	// Amount is in whole francs. The zero value refunds all. The currency is not sent, so a part of a
	// transaction in another one cannot be refunded here.
	Amount   wapay.Money       // amount
	Reason   string            // reason, at most 500 characters
	Metadata map[string]string // metadata, without the key "reference"
	// IdempotencyKey replaces the key derived from the Reference: 8 to 128 letters, digits, _ and -.
	IdempotencyKey string
}

type refundBody struct {
	TransactionReference string            `json:"transaction_reference"`
	Amount               json.Number       `json:"amount,omitempty"`
	Reason               string            `json:"reason,omitempty"`
	Metadata             map[string]string `json:"metadata"`
}

// CreateRefund gives money back: POST refunds. The operation is queued. An unknown transaction is
// [wapay.ErrNotFound] at once; one that cannot be refunded, or not any more, is [wapay.ErrDuplicate] with the code
// not_refundable, which does not say that this refund was made. What stands with [Client.CreatePayout] about doing it
// once holds here too.
func (c *Client) CreateRefund(ctx context.Context, r RefundRequest) (*Operation, error) {
	const op = "CreateRefund"
	var bad check.Fields
	checkReference(&bad, "Reference", r.Reference)
	bad.Word("TransactionReference", r.TransactionReference)
	if r.Amount != (wapay.Money{}) {
		checkWalletAmount(&bad, "Amount", r.Amount)
	}
	checkText(&bad, "Reason", r.Reason)
	checkMetadata(&bad, "Metadata", r.Metadata, facts.IntramReference)
	checkKey(&bad, r.IdempotencyKey)
	if err := bad.Err(provider, op, r.Reference); err != nil {
		return nil, err
	}
	return c.create(ctx, op, r.Reference, "refunds", c.key(r.IdempotencyKey, keyRefund, r.Reference), &refundBody{
		TransactionReference: r.TransactionReference, Amount: number(r.Amount), Reason: r.Reason,
		Metadata: withReference(r.Metadata, r.Reference),
	})
}
