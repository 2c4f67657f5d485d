package mpp

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
)

// Category is the purpose of a transaction.
type Category string

// The documented categories.
const (
	CategoryPayment  Category = "payment"  // a customer pays the merchant
	CategoryTransfer Category = "transfer" // the merchant pays a customer
	CategoryPayout   Category = "payout"   // the merchant takes money out of the platform
	CategoryCashIn   Category = "cashin"   // the merchant credits another merchant's account for cash
	CategoryDeposit  Category = "deposit"  // the merchant asks for credit, with a proof
	CategoryTopUp    Category = "topup"    // the merchant credits another merchant's account
)

// Transaction is a transaction as the provider shows it. A star marks a field
// that the documented sample of a list lacks.
type Transaction struct {
	ID             string   // id, a UUID
	ID2            string   // id2, eight letters and digits
	Reference      string   // reference: the provider's, six digits
	ExternalID     string   // external_id: the merchant's
	Originated     string   // originated; not documented, null in the samples
	Category       Category // category
	AccountingType string   // accounting_type: "authorize" in the samples
	Author         string   // author.name *
	VerifiedBy     string   // verified_by; not documented, null in the samples
	Currency       wapay.Currency
	CurrencyID     int64       // currency.id
	Country        string      // country.iso2
	CountryID      int64       // country.id
	Amount         Amount      // amount
	Fees           Amount      // fees
	Commission     Amount      // merchant_commission *
	Total          Amount      // total_amount
	BalanceBefore  Amount      // before_balance
	BalanceAfter   Amount      // after_balance
	FeePayer       FeePayer    // fee_payer
	Direction      string      // direction: "debit", "credit"
	ExchangeRate   json.Number // exhange_rate (the documented spelling); exact, "" for null
	// Status is pending until the provider has finished. A blocked transaction
	// is in review, which is also pending. The money of a refunded transaction
	// has gone back to the merchant.
	Status wapay.Status
	// ProviderStatus is status: initiated, pending, processing, transmitted,
	// completed, failed, rejected, cancelled, blocked, refunded.
	ProviderStatus string
	Message        string // message: "transfer failed"
	Reason         string // reason of a failure
	CreatedAt      time.Time
	UpdatedAt      time.Time
	EndedAt        time.Time // end_at
	// Details holds the channel's fields as sent: msisdn, phone,
	// account_number, first_name, last_name, receiver_merchant_code, route …
	Details          map[string]string
	PaymentPageID    string    // payment_page_id
	PaymentRequestID string    // payment_request_id
	CustomerProfile  wapay.Raw // customer_profile *; not documented, null in the sample
	Channel          TransactionChannel
	Business         *TransactionBusiness // business *
	SenderBusiness   *TransactionBusiness // sender_business *
	ReceiverBusiness *TransactionBusiness // receiver_business *
	Raw              wapay.Raw
}

// TransactionChannel is the channel that a transaction goes through.
type TransactionChannel struct {
	Code        string
	Type        string // "momo", "cash"
	Description string
}

// TransactionBusiness is a business that takes part in a transaction.
type TransactionBusiness struct {
	ID, Name, Address, Code string
	CanAcceptCashDeposit    bool
	Status                  string // "active"
	OnboardingStatus        string // onboarding_status: "request-add-channel"
	CreatedAt               time.Time
	Verified                bool
}

// Transaction looks a transaction up by the provider's id: GET
// api/v1/transaction/{id}.
func (c *Client) Transaction(ctx context.Context, id string) (*Transaction, error) {
	return c.in().transaction(call.Start(ctx, "Transaction", nil), "", id)
}

func (c *client) transaction(ctx context.Context, reference, id string) (*Transaction, error) {
	w, raw, err := c.getTransaction(ctx, reference, id, "")
	if err != nil {
		return nil, err
	}
	t := w.transaction(raw)
	return &t, nil
}

// TransactionStatus is the state of a transaction.
type TransactionStatus struct {
	ID             string
	Reference      string // the provider's
	Status         wapay.Status
	ProviderStatus string
	Raw            wapay.Raw
}

// Status returns the state of a transaction: GET
// api/v1/transaction/{id}/get-status.
func (c *Client) Status(ctx context.Context, id string) (*TransactionStatus, error) {
	w, raw, err := c.in().getTransaction(call.Start(ctx, "Status", nil), "", id, "/get-status")
	if err != nil {
		return nil, err
	}
	return &TransactionStatus{
		ID: string(w.ID), Reference: string(w.Reference), Status: facts.MPPStatus(string(w.Status)),
		ProviderStatus: string(w.Status), Raw: raw,
	}, nil
}

// getTransaction sends a GET request to the transaction's path with the suffix
// what.
func (c *client) getTransaction(ctx context.Context, reference, id, what string) (*wireTransaction, wapay.Raw, error) {
	var bad check.Fields
	bad.ID("ID", id)
	if err := c.calls.Check(ctx, call.Read, reference, bad); err != nil {
		return nil, nil, err
	}
	r := call.Get(reference, call.Path("api", "v1", "transaction", id)+what, "")
	var answer transactionAnswer
	resp, err := c.do(ctx, r, &answer)
	if err != nil {
		return nil, nil, err
	}
	if !strings.EqualFold(string(answer.Data.ID), id) {
		return nil, nil, c.calls.Undecodable(r, resp, errors.New("the answer is about another transaction"))
	}
	return &answer.Data, wapay.Raw(resp.Body), nil
}

// Transactions returns one page of the transactions: GET api/v1/transaction.
// The order is not documented.
func (c *Client) Transactions(ctx context.Context, q PageRequest) (*Page[Transaction], error) {
	return c.in().transactions(call.Start(ctx, "Transactions", nil), "", q)
}

// AllTransactions lists the transactions, and fetches pages of 100 on demand.
// After a page with unreadable rows it yields a [wapay.ErrDecode], and goes on.
// Any other error ends the list. A transaction may come twice if another is
// made meanwhile.
func (c *Client) AllTransactions(ctx context.Context) iter.Seq2[Transaction, error] {
	ctx, in := call.Start(ctx, "AllTransactions", nil), c.in()
	return all(ctx, in, func(number int) (*Page[Transaction], error) {
		return in.transactions(ctx, "", PageRequest{number, maxPageSize})
	})
}

func (c *client) transactions(ctx context.Context, reference string, q PageRequest) (*Page[Transaction], error) {
	return list(ctx, c, nil, reference, "api/v1/transaction", q, readTransaction)
}
