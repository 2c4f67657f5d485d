package barkapay

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
)

// Transaction is a payment or a transfer as the provider shows it. Which fields are filled depends on the
// call: a filter tells more than the answer to a new order.
type Transaction struct {
	ID             string       // public_id
	OrderID        string       // order_id
	Amount         wapay.Money  // amount, XOF
	Phone          string       // sender_phonenumber or receiver_phonenumber, national; empty for an unpaid link
	Country        string       // sender_country or receiver_country, ISO 3166-1 alpha-3
	Operator       string       // operator
	Status         wapay.Status // status: 0 pending, 1 succeeded, -1 failed, anything else unknown
	ProviderStatus string       // status as it came
	TxID           string       // txid, the operator's id of the transaction
	OrderData      string       // order_data, as it was sent
	Reason         string       // reason
	LaunchURL      string       // launch_url, a page that the customer has to open in order to pay
	Type           string       // type, "mobile"
	AppLabel       string       // app_label
	CreatedAt      time.Time    // created_at, UTC
	Raw            json.RawMessage
}

// wireTransaction is a transaction in JSON. Numbers may be strings; txid, order_data, reason, agent,
// launch_url, currency and address are null until known.
type wireTransaction struct {
	PublicID        loose.String `json:"public_id"`
	OrderID         loose.String `json:"order_id"`
	Amount          loose.String `json:"amount"`
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
	CreatedAt       loose.Time   `json:"created_at"`

	amount wapay.Money // of a fixed price; a link may have none
	raw    json.RawMessage
}

// check is what a transaction needs in order to be believed.
func (w *wireTransaction) check(amountOptional bool) (err error) {
	if w.PublicID == "" {
		return errors.New("a transaction without public_id")
	}
	if w.Amount == "" && amountOptional {
		return nil
	}
	w.amount, err = w.Amount.Money(wapay.XOF)
	return err
}

func (w *wireTransaction) transaction(raw json.RawMessage) Transaction {
	return Transaction{
		ID: string(w.PublicID), OrderID: string(w.OrderID), Amount: w.amount,
		Phone:    string(w.SenderPhone + w.ReceiverPhone), // never both
		Country:  toISO(w.SenderCountry + w.ReceiverCountry),
		Operator: string(w.Operator), Status: facts.BarkaPayStatus(string(w.Status)), ProviderStatus: string(w.Status),
		TxID: string(w.TxID), OrderData: string(w.OrderData), Reason: string(w.Reason),
		LaunchURL: string(w.LaunchURL), Type: string(w.Type), AppLabel: string(w.AppLabel),
		CreatedAt: w.CreatedAt.Time, Raw: raw,
	}
}

// created is the answer to a new charge or transfer.
type created struct {
	Data wireTransaction `json:"data"`
}

// Check makes an answer without a transaction undecodable.
func (a *created) Check() error { return a.Data.check(false) }

// list is the answer to a lookup: an array, also for a single transaction.
type list []wireTransaction

// Decode keeps each transaction's JSON beside it. Only a list says that there is nothing: null and {} say nothing.
func (l *list) Decode(body []byte) error {
	if body = bytes.TrimSpace(body); !bytes.HasPrefix(body, []byte("[")) && !bytes.HasPrefix(body, []byte("{")) {
		return errNoList
	}
	if err := loose.DecodeList(body, (*[]wireTransaction)(l)); err != nil {
		return err
	}
	if len(*l) == 0 && body[0] == '{' {
		return errNoList
	}
	if len(*l) == 1 { // as a rule: spare it a second pass
		(*l)[0].raw = bytes.Trim(body, "[] \t\r\n")
		return nil
	}
	var raw []json.RawMessage
	err := loose.DecodeList(body, &raw)
	for i := range *l {
		(*l)[i].raw = raw[i]
	}
	return err
}

var errNoList = errors.New("no list of transactions")

// Check makes an answer with an unreadable transaction undecodable.
func (l *list) Check() error {
	for i := range *l {
		if err := (*l)[i].check(true); err != nil {
			return err
		}
	}
	return nil
}

// Filter selects payments or transfers. What is left out selects all; the provider documents no limit and no
// paging.
type Filter struct {
	OrderID  string       // order_id
	Country  string       // sender_country, receiver_country: ISO 3166-1 alpha-3
	Phone    string       // sender_phonenumber, receiver_phonenumber: national
	Operator string       // operator
	Status   wapay.Status // status: pending, succeeded or failed; StatusUnknown selects all
	From, To time.Time    // date_1, date_2: the days, in UTC, both included
}

// params checks the filter and returns its parameters in the form that both kinds of transaction share.
func (f Filter) params(op string) (status, from, to string, err error) {
	var bad check.Fields
	bad.Text("OrderID", f.OrderID, maxOrderID)
	switch f.Status {
	case wapay.StatusUnknown:
	case wapay.StatusPending:
		status = "0"
	case wapay.StatusSucceeded:
		status = "1"
	case wapay.StatusFailed:
		status = "-1"
	default:
		bad.Add("Status", "is %v, which BarkaPay does not know", f.Status)
	}
	if !f.From.IsZero() && !f.To.IsZero() && f.To.Before(f.From) {
		bad.Add("To", "is before From")
	}
	return status, day(f.From), day(f.To), bad.Err(provider, op, f.OrderID)
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// Limits that the provider states for an amount (S: "Must be between 100 and 1000000 CFA"). Each operator
// has narrower ones: see [Client.Operators].
const (
	minAmount = 100
	maxAmount = 1_000_000
	// maxOrderID is what a Laravel string column holds. The provider states no limit.
	maxOrderID = 255
)

// checkAmount checks a price.
func checkAmount(bad *check.Fields, field string, m wapay.Money) {
	before := len(*bad)
	bad.Amount(field, m, wapay.XOF)
	if n := m.MinorUnits(); len(*bad) == before && (n < minAmount || n > maxAmount) {
		bad.Add(field, "is %s, want 100 to 1,000,000", m)
	}
}

// checkOrder checks what every order has. An order id with a ":" would make its notification ambiguous,
// because there it stands between two values joined with ":" and nothing escapes it.
func checkOrder(bad *check.Fields, orderID, orderData, callbackURL string) {
	bad.Reference("OrderID", orderID, maxOrderID, ":")
	bad.Text("OrderData", orderData, 4096)
	bad.URL("CallbackURL", callbackURL)
}

// checkPhone checks who pays or is paid. BarkaPay states amounts in CFA francs only, so a number of a country
// with another currency, as of Guinea, is refused: which currency the amount would be taken for is not known.
func checkPhone(bad *check.Fields, field string, p wapay.Phone) {
	switch p.Country() {
	case "":
		bad.Add(field, "is required")
	case "BF", "BJ", "CI", "GW", "ML", "NE", "SN", "TG":
	default:
		bad.Add(field, "is a number of %s, want one of a country whose currency is the XOF", p.Country())
	}
}

// francs is an amount as the provider wants it, whole and without separators.
func francs(m wapay.Money) string {
	if m.MinorUnits() == 0 {
		return ""
	}
	return strconv.FormatInt(m.MinorUnits(), 10)
}

// Every sample (S) spells Togo TOG, where ISO 3166-1 has TGO. What goes in and comes out of this package is ISO.
const togo, isoTogo = "TOG", "TGO"

// toProvider is a country's code as the provider spells it.
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
