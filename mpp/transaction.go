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

// Category is what a transaction is for.
type Category string

// The categories (S).
const (
	CategoryPayment  Category = "payment"  // a customer pays the merchant
	CategoryTransfer Category = "transfer" // the merchant pays a customer
	CategoryPayout   Category = "payout"   // the merchant takes money out of the platform, to an account that is given
	CategoryCashIn   Category = "cashin"   // the merchant credits another merchant's account, for cash
	CategoryDeposit  Category = "deposit"  // the merchant asks for credit, with a proof
	CategoryTopUp    Category = "topup"    // the merchant credits another merchant's account
)

// Transaction is a transaction as the provider shows it. What only the sample of a single one has, and not that of a
// list, is marked with a star.
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
	ExchangeRate   json.Number // exhange_rate, spelled so; exact, "" for null
	// Status is pending while the provider has not finished, also where it is blocked, which is under review;
	// refunded where the money went back to the merchant.
	Status         wapay.Status
	ProviderStatus string // status: initiated, pending, processing, transmitted, completed, failed, rejected, cancelled, blocked, refunded
	Message        string // message: "transfer failed"
	Reason         string // reason: why it failed
	CreatedAt      time.Time
	UpdatedAt      time.Time
	EndedAt        time.Time // end_at
	// Details are the channel's fields as they were sent: msisdn, phone, account_number, first_name, last_name,
	// receiver_merchant_code, route …
	Details          map[string]string
	PaymentPageID    string          // payment_page_id
	PaymentRequestID string          // payment_request_id
	CustomerProfile  json.RawMessage // customer_profile *; not documented, null in the sample
	Channel          TransactionChannel
	Business         *TransactionBusiness // business *
	SenderBusiness   *TransactionBusiness // sender_business *
	ReceiverBusiness *TransactionBusiness // receiver_business *
	Raw              json.RawMessage
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

// Transaction looks a transaction up by the provider's id: GET api/v1/transaction/{id}.
func (c *Client) Transaction(ctx context.Context, id string) (*Transaction, error) {
	return c.transaction(ctx, "Transaction", "", id)
}

func (c *Client) transaction(ctx context.Context, op, reference, id string) (*Transaction, error) {
	r, err := getTransaction(op, reference, id, "")
	if err != nil {
		return nil, err
	}
	var answer transactionAnswer
	resp, err := c.do(ctx, r, &answer)
	if err != nil {
		return nil, aboutTransaction(err)
	}
	if !strings.EqualFold(string(answer.Data.ID), id) {
		return nil, c.undecodable(r, resp, errors.New("the answer is about another transaction"))
	}
	t := answer.Data.transaction(resp.Body)
	return &t, nil
}

// TransactionStatus is how far a transaction has got.
type TransactionStatus struct {
	ID             string
	Reference      string // the provider's
	Status         wapay.Status
	ProviderStatus string
	Raw            json.RawMessage
}

// Status tells how far a transaction has got: GET api/v1/transaction/{id}/get-status.
func (c *Client) Status(ctx context.Context, id string) (*TransactionStatus, error) {
	r, err := getTransaction("Status", "", id, "/get-status")
	if err != nil {
		return nil, err
	}
	var answer transactionAnswer
	resp, err := c.do(ctx, r, &answer)
	if err != nil {
		return nil, aboutTransaction(err)
	}
	w := &answer.Data
	if !strings.EqualFold(string(w.ID), id) {
		return nil, c.undecodable(r, resp, errors.New("the answer is about another transaction"))
	}
	return &TransactionStatus{
		ID: string(w.ID), Reference: string(w.Reference), Status: facts.MPPStatus(string(w.Status)),
		ProviderStatus: string(w.Status), Raw: resp.Body,
	}, nil
}

func getTransaction(op, reference, id, what string) (*call.Request, error) {
	var bad check.Fields
	bad.ID("ID", id)
	if err := bad.Err(provider, op, reference); err != nil {
		return nil, err
	}
	return get(op, reference, "api/v1/transaction/"+element(id)+what, nil), nil
}

// aboutTransaction keeps what is not there from being taken for the transaction, if it is the business.
func aboutTransaction(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Kind == wapay.ErrNotFound && strings.HasPrefix(e.Code, "MPP-BS-") {
		e.Kind = wapay.ErrForbidden
	}
	return err
}

// Transactions lists one page of the transactions: GET api/v1/transaction. The order is not documented.
func (c *Client) Transactions(ctx context.Context, q PageRequest) (*Page[Transaction], error) {
	return c.transactions(ctx, "Transactions", "", q)
}

// AllTransactions lists the transactions, fetching pages of 100 as they are needed. It ends with the first error. A
// transaction may come twice, where another is made meanwhile.
func (c *Client) AllTransactions(ctx context.Context) iter.Seq2[Transaction, error] {
	const op = "AllTransactions"
	return all(func(number int) (*Page[Transaction], error) {
		return c.transactions(ctx, op, "", PageRequest{number, maxPageSize})
	}, func() error { return repeats(op, "") })
}

func (c *Client) transactions(ctx context.Context, op, reference string, q PageRequest) (*Page[Transaction], error) {
	p, err := list(ctx, c, op, reference, "api/v1/transaction", q, readTransaction)
	return p, aboutTransaction(err)
}
