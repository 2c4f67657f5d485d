package apiv1

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/lookup"
)

const (
	maxReference = 30
	maxURL       = 120
)

// send sends an order, and checks that the answer is about it.
func (c *client) send(ctx context.Context, r *call.Request, amount wapay.Money) (*answer, *call.Response, error) {
	a, resp, err := c.do(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	shown, err := a.money(a.Amount, c.currency)
	switch {
	case err != nil:
	case a.ID == "" || a.MerchantID == "":
		err = errors.New("an order without its ids")
	case lookup.Compare(string(a.MerchantID), r.Reference) == lookup.Other:
		err = errors.New("the answer is about another order")
	case shown != amount && shown != wapay.Money{}:
		err = fmt.Errorf("the answer is about %s", shown)
	}
	if err != nil {
		return nil, nil, c.calls.Undecodable(r, resp, err)
	}
	return a, resp, nil
}

// find looks an order up by either id, and checks that the answer is about it.
func (c *client) find(ctx context.Context, resource string, ref wapay.Ref) (*answer, *call.Response, error) {
	var bad check.Fields
	id := ref.ID
	if id != "" {
		bad.ID("ID", id)
	} else {
		id = ref.Reference
		checkReference(&bad, "Reference", id)
	}
	if err := c.calls.Check(ctx, call.Read, ref.Reference, bad); err != nil {
		return nil, nil, err
	}
	r := call.Get(ref.Reference, call.Path(resource, id), "")
	a, resp, err := c.do(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	match := lookup.Same
	if ref.Reference != "" {
		match = lookup.Compare(string(a.MerchantID), ref.Reference)
	}
	_, err = a.money(a.Amount, c.currency)
	switch {
	case err != nil:
	case a.ID == "" || a.MerchantID == "":
		err = errors.New("an order without its ids")
	case ref.ID != "" && string(a.ID) != ref.ID, ref.ID == "" && match == lookup.Other:
		err = errors.New("the answer is about another order")
	case match == lookup.Perhaps:
		err = errors.New("the order shows its reference in another form")
	case match == lookup.Other:
		const what = "the order with this id has another reference"
		return nil, nil, c.calls.ReadError(ctx, ref.Reference, wapay.ErrNotFound, what)
	}
	if err != nil {
		return nil, nil, c.calls.Undecodable(r, resp, err)
	}
	return a, resp, nil
}

// checkReference checks a merchant's id. Integrations see that the provider
// refuses an underscore.
func checkReference(bad *check.Fields, field, s string) {
	if s == "." || s == ".." {
		bad.Add(field, "is not an id")
		return
	}
	bad.Reference(field, s, maxReference, "_")
}

// checkAmount checks that an amount is in the account's currency and in whole
// units.
func (c *client) checkAmount(bad *check.Fields, m wapay.Money) {
	before := len(*bad)
	bad.Amount("Amount", m, c.currency)
	if len(*bad) == before && m.MinorUnits()%m.Currency().Units(1).MinorUnits() != 0 {
		bad.Add("Amount", "is %s, want whole units", m)
	}
}

// units returns a checked amount in whole units, or 0 for an invalid one.
func units(m wapay.Money) int64 {
	if !m.Valid() {
		return 0
	}
	return m.MinorUnits() / m.Currency().Units(1).MinorUnits()
}

// checkPhone checks that a number is of the account's country.
func (c *client) checkPhone(bad *check.Fields, field string, p wapay.Phone) {
	switch {
	case p.IsZero():
		bad.Add(field, "is required")
	case p.Country() != c.country:
		bad.Add(field, "is a number of %s, want one of %s, the account's country", p.Country(), c.country)
	}
}

var method = regexp.MustCompile(`^[A-Z0-9]+_[A-Z]{2}$`)

// checkMethod checks that an operator is a word with the account's country.
func (c *client) checkMethod(bad *check.Fields, s string) {
	if !method.MatchString(s) || !strings.HasSuffix(s, "_"+c.country) {
		bad.Add("PaymentMethod", "is %.40q, want the operator and the account's country, such as OM_%s", s, c.country)
	}
}

func checkURL(bad *check.Fields, field, s string) {
	switch {
	case s == "":
		bad.Add(field, "is required")
	case len(s) > maxURL:
		bad.Add(field, "has %d bytes, at most %d are allowed", len(s), maxURL)
	default:
		bad.URL(field, s)
	}
}

func checkText(bad *check.Fields, field, s string, least, most int) {
	if n := len([]rune(strings.TrimSpace(s))); n < least {
		bad.Add(field, "has %s, want at least %d", characters(n), least)
		return
	}
	bad.Text(field, s, most)
}

func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return strconv.Itoa(n) + " characters"
}
