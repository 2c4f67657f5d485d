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
	Unreadable int    // rows that cannot be read, and are not in Items
	NextBefore string // paging.next_before, for the filter of the next page; empty on the last
	// Paged reports whether the answer says at all how the list goes on. If it
	// does not, a full page may not be the last.
	Paged bool
}

// list fetches one page, for the method that is named after it. It reads each
// row on its own. bad is what is wrong with the other fields of the filter.
func list[T any](
	ctx context.Context, c *Client, op string, limit int, params query, bad check.Fields, read func(json.RawMessage) (T, error),
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
		if err == nil && len(rows) == 0 && data[0] != '[' { // null or {}: it does not say that there is nothing
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

// one fetches what has the id, for the method that is named after it. is returns
// where the whole answer goes, and whether it is about that.
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

// defaultLimit is how many rows the provider puts on a page where none are
// asked for, as documented.
const defaultLimit = 20

// ended reports whether nothing follows the page. If the answer does not say
// how the list goes on, only a page that is shorter than any limit is the last:
// the provider may have ignored the limit that was asked for.
func (p *Page[T]) ended() bool {
	return p.NextBefore == "" && (p.Paged || len(p.Items)+p.Unreadable < defaultLimit)
}

// all walks through the pages that fetch gets. A cursor that comes again is an
// error, because the walk would have no end. So is an empty page with a cursor:
// nothing is before nothing.
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
