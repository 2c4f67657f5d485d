package intram

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"strings"
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

// Transaction is a movement of money, done or pending. An amount is the zero
// value if the currency is null, or if the number is more precise than the
// currency. Raw has the text.
type Transaction struct {
	Reference         string          // reference: public, 10 characters
	ID                string          // id: 24 hex digits
	ServiceReference  string          // service_reference: the operator's id of the transaction
	Status            wapay.Status    // status
	ProviderStatus    string          // status, unchanged: PENDING, SUCCESS, ERROR, REFUNDED
	Type              TransactionType // type
	Env               string          // env
	Amount            wapay.Money     // amount
	Fees              wapay.Money     // fees
	NetAmount         wapay.Money     // net_amount
	PaymentMethod     string          // payment_method, or the code in it
	PaymentMethodType string          // payment_method.type
	PaymentMethodName string          // payment_method.name
	Customer          TransactionCustomer
	Source            string            // source.number or source_msisdn: the paying wallet
	QRCode            string            // qr_code, a data URL
	DeclinedReason    string            // declined_reason
	WebhookData       map[string]string // webhook_data of the payment request
	CreatedAt         time.Time         // created_at or date
	RefundedAt        time.Time         // refunded_at
	Refunds           []TransactionRefund
	Raw               wapay.Raw
}

// TransactionCustomer is the customer or the recipient.
type TransactionCustomer struct{ ID, Email, FirstName, LastName, Phone string }

// TransactionRefund is a refund of a transaction.
type TransactionRefund struct {
	Reference        string
	ServiceReference string // service_reference: the operator's id of the refund
	Status           wapay.Status
	ProviderStatus   string
	Reason           string
	CreatedAt        time.Time // created_at or date
}

type wireTransaction struct {
	Reference loose.String `json:"reference"`
	ID        loose.String `json:"id"`
	Service   loose.String `json:"service_reference"`
	Status    loose.String `json:"status"`
	Type      loose.String `json:"type"`
	Env       loose.String `json:"env"`
	Amount    loose.String `json:"amount"`
	Fees      loose.String `json:"fees"`
	NetAmount loose.String `json:"net_amount"`
	Currency  currency     `json:"currency"`
	Method    method       `json:"payment_method"`
	Customer  loose.Object[struct {
		ID loose.String `json:"id"`
		wireCustomer
	}] `json:"customer"`
	Source         source                                `json:"source"`
	SourceMSISDN   loose.String                          `json:"source_msisdn"`
	QRCode         loose.String                          `json:"qr_code"`
	DeclinedReason loose.String                          `json:"declined_reason"`
	WebhookData    loose.Object[map[string]loose.String] `json:"webhook_data"`
	Date           loose.Time                            `json:"date"`
	CreatedAt      loose.Time                            `json:"created_at"`
	RefundedAt     loose.Time                            `json:"refunded_at"`
	Refunds        loose.List[struct {
		Reference loose.String `json:"reference"`
		Service   loose.String `json:"service_reference"`
		Status    loose.String `json:"status"`
		Reason    loose.String `json:"reason"`
		Date      loose.Time   `json:"date"`
		CreatedAt loose.Time   `json:"created_at"`
	}] `json:"refunds"`
}

func readTransaction(data json.RawMessage) (Transaction, error) {
	var w wireTransaction
	if err := decode(data, &w, "a transaction without reference or status", &w.Reference, &w.Status); err != nil {
		return Transaction{}, err
	}
	customer := w.Customer.V
	t := Transaction{
		Reference: string(w.Reference), ID: string(w.ID), ServiceReference: string(w.Service),
		Status: facts.IntramStatus(string(w.Status)), ProviderStatus: string(w.Status),
		Type: TransactionType(strings.ToUpper(string(w.Type))), Env: string(w.Env),
		Amount: w.Currency.money(w.Amount), Fees: w.Currency.money(w.Fees), NetAmount: w.Currency.money(w.NetAmount),
		PaymentMethod: w.Method.code, PaymentMethodType: w.Method.kind, PaymentMethodName: w.Method.name,
		Customer: TransactionCustomer{
			string(customer.ID), string(customer.Email), string(customer.FirstName), string(customer.LastName),
			string(customer.Phone),
		},
		Source: cmp.Or(string(w.Source), string(w.SourceMSISDN)), QRCode: string(w.QRCode),
		DeclinedReason: string(w.DeclinedReason), WebhookData: texts(w.WebhookData),
		CreatedAt: cmp.Or(w.CreatedAt, w.Date).Time, RefundedAt: w.RefundedAt.Time, Raw: wapay.Raw(data),
	}
	for _, r := range w.Refunds {
		t.Refunds = append(t.Refunds, TransactionRefund{
			string(r.Reference), string(r.Service), facts.IntramStatus(string(r.Status)), string(r.Status),
			string(r.Reason), cmp.Or(r.CreatedAt, r.Date).Time,
		})
	}
	return t, nil
}

// MerchantReference returns the merchant's reference in WebhookData, or "".
func (t *Transaction) MerchantReference() string { return t.WebhookData[facts.IntramReference] }

// Transaction looks a transaction up by its public reference or by its id of 24
// hex digits: GET transactions/:reference.
func (c *Client) Transaction(ctx context.Context, reference string) (*Transaction, error) {
	return one(ctx, c, "Transaction", reference, readTransaction, func(t *Transaction) (*wapay.Raw, bool) {
		return &t.Raw, t.Reference == reference || t.ID == reference || len(reference) == 24 && t.ID == ""
	})
}

// TransactionFilter selects transactions. A zero field selects all.
type TransactionFilter struct {
	Limit  int             // limit: the page size, 1 to 100; 0 means 20
	Status wapay.Status    // status: pending, succeeded, failed or refunded; StatusUnknown selects all
	Type   TransactionType // type
	Before string          // before: NextBefore of the previous page
}

// Transactions lists one page of transactions, newest first: GET transactions.
func (c *Client) Transactions(ctx context.Context, f TransactionFilter) (*Page[Transaction], error) {
	words := map[wapay.Status]string{
		wapay.StatusUnknown: "", wapay.StatusPending: "PENDING", wapay.StatusSucceeded: "SUCCESS",
		wapay.StatusFailed: "ERROR", wapay.StatusRefunded: "REFUNDED",
	}
	var bad check.Fields
	if f.Limit > 100 {
		bad.Add("Limit", "is %d, want 1 to 100", f.Limit)
	}
	word, ok := words[f.Status]
	if !ok {
		bad.Add("Status", "is %v, which Intram does not know", f.Status)
	}
	bad.OneOf("Type", string(f.Type), "", "CREDIT", "DEBIT", "REFUND")
	params := query{"status": word, "type": string(f.Type), "before": f.Before}
	return list(ctx, c, "Transactions", f.Limit, params, bad, readTransaction)
}

// AllTransactions lists transactions in the same way as [Client.AllOperations].
func (c *Client) AllTransactions(ctx context.Context, f TransactionFilter) iter.Seq2[Transaction, error] {
	return all(ctx, c, "AllTransactions", f.Before,
		func(ctx context.Context, before string) (*Page[Transaction], error) {
			f.Before = before
			return c.Transactions(ctx, f)
		})
}
