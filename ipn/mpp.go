package ipn

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/strict"
)

// MPP reads the notifications of MPP, which sends a transaction when its status
// changes. They are not signed: anybody who knows the URL can send one.
//
// So an [Event] has ProofNone and StatusUnknown. It tells which transaction to
// ask about: ID is MPP's id, Reference the merchant's external_id, and at least
// one of them is there. [WithConfirm] asks FindPayment or FindPayout. All other
// fields are hints. So is Kind, which tells what is asked first.
//
// Kind follows from the category, which is Name. payment is KindPayment,
// transfer and payout are KindPayout. cashin and topup are KindTransfer: they
// pay into another merchant's account. Any other category is KindUnknown, also
// deposit, with which a merchant pays into its own account. Clients find
// payments and payouts only: the others stay unconfirmed.
//
// Fee is the merchant's: 0 where the end user pays the fees.
//
// Reason is the reason, or the message where there is none. OccurredAt is
// updated_at. DeliveryKey is a hash of the transaction. Do not act once on it:
// anybody can send it before MPP does. WithConfirm replaces it.
//
// The transaction is the body, or the member data of an answer of the API.
func MPP() Verifier { return verifier{provider: "mpp", unsigned: true, verify: readMPP} }

type mppTransaction struct {
	ID        text            `json:"id"`
	Reference text            `json:"external_id"`
	Category  text            `json:"category"`
	Amount    text            `json:"amount"`
	Fees      text            `json:"fees"`
	FeePayer  text            `json:"fee_payer"`
	Currency  mppCurrency     `json:"currency"`
	Status    text            `json:"status"`
	Reason    text            `json:"reason"`
	Message   text            `json:"message"`
	UpdatedAt loose.Time      `json:"updated_at"`
	Data      json.RawMessage `json:"data"` // around the transaction, in an answer of the API
}

var readMPPTransaction = strict.NewReader[mppTransaction]()

// mppCurrency is {"iso3":"GNF"} or, as in requests, "GNF".
type mppCurrency struct {
	ISO3 text `json:"iso3"`
}

func (c *mppCurrency) UnmarshalJSON(data []byte) error {
	type plain mppCurrency
	if data[0] == '{' {
		return json.Unmarshal(data, (*plain)(c))
	}
	return c.ISO3.UnmarshalJSON(data)
}

func readMPP(_ http.Header, body []byte) (*Event, error) {
	raw := bytes.Trim(body, " \t\r\n")
	t, err := readMPPTransaction.Read(raw)
	if err == nil && t.ID+t.Reference == "" && bytes.HasPrefix(t.Data, []byte("{")) {
		raw = t.Data
		t, err = readMPPTransaction.Read(raw)
	}
	if err != nil {
		return refuse(ErrMalformed, err.Error())
	}
	if t.ID+t.Reference == "" {
		return refuse(ErrMalformed, "names no transaction")
	}
	kind := KindUnknown
	switch category := string(t.Category); {
	case facts.MPPIsPayment(category):
		kind = KindPayment
	case facts.MPPIsPayout(category):
		kind = KindPayout
	case strings.EqualFold(category, "cashin") || strings.EqualFold(category, "topup"):
		kind = KindTransfer
	}
	currency := wapay.Currency(t.Currency.ISO3)
	amount := exact(t.Amount, currency)
	return &Event{
		Provider: "mpp", Kind: kind, Name: string(t.Category), DeliveryKey: "mpp:" + hashOf(string(raw)),
		ID: string(t.ID), Reference: string(t.Reference), ProviderStatus: string(t.Status),
		Amount: amount, Fee: facts.MPPFee(string(t.FeePayer), exact(t.Fees, currency), amount),
		Reason: string(cmp.Or(t.Reason, t.Message)), OccurredAt: t.UpdatedAt.Time, Proof: ProofNone, Body: body,
	}, nil
}
