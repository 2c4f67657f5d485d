package barkapay

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/lookup"
)

// list asks an app for the payments or transfers that a filter selects.
func (c *Client) list(ctx context.Context, a app, what string, f Filter, bad check.Fields) ([]Transaction, error) {
	party := map[string]string{"payment": "sender", "transfer": "receiver"}[what]
	return c.rows(ctx, a, call.Get(f.OrderID, what+"/", f.query(party)), bad)
}

func (c *Client) rows(ctx context.Context, a app, r *call.Request, bad check.Fields) ([]Transaction, error) {
	var answer list
	if _, err := c.send(ctx, a, r, bad, &answer); err != nil {
		return nil, err
	}
	found := make([]Transaction, len(answer))
	for i := range answer {
		found[i] = answer[i].V.transaction(answer[i].Raw)
		if found[i].ID == "" {
			found[i] = Transaction{Raw: answer[i].Raw}
		}
	}
	return found, nil
}

// findOne looks a payment or transfer up by its id.
func (c *Client) findOne(ctx context.Context, a app, what, id string) (*Transaction, error) {
	var bad check.Fields
	bad.ID("ID", id)
	found, err := c.rows(ctx, a, call.Get("", call.Path(what, id), ""), bad)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, c.in().calls.ReadError(ctx, "", wapay.ErrNotFound, "no "+what+" with this id")
	case len(found) > 1 || found[0].ID != id:
		return nil, c.in().calls.ReadError(ctx, "", wapay.ErrDecode, "the answer is about another "+what)
	}
	return &found[0], nil
}

// carries returns t, found by its id, if it has the reference.
func (c *Client) carries(ctx context.Context, t *Transaction, reference string) (*Transaction, error) {
	switch match := lookup.Compare(t.OrderID, reference); {
	case reference == "" || match == lookup.Same:
		return t, nil
	case match == lookup.Perhaps:
		return nil, c.in().calls.ReadError(ctx, reference, wapay.ErrDecode, "the answer does not show the order id")
	}
	return nil, c.in().calls.ReadError(ctx, reference, wapay.ErrNotFound, "the order with this id has another order id")
}

// FindPayment looks a payment up by its id, or by the merchant's reference with
// the filter. With both pairs, it asks the API app first. If that app has no
// such payment, or only failed ones, it also asks the SCI app. The package
// comment says which of several payments it returns.
//
// An empty list, or a refusal in the provider's own words, is
// [wapay.ErrNotFound]. Any other answer without the payment is
// [wapay.ErrDecode], and the payment may exist.
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	ctx = call.Start(ctx, "FindPayment", nil)
	t, err := c.findPayment(ctx, ref)
	return lookup.Found(t, err, ref.Reference, (*Transaction).payment)
}

func (c *Client) findPayment(ctx context.Context, ref wapay.Ref) (*Transaction, error) {
	if ref.ID != "" {
		t, err := c.Payment(ctx, ref.ID)
		if err != nil {
			return nil, err
		}
		return c.carries(ctx, t, ref.Reference)
	}
	t, err := c.under(ctx, anyApp, "payment", ref.Reference)
	failed := err == nil && t.Status == wapay.StatusFailed
	if !c.hasBoth() || !failed && !errors.Is(err, wapay.ErrNotFound) {
		return t, err
	}
	link, err := c.under(ctx, sciApp, "payment", ref.Reference)
	switch {
	case !failed:
		return link, err
	case errors.Is(err, wapay.ErrNotFound), err == nil && link.Status == wapay.StatusFailed:
		return t, nil
	case err == nil && link.ID == t.ID:
		return nil, c.in().calls.ReadError(ctx, ref.Reference, wapay.ErrDecode, twoStates)
	}
	return link, err // a failed charge does not exclude a link with the same reference
}

