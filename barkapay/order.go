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

// order is what was asked for, as far as an answer may repeat it.
type order struct {
	id     string
	amount wapay.Money // the zero value where the customer chooses
	phone  wapay.Phone // the zero value where anybody may pay
}

// create sends a new charge or transfer.
func (c *Client) create(ctx context.Context, r *call.Request, o order, bad check.Fields) (*Transaction, error) {
	var answer created
	resp, err := c.send(ctx, apiApp, r, bad, &answer)
	if err != nil {
		return nil, err
	}
	t := answer.Data.transaction(resp.Body)
	t.Message = string(answer.Message)
	if !o.answeredBy(&t) {
		return nil, c.in().calls.Undecodable(r, resp, errAnother)
	}
	return &t, nil
}

var errAnother = errors.New("the answer is about another order")

// answeredBy reports whether t can be the answer to a new order.
//
// In the documented sample of a charge with OTP, the answer has another order
// id, amount and number than the request, because it belongs to another
// request. So another order id alone is no error, unless the transaction has
// failed: the order may be under way.
func (o order) answeredBy(t *Transaction) bool {
	switch {
	case t.OrderID == o.id:
		return true
	case t.OrderID != "" && t.Status == wapay.StatusFailed:
		return false
	}
	return !o.otherAmount(t) && !o.otherPhone(t)
}

// differs says how t, which carries the order's id, differs from the order. It
// returns "" if t is the order.
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

// otherPhone compares the country and the number.
func (o order) otherPhone(t *Transaction) bool {
	other := o.phone != (wapay.Phone{}) && len(t.Country) == 3 && !strings.EqualFold(t.Country, o.phone.CountryAlpha3())
	return other || lookup.OtherNumber(t.Phone, o.phone)
}

const (
	// maxOrderID is what a Laravel string column holds. The provider states no
	// limit, but an order id that it cut short would not be found again.
	maxOrderID = 255
	// maxText is the most bytes of OrderData and of each other free text. The
	// provider states no limit. A notification repeats OrderData, with up to
	// three bytes for one, and package ipn reads notifications of up to 64 KiB.
	maxText = 16 << 10
)

// checkOrder checks what every order has. An order id with a ":" would make its
// notification ambiguous: the signature joins the values with ":".
func checkOrder(bad *check.Fields, orderID, orderData, callbackURL string) {
	bad.Reference("OrderID", orderID, maxOrderID, ":")
	bad.Text("OrderData", orderData, maxText)
	bad.URL("CallbackURL", callbackURL)
}

// checkPhone checks who pays or is paid. The document states amounts in CFA
// francs only. A number of a country with another currency, such as Guinea, is
// refused, because it is not known which currency the amount would be taken
// for.
func checkPhone(bad *check.Fields, field string, p wapay.Phone) {
	switch {
	case p.IsZero():
		bad.Add(field, "is required")
	case facts.BarkaPayCurrency(p.CountryAlpha3()) != wapay.XOF:
		bad.Add(field, "is a number of %s, want one of a country whose currency is the XOF", p.Country())
	}
}

// checkPage checks a page that the customer is sent to.
func checkPage(bad *check.Fields, field, page string) {
	u, err := url.Parse(page)
	if page != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		bad.Add(field, "is not a web address")
	}
}

// francs returns an amount as the provider wants it, whole and without
// separators.
func francs(m wapay.Money) string {
	if m.MinorUnits() == 0 {
		return ""
	}
	return strconv.FormatInt(m.MinorUnits(), 10)
}
