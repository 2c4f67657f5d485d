package intram

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// PaymentRequest asks a customer for money.
type PaymentRequest struct {
	// Reference is the merchant's own id of the order. The provider has no
	// field for it. The client sends it as webhook_data.reference, and it comes
	// back in notifications.
	Reference   string
	Amount      wapay.Money    // invoice.amount, invoice.currency; whole units
	Description string         // invoice.description, at most 500 characters
	Customer    wapay.Customer // invoice.customer: phone (E.164 without the +), first_name, last_name, email
	// Operator and Customer.Phone become payment_method, a hint: the customer
	// may choose another method on the page. Without Operator there is none.
	Operator    string
	SuccessURL  string            // return_urls.success
	CancelURL   string            // return_urls.cancel
	WebhookData map[string]string // webhook_data, without the key "reference"
	// IdempotencyKey replaces the key derived from the Reference: 8 to 128
	// letters, digits, _ and -.
	IdempotencyKey string
}

type paymentBody struct {
	Invoice     wireInvoice       `json:"invoice"`
	Method      *wireMethod       `json:"payment_method,omitempty"`
	ReturnURLs  *wireReturnURLs   `json:"return_urls,omitempty"`
	WebhookData map[string]string `json:"webhook_data"`
}

type wireInvoice struct {
	Amount      json.Number    `json:"amount"`
	Currency    wapay.Currency `json:"currency"`
	Description string         `json:"description,omitempty"`
	Customer    wireCustomer   `json:"customer"` // required, even if empty
}

type wireCustomer struct {
	Email     loose.String `json:"email,omitempty"`
	FirstName loose.String `json:"first_name,omitempty"`
	LastName  loose.String `json:"last_name,omitempty"`
	Phone     loose.String `json:"phone,omitempty"`
}

type wireMethod struct {
	Code        string `json:"code"`
	CountryCode string `json:"country_code,omitempty"`
	MSISDN      string `json:"msisdn,omitempty"`
}

type wireReturnURLs struct {
	Success string `json:"success,omitempty"`
	Cancel  string `json:"cancel,omitempty"`
}

// CreatePaymentRequest asks a customer for money: POST payment-requests. It
// returns a queued operation. The Checkout with the page follows a little
// later: see [Client.WaitOperation] or [Client.Pay]. The same call again has
// the effect that [Client.CreatePayout] describes.
func (c *Client) CreatePaymentRequest(ctx context.Context, r PaymentRequest) (*Operation, error) {
	ctx = call.Start(ctx, "CreatePaymentRequest", nil)
	return c.create(ctx, TypePaymentRequest, r.Reference, r.IdempotencyKey, r.check(), r.body())
}

func (r *PaymentRequest) check() check.Fields {
	var bad check.Fields
	checkReference(&bad, r.Reference)
	checkAmount(&bad, "Amount", r.Amount)
	checkText(&bad, "Description", r.Description)
	bad.Email("Customer.Email", r.Customer.Email)
	bad.Text("Customer.FirstName", r.Customer.FirstName, maxOrder)
	bad.Text("Customer.LastName", r.Customer.LastName, maxOrder)
	if r.Operator != "" {
		bad.Word("Operator", r.Operator)
	}
	bad.Text("SuccessURL", r.SuccessURL, maxOrder)
	bad.Text("CancelURL", r.CancelURL, maxOrder)
	checkMetadata(&bad, "WebhookData", r.WebhookData, facts.IntramReference)
	checkKey(&bad, r.IdempotencyKey)
	return bad
}

func (r *PaymentRequest) body() *paymentBody {
	b := &paymentBody{
		Invoice: wireInvoice{
			Amount: number(r.Amount), Currency: r.Amount.Currency(), Description: r.Description,
			Customer: wireCustomer{
				Email: loose.String(r.Customer.Email), FirstName: loose.String(r.Customer.FirstName),
				LastName: loose.String(r.Customer.LastName), Phone: loose.String(r.Customer.Phone.MSISDN()),
			},
		},
		WebhookData: withReference(r.WebhookData, r.Reference),
	}
	if r.Operator != "" {
		b.Method = &wireMethod{r.Operator, r.Customer.Phone.Country(), r.Customer.Phone.MSISDN()}
	}
	if urls := (wireReturnURLs{r.SuccessURL, r.CancelURL}); urls != (wireReturnURLs{}) {
		b.ReturnURLs = &urls
	}
	return b
}

// order returns the fields to compare.
func (r *PaymentRequest) order() *order {
	text, _ := json.Marshal(r.body()) // cannot fail: it was sent before
	return readOrder(text)
}

// Checkout is the result of a payment request, with the page for the customer.
type Checkout struct {
	TransactionReference string       // transaction_reference, for Transaction and CreateRefund
	TransactionID        string       // transaction_id
	Status               wapay.Status // status at the creation of the page; Transaction has the current one
	ProviderStatus       string       // status, unchanged
	Amount               wapay.Money  // amount, currency
	GatewayURL           string       // gateway_url
	PaymentURL           string       // payment_url
	ReceiptURL           string       // receipt_url
	QRCode               string       // qr_code, a data URL: see QRCodePNG
}

// URL returns the page on which the customer pays: GatewayURL, or else
// PaymentURL. The documents do not explain the difference. URL returns "" if
// neither is a web address.
func (c *Checkout) URL() string {
	return cmp.Or(loose.String(c.GatewayURL).Page(), loose.String(c.PaymentURL).Page())
}

// QRCodePNG returns the QR code as a PNG image.
func (c *Checkout) QRCodePNG() ([]byte, error) {
	data, ok := strings.CutPrefix(c.QRCode, "data:image/png;base64,")
	if !ok {
		return nil, errors.New("intram: the QR code is no data URL of a PNG image")
	}
	png, err := base64.StdEncoding.DecodeString(data)
	if err != nil || !bytes.HasPrefix(png, []byte("\x89PNG\r\n\x1a\n")) {
		return nil, errors.New("intram: the QR code is no PNG image in base64")
	}
	return png, nil
}

// readCheckout returns nil for an unreadable result.
func readCheckout(result wapay.Raw) *Checkout {
	var w struct {
		Reference  loose.String `json:"transaction_reference"`
		ID         loose.String `json:"transaction_id"`
		Status     loose.String `json:"status"`
		Amount     loose.String `json:"amount"`
		Currency   currency     `json:"currency"`
		GatewayURL loose.String `json:"gateway_url"`
		PaymentURL loose.String `json:"payment_url"`
		ReceiptURL loose.String `json:"receipt_url"`
		QRCode     loose.String `json:"qr_code"`
	}
	if json.Unmarshal(result, &w) != nil {
		return nil
	}
	return &Checkout{
		TransactionReference: string(w.Reference), TransactionID: string(w.ID), Amount: w.Currency.money(w.Amount),
		Status: facts.IntramStatus(string(w.Status)), ProviderStatus: string(w.Status),
		GatewayURL: string(w.GatewayURL), PaymentURL: string(w.PaymentURL), ReceiptURL: string(w.ReceiptURL),
		QRCode: string(w.QRCode),
	}
}
