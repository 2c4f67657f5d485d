package lookup

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
)

var made = time.Date(2026, 5, 20, 10, 0, 0, 0, time.UTC)

func row(id string, m Match) Row[string] {
	return Row[string]{Order: "order " + id, ID: id, Match: m, Made: made}
}

func failed(id string) Row[string] {
	r := row(id, Same)
	r.Failed = true
	return r
}

func page(next string, rows ...Row[string]) *Page[string] {
	return &Page[string]{Rows: rows, Next: next, End: next == ""}
}

// with changes a page.
func with(p *Page[string], change func(*Page[string])) *Page[string] {
	change(p)
	return p
}

func search(pages ...*Page[string]) (*Search[string], *int) {
	n := 0
	return &Search[string]{
		Name: "payout", Instead: "look it up by its id",
		Fetch: func(_ context.Context, next string) (*Page[string], error) {
			if (n == 0) != (next == "") || n > 0 && pages[n-1].Next != next {
				return nil, errors.New("asked for page " + next)
			}
			n++
			return pages[n-1], nil
		},
		Fail: func(kind error, message string) error {
			return &wapay.Error{Provider: "p", Kind: kind, Message: message, Outcome: wapay.OutcomeReadOnly}
		},
	}, &n
}

func TestSearch(t *testing.T) {
	other, same := row("a", Other), row("1", Same)
	unreadable := func(p *Page[string]) { p.Unreadable = 1 }
	openEnd := func(p *Page[string]) { p.End = false }
	total := func(n int) func(*Page[string]) { return func(p *Page[string]) { p.Total = n } }
	type pages = []*Page[string]
	for name, x := range map[string]struct {
		pages pages
		want  string
		kind  error
		text  string
	}{
		"on the first page":  {pages: pages{page("b", other, same), page("")}, want: "order 1"},
		"on the second page": {pages: pages{page("b", other), page("", same)}, want: "order 1"},
		"not there":          {pages: pages{page("b", other), page("", row("b", Other))}, kind: wapay.ErrNotFound, text: "no payout with this reference"},
		"an empty list":      {pages: pages{page("")}, kind: wapay.ErrNotFound},

		"failed, older one alive": {pages: pages{page("b", failed("2")), page("", same)}, want: "order 1"},
		"failed twice":            {pages: pages{page("b", failed("2")), page("", failed("1"))}, want: "order 2"},
		"two alive":               {pages: pages{page("b", row("2", Same), same)}, kind: wapay.ErrDuplicate, text: `2 payouts carry the reference: ["2" "1"]`},

		// An unreadable row hides only itself.
		"beside an unreadable row":  {pages: pages{with(page("b", same), unreadable)}, want: "order 1"},
		"behind an unreadable row":  {pages: pages{with(page("b", other), unreadable), page("", same)}, want: "order 1"},
		"only an unreadable row":    {pages: pages{with(page(""), unreadable)}, kind: wapay.ErrDecode, text: "1 of which cannot be read"},
		"failed, an unreadable row": {pages: pages{with(page("", failed("2")), unreadable)}, kind: wapay.ErrDecode, text: `["2"] failed`},
		"an order without reference": {pages: pages{page("", row("x", Perhaps))}, kind: wapay.ErrDecode,
			text: "after 1 orders, the oldest of 2026-05-20T10:00:00Z, 1 of which do not show whether they carry the reference: the payout may exist all the same; look it up by its id"},
		"beside one without reference": {pages: pages{page("", row("x", Perhaps), same)}, want: "order 1"},

		"an open end":           {pages: pages{with(page("", other), openEnd)}, kind: wapay.ErrUnavailable, text: "gave up"},
		"failed, an open end":   {pages: pages{with(page("", failed("1")), openEnd)}, kind: wapay.ErrUnavailable, text: "gave up"},
		"fewer than the total":  {pages: pages{with(page("", other), total(2))}, kind: wapay.ErrUnavailable, text: "gave up"},
		"all of the total":      {pages: pages{with(page("", other), total(1))}, kind: wapay.ErrNotFound},
		"one of the total slid": {pages: pages{with(page("b", other), total(2)), with(page("", other), total(2))}, kind: wapay.ErrUnavailable, text: "gave up"},

		"pages that overlap":         {pages: pages{page("b", failed("1")), page("", failed("1"))}, want: "order 1"},
		"one alive on two pages":     {pages: pages{page("b", failed("1"), other), page("c", other, row("2", Same))}, want: "order 2"},
		"the same page again":        {pages: pages{page("b", other), page("c", other)}, kind: wapay.ErrDecode, text: "repeats itself"},
		"the same cursor again":      {pages: pages{page("b", other), page("b", row("b", Other))}, kind: wapay.ErrDecode, text: "repeats itself"},
		"an empty page in between":   {pages: pages{page("b")}, kind: wapay.ErrDecode, text: "another follows"},
		"unreadable rows in between": {pages: pages{with(page("b"), unreadable), page("", same)}, want: "order 1"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := search(x.pages...)
			got, err := s.Find(context.Background())
			assert.Equal(t, x.want, got)
			if x.kind == nil {
				assert.NoError(t, err)
				return
			}
			assert.ErrorIs(t, err, x.kind)
			assert.ErrorContains(t, err, x.text)
		})
	}
}

func TestSearchEnds(t *testing.T) {
	var many []*Page[string]
	for i := range maxPages + 1 {
		many = append(many, page("after "+strconv.Itoa(i), row(strconv.Itoa(i), Other)))
	}
	s, n := search(many...)
	_, err := s.Find(context.Background())
	assert.ErrorIs(t, err, wapay.ErrUnavailable)
	assert.ErrorContains(t, err, "gave up after 20 orders")
	assert.Equal(t, maxPages, *n)

	hang := func(ctx context.Context, _ string) (*Page[string], error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	s.Fetch, s.within = hang, time.Millisecond
	_, err = s.Find(context.Background())
	assert.ErrorIs(t, err, wapay.ErrUnavailable)
	assert.ErrorContains(t, err, "gave up after 0 orders")

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = s.Find(ctx)
	assert.Equal(t, context.Canceled, err, "the caller's own")
}

func TestSearchListFails(t *testing.T) {
	for _, kind := range []error{wapay.ErrForbidden, wapay.ErrNotFound} {
		s, _ := search()
		s.Fetch = func(context.Context, string) (*Page[string], error) { return nil, &wapay.Error{Kind: kind} }
		_, err := s.Find(context.Background())
		if kind == wapay.ErrNotFound {
			kind = wapay.ErrUnavailable // the list was not found, which says nothing about the order
		}
		assert.ErrorIs(t, err, kind)
		assert.NotErrorIs(t, err, wapay.ErrNotFound)
	}
}
