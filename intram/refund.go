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
	// Reference is the merchant's own id of this refund. Two refunds of the
	// same amount of one transaction need two references. The provider has no
	// field for it. The client sends it as metadata.reference, and derives the
	// idempotency key from it.
	Reference string
	// TransactionReference is in the payment's Checkout. It is not Payment.ID,
	// which is the operation's id. [Client.Operation] returns the Checkout.
	TransactionReference string // transaction_reference
	// Amount is in whole francs. The zero value refunds all. The request has no
	// currency, so only transactions in francs can be refunded in part.
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

// CreateRefund gives money back: POST refunds. It returns a queued operation.
// An unknown transaction is [wapay.ErrNotFound]. If the provider answers
// not_refundable, CreateRefund looks this refund up and returns it. If there is
// none, the error is [wapay.ErrDuplicate]. The same call again has the effect
// that [Client.CreatePayout] describes.
func (c *Client) CreateRefund(ctx context.Context, r RefundRequest) (*Operation, error) {
	ctx = call.Start(ctx, "CreateRefund", nil)
	var bad check.Fields
	checkReference(&bad, r.Reference)
	bad.Word("TransactionReference", r.TransactionReference)
	checkRefund(&bad, r.Amount, r.Reason)
	checkMetadata(&bad, "Metadata", r.Metadata, facts.IntramReference)
	checkKey(&bad, r.IdempotencyKey)
	return c.create(ctx, TypeRefund, r.Reference, r.IdempotencyKey, bad, &refundBody{
		TransactionReference: r.TransactionReference, Amount: number(r.Amount), Reason: r.Reason,
		Metadata: withReference(r.Metadata, r.Reference),
	})
}

// checkRefund checks how much is given back, and why.
func checkRefund(bad *check.Fields, amount wapay.Money, reason string) {
	if amount != (wapay.Money{}) {
		bad.Amount("Amount", amount, wapay.XOF) // the only documented currency of a wallet
	}
	checkText(bad, "Reason", reason)
}
