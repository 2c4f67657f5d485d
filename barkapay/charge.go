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
	// OrderID is the merchant's reference: at most 255 bytes, without ":". One
	// integrator reports that the provider refused a UUID and took digits only.
	// The documented samples show "c1d66d7e1198d". It is sent as it is.
	OrderID string      // order_id
	Amount  wapay.Money // amount, XOF, documented as 100 to 1,000,000
	// Sender is who pays. The number is sent in its national form. A number of
	// Benin is sent in the form, old or new, that the Phone has.
	Sender   wapay.Phone // sender_country, sender_phonenumber
	Operator string      // operator, "MOOV"; see Operators
	// OTP is the code that the customer got from the operator, where
	// Operator.OTPRequired says so, as Orange Money in Burkina Faso does. The
	// answer is then final at once. Where the provider was asked before for the
	// same order without the code, AllowDuplicate has to be set.
	OTP wapay.Secret // otp
	// CallbackURL is where the notification goes, instead of the app's own URL.
	// https.
	CallbackURL string // callback_url
	// OrderData comes back in lookups and notifications. It is normally JSON, at
	// most 16 KiB, and not secret.
	OrderData string // order_data
	// AllowDuplicate lets the provider take a second order with the same OrderID.
	// Without it, order_id_unicity=1 is sent, and the provider refuses one.
	AllowDuplicate bool // order_id_unicity=0
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (r ChargeRequest) Format(f fmt.State, _ rune) { redact.Format(f, r) }

// The provider documents these limits for the amount of a charge, and for no
// other amount. Operators have narrower ones: see [Client.Operators].
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
// Most operators have the customer confirm on the phone. The transaction is
// then pending, and where it has a LaunchURL, the customer has to open it. With
// an OTP it has succeeded or failed at once.
//
// Charge sends the order once and looks nothing up. After an error that is
// [wapay.ErrOutcomeUnknown], look the order up with [wapay.SettlePayment]. An
// order id that was used before is [wapay.ErrDuplicate], as far as the
// provider's message, which is not documented, can be recognised.
func (c *Client) Charge(ctx context.Context, r ChargeRequest) (*Transaction, error) {
	ctx = call.Start(ctx, "Charge", nil)
	call.HideCode(ctx, r.OTP)
	return c.charge(ctx, r, call.NoneBefore)
}

// charge sends a charge. earlier says whether an order of before may still be
// carried out under the same reference.
func (c *Client) charge(ctx context.Context, r ChargeRequest, earlier call.Earlier) (*Transaction, error) {
	request := post("payment/mobile/api", r.OrderID, form{
		"sender_country": toProvider(r.Sender.CountryAlpha3()), "sender_phonenumber": r.Sender.National(),
		"operator": r.Operator, "amount": francs(r.Amount), "otp": string(r.OTP), "order_id": r.OrderID,
		"order_id_unicity": bit(!r.AllowDuplicate), "order_data": r.OrderData, "callback_url": r.CallbackURL,
	})
	request.Earlier = earlier
	return c.create(ctx, request, r.order(), r.check())
}