// FindPayout looks a transfer up by its id, or by the merchant's reference with
// the filter. Of several transfers with the reference, it returns the one that
// has not failed. If all have failed, it returns the newest. Two that have not
// failed are [wapay.ErrDuplicate], with both ids in the error.
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	ctx = call.Start(ctx, "FindPayout", nil)
	t, err := c.findTransfer(ctx, ref)
	return lookup.Found(t, err, ref.Reference, (*Transaction).payout)
}

func (c *Client) findTransfer(ctx context.Context, ref wapay.Ref) (*Transaction, error) {
	if ref.ID == "" {
		return c.under(ctx, apiApp, "transfer", ref.Reference)
	}
	t, err := c.Transfer(ctx, ref.ID)
	if err != nil {
		return nil, err
	}
	return c.carries(ctx, t, ref.Reference)
}

const twoStates = "the answer has one order in two states"

// under asks an app for the payment or transfer with a reference.
//
// Only an empty list says that there is none. If it gets a list of other
// orders, the provider ignored the filter, and the list may be incomplete. A
// row without an order id may be the order. It matters only if no other row
// with the reference is pending or has succeeded.
func (c *Client) under(ctx context.Context, a app, what, reference string) (*Transaction, error) {
	var bad check.Fields
	bad.Reference("Reference", reference, maxOrderID, "")
	rows, err := c.list(ctx, a, what, Filter{OrderID: reference}, bad)
	if err != nil {
		return nil, err
	}
	fail := func(kind error, message string) (*Transaction, error) {
		return nil, c.in().calls.ReadError(ctx, reference, kind, message)
	}
	open, failed, hidden, twice := sortOut(rows, reference)
	switch {
	case twice:
		return fail(wapay.ErrDecode, twoStates)
	case len(open) == 1:
		return open[0], nil
	case len(open) > 1:
		if paid := standsForAll(open); paid != nil && what == "payment" {
			return paid, nil
		}
		return fail(wapay.ErrDuplicate, fmt.Sprintf("several %ss carry the reference: %q", what, ids(open)))
	case hidden:
		return fail(wapay.ErrDecode, "the answer has a "+what+" that may have this order id")
	case len(failed) > 0:
		newest := func(x, y *Transaction) int { return x.CreatedAt.Compare(y.CreatedAt) }
		return slices.MaxFunc(failed, newest), nil
	case len(rows) > 0:
		return fail(wapay.ErrDecode, "the answer is about other orders")
	}
	return fail(wapay.ErrNotFound, "no "+what+" with this order id")
}

// sortOut splits the orders with the reference into open and failed ones.
// hidden reports a row that may have the reference. twice reports that one
// order has two states.
func sortOut(rows []Transaction, reference string) (open, failed []*Transaction, hidden, twice bool) {
	states := map[string]wapay.Status{}
	for i := range rows {
		t := &rows[i]
		match := lookup.Compare(t.OrderID, reference)
		if match != lookup.Same {
			hidden = hidden || match == lookup.Perhaps
			continue
		}
		status, again := states[t.ID]
		states[t.ID] = t.Status
		switch {
		case again:
			twice = twice || status != t.Status
		case t.Status == wapay.StatusFailed:
			failed = append(failed, t)
		default:
			open = append(open, t)
		}
	}
	return open, failed, hidden, twice
}

// standsForAll returns the payment that succeeded if all others are pending and
// have its amount and number.
func standsForAll(open []*Transaction) *Transaction {
	i := slices.IndexFunc(open, func(t *Transaction) bool { return t.Status == wapay.StatusSucceeded })
	if i < 0 || open[i].Phone == "" {
		return nil
	}
	paid := open[i]
	for _, t := range open {
		if t != paid && (t.Status != wapay.StatusPending || t.Phone != paid.Phone || t.Amount != paid.Amount) {
			return nil
		}
	}
	return paid
}

func ids(all []*Transaction) (ids []string) {
	for _, t := range all {
		ids = append(ids, t.ID)
	}
	return ids
}
