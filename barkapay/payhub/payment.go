package payhub

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/redact"
)

// PaymentRequest asks a customer for money.
type PaymentRequest struct {
	// OrderID is the merchant's reference: at most 255 bytes, without "/".
	OrderID string      // order.id
	Amount  wapay.Money // amount, XOF; each operator has bounds of its own
	// Phone is who pays: a number of the client's country. It is sent in its
	// national form. A number of Benin is sent in the form, old or new, that
	// the Phone has.
	Phone    wapay.Phone // phone_number
	Operator string      // operator, "ORANGE": see Client.OperatorsInfo
	// OTP is the code that the customer got from the operator, if the operator
	// requires it in the first request.
	OTP wapay.Secret // otp
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (r PaymentRequest) Format(f fmt.State, _ rune) { redact.Format(f, r) }

func (r PaymentRequest) order() order { return order{r.OrderID, r.Amount, r.Phone, r.Operator} }

func (r PaymentRequest) check(country string) check.Fields {
	bad := r.order().check(country)
	bad.Text("OTP", string(r.OTP), maxOTP)
	return bad
}

// maxOTP is far above the six digits in the samples.
const maxOTP = 100

type paymentBody struct {
	orderBody
	OTP string `json:"otp,omitempty"`
}

// CreatePayment asks a customer to pay: POST payments. The ProviderStatus may
// be final, in progress at the operator, or AWAITING_OTP.
//
// CreatePayment sends the order once and looks nothing up. After
// [wapay.ErrOutcomeUnknown], look the order up with [wapay.SettlePayment].
func (c *Client) CreatePayment(ctx context.Context, r PaymentRequest) (*Transaction, error) {
	ctx = call.Start(ctx, "CreatePayment", nil)
	call.HideCode(ctx, r.OTP)
	return c.create(ctx, payments, r.order(), paymentBody{r.order().body(), string(r.OTP)}, r.check(c.in().country))
}

// ConfirmOTP sends the one-time code for a payment that waits for it: POST
// payments/{public_id}/confirm-otp. The id is the provider's.
//
// A refusal does not mean that the payment failed: an earlier call may have
// used up the code. After an error, look the payment up by its id. If it still
// waits, confirm it again.
func (c *Client) ConfirmOTP(ctx context.Context, id string, otp wapay.Secret) (*Transaction, error) {
	ctx = call.Start(ctx, "ConfirmOTP", nil)
	call.HideCode(ctx, otp)
	return c.confirm(ctx, id, "", otp)
}

type otpBody struct {
	OTP string `json:"otp"`
}

func (c *Client) confirm(ctx context.Context, id, reference string, otp wapay.Secret) (*Transaction, error) {
	var bad check.Fields
	checkID(&bad, id)
	if otp == "" {
		bad.Add("OTP", "is required")
	}
	bad.Text("OTP", string(otp), maxOTP)
	r, answer := post(reference, otpBody{string(otp)}, payments.many, id, "confirm-otp"), single{kind: payments}
	r.Earlier = call.Lost // see ConfirmOTP
	resp, err := c.send(ctx, r, bad, &answer)
	if err != nil {
		return nil, err
	}
	if answer.found.Raw = resp.Body; answer.found.ID != id {
		return nil, c.in().calls.Undecodable(r, resp, errors.New("the answer is about another payment"))
	}
	return &answer.found, nil
}

// ResendOTP asks the operator to send the customer another code: POST
// payments/{public_id}/resend-otp. It moves no money, so its errors have no
// outcome. After an error the customer may have got a code all the same. The
// client does not repeat the request: the provider may limit codes, or cancel
// the earlier one.
func (c *Client) ResendOTP(ctx context.Context, id string) error {
	ctx = call.Start(ctx, "ResendOTP", nil)
	var bad check.Fields
	checkID(&bad, id)
	r := &call.Request{
		Effect: call.Read, Once: true, Method: http.MethodPost, Path: call.Path(payments.many, id, "resend-otp"),
	}
	_, err := c.send(ctx, r, bad, anyAnswer{})
	return err
}

// anyAnswer accepts any answer: the provider's SDKs do not read this one.
type anyAnswer struct{}

func (anyAnswer) Decode([]byte) error { return nil }

// Payment looks a payment up: GET payments/{id}. The id is the provider's or
// the merchant's. It chooses among several payments like [Client.FindPayment].
func (c *Client) Payment(ctx context.Context, id string) (*Transaction, error) {
	return c.findByAnyID(call.Start(ctx, "Payment", nil), payments, id)
}

// Payments lists payments: GET payments.
func (c *Client) Payments(ctx context.Context, f Filter) (*Page, error) {
	return c.list(call.Start(ctx, "Payments", nil), payments, f)
}
