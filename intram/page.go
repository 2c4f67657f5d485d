package intram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
)

// Page is one page of a list, newest first.
type Page[T any] struct {
	Items      []T
	Unreadable int    // the number of unreadable rows, which are not in Items
	NextBefore string // paging.next_before, for the next page's filter; empty on the last page
	// Paged reports whether the answer has paging. If it has none, a full page
	// may not be the last.
	Paged bool
}

// list fetches one page for the method op, and reads each row by itself. bad
// holds what is wrong with the other fields of the filter.
func list[T any](
	ctx context.Context, c *Client, op string, limit int, params query, bad check.Fields,
	read func(json.RawMessage) (T, error),
) (*Page[T], error) {
	if limit < 0 {
		bad.Add("Limit", "is %d, want 1 or more", limit)
	}
	bad.Text("Before", params["before"], 255)
	ctx = call.Start(ctx, op, nil)
	if err := c.in().calls.Check(ctx, call.Read, "", bad); err != nil {
		return nil, err
	}
	if limit != 0 {
		params["limit"] = strconv.Itoa(limit)
	}
	a := answer[Page[T]]{read: func(data json.RawMessage) (page Page[T], err error) {
		var rows []json.RawMessage
		err = loose.DecodeList(data, &rows)
		if err == nil && len(rows) == 0 && data[0] != '[' { // null or {} is no empty list
			err = errors.New("no list")
		}
		page.Items = make([]T, 0, len(rows))
		for _, row := range rows {
			if item, err := read(row); err == nil {
				page.Items = append(page.Items, item)
			} else {
				page.Unreadable++
			}
		}
		return page, err
	}}
	if _, err := c.get(ctx, strings.ToLower(op), params, &a); err != nil {
		return nil, err
	}
	if a.paging != nil {
		a.value.Paged, a.value.NextBefore = true, string(a.paging.NextBefore)
	}
	return &a.value, nil
}

// one fetches the thing with the id for the method op. is returns the field for
// the whole answer, and reports whether the value is about that thing.
func one[T any](ctx context.Context, c *Client, op, id string, read func(json.RawMessage) (T, error),
	is func(*T) (*wapay.Raw, bool),
) (*T, error) {
	ctx, err := c.startRead(ctx, op, id)
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(op)
	a := answer[T]{read: func(data json.RawMessage) (T, error) {
		v, err := read(data)
		if _, about := is(&v); err == nil && !about {
			err = errors.New("the answer is about another " + name)
		}
		return v, err
	}}
	resp, err := c.get(ctx, call.Path(name+"s", id), nil, &a)
	if err != nil {
		return nil, err
	}
	raw, _ := is(&a.value)
	*raw = resp.Body
	return &a.value, nil
}

// defaultLimit is the documented default page size.
const defaultLimit = 20

// isLast reports whether no page follows. Without paging, only a page below the
// default limit is the last, because the provider may have ignored the
// requested limit.
func (p *Page[T]) isLast() bool {
	return p.NextBefore == "" && (p.Paged || len(p.Items)+p.Unreadable < defaultLimit)
}

// all lists the rows of all pages that fetch gets. A repeated cursor is an
// error, because the list would not end. An empty page with a cursor is an
// error, too.
func all[T any](ctx context.Context, c *Client, op, before string,
	fetch func(ctx context.Context, before string) (*Page[T], error),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		ctx := call.Start(ctx, op, nil)
		fail := func(format string, args ...any) {
			yield(none, c.in().calls.ReadError(ctx, "", wapay.ErrDecode, fmt.Sprintf(format, args...)))
		}
		seen, unreadable := map[string]bool{before: true}, 0
		for before := before; ; {
			page, err := fetch(ctx, before)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if err := ctx.Err(); err != nil {
					yield(none, c.in().calls.NotSent(ctx, &call.Request{Effect: call.Read}, nil, err))
					return
				}
				if !yield(item, nil) {
					return
				}
			}
			unreadable += page.Unreadable
			before = page.NextBefore
			switch {
			case before == "" && unreadable > 0:
				fail("%d rows of the list cannot be read", unreadable)
				return
			case before == "":
				return
			case len(page.Items)+page.Unreadable == 0:
				fail("an empty page, and a next_before that says that there is more")
				return
			case seen[before]:
				fail("the list repeats itself: next_before came before")
				return
			}
			seen[before] = true
		}
	}
}
