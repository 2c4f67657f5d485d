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
// changes. They are not signed: anybody who knows the URL can send one. An
// [Event] has ProofNone and StatusUnknown. It only names a transaction, by ID,
// Reference or both.
//
// [WithConfirm] asks FindPayment or FindPayout about it. Without it, every
// field is a hint, Kind and DeliveryKey included. docs/notifications.md tells
// how each is read.
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
	Data      json.RawMessage `json:"data"` // the transaction, in an answer of the API
}

var readMPPTransaction = strict.NewReader[mppTransaction]()

// mppCurrency is {"iso3":"GNF"} or, as in requests, "GNF".
type mppCurrency struct {
	ISO3 text `json:"iso3"`
}

func (c *mppCurrency) UnmarshalJSON(data []byte) error {
	type plain mppCurrency
	return unmarshalObject(data, (*plain)(c), &c.ISO3)
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
	amount := exactAmount(t.Amount, currency)
	return &Event{
		Provider: "mpp", Kind: kind, Name: string(t.Category), DeliveryKey: "mpp:" + hashOf(string(raw)),
		ID: string(t.ID), Reference: string(t.Reference), ProviderStatus: string(t.Status),
		Amount: amount, Fee: facts.MPPFee(string(t.FeePayer), exactAmount(t.Fees, currency), amount),
		Reason: string(cmp.Or(t.Reason, t.Message)), OccurredAt: t.UpdatedAt.Time, Proof: ProofNone, Body: body,
	}, nil
}
