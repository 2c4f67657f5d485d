package mpp

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/lookup"
	"github.com/wapay-go/wapay/internal/loose"
)

const (
	// maxReference is the size of a Laravel string column. The provider
	// documents no limit, but a lookup would not find a truncated reference.
	maxReference = 255
	// maxOrder limits an order, which comes back in notifications and in pages
	// of 100. The library reads 64 KiB of a notification and 4 MiB of a page.
	// PHP may triple the size.
	maxOrder = 8 << 10
)

// TransactionRequest moves money. Its first four fields are required. The
// channel's rules say which others are: see [Channel].
type TransactionRequest struct {
	ExternalID string      // external_id: the merchant's reference, at most 255 bytes
	Channel    string      // channel: a channel's exact code
	Category   Category    // category
	Amount     wapay.Money // amount, currency

	MSISDN        string       // msisdn: the wallet's number, in national form ("080002209")
	AccountNumber string       // account_number: the customer's account at the payee
	FirstName     string       // first_name
	LastName      string       // last_name
	Email         string       // email
	Phone         string       // phone: E.164, with a plus in the documented samples
	OTP           wapay.Secret // otp: a one-time code
	// Fields holds the channel's other fields, by the provider's names. The
	// whole order has at most 8 KiB as JSON.
	Fields map[string]string
	// CallbackURL is the https address for the notification. It replaces the
	// channel's callback. The name of the field is not documented.
	CallbackURL string // callback_url
}

// basicFields are the documented fields of all transactions, and the
// callback's.
var basicFields = []string{"business_id", "channel", "external_id", "currency", "category", "amount", "callback_url"}

// namedFields maps the provider's names to the fields of the struct.
var namedFields = map[string]struct {
	name string
	of   func(*TransactionRequest) *string
}{
	"msisdn":         {"MSISDN", func(r *TransactionRequest) *string { return &r.MSISDN }},
	"account_number": {"AccountNumber", func(r *TransactionRequest) *string { return &r.AccountNumber }},
	"first_name":     {"FirstName", func(r *TransactionRequest) *string { return &r.FirstName }},
	"last_name":      {"LastName", func(r *TransactionRequest) *string { return &r.LastName }},
	"email":          {"Email", func(r *TransactionRequest) *string { return &r.Email }},
	"phone":          {"Phone", func(r *TransactionRequest) *string { return &r.Phone }},
	"otp":            {"OTP", func(r *TransactionRequest) *string { return (*string)(&r.OTP) }},
}

// set sets a field of the channel.
func (r *TransactionRequest) set(name, value string) {
	if field, ok := namedFields[name]; ok {
		*field.of(r) = value
		return
	}
	if r.Fields == nil {
		r.Fields = map[string]string{}
	}
	r.Fields[name] = value
}

// values returns the channel's fields that have a value.
func (r *TransactionRequest) values() map[string]string {
	values := map[string]string{}
	for name, field := range namedFields {
		if value := *field.of(r); value != "" {
			values[name] = value
		}
	}
	for name, value := range r.Fields {
		if value != "" {
			values[name] = value
		}
	}
	return values
}

func goName(name string) string {
	if field, ok := namedFields[name]; ok {
		return field.name
	}
	return "Fields[" + name + "]"
}

// check checks the fields that do not depend on the channel.
func (r *TransactionRequest) check(bad *check.Fields) {
	bad.Reference("ExternalID", r.ExternalID, maxReference, "")
	bad.Word("Channel", r.Channel)
	bad.Word("Category", string(r.Category))
	if r.Amount.Valid() && !r.Amount.Currency().Known() {
		bad.Add("Amount", "is in %s, which is not known", r.Amount.Currency())
	} else {
		bad.Amount("Amount", r.Amount, r.Amount.Currency())
	}
	bad.URL("CallbackURL", r.CallbackURL)
	for _, name := range sortedKeys(r.Fields) {
		if _, named := namedFields[name]; named || name == "" || slices.Contains(basicFields, name) {
			bad.Add("Fields", "must not have %q, which has a field of its own", name)
		}
	}
	for name, value := range r.values() {
		bad.Text(goName(name), value, 1<<20)
	}
}

