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
	"github.com/wapay-go/wapay/internal/loose"
)

// maxReference is what a Laravel string column holds. The provider states no limit.
const maxReference = 255

// TransactionRequest moves money. What is needed beside the first four depends on the channel: see [Channel].
type TransactionRequest struct {
	ExternalID string      // external_id: the merchant's reference, at most 255 bytes
	Channel    string      // channel: a channel's code, spelled as it spells it
	Category   Category    // category
	Amount     wapay.Money // amount, currency

	// MSISDN is the number of the wallet: in the local form ("080002209") by the table of S for transactions; some
	// channels take E.164 with its plus (F).
	MSISDN        string // msisdn
	AccountNumber string // account_number: the customer's, with who is paid
	FirstName     string // first_name
	LastName      string // last_name
	Email         string // email
	Phone         string // phone: E.164 with its plus in the samples
	// Fields are the channel's other fields, by the provider's names.
	Fields map[string]string
	// CallbackURL is where the notification goes, instead of the channel's callback. https. The name of the field
	// is not documented.
	CallbackURL string // callback_url
}

// basicFields are those of every transaction (S), and the one for the callback.
var basicFields = []string{"business_id", "channel", "external_id", "currency", "category", "amount", "callback_url"}

// named are the fields of the channel that have one of their own in the struct.
func (r *TransactionRequest) named() map[string]*string {
	return map[string]*string{
		"msisdn": &r.MSISDN, "account_number": &r.AccountNumber, "first_name": &r.FirstName,
		"last_name": &r.LastName, "email": &r.Email, "phone": &r.Phone,
	}
}

// set gives a field of the channel its value.
func (r *TransactionRequest) set(name, value string) {
	if field := r.named()[name]; field != nil {
		*field = value
		return
	}
	if r.Fields == nil {
		r.Fields = map[string]string{}
	}
	r.Fields[name] = value
}

// values are the channel's fields that have one.
func (r *TransactionRequest) values() map[string]string {
	values := map[string]string{}
	for name, field := range r.named() {
		if *field != "" {
			values[name] = *field
		}
	}
	for name, value := range r.Fields {
		if value != "" {
			values[name] = value
		}
	}
	return values
}

// goName is what an error calls a field of the channel.
func (r *TransactionRequest) goName(name string) string {
	switch name {
	case "msisdn":
		return "MSISDN"
	case "account_number":
		return "AccountNumber"
	case "first_name":
		return "FirstName"
	case "last_name":
		return "LastName"
	case "email":
		return "Email"
	case "phone":
		return "Phone"
	}
	return "Fields[" + name + "]"
}

// check finds what is wrong whatever the channel.
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
	named := r.named()
	for _, name := range sortedKeys(r.Fields) {
		if name == "" || named[name] != nil || slices.Contains(basicFields, name) {
			bad.Add("Fields", "must not have %q, which has a field of its own", name)
		}
	}
	for name, value := range r.values() {
		bad.Text(r.goName(name), value, 1<<20)
	}
}

// number is an amount that was checked, as it is sent: a JSON number, with only the decimals that it needs.
func number(m wapay.Money) string {
	s := m.Decimal()
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// CreatedTransaction is what the provider says of a new transaction.
type CreatedTransaction struct {
	ID             string
	Status         wapay.Status // pending, as a rule
	ProviderStatus string       // "initiated"
	Raw            json.RawMessage
}

type createdAnswer struct {
	Data struct {
		ID     loose.String `json:"id"`
		Status loose.String `json:"status"`
		// Not documented of a new transaction, and read where they are there:
		ExternalID loose.String `json:"external_id"`
		Category   loose.String `json:"category"`
		Amount     loose.String `json:"amount"`
		Currency   wireCurrency `json:"currency"`
	} `json:"data"`
}

// Check makes an answer without a transaction undecodable.
func (a *createdAnswer) Check() error {
	if a.Data.ID == "" {
		return errors.New("a transaction without id")
	}
	return nil
}

// fits tells what speaks against the answer being about the transaction that was asked for: what it repeats of another.
func (a *createdAnswer) fits(t *TransactionRequest) error {
	d := &a.Data
	if !d.Currency.code().Known() {
		d.Currency.ISO3 = loose.String(t.Amount.Currency())
	}
	switch {
	case d.ExternalID != "" && string(d.ExternalID) != t.ExternalID:
		return errors.New("the answer is about another transaction: it has another external_id")
	case d.Category != "" && !strings.EqualFold(string(d.Category), string(t.Category)):
		return errors.New("the answer is about another transaction: it has another category")
	case d.Amount != "" && amountOf(d.Amount, d.Currency).Money != t.Amount, d.Currency.code() != t.Amount.Currency():
		return errors.New("the answer is about another transaction: it has another amount")
	}
	return nil
}

// CreateTransaction moves money: POST api/v1/transaction. It is not checked by the rules of its channel: use
// [Channel.Check]. It is sent once, and repeated only after a 429 or a rejected token, when the provider has not
// looked at it.
//
// A refusal because there is a transaction with that external_id is [wapay.ErrDuplicate], and [wapay.ErrOutcomeUnknown]
// beside it: it may be this one, sent before by a process that did not hear the answer.
func (c *Client) CreateTransaction(ctx context.Context, r TransactionRequest) (*CreatedTransaction, error) {
	const op = "CreateTransaction"
	var bad check.Fields
	c.needBusiness(&bad)
	r.check(&bad)
	if err := bad.Err(provider, op, r.ExternalID); err != nil {
		return nil, err
	}
	return c.create(ctx, op, &r)
}

func (c *Client) create(ctx context.Context, op string, t *TransactionRequest) (*CreatedTransaction, error) {
	body := map[string]any{
		"business_id": c.business, "channel": t.Channel, "external_id": t.ExternalID, "category": t.Category,
		"currency": t.Amount.Currency(), "amount": json.Number(number(t.Amount)),
	}
	if t.CallbackURL != "" {
		body["callback_url"] = t.CallbackURL
	}
	for name, value := range t.values() {
		body[name] = value
	}
	r, err := post(op, t.ExternalID, "api/v1/transaction", call.Write, body)
	if err != nil {
		return nil, c.calls.NotSent(ctx, &call.Request{Op: op, Reference: t.ExternalID}, wapay.ErrInvalid, err)
	}
	var answer createdAnswer
	resp, err := c.do(ctx, r, &answer)
	if err != nil {
		return nil, doubtDuplicate(err)
	}
	if err := answer.fits(t); err != nil {
		return nil, c.undecodable(r, resp, err)
	}
	return &CreatedTransaction{
		ID: string(answer.Data.ID), Status: facts.MPPStatus(string(answer.Data.Status)),
		ProviderStatus: string(answer.Data.Status), Raw: resp.Body,
	}, nil
}

// doubtDuplicate makes unknown what became of an order of which the provider says that it exists: what exists may be
// this very order, of a call or an attempt before.
func doubtDuplicate(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Outcome == wapay.OutcomeRejected && saysDuplicate(e) {
		e.Kind, e.Outcome = wapay.ErrDuplicate, wapay.OutcomeUnknown
	}
	return err
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
