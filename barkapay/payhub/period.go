package payhub

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/lookup"
)

// ListPayments lists the payments of a period: see [wapay.Lister]. The provider
// filters by days, in an unknown time zone. So the client asks for one more day
// at each end. It lists payments without a time, too.
//
// The sequence ends with an error if the provider does not say whether another
// page follows, or if fewer rows come than it says.
func (c *Client) ListPayments(ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payment, error] {
	return period(c, call.Start(ctx, "ListPayments", nil), payments, from, to, (*Transaction).payment)
}

// ListPayouts lists the transfers of a period in the same way as
// [Client.ListPayments].
func (c *Client) ListPayouts(ctx context.Context, from, to time.Time) iter.Seq2[*wapay.Payout, error] {
	return period(c, call.Start(ctx, "ListPayouts", nil), transfers, from, to, (*Transaction).payout)
}

func period[T any](
	c *Client, ctx context.Context, k kind, from, to time.Time, as func(*Transaction, string) *T,
) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		if err := c.in().calls.Check(ctx, call.Read, "", check.Period(from, to)); err != nil {
			yield(nil, err)
			return
		}
		fail := func(kind error, message string) bool {
			return yield(nil, c.in().calls.ReadError(ctx, "", kind, message))
		}
		rows, total := 0, 0
		var before map[string]bool // the previous page's rows: a new order shifts the pages
		for f := (Filter{From: from.AddDate(0, 0, -1), To: to.AddDate(0, 0, 1), PerPage: 50, Page: 1}); ; f.Page++ {
			p, err := c.list(ctx, k, f)
			if err != nil {
				yield(nil, lookup.ListError(err))
				return
			}
			if f.Page == 1 {
				total = p.Total
			}
			page := map[string]bool{}
			for i := range p.Transactions {
				t := &p.Transactions[i]
				known := !t.CreatedAt.IsZero()
				switch {
				case t.ID == "":
					rows++
					if !fail(wapay.ErrDecode, "a "+k.one+" that cannot be read") {
						return
					}
				case before[t.ID], page[t.ID]:
				case known && (t.CreatedAt.Before(from) || !t.CreatedAt.Before(to)):
					rows++
				default:
					if rows++; !yield(as(t, ""), nil) {
						return
					}
				}
				page[t.ID] = true
			}
			before = page
			switch {
			case len(p.Transactions) == 0 && f.Page < p.LastPage:
				fail(wapay.ErrDecode, "an empty page before the last one")
				return
			case len(p.Transactions) == 0, p.LastPage > 0 && f.Page >= p.LastPage:
				if rows < total {
					fail(wapay.ErrUnavailable, fmt.Sprintf("the list has %d rows, and only %d came", total, rows))
				}
				return
			case p.LastPage == 0:
				fail(wapay.ErrUnavailable, "the answer does not say whether another page follows")
				return
			}
		}
	}
}
