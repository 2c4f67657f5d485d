package barkapay

import (
	"context"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
)

// TransferRequest sends money from the merchant's API account.
type TransferRequest struct {
	OrderID  string      // order_id, as in ChargeRequest
	Amount   wapay.Money // amount, XOF
	Receiver wapay.Phone // receiver_country, receiver_phonenumber
	Operator string      // operator, "MOOV"; see Operators
	// CallbackURL is the https address for the notification. Without it the
	// provider uses the app's own URL.
	CallbackURL    string // callback_url
	OrderData      string // order_data, as in ChargeRequest
	Note           string // note
	AllowDuplicate bool   // order_id_unicity=0, as in ChargeRequest
	// IgnoreDoubleSpendRisk switches off the provider's own protection against
	// paying twice. The documents do not describe that protection.
	IgnoreDoubleSpendRisk bool // ignore_double_spend_risk=1
}

// CreateTransfer sends money: POST transfer/request/mobile, with the API pair.
// The transfer is pending.
//
// CreateTransfer sends the order once and looks nothing up. Its errors are
// those of [Client.Charge]. A refusal for double spend risk is
// [wapay.ErrDuplicate], because the similar transfer may be this order's.
func (c *Client) CreateTransfer(ctx context.Context, r TransferRequest) (*Transaction, error) {
	ctx = call.Start(ctx, "CreateTransfer", nil)
	values := form{
		"receiver_country": toProvider(r.Receiver.CountryAlpha3()), "receiver_phonenumber": r.Receiver.National(),
		"operator": r.Operator, "amount": francs(r.Amount), "note": r.Note, "order_id": r.OrderID,
		"order_id_unicity": bit(!r.AllowDuplicate), "order_data": r.OrderData, "callback_url": r.CallbackURL,
	}
	if r.IgnoreDoubleSpendRisk {
		values["ignore_double_spend_risk"] = "1"
	}
	request := post("transfer/request/mobile", r.OrderID, values)
	return c.create(ctx, request, r.order(), r.check())
}

func (r TransferRequest) check() check.Fields {
	var bad check.Fields
	checkOrder(&bad, r.OrderID, r.OrderData, r.CallbackURL)
	bad.Amount("Amount", r.Amount, wapay.XOF)
	checkPhone(&bad, "Receiver", r.Receiver)
	bad.Word("Operator", r.Operator)
	bad.Text("Note", r.Note, maxText)
	return bad
}

func (r TransferRequest) order() order {
	return order{id: r.OrderID, amount: r.Amount, phone: r.Receiver}
}

// Transfer looks a transfer up by its id: GET transfer/{public_id}, with the
// API pair.
func (c *Client) Transfer(ctx context.Context, id string) (*Transaction, error) {
	return c.findOne(call.Start(ctx, "Transfer", nil), apiApp, "transfer", id)
}

// Transfers lists the transfers that the filter selects: GET transfer/, with
// the API pair.
func (c *Client) Transfers(ctx context.Context, f Filter) ([]Transaction, error) {
	return c.list(call.Start(ctx, "Transfers", nil), apiApp, "transfer", f, f.check())
}
