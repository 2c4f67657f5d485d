package intram

import (
	"context"
	"encoding/json"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// Destination is the destination of a payout: a [MobileMoney] or a
// [BankAccount].
type Destination interface {
	wire(bad *check.Fields) wireDestination
}

// MobileMoney is a wallet.
type MobileMoney struct {
	Phone     wapay.Phone // country_code, msisdn; the client does not change an old number of Benin
	Operator  string      // provider_code: "MTN_BENIN_229", "MOOV_AFRICA_BENIN_229", "SBIN_BENIN_229"
	FirstName string      // account_name
	LastName  string      // account_surname
}

// BankAccount is an account at a bank. The provider queues a payout to a bank:
// its operation succeeds before the money arrives.
type BankAccount struct {
	SWIFT         string // swift
	AccountNumber string // account_number
	AccountName   string // account_name, the holder
}

type wireDestination struct {
	Type           string `json:"type"`
	CountryCode    string `json:"country_code,omitempty"`
	ProviderCode   string `json:"provider_code,omitempty"`
	MSISDN         string `json:"msisdn,omitempty"`
	SWIFT          string `json:"swift,omitempty"`
	AccountNumber  string `json:"account_number,omitempty"`
	AccountName    string `json:"account_name,omitempty"`
	AccountSurname string `json:"account_surname,omitempty"`
}

const (
	mobileMoney = "mobile_money"
	bankAccount = "bank_account"
)

func (d MobileMoney) wire(bad *check.Fields) wireDestination {
	if d.Phone.IsZero() {
		bad.Add("Destination.Phone", "is required")
	}
	bad.Word("Destination.Operator", d.Operator)
	bad.Text("Destination.FirstName", d.FirstName, maxOrder)
	bad.Text("Destination.LastName", d.LastName, maxOrder)
	return wireDestination{
		Type: mobileMoney, CountryCode: d.Phone.Country(), ProviderCode: d.Operator, MSISDN: d.Phone.MSISDN(),
		AccountName: d.FirstName, AccountSurname: d.LastName,
	}
}

func (d BankAccount) wire(bad *check.Fields) wireDestination {
	bad.Word("Destination.SWIFT", d.SWIFT)
	bad.Word("Destination.AccountNumber", d.AccountNumber)
	bad.Word("Destination.AccountName", d.AccountName)
	return wireDestination{Type: bankAccount, SWIFT: d.SWIFT, AccountNumber: d.AccountNumber,
		AccountName: d.AccountName}
}

// PayoutRequest sends money from the merchant's wallet.
type PayoutRequest struct {
	Reference   string      // reference, at most 100 characters
	Amount      wapay.Money // amount, currency; whole units
	Destination Destination // destination
	Note        string      // note, at most 500 characters
	Metadata    map[string]string
	// IdempotencyKey replaces the key derived from the Reference: 8 to 128
	// letters, digits, _ and -.
	IdempotencyKey string
}

type payoutBody struct {
	Amount      json.Number       `json:"amount"`
	Currency    wapay.Currency    `json:"currency"`
	Destination wireDestination   `json:"destination"`
	Reference   string            `json:"reference"`
	Note        string            `json:"note,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
}

// CreatePayout sends money: POST payouts. It returns a queued operation.
//
// The same call again within 24 hours does not pay twice. It returns the
// operation's current state, with Replayed. If a field differs, CreatePayout
// looks the order up. It returns the order if amount and recipient are the
// same, and otherwise [wapay.ErrDuplicate].
//
// After [wapay.ErrOutcomeUnknown], the same call is the surest way to learn the
// result: see the package comment.
func (c *Client) CreatePayout(ctx context.Context, r PayoutRequest) (*Operation, error) {
	ctx = call.Start(ctx, "CreatePayout", nil)
	body, bad := r.prepare()
	return c.create(ctx, TypePayout, r.Reference, r.IdempotencyKey, bad, body)
}

// prepare returns the body of the order, and what is wrong with it.
func (r *PayoutRequest) prepare() (*payoutBody, check.Fields) {
	var bad check.Fields
	checkReference(&bad, r.Reference)
	if n := utf8.RuneCountInString(r.Reference); n > maxReference {
		bad.Add("Reference", "has %d characters, at most %d are allowed", n, maxReference)
	}
	checkAmount(&bad, "Amount", r.Amount)
	body := payoutBody{
		Amount: number(r.Amount), Currency: r.Amount.Currency(), Reference: r.Reference, Note: r.Note,
		Metadata: r.Metadata,
	}
	switch d := r.Destination.(type) {
	case MobileMoney:
		body.Destination = d.wire(&bad)
	case BankAccount:
		body.Destination = d.wire(&bad)
	default: // nil or a pointer
		bad.Add("Destination", "want a MobileMoney or a BankAccount")
	}
	checkText(&bad, "Note", r.Note)
	checkMetadata(&bad, "Metadata", r.Metadata, "")
	checkKey(&bad, r.IdempotencyKey)
	return &body, bad
}

// PayoutResult is the result of a payout.
type PayoutResult struct {
	Reference string       // reference, the merchant's
	Amount    wapay.Money  // amount, currency
	Status    wapay.Status // status; pending if the payout is queued at a bank
	// ProviderStatus is the unchanged status: "completed", or
	// "queued_for_settlement" for a payout to a bank.
	ProviderStatus  string
	ReversementID   string    // reversement_id, the provider's
	ResponseCode    string    // provider_response.responsecode, the operator's
	ResponseMessage string    // provider_response.responsemsg
	ServiceRef      string    // provider_response.serviceref, the operator's id of the transaction
	Destination     wapay.Raw // destination, as sent
}

// readPayoutResult returns nil for an unreadable result.
func readPayoutResult(result wapay.Raw) *PayoutResult {
	var w struct {
		Reference     loose.String    `json:"reference"`
		Amount        loose.String    `json:"amount"`
		Currency      currency        `json:"currency"`
		Status        loose.String    `json:"status"`
		ReversementID loose.String    `json:"reversement_id"`
		Destination   json.RawMessage `json:"destination"`
		Response      loose.Object[struct {
			Code       loose.String `json:"responsecode"`
			Message    loose.String `json:"responsemsg"`
			ServiceRef loose.String `json:"serviceref"`
		}] `json:"provider_response"`
	}
	if json.Unmarshal(result, &w) != nil {
		return nil
	}
	return &PayoutResult{
		Reference: string(w.Reference), Amount: w.Currency.money(w.Amount), ReversementID: string(w.ReversementID),
		Status: facts.IntramStatus(string(w.Status)), ProviderStatus: string(w.Status),
		ResponseCode: string(w.Response.V.Code), ResponseMessage: string(w.Response.V.Message),
		ServiceRef: string(w.Response.V.ServiceRef), Destination: nonEmpty(w.Destination),
	}
}
