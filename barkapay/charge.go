package barkapay

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/redact"
)

// ChargeRequest asks a customer for money, without leaving the merchant's page.
type ChargeRequest struct {
	// OrderID is the merchant's reference: at most 255 bytes, without ":". The
	// documented samples show "c1d66d7e1198d". One integrator reports that the
	// provider refused a UUID and took digits only.
	OrderID string      // order_id
	Amount  wapay.Money // amount, XOF, documented as 100 to 1,000,000
	// Sender is the customer. The client sends the number in its national form.
	// It does not change an old number of Benin into a new one.
	Sender   wapay.Phone // sender_country, sender_phonenumber
	Operator string      // operator, "MOOV"; see Operators
	// OTP is the code that the customer got from the operator, if
	// Operator.OTPRequired is set. Orange Money in Burkina Faso is such an
	// operator. With a code the answer is final. Set AllowDuplicate if the
	// order was sent before without its code.
	OTP wapay.Secret // otp
	// CallbackURL is the https address for the notification. Without it the
	// provider uses the app's own URL.
	CallbackURL string // callback_url
	// OrderData comes back in lookups and notifications. It is usually JSON,
	// has at most 16 KiB, and is not secret.
	OrderData string // order_data
	// AllowDuplicate lets the provider take a second order with the same
	// OrderID. Without it the client sends order_id_unicity=1, and the provider
	// refuses the second.
	AllowDuplicate bool // order_id_unicity=0
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (r ChargeRequest) Format(f fmt.State, _ rune) { redact.Format(f, r) }

// The provider documents these limits only for the amount of a charge.
// Operators have narrower ones: see [Client.Operators].
const minCharge, maxCharge = 100, 1_000_000

func (r ChargeRequest) check() check.Fields {
	var bad check.Fields
	checkOrder(&bad, r.OrderID, r.OrderData, r.CallbackURL)
	bad.Amount("Amount", r.Amount, wapay.XOF)
	if n := r.Amount.MinorUnits(); r.Amount.Currency() == wapay.XOF && n > 0 && (n < minCharge || n > maxCharge) {
		bad.Add("Amount", "is %s, want 100 to 1,000,000", r.Amount)
	}
	checkPhone(&bad, "Sender", r.Sender)
	if r.Operator == "" {
		bad.Add("Operator", "is required for a charge; a payment link has none, and needs an SCI pair")
	} else {
		bad.Word("Operator", r.Operator)
	}
	bad.Text("OTP", string(r.OTP), maxText)
	return bad
}

func (r ChargeRequest) order() order { return order{id: r.OrderID, amount: r.Amount, phone: r.Sender} }

// Charge asks a customer to pay: POST payment/mobile/api, with the API pair.
// With most operators the customer confirms on the phone, and the transaction
// is pending. If it has a LaunchURL, the customer must open that page. With an
// OTP the status is final at once.
//
// Charge sends the order once and looks nothing up. After
// [wapay.ErrOutcomeUnknown], look the order up with [wapay.SettlePayment]. A
// used order id is [wapay.ErrDuplicate] if the client recognises the provider's
// message, which is not documented.
func (c *Client) Charge(ctx context.Context, r ChargeRequest) (*Transaction, error) {
	ctx = call.Start(ctx, "Charge", nil)
	call.HideCode(ctx, r.OTP)
	return c.charge(ctx, r, call.NoneBefore)
}

// charge sends a charge. earlier says whether an earlier request under the same
// reference may still be carried out.
func (c *Client) charge(ctx context.Context, r ChargeRequest, earlier call.Earlier) (*Transaction, error) {
	request := post("payment/mobile/api", r.OrderID, form{
		"sender_country": toProvider(r.Sender.CountryAlpha3()), "sender_phonenumber": r.Sender.National(),
		"operator": r.Operator, "amount": francs(r.Amount), "otp": string(r.OTP), "order_id": r.OrderID,
		"order_id_unicity": bit(!r.AllowDuplicate), "order_data": r.OrderData, "callback_url": r.CallbackURL,
	})
	request.Earlier = earlier
	return c.create(ctx, request, r.order(), r.check())
}
