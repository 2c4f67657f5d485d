package intram

import (
	"context"
	"errors"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/lookup"
)

// find looks an operation up by ref. If the ID is the reference of a
// transaction, it returns the transaction, and the operation only if it needed
// it.
func (c *Client) find(ctx context.Context, kind OperationType, ref wapay.Ref) (*Operation, *Transaction, error) {
	if ref.ID == "" {
		o, err := c.search(ctx, kind, ref.Reference)
		return o, nil, err
	}
	if !strings.HasPrefix(ref.ID, "op_") {
		t, err := c.Transaction(ctx, ref.ID)
		if err == nil {
			return c.ofTransaction(ctx, kind, ref, t)
		}
		if !errors.Is(err, wapay.ErrNotFound) {
			return nil, nil, referTo(err, ref.Reference)
		}
	}
	o, err := c.Operation(ctx, ref.ID)
	if err != nil {
		return nil, nil, referTo(err, ref.Reference)
	}
	match := o.match(kind, ref.Reference)
	switch {
	case o.Type != kind && o.Type.isDocumented():
		err = c.fail(ctx, ref, wapay.ErrNotFound, "the operation with this id is no "+kind.name())
	case o.Type != kind:
		err = c.fail(ctx, ref, wapay.ErrDecode, "the operation with this id does not show that it is a "+kind.name())
	case ref.Reference == "" || match == lookup.Same:
		return o, nil, nil
	case match == lookup.Other && o.Reference != "":
		err = c.fail(ctx, ref, wapay.ErrNotFound, "the "+kind.name()+" with this id has another reference")
	default:
		err = c.fail(ctx, ref, wapay.ErrDecode, "the "+kind.name()+" with this id does not show the same reference")
	}
	return nil, nil, err
}

// fail returns the error of a lookup.
func (c *Client) fail(ctx context.Context, ref wapay.Ref, kind error, message string) error {
	return c.in().calls.ReadError(ctx, ref.Reference, kind, message)
}

// referTo adds the merchant's reference to the error of a request without it.
func referTo(err error, reference string) error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Reference == "" {
		e.Reference = reference
	}
	return err
}

// match compares an operation with the type and the reference of an order. An
// operation without a reference was made elsewhere. If its type is missing or
// not documented, the place of its reference is not known.
func (o *Operation) match(kind OperationType, reference string) lookup.Match {
	m := lookup.Compare(o.Reference, reference)
	if m == lookup.Other && o.Payout != nil && o.Payout.Reference == reference {
		m = lookup.Perhaps // the payload and the result disagree
	}
	switch {
	case o.Type == kind && m == lookup.Perhaps && o.Reference == "" && readOrder(o.Payload) != noOrder:
		return lookup.Other
	case o.Type == kind:
		return m
	case o.Type.isDocumented(), m == lookup.Other && o.Type != "":
		return lookup.Other
	}
	return lookup.Perhaps
}

// ofTransaction checks that a transaction is the one of ref. If the transaction
// does not show the merchant's reference, its operation does.
func (c *Client) ofTransaction(ctx context.Context, kind OperationType, ref wapay.Ref, t *Transaction,
) (*Operation, *Transaction, error) {
	if t.Type == Refund || kind == TypePaymentRequest && t.Type == Debit || kind == TypePayout && t.Type == Credit {
		return nil, nil, c.fail(ctx, ref, wapay.ErrNotFound, "the transaction with this reference is no "+kind.name())
	}
	if ref.Reference == "" || t.MerchantReference() == ref.Reference {
		return nil, t, nil
	}
	if lookup.Compare(t.MerchantReference(), ref.Reference) == lookup.Other {
		return nil, nil, c.fail(ctx, ref, wapay.ErrNotFound, "the "+kind.name()+" with this id has another reference")
	}
	o, err := c.search(ctx, kind, ref.Reference)
	if err != nil {
		return nil, nil, err
	}
	switch o.transactionReference() {
	case t.Reference:
		return o, t, nil
	case "": // as in each payout
		return nil, nil, c.fail(ctx, ref, wapay.ErrDecode,
			"the operation with this reference, "+o.ID+", does not show its transaction: leave one of the two out")
	}
	return nil, nil, c.fail(ctx, ref, wapay.ErrNotFound,
		"the "+kind.name()+" with this reference has another transaction")
}

// searchLimit is the page size of a search. A page of the largest orders stays
// below the 4 MiB that the client reads.
const searchLimit = 50

// search looks for the merchant's reference among the newest operations.
func (c *Client) search(ctx context.Context, kind OperationType, reference string) (*Operation, error) {
	var bad check.Fields
	checkReference(&bad, reference)
	if err := c.in().calls.Check(ctx, call.Read, reference, bad); err != nil {
		return nil, err
	}
	s := lookup.Search[*Operation]{
		Name:    kind.name(),
		Instead: "look it up by its id, or within 24 hours of the first call make the same call again",
		Fetch: func(ctx context.Context, before string) (*lookup.Page[*Operation], error) {
			page, err := c.searchPage(ctx, kind, reference, before)
			return page, referTo(err, reference)
		},
		Fail: func(kind error, message string) error {
			return c.fail(ctx, wapay.Ref{Reference: reference}, kind, message)
		},
	}
	return s.Find(ctx)
}

func (c *Client) searchPage(ctx context.Context, kind OperationType, reference, before string,
) (*lookup.Page[*Operation], error) {
	list, err := c.Operations(ctx, OperationFilter{Limit: searchLimit, Type: kind, Before: before})
	if err != nil {
		return nil, err
	}
	page := &lookup.Page[*Operation]{Unreadable: list.Unreadable, Next: list.NextBefore, End: list.isLast()}
	for i := range list.Items {
		o := &list.Items[i]
		match := o.match(kind, reference)
		if match == lookup.Same && o.hidesCheckout {
			if o, err = c.lookCloser(ctx, o); err != nil {
				return nil, err
			}
		}
		page.Rows = append(page.Rows, lookup.Row[*Operation]{
			Order: o, ID: o.ID, Match: match, Failed: o.hasFailed(), Made: o.CreatedAt,
		})
	}
	return page, nil
}

// lookCloser looks up a payment request if the list does not show whether it
// had a page.
func (c *Client) lookCloser(ctx context.Context, o *Operation) (*Operation, error) {
	whole, err := c.Operation(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	if whole.Type == o.Type && whole.Reference == o.Reference {
		return whole, nil
	}
	return o, nil
}

// hasFailed reports whether the operation failed without a contradiction.
func (o *Operation) hasFailed() bool {
	status := wapay.StatusFailed
	switch o.Type {
	case TypePaymentRequest:
		status, _ = o.paymentStatus()
	case TypePayout:
		status, _ = o.payoutStatus()
	}
	return o.Status == OperationFailed && status == wapay.StatusFailed
}
