package payhub

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// Transaction is a payment or a transfer as the provider shows it. Every field
// may be missing. An unreadable row of a list has only Raw.
type Transaction struct {
	ID             string       // public_id
	OrderID        string       // order_id, order.id of the request
	Amount         wapay.Money  // amount; the zero value if Money cannot hold it, such as 12.345678 USDT
	AmountText     string       // amount, unchanged
	Fees           wapay.Money  // fees; the zero value if Money cannot hold them, such as 112.50 XOF
	FeesText       string       // fees, unchanged; who bears them is not known
	Currency       string       // currency
	Phone          string       // phone_number; its form in answers is not known
	Country        string       // country, "BF"
	Operator       string       // operator
	Channel        string       // channel
	Status         wapay.Status // status
	ProviderStatus string       // status, unchanged
	TxID           string       // provider_transaction_id, the operator's id of the transaction
	OrderData      string       // order_data, as JSON
	Reason         string       // reason
	CreatedAt      time.Time    // created_at; zero if it is not in RFC 3339
	Raw            wapay.Raw
}

// kind is one of the two kinds of order. The API is the same for both.
type kind struct {
	one, many string // the names in paths and answers
	status    func(string) wapay.Status
}

var (
	payments  = kind{"payment", "payments", facts.PayHubPaymentStatus}
	transfers = kind{"transfer", "transfers", facts.PayHubTransferStatus}
)

type wireTransaction struct {
	PublicID    loose.String `json:"public_id"`
	Amount      loose.String `json:"amount"`
	Fees        loose.String `json:"fees"`
	Currency    loose.String `json:"currency"`
	PhoneNumber loose.String `json:"phone_number"`
	Country     loose.String `json:"country"`
	Operator    loose.String `json:"operator"`
	Channel     loose.String `json:"channel"`
	Status      loose.String `json:"status"`
	OrderID     loose.String `json:"order_id"`
	ProviderTx  loose.String `json:"provider_transaction_id"`
	OrderData   loose.String `json:"order_data"`
	Reason      loose.String `json:"reason"`
	CreatedAt   loose.Time   `json:"created_at"`
}

// transaction reads an order of the kind from its JSON. It returns only raw if
// the order is unreadable or has no id.
func (k kind) transaction(data []byte, raw wapay.Raw) Transaction {
	var w wireTransaction
	if json.Unmarshal(data, &w) != nil || w.PublicID == "" {
		return Transaction{Raw: raw}
	}
	return Transaction{
		ID: string(w.PublicID), OrderID: string(w.OrderID),
		Amount: exact(w.Amount, w.Currency), AmountText: string(w.Amount),
		Fees: exact(w.Fees, w.Currency), FeesText: string(w.Fees),
		Currency: string(w.Currency), Phone: string(w.PhoneNumber), Country: string(w.Country),
		Operator: string(w.Operator), Channel: string(w.Channel),
		Status: k.status(string(w.Status)), ProviderStatus: string(w.Status),
		TxID: string(w.ProviderTx), OrderData: string(w.OrderData), Reason: string(w.Reason),
		CreatedAt: w.CreatedAt.Time, Raw: raw,
	}
}

// exact returns an amount, or the zero value if Money cannot hold it.
func exact(amount, currency loose.String) wapay.Money {
	c := wapay.Currency(currency)
	m, err := amount.Money(c)
	if err != nil || !c.Known() {
		return wapay.Money{}
	}
	return m
}

// envelope is around every answer.
type envelope struct {
	Data json.RawMessage `json:"data"`
	Meta json.RawMessage `json:"meta"`
}

// member returns a member of the data of an answer.
func member(body []byte, name string) (json.RawMessage, envelope, error) {
	var v envelope
	var members loose.Object[map[string]json.RawMessage]
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, v, err
	}
	if len(v.Data) > 0 {
		if err := json.Unmarshal(v.Data, &members); err != nil {
			return nil, v, errors.New("data is no object")
		}
	}
	if members.V[name] == nil {
		return nil, v, errors.New("no data." + name)
	}
	return members.V[name], v, nil
}

// single is an answer with one order.
type single struct {
	kind
	found Transaction
}

// Decode rejects an answer without an order.
func (s *single) Decode(body []byte) error {
	data, _, err := member(body, s.one)
	if err != nil {
		return err
	}
	if s.found = s.transaction(data, nil); s.found.ID == "" {
		return errors.New("a " + s.one + " without public_id")
	}
	return nil
}

// list is an answer with a list of orders. Lookups have the same form.
type list struct {
	kind
	found []Transaction
	meta  struct {
		CurrentPage, LastPage, PerPage, Total int
	}
}

// Decode reads a list. An empty array says that there are no orders; null does
// not.
func (l *list) Decode(body []byte) error {
	data, v, err := member(body, l.many)
	if err != nil {
		return err
	}
	var rows []json.RawMessage
	if !bytes.HasPrefix(data, []byte("[")) || json.Unmarshal(data, &rows) != nil {
		return errors.New("data." + l.many + " is no list")
	}
	for _, row := range rows {
		l.found = append(l.found, l.transaction(row, wapay.Raw(row)))
	}
	var meta struct {
		CurrentPage loose.Int `json:"current_page"`
		LastPage    loose.Int `json:"last_page"`
		PerPage     loose.Int `json:"per_page"`
		Total       loose.Int `json:"total"`
	}
	if len(v.Meta) > 0 && json.Unmarshal(v.Meta, &meta) == nil {
		l.meta.CurrentPage, l.meta.LastPage = int(meta.CurrentPage), int(meta.LastPage)
		l.meta.PerPage, l.meta.Total = int(meta.PerPage), int(meta.Total)
	}
	return nil
}
