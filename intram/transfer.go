package intram

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// RecipientType is the form of a recipient's name.
type RecipientType string

// The types of recipient.
const (
	CustomerEmail RecipientType = "customer_email"
	CustomerID    RecipientType = "customer_id"
	MerchantID    RecipientType = "merchant_id"
)

// TransferRequest sends money to another wallet at Intram.
type TransferRequest struct {
	// Reference is the merchant's own id of the transfer. The client sends it
	// as metadata.reference, and derives the idempotency key from it.
	Reference       string
	Amount          wapay.Money       // amount, in whole francs: the request has no currency
	RecipientType   RecipientType     // recipient.type
	Recipient       string            // recipient.value
	Reason          string            // reason
	PaymentMethodID string            // payment_method_id, optional; see Balance
	Metadata        map[string]string // metadata, without the key "reference"
	// IdempotencyKey replaces the key derived from the Reference: 8 to 128
	// letters, digits, _ and -.
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

// CreateTransfer sends money to another wallet at Intram: POST transfers. It
// returns a queued operation. The same call again has the effect that
// [Client.CreatePayout] describes.
//
// Transfers are in the provider's reference of May 2026, but not in its later
// overview. So the provider may have removed them.
func (c *Client) CreateTransfer(ctx context.Context, r TransferRequest) (*Operation, error) {
	ctx = call.Start(ctx, "CreateTransfer", nil)
	var bad check.Fields
	checkReference(&bad, r.Reference)
	bad.Amount("Amount", r.Amount, wapay.XOF) // the only documented currency of a wallet
	bad.OneOf("RecipientType", string(r.RecipientType), "customer_email", "customer_id", "merchant_id")
	bad.Word("Recipient", r.Recipient)
	bad.Text("Reason", r.Reason, maxOrder)
	bad.Text("PaymentMethodID", r.PaymentMethodID, maxOrder)
	checkMetadata(&bad, "Metadata", r.Metadata, facts.IntramReference)
	checkKey(&bad, r.IdempotencyKey)
	return c.create(ctx, TypeTransfer, r.Reference, r.IdempotencyKey, bad, &transferBody{
		Amount: number(r.Amount), Recipient: wireRecipient{r.RecipientType, r.Recipient}, Reason: r.Reason,
		PaymentMethodID: r.PaymentMethodID, Metadata: withReference(r.Metadata, r.Reference),
	})
}

// Transfer is a movement of money between two wallets at Intram. Its fields are
// not documented. The client reads the names that other answers have, and Raw
// has all fields.
type Transfer struct {
	Reference      string
	Status         wapay.Status
	ProviderStatus string
	Direction      string      // "sent" or "received"
	Amount         wapay.Money // the zero value without a currency
	Reason         string
	CreatedAt      time.Time // date or created_at
	Raw            wapay.Raw
}

func readTransfer(data json.RawMessage) (Transfer, error) {
	var w struct {
		Reference loose.String `json:"reference"`
		Status    loose.String `json:"status"`
		Direction loose.String `json:"direction"`
		Amount    loose.String `json:"amount"`
		Currency  currency     `json:"currency"`
		Reason    loose.String `json:"reason"`
		Date      loose.Time   `json:"date"`
		CreatedAt loose.Time   `json:"created_at"`
	}
	if err := decode(data, &w, "a transfer without reference", &w.Reference); err != nil {
		return Transfer{}, err
	}
	return Transfer{
		Reference: string(w.Reference), Status: facts.IntramStatus(string(w.Status)), ProviderStatus: string(w.Status),
		Direction: string(w.Direction), Amount: w.Currency.money(w.Amount), Reason: string(w.Reason),
		CreatedAt: cmp.Or(w.Date, w.CreatedAt).Time, Raw: wapay.Raw(data),
	}, nil
}

// Transfer looks a transfer up: GET transfers/:reference. See
// [Client.CreateTransfer].
func (c *Client) Transfer(ctx context.Context, reference string) (*Transfer, error) {
	return one(ctx, c, "Transfer", reference, readTransfer, func(t *Transfer) (*wapay.Raw, bool) {
		return &t.Raw, t.Reference == reference
	})
}

// TransferFilter selects transfers. A zero field selects all.
type TransferFilter struct {
	Limit     int    // limit: the page size; 0 leaves it to the provider
	Direction string // direction: "sent" or "received"
	Before    string // before: NextBefore of the previous page
}

// Transfers lists one page of transfers, newest first: GET transfers. See
// [Client.CreateTransfer].
func (c *Client) Transfers(ctx context.Context, f TransferFilter) (*Page[Transfer], error) {
	var bad check.Fields
	bad.OneOf("Direction", f.Direction, "", "sent", "received")
	params := query{"direction": f.Direction, "before": f.Before}
	return list(ctx, c, "Transfers", f.Limit, params, bad, readTransfer)
}

// AllTransfers lists transfers in the same way as [Client.AllOperations].
func (c *Client) AllTransfers(ctx context.Context, f TransferFilter) iter.Seq2[Transfer, error] {
	return all(ctx, c, "AllTransfers", f.Before, func(ctx context.Context, before string) (*Page[Transfer], error) {
		f.Before = before
		return c.Transfers(ctx, f)
	})
}
