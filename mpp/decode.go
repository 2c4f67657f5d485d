package mpp

import (
	"cmp"
	"encoding/json"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

type wireTransaction struct {
	ID               loose.String                           `json:"id"`
	ID2              loose.String                           `json:"id2"`
	Reference        loose.String                           `json:"reference"`
	ExternalID       loose.String                           `json:"external_id"`
	Originated       loose.String                           `json:"originated"`
	Category         loose.String                           `json:"category"`
	AccountingType   loose.String                           `json:"accounting_type"`
	Author           wireName                               `json:"author"`
	VerifiedBy       wireName                               `json:"verified_by"`
	Currency         wireCurrency                           `json:"currency"`
	Country          wireCountry                            `json:"country"`
	Amount           loose.String                           `json:"amount"`
	Fees             loose.String                           `json:"fees"`
	Commission       loose.String                           `json:"merchant_commission"`
	Total            loose.String                           `json:"total_amount"`
	BalanceBefore    loose.String                           `json:"before_balance"`
	BalanceAfter     loose.String                           `json:"after_balance"`
	FeePayer         loose.String                           `json:"fee_payer"`
	Direction        loose.String                           `json:"direction"`
	ExhangeRate      loose.String                           `json:"exhange_rate"`
	ExchangeRate     loose.String                           `json:"exchange_rate"` // the correct spelling
	Status           loose.String                           `json:"status"`
	Message          loose.String                           `json:"message"`
	Reason           loose.String                           `json:"reason"`
	CreatedAt        loose.Time                             `json:"created_at"`
	UpdatedAt        loose.Time                             `json:"updated_at"`
	EndedAt          loose.Time                             `json:"end_at"`
	Details          texts                                  `json:"details"`
	PaymentPageID    loose.String                           `json:"payment_page_id"`
	PaymentRequestID loose.String                           `json:"payment_request_id"`
	CustomerProfile  nonNull                                `json:"customer_profile"`
	Channel          wireTransactionChannel                 `json:"channel"`
	Business         loose.Object[*wireTransactionBusiness] `json:"business"`
	SenderBusiness   loose.Object[*wireTransactionBusiness] `json:"sender_business"`
	ReceiverBusiness loose.Object[*wireTransactionBusiness] `json:"receiver_business"`
}

type wireTransactionBusiness struct {
	ID                   loose.String `json:"id"`
	Name                 loose.String `json:"name"`
	Address              loose.String `json:"address"`
	Code                 loose.String `json:"code"`
	CanAcceptCashDeposit loose.Bool   `json:"can_accept_cash_deposit"`
	Status               loose.String `json:"status"`
	OnboardingStatus     loose.String `json:"onboarding_status"`
	CreatedAt            loose.Time   `json:"created_at"`
	Verified             loose.Bool   `json:"verified"`
}

// wireTransactionChannel reads an object or a code.
type wireTransactionChannel struct {
	Code        loose.String `json:"code"`
	Type        loose.String `json:"type"`
	Description loose.String `json:"description"`
}

func (c *wireTransactionChannel) UnmarshalJSON(data []byte) error {
	type object wireTransactionChannel
	return scalarOr(data, &c.Code, (*object)(c))
}

// wireName reads {"name":"…"}, or the name.
type wireName struct {
	Name loose.String `json:"name"`
}

func (n *wireName) UnmarshalJSON(data []byte) error {
	type object wireName
	return scalarOr(data, &n.Name, (*object)(n))
}

// texts reads an object of scalars, and takes any other value for an empty one.
type texts map[string]string

func (t *texts) UnmarshalJSON(data []byte) error {
	*t = nil
	if data[0] != '{' {
		return nil
	}
	var values map[string]loose.String
	if err := json.Unmarshal(data, &values); err != nil {
		return err
	}
	*t = make(texts, len(values))
	for name, v := range values {
		(*t)[name] = string(v)
	}
	return nil
}

// nonNull reads any JSON but null.
type nonNull json.RawMessage

func (p *nonNull) UnmarshalJSON(data []byte) error {
	*p = nil
	if string(data) != "null" {
		*p = append(*p, data...)
	}
	return nil
}

// Check rejects a transaction without its required members.
func (w *wireTransaction) Check() error {
	return call.FailIf(w.ID == "" || w.Status == "", "a transaction without id or status")
}

type transactionAnswer struct {
	Data wireTransaction `json:"data"`
}

// Check rejects an answer without a transaction.
func (a *transactionAnswer) Check() error { return a.Data.Check() }

func readTransaction(raw json.RawMessage) (Transaction, error) {
	var w wireTransaction
	if err := json.Unmarshal(raw, &w); err != nil {
		return Transaction{}, err
	}
	if err := w.Check(); err != nil {
		return Transaction{}, err
	}
	return w.transaction(wapay.Raw(raw)), nil
}

func (w *wireTransaction) transaction(raw wapay.Raw) Transaction {
	return Transaction{
		ID: string(w.ID), ID2: string(w.ID2), Reference: string(w.Reference), ExternalID: string(w.ExternalID),
		Originated: string(w.Originated), Category: Category(w.Category), AccountingType: string(w.AccountingType),
		Author: string(w.Author.Name), VerifiedBy: string(w.VerifiedBy.Name),
		Currency: w.Currency.code(), CurrencyID: int64(w.Currency.ID),
		Country: string(w.Country.ISO2), CountryID: int64(w.Country.ID),
		Amount: amountOf(w.Amount, w.Currency), Fees: amountOf(w.Fees, w.Currency),
		Commission: amountOf(w.Commission, w.Currency), Total: amountOf(w.Total, w.Currency),
		BalanceBefore: amountOf(w.BalanceBefore, w.Currency), BalanceAfter: amountOf(w.BalanceAfter, w.Currency),
		FeePayer: FeePayer(w.FeePayer), Direction: string(w.Direction),
		ExchangeRate: amountOf(cmp.Or(w.ExhangeRate, w.ExchangeRate), wireCurrency{}).Number,
		Status:       facts.MPPStatus(string(w.Status)), ProviderStatus: string(w.Status),
		Message: string(w.Message), Reason: string(w.Reason),
		CreatedAt: w.CreatedAt.Time, UpdatedAt: w.UpdatedAt.Time, EndedAt: w.EndedAt.Time,
		Details: w.Details, PaymentPageID: string(w.PaymentPageID), PaymentRequestID: string(w.PaymentRequestID),
		CustomerProfile: wapay.Raw(w.CustomerProfile),
		Channel: TransactionChannel{string(w.Channel.Code), string(w.Channel.Type),
			string(w.Channel.Description)},
		Business: w.Business.V.business(), SenderBusiness: w.SenderBusiness.V.business(),
		ReceiverBusiness: w.ReceiverBusiness.V.business(), Raw: raw,
	}
}

func (w *wireTransactionBusiness) business() *TransactionBusiness {
	if w == nil {
		return nil
	}
	return &TransactionBusiness{
		ID: string(w.ID), Name: string(w.Name), Address: string(w.Address), Code: string(w.Code),
		CanAcceptCashDeposit: bool(w.CanAcceptCashDeposit), Status: string(w.Status),
		OnboardingStatus: string(w.OnboardingStatus), CreatedAt: w.CreatedAt.Time, Verified: bool(w.Verified),
	}
}
