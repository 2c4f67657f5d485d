package mpp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
)

// How far a search by the merchant's reference goes.
const (
	searchPages = 10 // of 100 transactions
	searchTime  = 30 * time.Second
)

// sought is what is looked for: payments or payouts.
type sought struct {
	name      string
	isOne     func(category string) bool
	direction string // of the money, which decides where the category is not there
}

var (
	payments = sought{"payment", facts.MPPIsPayment, "credit"}
	payouts  = sought{"payout", facts.MPPIsPayout, "debit"}
)

func (s sought) is(t *Transaction) bool {
	if t.Category != "" {
		return s.isOne(string(t.Category))
	}
	return t.Direction == s.direction || t.Direction == ""
}

// find looks for a transaction by ref.
func (c *Client) find(ctx context.Context, op string, s sought, ref wapay.Ref) (*Transaction, error) {
	if ref.ID == "" {
		return c.search(ctx, op, s, ref.Reference)
	}
	t, err := c.transaction(ctx, op, ref.Reference, ref.ID)
	switch {
	case err != nil:
		return nil, err
	case !s.is(t) && !t.Category.documented():
		return nil, lookupError(op, ref.Reference, wapay.ErrDecode, "the transaction with this id has a category that is not documented")
	case !s.is(t):
		return nil, lookupError(op, ref.Reference, wapay.ErrNotFound, "the transaction with this id is no "+s.name)
	case ref.Reference != "" && t.ExternalID != "" && t.ExternalID != ref.Reference:
		return nil, lookupError(op, ref.Reference, wapay.ErrNotFound, "the "+s.name+" with this id has another reference")
	}
	return t, nil
}

// search walks through the transactions until it has found one with the reference that has not failed: an order that
// failed may have been given again under the same reference. Two that have not failed are ErrDuplicate, as far as
// they are seen together. Only a search that has seen everything ends in ErrNotFound, or in one that has failed.
//
// It begins with the first page and goes by no dates: that this has the newest is likely and not documented.
func (c *Client) search(ctx context.Context, op string, s sought, reference string) (*Transaction, error) {
	var bad check.Fields
	bad.Reference("Reference", reference, maxReference, "")
	if err := bad.Err(provider, op, reference); err != nil {
		return nil, err
	}
	seen := searched{ids: map[string]bool{}}
	walk, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	for number := 1; number <= searchPages; number++ {
		page, err := c.transactions(walk, op, reference, PageRequest{number, maxPageSize})
		switch {
		case err != nil && walk.Err() != nil && ctx.Err() == nil:
			return nil, seen.giveUp(op, s, reference)
		case err != nil:
			var e *wapay.Error
			if errors.As(err, &e) && e.Kind == wapay.ErrNotFound { // the list was not, which says nothing of the order
				e.Kind, e.Outcome = wapay.ErrUnavailable, wapay.OutcomeReadOnly
			}
			return nil, err
		}
		if fresh := seen.add(page, s, reference); !fresh && len(page.Items) > 0 && number > 1 {
			return nil, repeats(op, reference)
		}
		switch {
		case len(seen.alive) > 1:
			return nil, lookupError(op, reference, wapay.ErrDuplicate,
				fmt.Sprintf("%d %ss carry the reference: %q", len(seen.alive), s.name, ids(seen.alive)))
		case len(seen.alive) == 1:
			return seen.alive[0], nil
		case page.More:
			continue
		case !page.complete || seen.doubtful > 0 || seen.transactions < page.Total || len(seen.ids) < seen.total:
			return nil, seen.giveUp(op, s, reference)
		case len(seen.failed) > 0:
			return seen.failed[0], nil
		}
		return nil, lookupError(op, reference, wapay.ErrNotFound, "no "+s.name+" with this reference")
	}
	return nil, seen.giveUp(op, s, reference)
}

// searched is how far a search has got.
type searched struct {
	transactions  int
	ids           map[string]bool
	total         int // of the list, as its first page said: what has come since is not what is looked for
	doubtful      int // those that may be it: without an external_id, or with the reference and an unheard category
	oldest        time.Time
	alive, failed []*Transaction // with the reference
}

// add reports whether the page had a transaction on it that no page before had.
func (x *searched) add(page *Page[Transaction], s sought, reference string) (fresh bool) {
	if x.transactions == 0 {
		x.total = page.Total
	}
	x.transactions += len(page.Items)
	for i := range page.Items {
		t := &page.Items[i]
		fresh = fresh || !x.ids[t.ID]
		x.ids[t.ID] = true
		if x.oldest.IsZero() || t.CreatedAt.Before(x.oldest) {
			x.oldest = t.CreatedAt
		}
		if t.ExternalID == "" && s.is(t) || t.ExternalID == reference && !t.Category.documented() {
			x.doubtful++
		}
		switch {
		case t.ExternalID != reference || !s.is(t) || x.has(t.ID):
		case t.Status == wapay.StatusFailed || t.Status == wapay.StatusCancelled:
			x.failed = append(x.failed, t)
		default:
			x.alive = append(x.alive, t)
		}
	}
	return fresh
}

// has reports whether a transaction was found before, on a page that overlaps.
func (x *searched) has(id string) bool {
	return slices.ContainsFunc(slices.Concat(x.alive, x.failed), func(t *Transaction) bool { return t.ID == id })
}

// giveUp is the error of a search that did not see everything: it does not say that there is nothing.
func (x *searched) giveUp(op string, s sought, reference string) *wapay.Error {
	message := fmt.Sprintf("gave up after %d transactions", x.transactions)
	if !x.oldest.IsZero() {
		message += ", the oldest of " + x.oldest.Format(time.RFC3339)
	}
	if x.doubtful > 0 {
		message += fmt.Sprintf(", %d of which do not show whether they are it", x.doubtful)
	}
	if len(x.failed) > 0 {
		message += fmt.Sprintf(", of which with the reference %q failed", ids(x.failed))
	}
	return lookupError(op, reference, wapay.ErrUnavailable, message+
		": the "+s.name+" may exist all the same; look it up by its id, or in the provider's dashboard")
}

func ids(transactions []*Transaction) []string {
	var all []string
	for _, t := range transactions {
		all = append(all, t.ID)
	}
	return all
}

func lookupError(op, reference string, kind error, message string) *wapay.Error {
	e := &wapay.Error{
		Provider: provider, Op: op, Reference: reference, HTTPStatus: http.StatusOK, Attempts: 1,
		Outcome: wapay.OutcomeReadOnly, Kind: kind, Message: message,
	}
	if kind == wapay.ErrNotFound || kind == wapay.ErrDuplicate {
		e.Outcome = wapay.OutcomeRejected
	}
	return e
}

// repeats is the error of a list that has no end.
func repeats(op, reference string) error {
	return lookupError(op, reference, wapay.ErrDecode, "the list repeats itself: a page came again")
}

// documented reports whether the provider's documents have the category, or there is none.
func (c Category) documented() bool {
	switch Category(strings.ToLower(string(c))) {
	case "", CategoryPayment, CategoryTransfer, CategoryPayout, CategoryCashIn, CategoryDeposit, CategoryTopUp:
		return true
	}
	return false
}
