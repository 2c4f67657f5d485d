package barkapay

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// Transaction is a payment or a transfer as the provider shows it. Its fields
// depend on the call: a list has more than the answer to a new order. An
// unreadable row of a list has only Raw.
type Transaction struct {
	ID             string       // public_id
	OrderID        string       // order_id
	Amount         wapay.Money  // amount; the zero value if Money cannot hold it, such as 12.5 USDT
	Currency       string       // currency; empty for the CFA franc
	Phone          string       // sender_phonenumber or receiver_phonenumber, national; empty for an unpaid link
	Country        string       // sender_country or receiver_country, ISO 3166-1 alpha-3
	Operator       string       // operator
	Status         wapay.Status // status: 0 pending, 1 succeeded, -1 failed, anything else unknown
	ProviderStatus string       // status, unchanged
	TxID           string       // txid, the operator's id of the transaction
	OrderData      string       // order_data, as sent
	Reason         string       // reason
	LaunchURL      string       // launch_url, the page on which the customer pays
	Type           string       // type, "mobile"
	AppLabel       string       // app_label
	Agent          string       // agent, undocumented JSON
	CoderNote      string       // coder_note
	Address        string       // address
	OriginSource   string       // origin_source, a number
	CreatedAt      time.Time    // created_at, UTC
	Message        string       // message, of the answer to a new order
	Raw            wapay.Raw
}

type wireTransaction struct {
	PublicID        loose.String `json:"public_id"`
	OrderID         loose.String `json:"order_id"`
	Amount          loose.String `json:"amount"`
	Currency        loose.String `json:"currency"`
	SenderPhone     loose.String `json:"sender_phonenumber"`
	SenderCountry   loose.String `json:"sender_country"`
	ReceiverPhone   loose.String `json:"receiver_phonenumber"`
	ReceiverCountry loose.String `json:"receiver_country"`
	Operator        loose.String `json:"operator"`
	Status          loose.String `json:"status"`
	TxID            loose.String `json:"txid"`
	OrderData       loose.String `json:"order_data"`
	Reason          loose.String `json:"reason"`
	LaunchURL       loose.String `json:"launch_url"`
	Type            loose.String `json:"type"`
	AppLabel        loose.String `json:"app_label"`
	Agent           loose.String `json:"agent"`
	CoderNote       loose.String `json:"coder_note"`
	Address         loose.String `json:"address"`
	OriginSource    loose.String `json:"origin_source"`
	CreatedAt       loose.Time   `json:"created_at"`
}

func (w *wireTransaction) transaction(raw []byte) Transaction {
	t := Transaction{
		ID: string(w.PublicID), OrderID: string(w.OrderID), Currency: string(w.Currency),
		Phone:    string(w.SenderPhone + w.ReceiverPhone), // never both
		Country:  toISO(w.SenderCountry + w.ReceiverCountry),
		Operator: string(w.Operator), Status: facts.BarkaPayStatus(string(w.Status)), ProviderStatus: string(w.Status),
		TxID: string(w.TxID), OrderData: string(w.OrderData), Reason: string(w.Reason),
		LaunchURL: w.LaunchURL.Page(), Type: string(w.Type), AppLabel: string(w.AppLabel),
		Agent: string(w.Agent), CoderNote: string(w.CoderNote), Address: string(w.Address),
		OriginSource: string(w.OriginSource), CreatedAt: w.CreatedAt.Time, Raw: raw,
	}
	t.Amount = amountOf(w.Amount, w.Currency, w.Type, t.Country)
	return t
}

// amountOf returns an amount in its currency. Without a currency, mobile money
// of a country with CFA francs is in CFA francs. It returns the zero value if
// Money cannot hold the amount.
func amountOf(amount, currency, kind loose.String, country string) wapay.Money {
	if currency = loose.String(strings.ToUpper(string(currency))); currency == "CFA" || currency == "FCFA" {
		currency = ""
	}
	if currency == "" && (kind == "" || kind == "mobile") {
		currency = loose.String(facts.BarkaPayCurrency(country))
	}
	m, _ := amount.Money(wapay.Currency(currency))
	return m
}

