package barkapay

import (
	"context"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
)

// ChargeRequest asks a customer for money, without leaving the merchant's page.
type ChargeRequest struct {
	// OrderID is the merchant's reference: at most 255 bytes, without ":". One integrator reports that the
	// provider refused a UUID and took digits only; S shows "c1d66d7e1198d". It is sent as it is.
	OrderID string      // order_id
	Amount  wapay.Money // amount, XOF, 100 to 1,000,000
	// Sender is who pays. The number is sent in its national form; of a number in Benin, in the form, old
	// or new, that the Phone has.
	Sender   wapay.Phone // sender_country, sender_phonenumber
	Operator string      // operator, "MOOV"; see Operators
	// OTP is the code that the customer got from the operator, where Operator.OTPRequired says so (S:
	// Orange Money in Burkina Faso). With it the answer is final at once. Where the provider has been asked
	// once for the same order without the code, AllowDuplicate has to be set for the call with it.
	OTP string // otp
	// CallbackURL is where the notification goes, instead of the app's own URL. https.
	CallbackURL string // callback_url
	OrderData   string // order_data: comes back in lookups and notifications, normally JSON; not secret
	// AllowDuplicate lets the provider take a second order with the same OrderID. Left out,
	// order_id_unicity=1 is sent, and it refuses one.
	AllowDuplicate bool // order_id_unicity=0
}

type chargeForm struct {
	SenderCountry     string `url:"sender_country"`
	Operator          string `url:"operator"`
	SenderPhonenumber string `url:"sender_phonenumber"`
	Amount            string `url:"amount"`
	OrderID           string `url:"order_id"`
	OrderIDUnicity    bool   `url:"order_id_unicity,int"`
	CallbackURL       string `url:"callback_url,omitempty"`
	OrderData         string `url:"order_data,omitempty"`
	OTP               string `url:"otp,omitempty"`
}

// Charge asks a customer to pay: POST payment/mobile/api, with the API pair. Most operators have the customer
// confirm on the phone: the transaction is pending, and where it has a LaunchURL the customer has to open it.
// With an OTP it has succeeded or failed at once.
//
// It is sent once. After an error that is [wapay.ErrOutcomeUnknown] look the order up, with
// [wapay.SettlePayment]; an order id that was used before is [wapay.ErrDuplicate], as far as the provider's
// message can be recognised: S does not document it. After a 429, when the call is repeated, its outcome is unknown, too.
func (c *Client) Charge(ctx context.Context, r ChargeRequest) (*Transaction, error) {
	return c.charge(ctx, "Charge", r)
}

func (c *Client) charge(ctx context.Context, op string, r ChargeRequest) (*Transaction, error) {
	var bad check.Fields
	checkOrder(&bad, r.OrderID, r.OrderData, r.CallbackURL)
	checkAmount(&bad, "Amount", r.Amount)
	checkPhone(&bad, "Sender", r.Sender)
	bad.Word("Operator", r.Operator)
	bad.Text("OTP", r.OTP, 32)
	if err := bad.Err(provider, op, r.OrderID); err != nil {
		return nil, err
	}
	return c.create(ctx, apiApp, op, order{id: r.OrderID, amount: r.Amount, phone: r.Sender}, "payment/mobile/api", chargeForm{
		SenderCountry: toProvider(r.Sender.CountryAlpha3()), SenderPhonenumber: r.Sender.National(),
		Operator: r.Operator, Amount: francs(r.Amount), OTP: r.OTP,
		OrderID: r.OrderID, OrderIDUnicity: !r.AllowDuplicate, OrderData: r.OrderData, CallbackURL: r.CallbackURL,
	})
}
