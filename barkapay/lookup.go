package barkapay

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/lookup"
)

// list asks for a list of transactions.
func (c *Client) list(ctx context.Context, a app, path, reference string, params any, bad check.Fields) ([]Transaction, error) {
	var answer list
	if _, err := c.get(ctx, a, path, reference, params, bad, &answer); err != nil {
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
	found, err := c.list(ctx, a, what+"/"+url.PathEscape(id), "", nil, bad)
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

// carries returns t if it carries the reference, which was looked up by its id.
func (c *Client) carries(ctx context.Context, t *Transaction, reference string) (*Transaction, error) {
	if reference == "" {
		return t, nil
	}
	switch lookup.Compare(t.OrderID, reference) {
	case lookup.Same:
		return t, nil
	case lookup.Perhaps:
		return nil, c.in().calls.ReadError(ctx, reference, wapay.ErrDecode, "the answer does not show the order id")
	}
	return nil, c.in().calls.ReadError(ctx, reference, wapay.ErrNotFound, "the order with this id has another order id")
}

func (c *Client) checkReference(ctx context.Context, reference string) error {
	var bad check.Fields
	bad.Reference("Reference", reference, maxOrderID, "")
	return c.in().calls.Check(ctx, call.Read, reference, bad)
}

// FindPayment looks a payment up by its id, or by the merchant's reference with
// the filter.
//
// With both pairs, it asks the SCI app too when the API app has no such payment,
// or only failed ones. Of several payments with the reference, it returns the
// one that has not failed, and of failed ones the newest. Two that have not
// failed are [wapay.ErrDuplicate], with both ids in the error; but one that
// succeeded stands for others of the same amount and number that still wait,
// such as a charge from before its one-time code was there.
//
// An empty list or the provider's own words are [wapay.ErrNotFound]. Any other
// answer without the payment is [wapay.ErrDecode], which says nothing about it.
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	ctx = call.Start(ctx, "FindPayment", nil)
	t, err := c.findPayment(ctx, ref)
	if err != nil {
		return nil, err
	}
	return t.payment(ref.Reference), nil
}

func (c *Client) findPayment(ctx context.Context, ref wapay.Ref) (*Transaction, error) {
	if ref.ID != "" {
		t, err := c.Payment(ctx, ref.ID)
		if err != nil {
			return nil, err
		}
		return c.carries(ctx, t, ref.Reference)
	}
	t, err := c.paymentUnder(ctx, anyApp, ref.Reference)
	failed := err == nil && t.Status == wapay.StatusFailed
	if !c.hasBoth() || !failed && !errors.Is(err, wapay.ErrNotFound) {
		return t, err
	}
	link, err := c.paymentUnder(ctx, sciApp, ref.Reference)
	switch {
	case !failed:
		return link, err
	case errors.Is(err, wapay.ErrNotFound), err == nil && link.Status == wapay.StatusFailed:
		return t, nil
	case err == nil && link.ID == t.ID:
		return nil, c.in().calls.ReadError(ctx, ref.Reference, wapay.ErrDecode, twoStates)
	}
	return link, err // a charge that failed says nothing about a link under the same reference
}

// paymentUnder asks one app for the payment with a reference.
func (c *Client) paymentUnder(ctx context.Context, a app, reference string) (*Transaction, error) {
	if err := c.checkReference(ctx, reference); err != nil {
		return nil, err
	}
	found, err := c.payments(ctx, a, Filter{OrderID: reference})
	if err != nil {
		return nil, err
	}
	return c.picked(ctx, found, "payment", reference)
}

// FindPayout looks a transfer up by its id, or by the merchant's reference with
// the filter. Of several transfers with the reference, it returns the one that
// has not failed, and of failed ones the newest. Two that have not failed are
// [wapay.ErrDuplicate], with both ids in the error.
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	ctx = call.Start(ctx, "FindPayout", nil)
	t, err := c.findTransfer(ctx, ref)
	if err != nil {
		return nil, err
	}
	return t.payout(ref.Reference), nil
}

func (c *Client) findTransfer(ctx context.Context, ref wapay.Ref) (*Transaction, error) {
	if ref.ID != "" {
		t, err := c.Transfer(ctx, ref.ID)
		if err != nil {
			return nil, err
		}
		return c.carries(ctx, t, ref.Reference)
	}
	if err := c.checkReference(ctx, ref.Reference); err != nil {
		return nil, err
	}
	found, err := c.Transfers(ctx, Filter{OrderID: ref.Reference})
	if err != nil {
		return nil, err
	}
	return c.picked(ctx, found, "transfer", ref.Reference)
}

func (c *Client) picked(ctx context.Context, found []Transaction, what, reference string) (*Transaction, error) {
	t, kind, message := pick(found, what, reference)
	if kind != nil {
		return nil, c.in().calls.ReadError(ctx, reference, kind, message)
	}
	return t, nil
}

const twoStates = "the answer has one order in two states"

// pick returns the order with the reference out of what the filter found, or
// the kind and text of the error.
//
// Only an empty list says that there is no order. A list of other orders comes
// from a filter that was ignored, and may not be complete. A row that does not
// show its order id hides an order only where none that has not failed is seen.
func pick(found []Transaction, what, reference string) (one *Transaction, kind error, message string) {
	var open, failed []*Transaction
	hidden := ""
	states := map[string]wapay.Status{}
	for i := range found {
		t := &found[i]
		switch lookup.Compare(t.OrderID, reference) {
		case lookup.Other:
			continue
		case lookup.Perhaps:
			hidden = "the answer has a " + what + " that may have this order id: " + t.ID
			continue
		}
		status, seen := states[t.ID]
		switch {
		case seen && status != t.Status:
			return nil, wapay.ErrDecode, twoStates
		case seen:
			continue
		}
		states[t.ID] = t.Status
		if t.Status == wapay.StatusFailed {
			failed = append(failed, t)
		} else {
			open = append(open, t)
		}
	}
	switch {
	case len(open) == 1:
		return open[0], nil, ""
	case len(open) > 1:
		if paid := standsForAll(open); paid != nil && what == "payment" {
			return paid, nil, ""
		}
		var ids []string
		for _, t := range open {
			ids = append(ids, t.ID)
		}
		return nil, wapay.ErrDuplicate, fmt.Sprintf("%d %ss carry the reference: %q", len(ids), what, ids)
	case hidden != "":
		return nil, wapay.ErrDecode, hidden
	case len(failed) > 0:
		return newest(failed), nil, ""
	case len(found) > 0:
		return nil, wapay.ErrDecode, "the answer is about other orders"
	}
	return nil, wapay.ErrNotFound, "no " + what + " with this order id"
}

// standsForAll returns the one payment that succeeded, if all others wait and
// have its amount and number.
func standsForAll(open []*Transaction) (paid *Transaction) {
	for _, t := range open {
		switch {
		case t.Status != wapay.StatusSucceeded:
		case paid != nil:
			return nil
		default:
			paid = t
		}
	}
	for _, t := range open {
		if paid == nil || t != paid && t.Status != wapay.StatusPending ||
			t.Phone == "" || t.Phone != paid.Phone || t.Amount != paid.Amount {
			return nil
		}
	}
	return paid
}

func newest(all []*Transaction) *Transaction {
	last := all[0]
	for _, t := range all {
		if t.CreatedAt.After(last.CreatedAt) {
			last = t
		}
	}
	return last
}
