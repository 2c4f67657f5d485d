package payhub

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/lookup"
)

// Filter selects payments or transfers. A zero field selects all.
type Filter struct {
	Status   string    // status, the provider's word
	Operator string    // operator
	From, To time.Time // from_date, to_date: the days, in UTC; the provider's time zone is not known
	PerPage  int       // per_page; its default and maximum are not known
	Page     int       // page, from 1; not documented
}

// Page is one page of a list. The order of its rows is not known.
type Page struct {
	Transactions []Transaction
	Unreadable   int // how many Transactions have only Raw
	// The members of meta, 0 if absent. Without LastPage there may be more
	// pages.
	CurrentPage, LastPage, PerPage, Total int
	Raw                                   wapay.Raw
}

func (f Filter) check() check.Fields {
	var bad check.Fields
	if !f.From.IsZero() && !f.To.IsZero() && f.To.Before(f.From) {
		bad.Add("To", "is before From")
	}
	if f.Page < 0 {
		bad.Add("Page", "is %d, want 1 or more", f.Page)
	}
	if f.PerPage < 0 {
		bad.Add("PerPage", "is %d, want 1 or more", f.PerPage)
	}
	return bad
}

func (f Filter) query() string {
	values := url.Values{}
	set := func(name, value string) {
		if value != "" && value != "0" {
			values.Set(name, value)
		}
	}
	set("status", f.Status)
	set("operator", f.Operator)
	set("from_date", day(f.From))
	set("to_date", day(f.To))
	set("per_page", strconv.Itoa(f.PerPage))
	set("page", strconv.Itoa(f.Page))
	return values.Encode()
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// list returns one page. Another page than the requested one is an error: a
// provider that ignores the number would send the first page without end.
func (c *Client) list(ctx context.Context, k kind, f Filter) (*Page, error) {
	r, answer := get(k.many), list{kind: k}
	r.Query = f.query()
	resp, err := c.send(ctx, r, f.check(), &answer)
	if err != nil {
		return nil, err
	}
	m := answer.meta
	if f.Page > 0 && m.CurrentPage > 0 && m.CurrentPage != f.Page {
		return nil, c.in().calls.ReadError(ctx, "", wapay.ErrDecode,
			fmt.Sprintf("the answer is page %d of the list, want %d", m.CurrentPage, f.Page))
	}
	p := &Page{
		Transactions: answer.found, CurrentPage: m.CurrentPage, LastPage: m.LastPage, PerPage: m.PerPage,
		Total: m.Total, Raw: resp.Body,
	}
	for _, t := range p.Transactions {
		if t.ID == "" {
			p.Unreadable++
		}
	}
	return p, nil
}

// FindPayment looks a payment up by its id, or by the merchant's reference.
//
// Of several payments with the reference, it returns the one that has neither
// failed nor been cancelled. If there is none, it returns the newest. If there
// are two, the error is [wapay.ErrDuplicate] with both ids.
//
// An empty list or the code resource_not_found is [wapay.ErrNotFound]. A new
// payment may not be visible at once. Any other answer without the payment is
// [wapay.ErrDecode], and the payment may exist.
func (c *Client) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	t, err := c.find(call.Start(ctx, "FindPayment", nil), payments, ref)
	return lookup.Found(t, err, ref.Reference, (*Transaction).payment)
}

// FindPayout looks a transfer up like [Client.FindPayment]. A refunded transfer
// counts as failed.
func (c *Client) FindPayout(ctx context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	t, err := c.find(call.Start(ctx, "FindPayout", nil), transfers, ref)
	return lookup.Found(t, err, ref.Reference, (*Transaction).payout)
}

