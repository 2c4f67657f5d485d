package intram

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// TransactionType says which way the money goes.
type TransactionType string

// The types of transaction.
const (
	Credit TransactionType = "CREDIT" // a payment to the merchant
	Debit  TransactionType = "DEBIT"  // a payout
	Refund TransactionType = "REFUND"
)

// Transaction is money that moved, or is to move. An amount is the zero value where the provider names no currency
// (V: it may be null), or where the number is more precise than the currency: Raw has it.
type Transaction struct {
	Reference      string          // reference: public, 10 characters
	Status         wapay.Status    // status: PENDING, SUCCESS, ERROR (failed) or REFUNDED, anything else unknown
	ProviderStatus string          // status as it came
	Type           TransactionType // type
	Amount         wapay.Money     // amount
	Fees           wapay.Money     // fees
	NetAmount      wapay.Money     // net_amount
	PaymentMethod  string          // payment_method, or the code in it
	Customer       TransactionCustomer
	Source         string    // source.number or source_msisdn: whose wallet paid
	CreatedAt      time.Time // date
	Refunds        []TransactionRefund
	Raw            json.RawMessage
}

// TransactionCustomer is who pays or is paid, as far as the provider knows.
type TransactionCustomer struct{ Email, FirstName, LastName, Phone string }

// TransactionRefund is a refund of a transaction.
type TransactionRefund struct {
	Reference      string
	Status         wapay.Status
	ProviderStatus string
	Reason         string
	CreatedAt      time.Time // date
}

type wireTransaction struct {
	Reference    loose.String               `json:"reference"`
	Status       loose.String               `json:"status"`
	Type         loose.String               `json:"type"`
	Amount       loose.String               `json:"amount"`
	Fees         loose.String               `json:"fees"`
	NetAmount    loose.String               `json:"net_amount"`
	Currency     currency                   `json:"currency"`
	Method       method                     `json:"payment_method"`
	Customer     loose.Object[wireCustomer] `json:"customer"`
	Source       source                     `json:"source"`
	SourceMSISDN loose.String               `json:"source_msisdn"`
	Date         loose.Time                 `json:"date"`
	Refunds      loose.List[wireRefund]     `json:"refunds"`
}

type wireRefund struct {
	Reference loose.String `json:"reference"`
	Status    loose.String `json:"status"`
	Reason    loose.String `json:"reason"`
	Date      loose.Time   `json:"date"`
}

// source is {"number":"229…"}, or the number.
type source string

// UnmarshalJSON implements json.Unmarshaler.
func (s *source) UnmarshalJSON(data []byte) error {
	number, err := nameOf(data, "number", "msisdn")
	*s = source(number)
	return err
}

// Check is what a transaction needs in order to be believed.
func (w *wireTransaction) Check() error {
	if w.Reference == "" || w.Status == "" {
		return errors.New("a transaction without reference or status")
	}
	return nil
}

func (w *wireTransaction) value(raw json.RawMessage) (Transaction, error) {
	customer := w.Customer.V
	t := Transaction{
		Reference: string(w.Reference), Status: facts.IntramStatus(string(w.Status)), ProviderStatus: string(w.Status),
		Type: TransactionType(w.Type), PaymentMethod: string(w.Method), Source: cmp.Or(string(w.Source), string(w.SourceMSISDN)),
		Amount: w.Currency.money(w.Amount), Fees: w.Currency.money(w.Fees), NetAmount: w.Currency.money(w.NetAmount),
		Customer: TransactionCustomer{
			string(customer.Email), string(customer.FirstName), string(customer.LastName), string(customer.Phone),
		},
		CreatedAt: w.Date.Time, Raw: raw,
	}
	for _, r := range w.Refunds {
		t.Refunds = append(t.Refunds, TransactionRefund{
			string(r.Reference), facts.IntramStatus(string(r.Status)), string(r.Status), string(r.Reason), r.Date.Time,
		})
	}
	return t, nil
}

// Transaction looks a transaction up by its public reference or by its id of 24 hex digits:
// GET transactions/:reference.
func (c *Client) Transaction(ctx context.Context, reference string) (*Transaction, error) {
	return c.transaction(ctx, "Transaction", reference)
}

func (c *Client) transaction(ctx context.Context, op, reference string) (*Transaction, error) {
	if err := checkID(op, reference); err != nil {
		return nil, err
	}
	var a answer[wireTransaction]
	resp, err := c.get(ctx, op, "transactions/"+element(reference), nil, &a)
	if err != nil {
		return nil, err
	}
	t, err := a.Data.value(resp.Body)
	if err == nil && t.Reference != reference && len(reference) != 24 {
		err = errors.New("the answer is about another transaction")
	}
	if err != nil {
		return nil, c.undecodable(op, resp, err)
	}
	return &t, nil
}

// TransactionFilter selects transactions. What is left out selects all.
type TransactionFilter struct {
	Limit  int             // limit: how many to a page, 1 to 100; 20 if 0
	Status wapay.Status    // status: pending, succeeded, failed or refunded; StatusUnknown selects all
	Type   TransactionType // type
	Before string          // before: the NextBefore of the page before
}

type transactionParams struct {
	Limit  int             `url:"limit,omitempty"`
	Status string          `url:"status,omitempty"`
	Type   TransactionType `url:"type,omitempty"`
	Before string          `url:"before,omitempty"`
}

// Transactions lists one page of transactions, newest first: GET transactions.
func (c *Client) Transactions(ctx context.Context, f TransactionFilter) (*Page[Transaction], error) {
	return c.transactions(ctx, "Transactions", f)
}

// AllTransactions lists transactions as [Client.AllOperations] does operations.
func (c *Client) AllTransactions(ctx context.Context, f TransactionFilter) iter.Seq2[Transaction, error] {
	return all(ctx, c, "AllTransactions", f.Before, func(before string) (*Page[Transaction], error) {
		f.Before = before
		return c.transactions(ctx, "AllTransactions", f)
	})
}

func (c *Client) transactions(ctx context.Context, op string, f TransactionFilter) (*Page[Transaction], error) {
	words := map[wapay.Status]string{
		wapay.StatusUnknown: "", wapay.StatusPending: "PENDING", wapay.StatusSucceeded: "SUCCESS",
		wapay.StatusFailed: "ERROR", wapay.StatusRefunded: "REFUNDED",
	}
	var bad check.Fields
	checkPage(&bad, f.Limit, f.Before)
	word, ok := words[f.Status]
	if !ok {
		bad.Add("Status", "is %v, which Intram does not know", f.Status)
	}
	bad.OneOf("Type", string(f.Type), "", "CREDIT", "DEBIT", "REFUND")
	if err := bad.Err(provider, op, ""); err != nil {
		return nil, err
	}
	params := transactionParams{f.Limit, word, f.Type, f.Before}
	return list(ctx, c, op, "transactions", params, (*wireTransaction).value)
}
