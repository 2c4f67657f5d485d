package payhub

import (
	"context"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// TransferRequest sends money from the merchant's balance.
type TransferRequest struct {
	OrderID  string      // order.id, as in PaymentRequest
	Amount   wapay.Money // amount, XOF
	Phone    wapay.Phone // phone_number, as in PaymentRequest
	Operator string      // operator, "ORANGE"
	// IgnoreDoubleSpendRisk switches off the provider's own protection against
	// paying twice: it refuses a transfer that is like one of the last minute.
	// What it compares is not documented.
	IgnoreDoubleSpendRisk bool // ignore_double_spend_risk
}

func (r TransferRequest) order() order { return order{r.OrderID, r.Amount, r.Phone, r.Operator} }

type transferBody struct {
	orderBody
	IgnoreDoubleSpendRisk bool `json:"ignore_double_spend_risk,omitempty"`
}

// CreateTransfer sends money: POST transfers. The ProviderStatus UNRESOLVED
// means that the provider does not know what the operator did. Never pay such a
// transfer again.
//
// CreateTransfer sends the order once and looks nothing up. Its errors are
// those of [Client.CreatePayment]. A refusal for double spend risk is
// [wapay.ErrDuplicate], because the similar transfer may be this order's.
func (c *Client) CreateTransfer(ctx context.Context, r TransferRequest) (*Transaction, error) {
	ctx = call.Start(ctx, "CreateTransfer", nil)
	body := transferBody{r.order().body(), r.IgnoreDoubleSpendRisk}
	return c.create(ctx, transfers, r.order(), body, r.order().check(c.in().country))
}

// Transfer looks a transfer up: GET transfers/{id}. The id is the provider's or
// the merchant's.
func (c *Client) Transfer(ctx context.Context, id string) (*Transaction, error) {
	return c.findByAnyID(call.Start(ctx, "Transfer", nil), transfers, id)
}

// Transfers lists transfers: GET transfers. Of the filters only From is
// documented.
func (c *Client) Transfers(ctx context.Context, f Filter) (*Page, error) {
	return c.list(call.Start(ctx, "Transfers", nil), transfers, f)
}
