package cinetpay

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// The ways to pay that a page can offer.
const (
	ChannelAll         = "ALL"
	ChannelMobileMoney = "MOBILE_MONEY"
	ChannelCreditCard  = "CREDIT_CARD"
	ChannelWallet      = "WALLET"
)

// CheckoutRequest makes a page on which a customer pays.
type CheckoutRequest struct {
	TransactionID string // transaction_id: the merchant's reference, at most 255 bytes; unique
	// Amount is in XOF, XAF, CDF, GNF or USD, in whole units. It has to be a
	// multiple of 5, except in USD.
	Amount wapay.Money // amount
	// Description is shown to the customer. It must not have any of # / $ _ &: the
	// document asks to avoid them.
	Description string // description, required, at most 255 bytes
	NotifyURL   string // notify_url, required, https
	ReturnURL   string // return_url, required
	Channels    string // channels: ChannelAll if left out; several have commas between
	Lang        string // lang: "fr" or "en"; the provider's choice if left out
	// Metadata comes back in lookups and notifications. It is not secret. It
	// has at most 4096 bytes, so that neither becomes too long to be read.
	Metadata string // metadata
	// InvoiceData is up to three names and values for the customer's invoice.
	InvoiceData map[string]string // invoice_data
	// LockPhoneNumber makes the page take CustomerPhone, and no other, for the
	// number that pays.
	LockPhoneNumber bool // lock_phone_number

	CustomerPhone wapay.Phone // customer_phone_number

	// The rest is for payments by card. Send all or none of it: a missing one is a
	// documented cause of code 624.
	CustomerID      string // customer_id
	CustomerName    string // customer_name
	CustomerSurname string // customer_surname
	CustomerEmail   string // customer_email
	CustomerAddress string // customer_address
	CustomerCity    string // customer_city
	CustomerCountry string // customer_country, ISO 3166-1 alpha-2
	CustomerState   string // customer_state
	CustomerZIPCode string // customer_zip_code
}

type wireCheckout struct {
	site
	TransactionID   string            `json:"transaction_id"`
	Amount          json.Number       `json:"amount"`
	Currency        wapay.Currency    `json:"currency"`
	Description     string            `json:"description"`
	NotifyURL       string            `json:"notify_url"`
	ReturnURL       string            `json:"return_url"`
	Channels        string            `json:"channels"`
	Lang            string            `json:"lang,omitempty"`
	Metadata        string            `json:"metadata,omitempty"`
	InvoiceData     map[string]string `json:"invoice_data,omitempty"`
	LockPhoneNumber bool              `json:"lock_phone_number,omitempty"`
	CustomerPhone   string            `json:"customer_phone_number,omitempty"`
	CustomerID      string            `json:"customer_id,omitempty"`
	CustomerName    string            `json:"customer_name,omitempty"`
	CustomerSurname string            `json:"customer_surname,omitempty"`
	CustomerEmail   string            `json:"customer_email,omitempty"`
	CustomerAddress string            `json:"customer_address,omitempty"`
	CustomerCity    string            `json:"customer_city,omitempty"`
	CustomerCountry string            `json:"customer_country,omitempty"`
	CustomerState   string            `json:"customer_state,omitempty"`
	CustomerZIPCode string            `json:"customer_zip_code,omitempty"`
}

// Checkout is a page on which a customer pays.
type Checkout struct {
	TransactionID string // the merchant's reference, as it was sent
	Token         string // payment_token: names the payment in lookups
	URL           string // payment_url
	ResponseID    string // api_response_id, to quote to the provider's support
	Raw           wapay.Raw
}

type checkoutAnswer struct {
	Code       loose.String `json:"code"`
	ResponseID loose.String `json:"api_response_id"`
	Data       loose.Object[struct {
		Token loose.String `json:"payment_token"`
		URL   loose.String `json:"payment_url"`
	}] `json:"data"`
}

// Check makes an answer without a page undecodable.
func (a *checkoutAnswer) Check() error {
	return call.FailIf(a.Code != codeCreated || a.Data.V.URL == "", "no code 201 with a payment_url")
}

