package barkapay

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// order is what was asked for, as far as an answer may repeat it.
type order struct {
	id     string
	amount wapay.Money // the zero value where the customer chooses
	phone  wapay.Phone // the zero value where anybody may pay
	atOnce bool        // with an OTP, it succeeds or fails at once
}

// create sends a new order.
func (c *Client) create(ctx context.Context, a app, op string, o order, path string, form any) (*Transaction, error) {
	r, err := post(op, o.id, path, call.Write, form)
	if err != nil {
		return nil, err
	}
	if err := c.authorize(r, a); err != nil {
		return nil, err
	}
	var answer created
	resp, err := c.calls.Do(ctx, r, &answer)
	if err != nil {
		return nil, inDoubt(err)
	}
	t := answer.Data.transaction(resp.Body)
	if !t.answers(o) {
		return nil, c.calls.Undecodable(r, resp, errAnother)
	}
	return &t, nil
}

var errAnother = errors.New("the answer is about another order")

// inDoubt leaves open what became of an order whose repeat was refused because the provider has it: perhaps from the
// attempt before, which was answered 429 and had arrived all the same.
func inDoubt(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Kind == wapay.ErrDuplicate && e.Attempts > 1 {
		e.Outcome = wapay.OutcomeUnknown
	}
	return err
}

// settle asks once whose order it is that the provider refused as a duplicate.
func (c *Client) settle(ctx context.Context, duplicate error, o order, find func(context.Context, wapay.Ref) (*Transaction, error)) (*Transaction, error) {
	var e *wapay.Error
	if !errors.As(duplicate, &e) {
		return nil, duplicate
	}
	e.Outcome = wapay.OutcomeUnknown // what the provider has may be this very order, of an earlier call
	t, err := find(ctx, wapay.Ref{Reference: o.id})
	switch {
	case err != nil:
		e.Err = errors.New("looked up: " + err.Error()) // in words only: that there is none is not what e is about
		if end := ctx.Err(); end != nil {
			e.Err = fmt.Errorf("%w: %w", end, e.Err)
		}
	case o.otherAmount(t) || o.otherPhone(t):
		e.Outcome, e.Err = wapay.OutcomeRejected, fmt.Errorf("the order id is that of another amount or number, %s", t.ID)
	case t.Amount != o.amount || o.phone != (wapay.Phone{}) && digits(t.Phone) == "":
		e.Err = errors.New("looked up: the order with this id does not show its amount or its number")
	case o.atOnce && !t.Status.Final():
		e.Err = errors.New("looked up: the order with this id is pending, and may not have the code")
	default:
		return t, nil
	}
	return nil, e
}

// answers reports whether the answer to a new order can be about it. In one sample (S, a charge with OTP) the answer has
// another order id than the request, so that this alone is no error, unless it has failed: the order may be under way.
// That sample has another amount and number, too, as it belongs to another request: what differs so far is not believed.
func (t *Transaction) answers(o order) bool {
	switch {
	case t.OrderID == o.id:
		return true
	case t.OrderID != "" && t.Status == wapay.StatusFailed:
		return false
	}
	return !o.otherAmount(t) && !o.otherPhone(t)
}

func (o order) otherAmount(t *Transaction) bool {
	none := wapay.Money{}
	return o.amount != none && t.Amount != none && t.Amount != o.amount
}

// otherPhone compares the country, of which four have numbers of eight digits, and the last eight: a number of Benin may
// come back without the 01 that it was sent with, and any with its calling code, or, as a number in JSON, without the
// zeros that it began with.
func (o order) otherPhone(t *Transaction) bool {
	if o.phone != (wapay.Phone{}) && len(t.Country) == 3 && !strings.EqualFold(t.Country, o.phone.CountryAlpha3()) {
		return true
	}
	want, shown := o.phone.National(), digits(t.Phone)
	if want == "" || shown == "" {
		return false
	}
	want = want[max(0, len(want)-8):]
	return !strings.HasSuffix(shown, want) && shown != strings.TrimLeft(want, "0")
}

// digits are those of a number, "" if it has anything in it but what stands between them, as the stars of a mask.
func digits(number string) string {
	number = strings.NewReplacer(" ", "", "+", "", "-", "", ".", "").Replace(number)
	if strings.Trim(number, "0123456789") != "" {
		return ""
	}
	return number
}
