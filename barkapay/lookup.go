package barkapay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
)

// find makes a lookup.
func (c *Client) find(ctx context.Context, a app, op, reference, path string, params any) ([]Transaction, error) {
	r, err := get(op, path, params)
	if err != nil {
		return nil, err
	}
	r.Reference = reference
	if err := c.authorize(r, a); err != nil {
		return nil, err
	}
	var answer list
	if _, err := c.calls.Do(ctx, r, &answer); err != nil {
		return nil, err
	}
	found := make([]Transaction, len(answer))
	for i := range answer {
		found[i] = answer[i].transaction(answer[i].raw)
	}
	return found, nil
}

// findOne looks a transaction up by its id.
func (c *Client) findOne(ctx context.Context, a app, op, what, id string) (*Transaction, error) {
	var bad check.Fields
	bad.ID("ID", id)
	if err := bad.Err(provider, op, ""); err != nil {
		return nil, err
	}
	found, err := c.find(ctx, a, op, "", what+"/"+element(id), nil)
	if err != nil {
		return nil, err
	}
	switch {
	case len(found) == 0:
		return nil, notFound(op, "", "no "+what+" with this id")
	case len(found) > 1 || found[0].ID != id:
		return nil, unsaid(op, "", "the answer is about another "+what)
	}
	return &found[0], nil
}

// oneOf picks the transaction with the reference out of what the filter found, and refuses to choose. That there is none
// only an empty list says: one of other orders comes of a filter that was ignored, and may not be all there are.
func oneOf(found []Transaction, op, what, reference string) (*Transaction, error) {
	var ids []string
	var one *Transaction
	for i := range found {
		t := &found[i]
		switch {
		case t.OrderID != reference:
			if t.mayCarry(reference) {
				return nil, unsaid(op, reference, "the answer has a "+what+" that may have this order id: "+t.ID)
			}
		case one == nil || t.ID != one.ID:
			one, ids = t, append(ids, t.ID)
		case t.Status != one.Status:
			return nil, unsaid(op, reference, "the answer has one "+what+" in two states")
		}
	}
	switch {
	case len(found) == 0:
		return nil, notFound(op, reference, "no "+what+" with this order id")
	case len(ids) == 0:
		return nil, unsaid(op, reference, "the answer is about other orders")
	case len(ids) == 1:
		return one, nil
	}
	e := &wapay.Error{
		Provider: provider, Op: op, Reference: reference, HTTPStatus: http.StatusOK,
		Outcome: wapay.OutcomeRejected, Kind: wapay.ErrDuplicate, Attempts: 1,
	}
	e.Details = []wapay.FieldError{{Field: "Reference", Message: fmt.Sprintf("%d %ss carry it: %q", len(ids), what, ids)}}
	return nil, e
}

func notFound(op, reference, message string) *wapay.Error {
	return &wapay.Error{
		Provider: provider, Op: op, Reference: reference, HTTPStatus: http.StatusOK,
		Outcome: wapay.OutcomeRejected, Kind: wapay.ErrNotFound, Message: message, Attempts: 1,
	}
}

// unsaid is the error of a lookup whose answer does not say what was asked.
func unsaid(op, reference, why string) *wapay.Error {
	return &wapay.Error{
		Provider: provider, Op: op, Reference: reference, HTTPStatus: http.StatusOK,
		Outcome: wapay.OutcomeReadOnly, Kind: wapay.ErrDecode, Attempts: 1, Err: errors.New(why),
	}
}

// mayCarry reports whether a transaction that does not show the reference may have it all the same: it shows none, or
// one that has been through a number, which lost the zeros before it.
func (t *Transaction) mayCarry(reference string) bool {
	return t.OrderID == "" || strings.TrimLeft(t.OrderID, "0") == strings.TrimLeft(reference, "0")
}
