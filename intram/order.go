package intram

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/lookup"
	"github.com/wapay-go/wapay/internal/loose"
)

// order holds the fields of an order that the client compares. It reads them
// from its own request and from an operation's payload.
type order struct {
	Reference   loose.String `json:"reference"`
	Amount      loose.String `json:"amount"`
	Currency    currency     `json:"currency"`
	Destination loose.Object[struct {
		Type          loose.String `json:"type"`
		Operator      loose.String `json:"provider_code"`
		MSISDN        loose.String `json:"msisdn"`
		AccountNumber loose.String `json:"account_number"`
	}] `json:"destination"`
	Recipient loose.Object[struct {
		Value loose.String `json:"value"`
	}] `json:"recipient"`
	Invoice loose.Object[struct {
		Amount   loose.String               `json:"amount"`
		Currency currency                   `json:"currency"`
		Customer loose.Object[wireCustomer] `json:"customer"`
	}] `json:"invoice"`
	WebhookData loose.Object[map[string]loose.String] `json:"webhook_data"`
	Metadata    loose.Object[map[string]loose.String] `json:"metadata"`
	Transaction loose.String                          `json:"transaction_reference"`
}

// noOrder stands for a missing or unreadable payload.
var noOrder = &order{}

func readOrder(payload []byte) *order {
	v := new(order)
	if payload == nil || json.Unmarshal(payload, v) != nil {
		return noOrder
	}
	return v
}

// reference returns the merchant's reference. If the operation's type is
// unknown, it looks in all places.
func (v *order) reference(kind OperationType) string {
	webhook, metadata := v.WebhookData.V[facts.IntramReference], v.Metadata.V[facts.IntramReference]
	switch kind {
	case TypePayout:
		return string(v.Reference)
	case TypePaymentRequest:
		return string(webhook)
	case TypeRefund, TypeTransfer:
		return string(metadata)
	}
	return string(cmp.Or(v.Reference, webhook, metadata))
}

// amount returns the text of the amount, and the currency.
func (v *order) amount() (loose.String, currency) {
	return cmp.Or(v.Invoice.V.Amount, v.Amount), cmp.Or(v.Invoice.V.Currency, v.Currency)
}

// create sends an order and returns its operation.
//
// An answer with Idempotent-Replay is an old one. So create looks the operation
// up, like after a refusal of a used reference.
func (c *Client) create(
	ctx context.Context, kind OperationType, reference, key string, bad check.Fields, body any,
) (*Operation, error) {
	r, err := c.newWrite(ctx, reference, strings.ReplaceAll(string(kind), "_", "-")+"s", bad, body)
	if err != nil {
		return nil, err
	}
	sent := readOrder(r.Body)
	a := answer[Operation]{read: func(data json.RawMessage) (Operation, error) {
		o, err := readOperation(data)
		if what := o.contradicts(kind, sent); err == nil && what != "" {
			err = errors.New("the answer is about another order, which " + what)
		}
		return o, err
	}}
	resp, err := c.in().do(ctx, r, c.in().key(key, string(kind), reference), &a)
	if err == nil && !isReplay(resp) {
		a.value.Raw = resp.Body
		return &a.value, nil
	}
	find := func(ctx context.Context) (*Operation, error) { return c.search(ctx, kind, reference) }
	differs := func(o *Operation) string { return cmp.Or(o.contradicts(kind, sent), o.lacks(sent)) }
	if err == nil {
		e := c.in().calls.Undecodable(r, resp, nil)
		e.Kind, err = wapay.ErrDuplicate, e
		find = func(ctx context.Context) (*Operation, error) { return c.Operation(ctx, a.value.ID) }
		differs = func(o *Operation) string { return o.contradicts(kind, sent) } // the provider has compared the rest
	}
	o, err := lookup.AfterDuplicate(ctx, err, find, differs)
	if err != nil {
		return nil, err
	}
	o.Replayed = true
	return o, nil
}

// newWrite returns a POST request. It returns an error if the request has bad
// fields, or if it is too large to be read back later.
func (c *Client) newWrite(
	ctx context.Context, reference, path string, bad check.Fields, body any,
) (*call.Request, error) {
	r := &call.Request{Reference: reference, Effect: call.IdempotentWrite, Method: "POST", Path: path}
	err := c.in().calls.Check(ctx, r.Effect, reference, bad)
	if err != nil {
		return nil, err
	}
	if r.Body, err = json.Marshal(body); err != nil {
		return nil, c.in().calls.NotSent(ctx, r, wapay.ErrInvalid, err)
	}
	field := "Metadata"
	if path == "payment-requests" {
		field = "WebhookData"
	}
	if size := escapedSize(r.Body); size > maxOrder {
		bad.Add(field, "the whole order has %d bytes as JSON, at most %d are allowed", size, maxOrder)
	}
	return r, c.in().calls.Check(ctx, r.Effect, reference, bad)
}

// contradicts says which field of the operation shows another order than the
// one sent, or returns "". A missing field is no contradiction.
func (o *Operation) contradicts(kind OperationType, sent *order) string {
	shown := readOrder(o.Payload)
	number, asked := sent.amount()
	asked = cmp.Or(asked, currency(wapay.XOF))
	amount := asked.money(number)
	switch n, c := shown.amount(); {
	case o.Payout != nil && o.Payout.Amount != (wapay.Money{}) && o.Payout.Amount != amount:
		return "has another amount in its result"
	case o.Type != "" && o.Type != kind:
		return "is no " + string(kind)
	case differ(loose.String(o.Reference), loose.String(sent.reference(kind))):
		return "has another reference"
	case differ(shown.Transaction, sent.Transaction):
		return "is about another transaction"
	case differ(shown.Destination.V.Type, sent.Destination.V.Type):
		return "has another kind of destination"
	case n != "" && number != "" && cmp.Or(c, asked).money(n) != amount:
		return "has another amount"
	}
	return ""
}

func differ(shown, sent loose.String) bool { return shown != "" && sent != "" && shown != sent }

// lacks says which field of the order sent the operation does not show, or
// returns "". Without the field it may be another order with the same
// reference.
func (o *Operation) lacks(sent *order) string {
	shown := readOrder(o.Payload)
	n, c := shown.amount()
	number, asked := sent.amount()
	if o.Payout != nil && o.Payout.Amount != (wapay.Money{}) {
		n, c = number, currency(o.Payout.Amount.Currency()) // already compared
	}
	if (n == "") != (number == "") || asked != "" && c == "" {
		return "does not show the same amount"
	}
	for _, x := range []struct {
		what        string
		shown, sent loose.String
	}{
		{"recipient", shown.Destination.V.MSISDN, sent.Destination.V.MSISDN},
		{"recipient", shown.Destination.V.AccountNumber, sent.Destination.V.AccountNumber},
		{"recipient", shown.Recipient.V.Value, sent.Recipient.V.Value},
		{"operator", shown.Destination.V.Operator, sent.Destination.V.Operator},
		{"customer", shown.Invoice.V.Customer.V.Phone, sent.Invoice.V.Customer.V.Phone},
		{"transaction", shown.Transaction, sent.Transaction},
	} {
		if x.sent != "" && strings.TrimPrefix(string(x.shown), "+") != string(x.sent) {
			return "does not show the same " + x.what
		}
	}
	return ""
}