// CreatePayment makes a page on which a customer pays: POST payment. It is sent
// once. After an error that is [wapay.ErrOutcomeUnknown] there may be such a
// page, which nobody has seen. [Client.CheckPayment] tells what was paid on it,
// but not its address.
//
// A transaction id that was used before is [wapay.ErrDuplicate] with an unknown
// outcome, as far as the provider's message can be recognised: no code for it
// is documented.
func (c *Client) CreatePayment(ctx context.Context, q CheckoutRequest) (*Checkout, error) {
	ctx, p := call.Start(ctx, "CreatePayment", nil), &c.in().checkout
	q.Channels = cmp.Or(q.Channels, ChannelAll)
	bad := p.missing()
	q.check(&bad)
	if err := p.calls.Check(ctx, call.Write, q.TransactionID, bad); err != nil {
		return nil, err
	}
	var answer checkoutAnswer
	resp, err := p.calls.Do(ctx, call.PostJSON(q.TransactionID, "payment", call.Write, q.wire(p.site)), &answer)
	if err != nil {
		return nil, err
	}
	d := &answer.Data.V
	return &Checkout{
		TransactionID: q.TransactionID, Token: string(d.Token), URL: string(d.URL),
		ResponseID: string(answer.ResponseID), Raw: wapay.Raw(resp.Body),
	}, nil
}

// wire returns the body of the request.
func (q *CheckoutRequest) wire(s site) wireCheckout {
	return wireCheckout{
		site: s, TransactionID: q.TransactionID,
		Amount: json.Number(units(q.Amount)), Currency: q.Amount.Currency(), Description: q.Description,
		NotifyURL: q.NotifyURL, ReturnURL: q.ReturnURL, Channels: q.Channels, Lang: q.Lang, Metadata: q.Metadata,
		InvoiceData: q.InvoiceData, LockPhoneNumber: q.LockPhoneNumber,
		CustomerPhone: q.CustomerPhone.E164(), CustomerID: q.CustomerID, CustomerName: q.CustomerName,
		CustomerSurname: q.CustomerSurname, CustomerEmail: q.CustomerEmail, CustomerAddress: q.CustomerAddress,
		CustomerCity: q.CustomerCity, CustomerCountry: q.CustomerCountry, CustomerState: q.CustomerState,
		CustomerZIPCode: q.CustomerZIPCode,
	}
}

func (q *CheckoutRequest) check(bad *check.Fields) {
	bad.Reference("TransactionID", q.TransactionID, maxReference, "")
	checkAmount(bad, "Amount", q.Amount, facts.CinetPayCheckoutCurrencies()...)
	bad.Reference("Description", q.Description, 255, "#/$_&")
	if q.NotifyURL == "" {
		bad.Add("NotifyURL", "is required")
	}
	bad.URL("NotifyURL", q.NotifyURL)
	bad.Reference("ReturnURL", q.ReturnURL, 2048, "")
	if u, err := url.Parse(q.ReturnURL); q.ReturnURL != "" && (err != nil || !u.IsAbs()) {
		bad.Add("ReturnURL", "is not an absolute URL")
	}
	for _, channel := range strings.Split(q.Channels, ",") {
		bad.OneOf("Channels", strings.TrimSpace(channel), ChannelAll, ChannelMobileMoney, ChannelCreditCard, ChannelWallet)
	}
	if q.Lang != "" {
		bad.OneOf("Lang", q.Lang, "fr", "en")
	}
	bad.Text("Metadata", q.Metadata, 4096)
	if len(q.InvoiceData) > 3 {
		bad.Add("InvoiceData", "has %d entries, at most 3 are allowed", len(q.InvoiceData))
	}
	for name, value := range q.InvoiceData {
		bad.Text("InvoiceData", name, 255)
		bad.Text("InvoiceData", value, 255)
	}
	if q.LockPhoneNumber && q.CustomerPhone.IsZero() {
		bad.Add("CustomerPhone", "is required with LockPhoneNumber")
	}
	bad.Email("CustomerEmail", q.CustomerEmail)
	for _, t := range []struct{ field, value string }{
		{"CustomerID", q.CustomerID},
		{"CustomerName", q.CustomerName},
		{"CustomerSurname", q.CustomerSurname},
		{"CustomerAddress", q.CustomerAddress},
		{"CustomerCity", q.CustomerCity},
		{"CustomerCountry", q.CustomerCountry},
		{"CustomerState", q.CustomerState},
		{"CustomerZIPCode", q.CustomerZIPCode},
	} {
		bad.Text(t.field, t.value, 255)
	}
}
