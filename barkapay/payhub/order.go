package payhub

import (
	"context"
	"errors"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/lookup"
)

// order holds those fields of a request that an answer may repeat.
type order struct {
	id       string
	amount   wapay.Money
	phone    wapay.Phone
	operator string
}

// maxOrderID is the size of a Laravel string column. The provider documents no
// limit, but a lookup would not find a truncated order id.
const maxOrderID = 255

// check checks the fields that all orders have.
func (o order) check(country string) check.Fields {
	var bad check.Fields
	checkOrderID(&bad, "OrderID", o.id)
	bad.Amount("Amount", o.amount, wapay.XOF)
	bad.Word("Operator", o.operator)
	switch {
	case country == crypto:
		bad.Add("Credentials.Country", "is cc: how an order in crypto is made is not known")
	case o.phone.IsZero():
		bad.Add("Phone", "is required")
	case !strings.EqualFold(o.phone.Country(), country):
		bad.Add("Phone", "is a number of %s, and the client is for %s", o.phone.Country(), strings.ToUpper(country))
	}
	return bad
}

// checkOrderID checks an order id as an element of a path. It refuses "/", "."
// and "..", because a proxy may rewrite such a path.
func checkOrderID(bad *check.Fields, field, id string) {
	if id == "." || id == ".." {
		bad.Add(field, "is not an id")
		return
	}
	bad.Reference(field, id, maxOrderID, "/")
}

// orderBody holds the fields that payments and transfers share. The documents
// have only id in order.
type orderBody struct {
	Operator    string  `json:"operator"`
	PhoneNumber string  `json:"phone_number"`
	Amount      int64   `json:"amount"`
	Order       orderID `json:"order"`
}

type orderID struct {
	ID string `json:"id"`
}

// body returns the body of a request, with the number in its national form.
func (o order) body() orderBody {
	return orderBody{
		Operator: o.operator, PhoneNumber: o.phone.National(), Amount: o.amount.MinorUnits(), Order: orderID{o.id},
	}
}

func (c *Client) create(ctx context.Context, k kind, o order, body any, bad check.Fields) (*Transaction, error) {
	r, answer := post(o.id, body, k.many), single{kind: k}
	resp, err := c.send(ctx, r, bad, &answer)
	if err != nil {
		return nil, err
	}
	t := &answer.found
	if t.Raw = resp.Body; !o.answeredBy(t) {
		return nil, c.in().calls.Undecodable(r, resp, errors.New("the answer is about another order"))
	}
	return t, nil
}

// answeredBy reports whether t can be the answer to a new order. Only its
// public_id is documented as required.
func (o order) answeredBy(t *Transaction) bool {
	switch lookup.Compare(t.OrderID, o.id) {
	case lookup.Same:
		return true
	case lookup.Perhaps:
		return !o.otherAmount(t) && !o.otherPhone(t)
	}
	return false
}

// differs says how t differs from the order with the same id. It returns "" if
// they are equal.
func (o order) differs(t *Transaction) string {
	switch {
	case o.otherAmount(t) || o.otherPhone(t):
		return "has another amount or number: " + t.ID
	case t.Amount != o.amount || lookup.Digits(t.Phone) == "":
		return "does not show its amount or its number: " + t.ID
	}
	return ""
}

func (o order) otherAmount(t *Transaction) bool {
	return t.Amount != (wapay.Money{}) && t.Amount != o.amount
}

// otherPhone compares the country and the number. Answers may show the number
// in any form.
func (o order) otherPhone(t *Transaction) bool {
	other := len(t.Country) == 2 && !strings.EqualFold(t.Country, o.phone.Country())
	return other || lookup.OtherNumber(t.Phone, o.phone)
}

var errLook = errors.New("the provider has to be asked before an order is sent")

// lookBefore returns the provider's order with the reference, or nil if there
// is none. Its error means that the order must not be sent. earlier says what
// is known of earlier calls; it counts if the lookup fails.
func (c *Client) lookBefore(ctx context.Context, k kind, o order, earlier call.Earlier) (*Transaction, error) {
	r := &call.Request{Reference: o.id, Earlier: earlier}
	t, err := c.find(ctx, k, wapay.Ref{Reference: o.id})
	switch {
	case errors.Is(err, wapay.ErrNotFound):
		return nil, nil
	case errors.Is(err, wapay.ErrDuplicate):
		return nil, c.mayExist(ctx, r, wapay.ErrDuplicate, err.Error())
	case errors.Is(err, wapay.ErrDecode):
		return nil, c.mayExist(ctx, r, wapay.ErrDecode, err.Error())
	case err != nil:
		return nil, c.in().calls.Without(ctx, r, errLook, err)
	}
	if what := o.differs(t); what != "" {
		return nil, c.mayExist(ctx, r, wapay.ErrDuplicate, "the order under this reference "+what)
	}
	return t, nil
}

// mayExist returns the error of an order that the client did not send because
// its reference may be used.
func (c *Client) mayExist(ctx context.Context, r *call.Request, kind error, why string) error {
	r.Earlier = call.Lost
	return c.in().calls.NotSent(ctx, r, kind, errors.New("looked up: "+why))
}

// afterDuplicate looks an order up if its refusal says that the reference is
// used.
func (c *Client) afterDuplicate(ctx context.Context, k kind, o order, refused error) (*Transaction, error) {
	return lookup.AfterDuplicate(ctx, refused, func(ctx context.Context) (*Transaction, error) {
		return c.find(ctx, k, wapay.Ref{Reference: o.id})
	}, o.differs)
}