// body returns the body of the request.
func (r *TransactionRequest) body(business string) map[string]any {
	body := map[string]any{
		"business_id": business, "channel": r.Channel, "external_id": r.ExternalID, "category": r.Category,
		"currency": r.Amount.Currency(), "amount": json.Number(number(r.Amount)),
	}
	if r.CallbackURL != "" {
		body["callback_url"] = r.CallbackURL
	}
	for name, value := range r.values() {
		body[name] = value
	}
	return body
}

// number returns a checked amount as a JSON number with the fewest decimals.
func number(m wapay.Money) string {
	s := m.Decimal()
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// NewTransaction is the answer to [Client.CreateTransaction].
type NewTransaction struct {
	ID             string
	Status         wapay.Status // usually pending
	ProviderStatus string       // "initiated"
	Raw            wapay.Raw
}

type createdAnswer struct {
	Data struct {
		ID     loose.String `json:"id"`
		Status loose.String `json:"status"`
		// The fields below are not documented for a new transaction.
		ExternalID loose.String `json:"external_id"`
		Category   loose.String `json:"category"`
		Amount     loose.String `json:"amount"`
		Currency   wireCurrency `json:"currency"`
	} `json:"data"`
}

// Check rejects an answer without a transaction.
func (a *createdAnswer) Check() error {
	return call.FailIf(a.Data.ID == "", "a transaction without id")
}

// fits returns an error if the answer shows another transaction than the
// request.
func (a *createdAnswer) fits(t *TransactionRequest) error {
	d := &a.Data
	if !d.Currency.code().Known() {
		d.Currency.ISO3 = loose.String(t.Amount.Currency())
	}
	switch {
	case d.ExternalID != "" && lookup.Compare(string(d.ExternalID), t.ExternalID) == lookup.Other:
		return errors.New("the answer is about another transaction: it has another external_id")
	case d.Category != "" && !strings.EqualFold(string(d.Category), string(t.Category)):
		return errors.New("the answer is about another transaction: it has another category")
	case d.Amount != "" && amountOf(d.Amount, d.Currency).Money != t.Amount, d.Currency.code() != t.Amount.Currency():
		return errors.New("the answer is about another transaction: it has another amount")
	}
	return nil
}

// CreateTransaction moves money: POST api/v1/transaction. It does not check the
// rules of the channel: use [Channel.Check]. It repeats the request only after
// a 429 or a rejected token, when the provider has ignored it.
//
// A used external_id is [wapay.ErrDuplicate] and [wapay.ErrOutcomeUnknown]. The
// existing transaction may be this one, if an earlier call lost its answer.
func (c *Client) CreateTransaction(ctx context.Context, r TransactionRequest) (*NewTransaction, error) {
	ctx, in := call.Start(ctx, "CreateTransaction", nil), c.in()
	var bad check.Fields
	in.needBusiness(&bad)
	r.check(&bad)
	request := call.PostJSON(r.ExternalID, "api/v1/transaction", call.Write, r.body(in.business))
	call.HideCode(ctx, r.OTP)
	if n := len(request.Body); n > maxOrder {
		bad.Add("Fields", "make an order of %d bytes, at most %d are allowed", n, maxOrder)
	}
	if err := in.calls.Check(ctx, call.Write, r.ExternalID, bad); err != nil {
		return nil, err
	}
	var answer createdAnswer
	resp, err := in.do(ctx, request, &answer)
	if err != nil {
		return nil, err
	}
	if err := answer.fits(&r); err != nil {
		return nil, in.calls.Undecodable(request, resp, err)
	}
	return &NewTransaction{
		ID: string(answer.Data.ID), Status: facts.MPPStatus(string(answer.Data.Status)),
		ProviderStatus: string(answer.Data.Status), Raw: resp.Body,
	}, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