func (c *Client) find(ctx context.Context, k kind, ref wapay.Ref) (*Transaction, error) {
	var bad check.Fields
	if ref.ID == "" {
		checkOrderID(&bad, "Reference", ref.Reference)
		return c.look(ctx, k, ref.Reference, ref.Reference, bad, func(t *Transaction) lookup.Match {
			return lookup.Compare(t.OrderID, ref.Reference)
		})
	}
	checkID(&bad, ref.ID)
	t, err := c.look(ctx, k, ref.ID, ref.Reference, bad, func(t *Transaction) lookup.Match {
		return compareID(t.ID, ref.ID)
	})
	if err != nil || ref.Reference == "" {
		return t, err
	}
	switch lookup.Compare(t.OrderID, ref.Reference) {
	case lookup.Same:
		return t, nil
	case lookup.Perhaps:
		return nil, c.in().calls.ReadError(ctx, ref.Reference, wapay.ErrDecode, "the answer does not show the order id")
	}
	const other = "the order with this id has another order id"
	return nil, c.in().calls.ReadError(ctx, ref.Reference, wapay.ErrNotFound, other)
}

// findByAnyID looks an order up by an id that may be the provider's or the
// merchant's.
func (c *Client) findByAnyID(ctx context.Context, k kind, id string) (*Transaction, error) {
	var bad check.Fields
	checkID(&bad, id)
	return c.look(ctx, k, id, "", bad, func(t *Transaction) lookup.Match {
		if t.OrderID == id {
			return lookup.Same
		}
		return compareID(t.ID, id)
	})
}

func compareID(shown, id string) lookup.Match {
	if shown == id {
		return lookup.Same
	}
	return lookup.Other
}

// checkID checks an id as an element of a path. An empty one would make the
// path of the list.
func checkID(bad *check.Fields, id string) { checkOrderID(bad, "ID", id) }

// look asks for an order by an id. The answer is a list, and match selects its
// rows.
func (c *Client) look(
	ctx context.Context, k kind, id, reference string, bad check.Fields, match func(*Transaction) lookup.Match,
) (*Transaction, error) {
	r, answer := get(k.many, id), list{kind: k}
	r.Reference = reference
	r.Alone = true // an empty list, after which an order is sent, shows no id
	if _, err := c.send(ctx, r, bad, &answer); err != nil {
		return nil, err
	}
	fail := func(kind error, message string) (*Transaction, error) {
		return nil, c.in().calls.ReadError(ctx, reference, kind, message)
	}
	open, over, hidden, twice := sortOut(answer.found, match)
	switch {
	case twice:
		return fail(wapay.ErrDecode, "the answer has one order in two states")
	case len(open) == 1:
		return open[0], nil
	case len(open) > 1:
		return fail(wapay.ErrDuplicate, fmt.Sprintf("several %s carry the id: %q", k.many, ids(open)))
	case hidden:
		return fail(wapay.ErrDecode, "the answer has a "+k.one+" that may have this id")
	case len(over) > 0:
		newest := func(x, y *Transaction) int { return x.CreatedAt.Compare(y.CreatedAt) }
		return slices.MaxFunc(over, newest), nil
	case len(answer.found) > 0:
		return fail(wapay.ErrDecode, "the answer is about other orders")
	}
	return fail(wapay.ErrNotFound, "no "+k.one+" with this id")
}

// sortOut splits the matching orders into open ones and those that are over
// without payment. hidden reports a row that may match. twice reports that one
// order has two states.
func sortOut(
	rows []Transaction, match func(*Transaction) lookup.Match,
) (open, over []*Transaction, hidden, twice bool) {
	states := map[string]string{}
	for i := range rows {
		t := &rows[i]
		m := match(t)
		if t.ID == "" {
			m = lookup.Perhaps
		}
		if m != lookup.Same {
			hidden = hidden || m == lookup.Perhaps
			continue
		}
		status, again := states[t.ID]
		states[t.ID] = t.ProviderStatus
		switch {
		case again:
			twice = twice || status != t.ProviderStatus
		case t.Status == wapay.StatusFailed, t.Status == wapay.StatusCancelled, t.Status == wapay.StatusRefunded:
			over = append(over, t)
		default:
			open = append(open, t)
		}
	}
	return open, over, hidden, twice
}

func ids(all []*Transaction) (ids []string) {
	for _, t := range all {
		ids = append(ids, t.ID)
	}
	return ids
}
