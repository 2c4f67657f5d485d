package lookup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wapay-go/wapay"
)

// The limits of a search.
const (
	maxPages = 20
	maxTime  = 30 * time.Second
)

// Row is one order of a list in a search.
type Row[T any] struct {
	Order  T
	ID     string
	Match  Match // Other for an order of another kind
	Failed bool  // another order may exist under its reference
	Made   time.Time
}

// Page is one page of a list of the newest orders.
type Page[T any] struct {
	Rows       []Row[T] // all of them, with any match
	Unreadable int      // the number of unreadable rows; each may be the order
	Next       string   // selects the next page; "" if none is known
	End        bool     // the answer says that no page follows
	Total      int      // orders on all pages; 0 if not known
}

// Search finds an order by its reference in a list of the newest orders. It is
// for a provider without a lookup by reference.
type Search[T any] struct {
	Name    string // "payment" or "payout"
	Instead string // advice for the caller after an inconclusive search
	// Fetch returns the page that next selects, and the first page for "".
	Fetch func(ctx context.Context, next string) (*Page[T], error)
	// Fail returns the lookup's error.
	Fail func(kind error, message string) error

	within time.Duration // maxTime if 0
}

// Find reads the pages until it has found an order with the reference that has
// not failed. A failed order may have been sent again with the same reference.
// Two that have not failed, on the pages seen so far, are [wapay.ErrDuplicate].
//
// Only a search that has seen each row returns [wapay.ErrNotFound] or a failed
// order. A search that stopped early returns [wapay.ErrUnavailable]. If an
// unreadable row, or one without a reference, may be the order, it returns
// [wapay.ErrDecode].
func (s *Search[T]) Find(ctx context.Context) (T, error) {
	var none T
	if s.within == 0 {
		s.within = maxTime
	}
	walk, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	seen := progress[T]{ids: map[string]bool{}, nexts: map[string]bool{"": true}}
	next := ""
	for range maxPages {
		page, err := s.Fetch(walk, next)
		if err != nil {
			if walk.Err() != nil && ctx.Err() == nil {
				break
			}
			return none, ListError(err)
		}
		fresh := seen.add(page)
		next = page.Next
		switch {
		case len(seen.alive) > 1:
			return none, s.Fail(wapay.ErrDuplicate,
				fmt.Sprintf("%d %ss carry the reference: %q", len(seen.alive), s.Name, seen.alive.ids()))
		case len(seen.alive) == 1:
			return seen.alive[0].Order, nil
		case next == "":
			return s.last(&seen, page)
		case len(page.Rows)+page.Unreadable == 0:
			return none, s.Fail(wapay.ErrDecode, "an empty page of the list, which says that another follows")
		case !fresh, seen.nexts[next]:
			return none, s.Fail(wapay.ErrDecode, "the list repeats itself: a page came again")
		}
		seen.nexts[next] = true
	}
	return none, s.giveUp(&seen)
}

// ListError returns the error of a page. A missing list does not mean a missing
// order.
func ListError(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Kind == wapay.ErrNotFound {
		e.Kind = wapay.ErrUnavailable
	}
	return err
}

// last returns the result of a search at the last page.
func (s *Search[T]) last(seen *progress[T], page *Page[T]) (T, error) {
	var none T
	switch {
	case seen.doubtful+seen.unreadable > 0, !page.End, seen.isShortOf(page.Total):
		return none, s.giveUp(seen)
	case len(seen.failed) > 0:
		return seen.failed[0].Order, nil
	}
	return none, s.Fail(wapay.ErrNotFound, "no "+s.Name+" with this reference")
}

// giveUp returns the error of an inconclusive search.
func (s *Search[T]) giveUp(seen *progress[T]) error {
	message := fmt.Sprintf("gave up after %d orders", seen.rows)
	if !seen.oldest.IsZero() {
		message += ", the oldest of " + seen.oldest.Format(time.RFC3339)
	}
	kind := wapay.ErrUnavailable
	if seen.unreadable > 0 {
		kind = wapay.ErrDecode
		message += fmt.Sprintf(", %d of which cannot be read", seen.unreadable)
	}
	if seen.doubtful > 0 {
		kind = wapay.ErrDecode
		message += fmt.Sprintf(", %d of which do not show whether they carry the reference", seen.doubtful)
	}
	if len(seen.failed) > 0 {
		message += fmt.Sprintf(", of which with the reference %q failed", seen.failed.ids())
	}
	return s.Fail(kind, message+": the "+s.Name+" may exist all the same; "+s.Instead)
}

// progress is the state of a search.
type progress[T any] struct {
	rows, unreadable int
	doubtful         int // the number of rows that may have the reference
	total            int // orders of the list, as its first page says
	ids, nexts       map[string]bool
	oldest           time.Time
	alive, failed    rows[T] // those with the reference
}

// add adds a page. It reports whether the page has a new row.
func (x *progress[T]) add(page *Page[T]) (fresh bool) {
	if x.rows == 0 {
		x.total = page.Total
	}
	x.rows += len(page.Rows) + page.Unreadable
	x.unreadable += page.Unreadable
	fresh = page.Unreadable > 0
	for _, row := range page.Rows {
		if x.ids[row.ID] { // the pages overlap if orders were made in between
			continue
		}
		x.ids[row.ID], fresh = true, true
		if !row.Made.IsZero() && (x.oldest.IsZero() || row.Made.Before(x.oldest)) {
			x.oldest = row.Made
		}
		switch {
		case row.Match == Perhaps:
			x.doubtful++
		case row.Match == Same && row.Failed:
			x.failed = append(x.failed, row)
		case row.Match == Same:
			x.alive = append(x.alive, row)
		}
	}
	return fresh
}

// isShortOf reports whether the search has seen fewer rows than the list has.
// Rows on two pages count once for the first total. The last total may count
// orders that were made in between.
func (x *progress[T]) isShortOf(lastTotal int) bool {
	return x.rows < lastTotal || len(x.ids) < x.total
}

type rows[T any] []Row[T]

func (r rows[T]) ids() []string {
	var all []string
	for _, row := range r {
		all = append(all, row.ID)
	}
	return all
}
