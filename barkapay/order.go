package barkapay

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/lookup"
)

// order holds those fields of a request that an answer may repeat.
type order struct {
	id     string
	amount wapay.Money // the zero value if the customer chooses it
	phone  wapay.Phone // the zero value if anybody may pay
}

// create sends a new charge or transfer.
func (c *Client) create(ctx context.Context, r *call.Request, o order, bad check.Fields) (*Transaction, error) {
	var answer createAnswer
	resp, err := c.send(ctx, apiApp, r, bad, &answer)
	if err != nil {
		return nil, err
	}
	t := answer.Data.transaction(resp.Body)
	t.Message = string(answer.Message)
	if !o.answeredBy(&t) {
		return nil, c.in().calls.Undecodable(r, resp, errOtherOrder)
	}
	return &t, nil
}

var errOtherOrder = errors.New("the answer is about another order")

// answeredBy reports whether t can be the answer to a new order.
//
// The documented answer to a charge with OTP belongs to another request: it has
// another order id, amount and number. So another order id alone is no error.
// It is one if the transaction has failed, because this order may be under way.
func (o order) answeredBy(t *Transaction) bool {
	switch {
	case t.OrderID == o.id:
		return true
	case t.OrderID != "" && t.Status == wapay.StatusFailed:
		return false
	}
	return !o.otherAmount(t) && !o.otherPhone(t)
}

// differs says how t differs from the order with the same id. It returns "" if
// they are equal.
func (o order) differs(t *Transaction) string {
	switch {
	case o.otherAmount(t) || o.otherPhone(t):
		return "has another amount or number: " + t.ID
	case t.Amount != o.amount || o.phone != (wapay.Phone{}) && lookup.Digits(t.Phone) == "":
		return "does not show its amount or its number: " + t.ID
	}
	return ""
}

func (o order) otherAmount(t *Transaction) bool {
	none := wapay.Money{}
	return o.amount != none && t.Amount != none && t.Amount != o.amount
}

func (o order) otherPhone(t *Transaction) bool {
	other := o.phone != (wapay.Phone{}) && len(t.Country) == 3 && !strings.EqualFold(t.Country, o.phone.CountryAlpha3())
	return other || lookup.OtherNumber(t.Phone, o.phone)
}

const (
	// maxOrderID is the size of a Laravel string column. The provider documents
	// no limit, but a lookup would not find a truncated order id.
	maxOrderID = 255
	// maxText limits the bytes of OrderData and of each other free text. The
	// provider documents no limit. A notification repeats OrderData in up to
	// three times its size, and package ipn reads notifications of up to 64
	// KiB.
	maxText = 16 << 10
)

// checkOrder checks the fields that all orders have. It refuses ":" in an order
// id: the signature of a notification joins the values with ":".
func checkOrder(bad *check.Fields, orderID, orderData, callbackURL string) {
	bad.Reference("OrderID", orderID, maxOrderID, ":")
	bad.Text("OrderData", orderData, maxText)
	bad.URL("CallbackURL", callbackURL)
}

// checkPhone checks the number of a customer or recipient. The documents have
// amounts in CFA francs only. In a country with another currency, such as
// Guinea, the currency of the amount would be a guess.
func checkPhone(bad *check.Fields, field string, p wapay.Phone) {
	switch {
	case p.IsZero():
		bad.Add(field, "is required")
	case facts.BarkaPayCurrency(p.CountryAlpha3()) != wapay.XOF:
		bad.Add(field, "is a number of %s, want one of a country whose currency is the XOF", p.Country())
	}
}

func checkPage(bad *check.Fields, field, page string) {
	u, err := url.Parse(page)
	if page != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		bad.Add(field, "is not a web address")
	}
}

// francs returns an amount in whole francs, or "" for zero.
func francs(m wapay.Money) string {
	if m.MinorUnits() == 0 {
		return ""
	}
	return strconv.FormatInt(m.MinorUnits(), 10)
}
