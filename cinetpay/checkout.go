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

// The channels that a page can offer.
const (
	ChannelAll         = "ALL"
	ChannelMobileMoney = "MOBILE_MONEY"
	ChannelCreditCard  = "CREDIT_CARD"
	ChannelWallet      = "WALLET"
)

// CheckoutRequest makes a page on which a customer pays.
type CheckoutRequest struct {
	TransactionID string // transaction_id: the merchant's reference, at most 255 bytes; unique
	// Amount is in XOF, XAF, CDF, GNF or USD, in whole units. It must be a
	// multiple of 5, except in USD.
	Amount wapay.Money // amount
	// Description is shown to the customer. It must not contain # / $ _ &: the
	// documents forbid them.
	Description string // description, required, at most 255 bytes
	NotifyURL   string // notify_url, required, https
	ReturnURL   string // return_url, required
	Channels    string // channels, separated by commas; "" means ChannelAll
	Lang        string // lang: "fr" or "en"; "" leaves it to the provider
	// Metadata comes back in lookups and notifications, and is not secret. The
	// limit of 4096 bytes keeps both readable.
	Metadata string // metadata
	// InvoiceData holds up to three names and values for the customer's
	// invoice.
	InvoiceData map[string]string // invoice_data
	// LockPhoneNumber makes the page accept only CustomerPhone as the paying
	// number.
	LockPhoneNumber bool // lock_phone_number

	CustomerPhone wapay.Phone // customer_phone_number

	// The fields below are for payments by card. Send all or none of them: a
	// missing one is a documented cause of code 624.
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
	TransactionID string // the merchant's reference, as sent
	Token         string // payment_token, for lookups
	URL           string // payment_url
	ResponseID    string // api_response_id, for the provider's support
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

// Check rejects an answer without a page.
func (a *checkoutAnswer) Check() error {
	return call.FailIf(a.Code != codeCreated || a.Data.V.URL.Page() == "",
		"no code 201 with a payment_url that is a web address")
}

// CreatePayment makes a page on which a customer pays: POST payment. It sends
// the request once. After [wapay.ErrOutcomeUnknown] there may be a page with an
// unknown address. [Client.CheckPayment] reports whether somebody paid on it.
//
// A used transaction id is [wapay.ErrDuplicate] with an unknown outcome, if the
// client recognises the provider's message. No code for it is documented.
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
	for _, c := range strings.Split(q.Channels, ",") {
		bad.OneOf("Channels", strings.TrimSpace(c), ChannelAll, ChannelMobileMoney, ChannelCreditCard, ChannelWallet)
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
