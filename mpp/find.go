package mpp

import (
	"context"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/lookup"
)

// orderKind is the kind of order that a lookup searches: payments or payouts.
type orderKind struct {
	name      string
	has       func(category string) bool
	direction string // of the money; it decides without a category
}

var (
	payments = orderKind{"payment", facts.MPPIsPayment, "credit"}
	payouts  = orderKind{"payout", facts.MPPIsPayout, "debit"}
)

// is reports whether the transaction is of the kind.
func (k orderKind) is(t *Transaction) bool {
	if t.Category != "" {
		return k.has(string(t.Category))
	}
	return t.Direction == k.direction || t.Direction == ""
}

// match compares the transaction with the wanted order. A transaction of an
// undocumented category may be the order.
func (k orderKind) match(t *Transaction, reference string) lookup.Match {
	m := lookup.Compare(t.ExternalID, reference)
	switch {
	case k.is(t):
		return m
	case m == lookup.Other || t.Category.isDocumented():
		return lookup.Other
	}
	return lookup.Perhaps
}

// find looks a transaction up by ref.
func (c *client) find(ctx context.Context, k orderKind, ref wapay.Ref) (*Transaction, error) {
	if ref.ID == "" {
		return c.search(ctx, k, ref.Reference)
	}
	t, err := c.transaction(ctx, ref.Reference, ref.ID)
	switch {
	case err != nil:
		return nil, err
	case !k.is(t) && !t.Category.isDocumented():
		return nil, c.calls.ReadError(ctx, ref.Reference, wapay.ErrDecode,
			"the transaction with this id has a category that is not documented")
	case !k.is(t):
		return nil, c.calls.ReadError(ctx, ref.Reference, wapay.ErrNotFound,
			"the transaction with this id is no "+k.name)
	case ref.Reference == "":
		return t, nil
	}
	switch lookup.Compare(t.ExternalID, ref.Reference) {
	case lookup.Other:
		return nil, c.calls.ReadError(ctx, ref.Reference, wapay.ErrNotFound,
			"the "+k.name+" with this id has another reference")
	case lookup.Perhaps:
		return nil, c.calls.ReadError(ctx, ref.Reference, wapay.ErrDecode,
			"the "+k.name+" with this id does not show its reference")
	}
	return t, nil
}

// search looks for a transaction in the list, from its first page. It does not
// rely on dates: the first page probably has the newest, but that is not
// documented.
func (c *client) search(ctx context.Context, k orderKind, reference string) (*Transaction, error) {
	var bad check.Fields
	bad.Reference("Reference", reference, maxReference, "")
	if err := c.calls.Check(ctx, call.Read, reference, bad); err != nil {
		return nil, err
	}
	s := lookup.Search[*Transaction]{
		Name: k.name, Instead: "look it up by its id, or in the provider's dashboard",
		Fetch: func(ctx context.Context, next string) (*lookup.Page[*Transaction], error) {
			number, _ := strconv.Atoi(next) // "" is the first
			page, err := c.transactions(ctx, reference, PageRequest{number, maxPageSize})
			if err != nil {
				return nil, err
			}
			return rowsOf(page, k, reference), nil
		},
		Fail: func(kind error, message string) error { return c.calls.ReadError(ctx, reference, kind, message) },
	}
	return s.Find(ctx)
}

// rowsOf converts a page for the search.
func rowsOf(p *Page[Transaction], k orderKind, reference string) *lookup.Page[*Transaction] {
	rows := &lookup.Page[*Transaction]{Unreadable: p.Unreadable, End: p.complete, Total: p.Total}
	if p.More {
		rows.Next = strconv.Itoa(p.Number + 1)
	}
	for i := range p.Items {
		t := &p.Items[i]
		rows.Rows = append(rows.Rows, lookup.Row[*Transaction]{
			Order: t, ID: t.ID, Match: k.match(t, reference), Made: t.CreatedAt,
			Failed: t.Status == wapay.StatusFailed || t.Status == wapay.StatusCancelled,
		})
	}
	return rows
}

// isDocumented reports whether the category is documented or empty.
func (c Category) isDocumented() bool {
	switch Category(strings.ToLower(string(c))) {
	case "", CategoryPayment, CategoryTransfer, CategoryPayout, CategoryCashIn, CategoryDeposit, CategoryTopUp:
		return true
	}
	return false
}
