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

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
)

// PageRequest selects a page of a list.
type PageRequest struct {
	Number int // page, from 1; 0 is 1
	Size   int // page_size, 1 to 100; 0 leaves it to the provider, whose default is 15
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T
	Unreadable int // the number of unreadable rows; Raw has them
	Number     int // current_page
	Last       int // last_page; 0 if absent
	PerPage    int // per_page
	From, To   int // from, to: the positions of the first and the last row
	Total      int // total, on all pages
	// More reports whether another page follows. It goes by the page numbers.
	// It goes by next_page_url only if they are missing, because a documented
	// last page has a next_page_url.
	More bool
	Raw  wapay.Raw

	data     json.RawMessage
	complete bool // no part of the answer says that a page follows
}

type wirePage struct {
	CurrentPage loose.Int       `json:"current_page"`
	LastPage    loose.Int       `json:"last_page"`
	PerPage     loose.Int       `json:"per_page"`
	From        loose.Int       `json:"from"`
	To          loose.Int       `json:"to"`
	Total       loose.Int       `json:"total"`
	NextPageURL json.RawMessage `json:"next_page_url"`
	Data        json.RawMessage `json:"data"`
}

// Check rejects an answer without data, which is no empty list.
func (w *wirePage) Check() error {
	return call.FailIf(w.Data == nil || string(w.Data) == "null", "no data")
}

// The documented sizes of a page.
const (
	maxPageSize     = 100
	defaultPageSize = 15
)

// list fetches one page. read reads its items, and bad holds what else is wrong
// with the request.
func list[T any](
	ctx context.Context, c *client, bad check.Fields, reference, path string, q PageRequest,
	read func(json.RawMessage) (T, error),
) (*Page[T], error) {
	if q.Number < 0 {
		bad.Add("Number", "is %d, want 1 or more", q.Number)
	}
	if q.Size < 0 || q.Size > maxPageSize {
		bad.Add("Size", "is %d, want 1 to %d", q.Size, maxPageSize)
	}
	if err := c.calls.Check(ctx, call.Read, reference, bad); err != nil {
		return nil, err
	}
	number, query := max(q.Number, 1), url.Values{}
	if number > 1 {
		query.Set("page", strconv.Itoa(number))
	}
	if q.Size > 0 {
		query.Set("page_size", strconv.Itoa(q.Size))
	}
	r := call.Get(reference, path, query.Encode())
	var w wirePage
	resp, err := c.do(ctx, r, &w)
	if err != nil {
		return nil, err
	}
	p, err := readPage(&w, number, read)
	if err != nil {
		return nil, c.calls.Undecodable(r, resp, err)
	}
	p.Raw = resp.Body
	return p, nil
}

func readPage[T any](w *wirePage, number int, read func(json.RawMessage) (T, error)) (*Page[T], error) {
	if w.CurrentPage != 0 && int(w.CurrentPage) != number {
		return nil, fmt.Errorf("page %d in place of page %d", w.CurrentPage, number)
	}
	var rows []json.RawMessage
	if err := loose.DecodeList(w.Data, &rows); err != nil {
		return nil, err
	}
	if len(rows) == 0 && w.Data[0] != '[' { // {} or "" is no empty list
		return nil, errors.New("no list")
	}
	var next loose.String
	if w.NextPageURL != nil {
		if err := next.UnmarshalJSON(w.NextPageURL); err != nil {
			return nil, err
		}
	}
	p := &Page[T]{
		Items: make([]T, 0, len(rows)), Number: number, Last: int(w.LastPage), PerPage: int(w.PerPage),
		From: int(w.From), To: int(w.To), Total: int(w.Total), data: w.Data,
	}
	for _, row := range rows {
		if item, err := read(row); err == nil {
			p.Items = append(p.Items, item)
		} else {
			p.Unreadable++
		}
	}
	p.More = len(rows) > 0 && (number < p.Last || p.Last == 0 && next != "")
	switch {
	case p.Last > 0:
		p.complete = number >= p.Last
	case w.NextPageURL != nil:
		p.complete = next == "" && len(rows) < maxPageSize
	default: // without page numbers the server may also ignore the page size
		p.complete = len(rows) < defaultPageSize
	}
	return p, nil
}

// all lists the rows of all pages that fetch gets. For unreadable rows it
// yields an error after the others of their page, and goes on. A repeated page
// is an error, because the list would not end.
func all[T any](ctx context.Context, c *client, fetch func(number int) (*Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		var before json.RawMessage
		for number := 1; ; number++ {
			page, err := fetch(number)
			if err == nil && bytes.Equal(page.data, before) {
				err = c.calls.ReadError(ctx, "", wapay.ErrDecode, "the list repeats itself: a page came again")
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
			if n := page.Unreadable; n > 0 {
				err := c.calls.ReadError(ctx, "", wapay.ErrDecode,
					fmt.Sprintf("%d rows of page %d could not be read", n, number))
				if !yield(none, err) {
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
