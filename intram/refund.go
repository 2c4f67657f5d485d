package intram

import (
	"context"
	"encoding/json"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
)

// RefundRequest gives a customer money back.
type RefundRequest struct {
	// Reference is the merchant's own id of this refund: two refunds of the
	// same amount of the same transaction need two references. The provider has
	// no field for it: it travels as metadata.reference, and the idempotency
	// key is derived from it.
	Reference string
	// TransactionReference is that of the payment's Checkout. It is not
	// Payment.ID, which names the operation: [Client.Operation] finds the
	// Checkout by it.
	TransactionReference string // transaction_reference
	// Amount is in whole francs. The zero value refunds all. The currency is not
	// sent, so a part of a transaction in another one cannot be refunded here.
	Amount   wapay.Money       // amount
	Reason   string            // reason, at most 500 characters
	Metadata map[string]string // metadata, without the key "reference"
	// IdempotencyKey replaces the key derived from the Reference: 8 to 128
	// letters, digits, _ and -.
	IdempotencyKey string
}

type refundBody struct {
	TransactionReference string            `json:"transaction_reference"`
	Amount               json.Number       `json:"amount,omitempty"`
	Reason               string            `json:"reason,omitempty"`
	Metadata             map[string]string `json:"metadata"`
}

// CreateRefund gives money back: POST refunds. The operation is queued. An
// unknown transaction is [wapay.ErrNotFound] at once. One that cannot be
// refunded, or not any more, has the code not_refundable: if this refund is the
// reason, it is looked up and returned, else the error is [wapay.ErrDuplicate].
// The same call again does what [Client.CreatePayout] says.
func (c *Client) CreateRefund(ctx context.Context, r RefundRequest) (*Operation, error) {
	ctx = call.Start(ctx, "CreateRefund", nil)
	var bad check.Fields
	checkReference(&bad, r.Reference)
	bad.Word("TransactionReference", r.TransactionReference)
	if r.Amount != (wapay.Money{}) {
		bad.Amount("Amount", r.Amount, wapay.XOF) // the only currency that is documented for a wallet
	}
	checkText(&bad, "Reason", r.Reason)
	checkMetadata(&bad, "Metadata", r.Metadata, facts.IntramReference)
	checkKey(&bad, r.IdempotencyKey)
	return c.create(ctx, TypeRefund, r.Reference, r.IdempotencyKey, bad, &refundBody{
		TransactionReference: r.TransactionReference, Amount: number(r.Amount), Reason: r.Reason,
		Metadata: withReference(r.Metadata, r.Reference),
	})
}
