package apiv1

import (
	"cmp"
	"context"
	"fmt"
	"regexp"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/redact"
)

// The channels of a direct payment. Their effect is not documented.
const (
	ChannelPush   = "PUSH"
	ChannelOTP    = "OTP"
	ChannelQRCode = "QRCODE"
)

// PaymentRequest asks a customer for money, on a page or directly on the phone.
type PaymentRequest struct {
	// MerchantTransactionID is the merchant's reference. It is unique and has
	// at most 30 characters, without underscore. Capitals, digits and hyphens
	// are safe. It is not documented whether payments and transfers share their
	// ids: use different prefixes.
	MerchantTransactionID string      // merchant_transaction_id
	Amount                wapay.Money // amount and currency: the account's, whole units, 100 to 2 500 000
	Designation           string      // designation, required: the goods or service
	Lang                  string      // lang: "fr" or "en"; "" means "fr"

	ClientEmail     string      // client_email, required
	ClientFirstName string      // client_first_name, required, 2 to 255 characters
	ClientLastName  string      // client_last_name, required, 2 to 255 characters
	ClientPhone     wapay.Phone // client_phone_number, required with DirectPay

	SuccessURL string // success_url, required, https, at most 120 characters; a visit does not prove a payment
	FailedURL  string // failed_url, as SuccessURL
	NotifyURL  string // notify_url, as SuccessURL

	// PaymentMethod is the operator with the account's country ("OM_CI").
	// Without it the page offers all operators.
	PaymentMethod string // payment_method
	// DirectPay asks for a confirmation on the customer's phone, without a
	// page.
	DirectPay bool // direct_pay
	// OTP is a code of 4 to 6 digits that the customer got from the operator.
	// It needs DirectPay, and no call can send it later. It is not documented
	// which operators require one.
	OTP     wapay.Secret // otp_code
	Channel string       // channel: ChannelPush, ChannelOTP, ChannelQRCode or nothing
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (q PaymentRequest) Format(f fmt.State, _ rune) { redact.Format(f, q) }

type wirePayment struct {
	Currency      wapay.Currency `json:"currency"`
	MerchantID    string         `json:"merchant_transaction_id"`
	Amount        int64          `json:"amount"`
	Lang          string         `json:"lang"`
	Designation   string         `json:"designation"`
	Email         string         `json:"client_email"`
	FirstName     string         `json:"client_first_name"`
	LastName      string         `json:"client_last_name"`
	Phone         string         `json:"client_phone_number,omitempty"`
	SuccessURL    string         `json:"success_url"`
	FailedURL     string         `json:"failed_url"`
	NotifyURL     string         `json:"notify_url"`
	PaymentMethod string         `json:"payment_method,omitempty"`
	DirectPay     bool           `json:"direct_pay"`
	OTP           string         `json:"otp_code,omitempty"`
	Channel       string         `json:"channel,omitempty"`
}

var otp = regexp.MustCompile(`^[0-9]{4,6}$`)

func (c *client) checkPayment(bad *check.Fields, q *PaymentRequest) {
	checkReference(bad, "MerchantTransactionID", q.MerchantTransactionID)
	before := len(*bad)
	c.checkAmount(bad, q.Amount)
	if n := units(q.Amount); len(*bad) == before && (n < 100 || n > 2_500_000) {
		bad.Add("Amount", "is %s, want 100 to 2 500 000", q.Amount)
	}
	checkText(bad, "Designation", q.Designation, 1, 2048)
	bad.OneOf("Lang", cmp.Or(q.Lang, "fr"), "fr", "en")
	if bad.Email("ClientEmail", q.ClientEmail); q.ClientEmail == "" {
		bad.Add("ClientEmail", "is required")
	}
	checkText(bad, "ClientFirstName", q.ClientFirstName, 2, 255)
	checkText(bad, "ClientLastName", q.ClientLastName, 2, 255)
	if q.DirectPay || !q.ClientPhone.IsZero() {
		c.checkPhone(bad, "ClientPhone", q.ClientPhone)
	}
	checkURL(bad, "SuccessURL", q.SuccessURL)
	checkURL(bad, "FailedURL", q.FailedURL)
	checkURL(bad, "NotifyURL", q.NotifyURL)
	if q.PaymentMethod != "" {
		c.checkMethod(bad, q.PaymentMethod)
	}
	switch {
	case q.OTP == "":
	case !otp.MatchString(string(q.OTP)):
		bad.Add("OTP", "is not a code of 4 to 6 digits")
	case !q.DirectPay:
		bad.Add("OTP", "needs a direct payment: the page asks for the code by itself")
	}
	if q.Channel != "" {
		bad.OneOf("Channel", q.Channel, ChannelPush, ChannelOTP, ChannelQRCode)
	}
}

// NewPayment is the answer to [Client.CreatePayment].
type NewPayment struct {
	ID                    string // transaction_id, the provider's
	MerchantTransactionID string // merchant_transaction_id
	// Status is never succeeded: SUCCESS in this answer is pending until
	// [Client.CheckPayment] confirms it.
	Status         wapay.Status
	ProviderStatus string // details.status, or status without details
	Reason         string // in the provider's words
	// URL is the page of the payment. The customer must open it if the payment
	// is not direct, or if MustBeRedirected is true.
	URL              string // payment_url
	PaymentToken     string // payment_token, part of the URL
	MustBeRedirected bool   // details.must_be_redirected
	// NotifyToken comes back in the notification. Store it, or its hash, for
	// the comparison. No other answer has it. Raw shows [redacted] in its
	// place.
	NotifyToken wapay.Secret // notify_token
	Raw         wapay.Raw
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (p NewPayment) Format(f fmt.State, _ rune) { redact.Format(f, p) }

// CreatePayment asks a customer for money: POST payment. It repeats the request
// only after a rejected token, when the provider has ignored it.
//
// A used reference is [wapay.ErrDuplicate] with an unknown outcome: look that
// payment up. It is not known whether the provider refuses each repeat, or
// whether a refused order uses up its reference.
func (c *Client) CreatePayment(ctx context.Context, q PaymentRequest) (*NewPayment, error) {
	ctx, in := call.Start(ctx, "CreatePayment", nil), c.in()
	var bad check.Fields
	in.checkPayment(&bad, &q)
	if err := in.calls.Check(ctx, call.Write, q.MerchantTransactionID, bad); err != nil {
		return nil, err
	}
	r := call.PostJSON(q.MerchantTransactionID, "payment", call.Write, wirePayment{
		Currency: q.Amount.Currency(), MerchantID: q.MerchantTransactionID, Amount: units(q.Amount),
		Lang: cmp.Or(q.Lang, "fr"), Designation: q.Designation,
		Email: q.ClientEmail, FirstName: q.ClientFirstName, LastName: q.ClientLastName, Phone: q.ClientPhone.E164(),
		SuccessURL: q.SuccessURL, FailedURL: q.FailedURL, NotifyURL: q.NotifyURL,
		PaymentMethod: q.PaymentMethod, DirectPay: q.DirectPay, OTP: string(q.OTP), Channel: q.Channel,
	})
	call.HideCode(ctx, q.OTP)
	a, resp, err := in.send(ctx, r, q.Amount)
	if err != nil {
		return nil, err
	}
	p := &NewPayment{
		ID: string(a.ID), MerchantTransactionID: q.MerchantTransactionID, Status: a.status(), ProviderStatus: a.word(),
		URL: a.URL.Page(), PaymentToken: string(a.Token), MustBeRedirected: a.Details.V.mustOpenPage(),
		NotifyToken: wapay.Secret(a.NotifyToken), Raw: wapay.Raw(resp.Body),
	}
	if d := &a.Details.V; d.Code+d.Status != "" {
		p.Status = facts.CinetPayV1Status(string(d.Code), string(d.Status))
		p.ProviderStatus = cmp.Or(string(d.Status), string(d.Code))
	}
	if p.Status == wapay.StatusSucceeded {
		p.Status = wapay.StatusPending
	}
	if p.Status != wapay.StatusPending {
		p.Reason = a.explanation()
	}
	return p, nil
}

// CheckoutPayment is a payment as the provider shows it.
type CheckoutPayment struct {
	ID                    string // transaction_id
	MerchantTransactionID string // merchant_transaction_id
	// Status is pending for EXPIRED and for the words about the code or the
	// customer. The provider's SDK does not count them as final, so money may
	// still come.
	Status         wapay.Status
	ProviderStatus string // status
	Reason         string // in the provider's words
	// Amount is the zero value if the answer has none, like the documented one.
	Amount wapay.Money // amount and currency
	User   User        // user
	Raw    wapay.Raw
}

// CheckPayment looks a payment up: GET payment/{id}. The id is ref.ID or
// ref.Reference. A pending or failed payment is no error.
//
// [wapay.ErrNotFound] says that this account has no such payment now. The
// provider answers NOT_FOUND with HTTP 422, 404 or 200. It does not prove that
// there is no order, because a lookup may not see a new order at once. The
// provider also takes a payment_token as the id. This client does not, because
// the answer does not show the token.
func (c *Client) CheckPayment(ctx context.Context, ref wapay.Ref) (*CheckoutPayment, error) {
	a, resp, err := c.in().find(call.Start(ctx, "CheckPayment", nil), "payment", ref)
	if err != nil {
		return nil, err
	}
	p := &CheckoutPayment{
		ID: string(a.ID), MerchantTransactionID: string(a.MerchantID), Status: a.status(), ProviderStatus: a.word(),
		User: a.user(), Raw: wapay.Raw(resp.Body),
	}
	p.Amount, _ = a.money(a.Amount, c.in().currency)
	if p.Status != wapay.StatusSucceeded {
		p.Reason = a.explanation()
	}
	return p, nil
}
