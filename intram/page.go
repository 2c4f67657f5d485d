package intram

import (
	"context"
	"encoding/json"
	"errors"
	"iter"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
)

// Page is one page of a list, newest first.
type Page[T any] struct {
	Items      []T
	NextBefore string // paging.next_before, for the filter of the next page; empty on the last
	// Paged tells whether the answer said at all how the list goes on. Where it did not, a full page may not be
	// the last.
	Paged bool
}

type wirePage struct {
	Error  loose.Bool      `json:"error"`
	Data   json.RawMessage `json:"data"`
	Paging *struct {
		NextBefore loose.String `json:"next_before"`
	} `json:"paging"`
}

// Check makes an answer without data undecodable.
func (p *wirePage) Check() error {
	if p.Error || p.Data == nil {
		return errors.New("no data")
	}
	return nil
}

// list fetches one page, of which value makes each item.
func list[T any, W any, P interface {
	*W
	call.Checker
}](ctx context.Context, c *Client, op, endpoint string, params any, value func(P, json.RawMessage) (T, error),
) (*Page[T], error) {
	var a wirePage
	resp, err := c.get(ctx, op, endpoint, params, &a)
	if err != nil {
		return nil, err
	}
	page := &Page[T]{Paged: a.Paging != nil}
	if page.Paged {
		page.NextBefore = string(a.Paging.NextBefore)
	}
	var raws []json.RawMessage
	err = loose.DecodeList(a.Data, &raws)
	if err == nil && len(raws) == 0 && a.Data[0] != '[' { // null or {}: it does not say that there is nothing
		err = errors.New("no list")
	}
	if err != nil {
		return nil, c.undecodable(op, resp, err)
	}
	page.Items = make([]T, len(raws))
	for i, raw := range raws {
		var w P = new(W)
		err := json.Unmarshal(raw, w)
		if err == nil {
			err = w.Check()
		}
		if err == nil {
			page.Items[i], err = value(w, raw)
		}
		if err != nil {
			return nil, c.undecodable(op, resp, err)
		}
	}
	return page, nil
}

// defaultLimit is how many the provider puts on a page where it is not told (V).
const defaultLimit = 20

// ended reports whether nothing follows the page. Where the answer does not say how the list goes on, only a page that
// is shorter than any limit is the last: the one asked for may not have been heard.
func (p *Page[T]) ended() bool {
	return p.NextBefore == "" && (p.Paged || len(p.Items) < defaultLimit)
}

// contradictory is the error of a page with nothing on it and a cursor for what comes after, or nil: nothing is before
// nothing, so that the one or the other is wrong.
func (p *Page[T]) contradictory(op, reference string) error {
	if len(p.Items) > 0 || p.NextBefore == "" {
		return nil
	}
	return lookupError(op, reference, wapay.ErrDecode, "an empty page, and a next_before that says that there is more")
}

// all walks through the pages that fetch gets. A cursor that comes again is an error, because the walk would have no
// end.
func all[T any](ctx context.Context, c *Client, op, before string, fetch func(before string) (*Page[T], error),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		seen := map[string]bool{before: true}
		for before := before; ; {
			page, err := fetch(before)
			if err == nil {
				err = page.contradictory(op, "")
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if err := ctx.Err(); err != nil {
					yield(none, c.calls.NotSent(ctx, &call.Request{Op: op}, nil, err))
					return
				}
				if !yield(item, nil) {
					return
				}
			}
			before = page.NextBefore
			if before == "" {
				return
			}
			if seen[before] {
				yield(none, lookupError(op, "", wapay.ErrDecode, "the list repeats itself: next_before came before"))
				return
			}
			seen[before] = true
		}
	}
}

// undecodable is the error of a lookup of which the answer makes no sense.
func (c *Client) undecodable(op string, resp *call.Response, cause error) error {
	return c.calls.Undecodable(&call.Request{Op: op, Effect: call.Read}, resp, cause)
}

func checkPage(bad *check.Fields, limit int, before string) {
	if limit < 0 || limit > 100 {
		bad.Add("Limit", "is %d, want 1 to 100", limit)
	}
	bad.Text("Before", before, 255)
}
