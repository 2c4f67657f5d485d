package mpp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"

	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
)

// PageRequest selects a page of a list.
type PageRequest struct {
	Number int // page, from 1; 0 is 1
	Size   int // page_size, 1 to 100; 0 leaves it to the provider, which has 15
}

// Page is one page of a list.
type Page[T any] struct {
	Items   []T
	Number  int // current_page
	Last    int // last_page; 0 if the provider did not say
	PerPage int // per_page
	Total   int // total, on all pages
	// More reports whether another page follows, by the page numbers: S has a next_page_url on a last page. It
	// counts only where there are no numbers.
	More bool

	data     json.RawMessage
	complete bool // nothing follows, by all that the answer says
}

type wirePage struct {
	CurrentPage loose.Int       `json:"current_page"`
	LastPage    loose.Int       `json:"last_page"`
	PerPage     loose.Int       `json:"per_page"`
	Total       loose.Int       `json:"total"`
	NextPageURL json.RawMessage `json:"next_page_url"`
	Data        json.RawMessage `json:"data"`
}

// Check makes an answer without data undecodable: it does not say that there is nothing.
func (w *wirePage) Check() error {
	if w.Data == nil || string(w.Data) == "null" {
		return errors.New("no data")
	}
	return nil
}

// Both are S.
const (
	maxPageSize     = 100
	defaultPageSize = 15
)

// list fetches one page, of which read makes each item.
func list[T any](ctx context.Context, c *Client, op, reference, path string, q PageRequest, read func(json.RawMessage) (T, error),
) (*Page[T], error) {
	var bad check.Fields
	if q.Number < 0 {
		bad.Add("Number", "is %d, want 1 or more", q.Number)
	}
	if q.Size < 0 || q.Size > maxPageSize {
		bad.Add("Size", "is %d, want 1 to %d", q.Size, maxPageSize)
	}
	if err := bad.Err(provider, op, reference); err != nil {
		return nil, err
	}
	q.Number = max(q.Number, 1)
	query := url.Values{}
	if q.Number > 1 {
		query.Set("page", strconv.Itoa(q.Number))
	}
	if q.Size > 0 {
		query.Set("page_size", strconv.Itoa(q.Size))
	}
	r := get(op, reference, path, query)
	var w wirePage
	resp, err := c.do(ctx, r, &w)
	if err != nil {
		return nil, err
	}
	p, err := readPage(&w, q.Number, read)
	if err != nil {
		return nil, c.undecodable(r, resp, err)
	}
	return p, nil
}

func readPage[T any](w *wirePage, number int, read func(json.RawMessage) (T, error)) (*Page[T], error) {
	if w.CurrentPage != 0 && int(w.CurrentPage) != number {
		return nil, fmt.Errorf("page %d in place of page %d", w.CurrentPage, number)
	}
	var raws []json.RawMessage
	if err := loose.DecodeList(w.Data, &raws); err != nil {
		return nil, err
	}
	if len(raws) == 0 && w.Data[0] != '[' { // {} or "": it does not say that there is nothing
		return nil, errors.New("no list")
	}
	var next loose.String
	if w.NextPageURL != nil {
		if err := next.UnmarshalJSON(w.NextPageURL); err != nil {
			return nil, err
		}
	}
	p := &Page[T]{
		Items: make([]T, len(raws)), Number: number, Last: int(w.LastPage), PerPage: int(w.PerPage), Total: int(w.Total),
		data: w.Data,
	}
	for i, raw := range raws {
		var err error
		if p.Items[i], err = read(raw); err != nil {
			return nil, err
		}
	}
	p.More = len(raws) > 0 && (number < p.Last || p.Last == 0 && next != "")
	switch {
	case p.Last > 0:
		p.complete = number >= p.Last
	case w.NextPageURL != nil:
		p.complete = next == "" && len(raws) < maxPageSize
	default: // nothing about pages: then the size that was asked for may not have been heard either
		p.complete = len(raws) < defaultPageSize
	}
	return p, nil
}

// all walks through the pages that fetch gets, one at a time. A list without page numbers that gives the same page
// again is an error, because the walk would have no end.
func all[T any](fetch func(number int) (*Page[T], error), repeats func() error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		var before json.RawMessage
		for number := 1; ; number++ {
			page, err := fetch(number)
			if err == nil && bytes.Equal(page.data, before) && len(page.Items) > 0 {
				err = repeats()
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if !page.More {
				return
			}
			before = page.data
		}
	}
}