// createAnswer is the answer to a new charge or transfer.
type createAnswer struct {
	Message loose.String    `json:"message"`
	Data    wireTransaction `json:"data"`
}

// Check rejects an answer without a transaction.
func (a *createAnswer) Check() error {
	if a.Data.PublicID == "" {
		return errors.New("a transaction without public_id")
	}
	_, err := a.Data.Amount.Money(wapay.XOF)
	return err
}

// row is an element of a list. An unreadable one has only its JSON.
type row[T any] struct {
	loose.Optional[T]
	Raw wapay.Raw
}

func (r *row[T]) UnmarshalJSON(data []byte) error {
	r.Raw = bytes.Clone(data)
	return r.Optional.UnmarshalJSON(data)
}

// list is the answer to a lookup. The documents show an array, even for one
// transaction. Integrations also show a bare transaction, and either in
// {"status":"success","data":…}.
type list []row[wireTransaction]

var errNoList = errors.New("no list of transactions")

// Decode reads a list. Only an empty array says that there is no transaction.
// It rejects null, {} and an envelope without a transaction.
func (l *list) Decode(body []byte) error {
	body = bytes.TrimSpace(body)
	enveloped := false
	if bytes.HasPrefix(body, []byte("{")) {
		var v struct {
			PublicID loose.String    `json:"public_id"`
			Data     json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(body, &v); err != nil {
			return err
		}
		if enveloped = v.PublicID == ""; enveloped {
			body = v.Data
		}
	}
	if !bytes.HasPrefix(body, []byte("[")) && !bytes.HasPrefix(body, []byte("{")) {
		return errNoList
	}
	err := loose.DecodeList(body, (*[]row[wireTransaction])(l))
	if err == nil && enveloped && (len(*l) == 0 || (*l)[0].V.PublicID == "") {
		return errNoList
	}
	return err
}

// Filter selects payments or transfers. A zero field selects all. The provider
// documents no limit and no paging.
type Filter struct {
	OrderID  string       // order_id
	Country  string       // sender_country, receiver_country: ISO 3166-1 alpha-3
	Phone    string       // sender_phonenumber, receiver_phonenumber: national
	Operator string       // operator
	Status   wapay.Status // status: pending, succeeded or failed; StatusUnknown selects all
	From, To time.Time    // date_1, date_2: the days, in UTC, both included
}

var statusNumbers = map[wapay.Status]string{
	wapay.StatusUnknown: "", wapay.StatusPending: "0", wapay.StatusSucceeded: "1", wapay.StatusFailed: "-1",
}

func (f Filter) check() check.Fields {
	var bad check.Fields
	bad.Text("OrderID", f.OrderID, maxOrderID)
	if _, ok := statusNumbers[f.Status]; !ok {
		bad.Add("Status", "is %v, which BarkaPay does not know", f.Status)
	}
	if !f.From.IsZero() && !f.To.IsZero() && f.To.Before(f.From) {
		bad.Add("To", "is before From")
	}
	return bad
}

// query returns the filter's parameters; party is "sender" or "receiver".
func (f Filter) query(party string) string {
	return form{
		party + "_country": toProvider(f.Country), party + "_phonenumber": f.Phone, "operator": f.Operator,
		"status": statusNumbers[f.Status], "date_1": day(f.From), "date_2": day(f.To), "order_id": f.OrderID,
	}.encode()
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// The documented samples spell Togo TOG, and ISO 3166-1 spells it TGO. This
// package takes and returns ISO codes.
const togo, isoTogo = "TOG", "TGO"

// toProvider returns the provider's code of a country.
func toProvider(iso string) string {
	if iso == isoTogo {
		return togo
	}
	return iso
}

// toISO is the opposite of toProvider.
func toISO(code loose.String) string {
	if code == togo {
		return isoTogo
	}
	return string(code)
}
