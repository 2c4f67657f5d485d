package conformance

import (
	"context"

	"github.com/wapay-go/wapay"
)

// usedReference checks that the same request again gives the order as it is
// now, or ErrDuplicate with an unknown outcome. The order is never made again.
func usedReference(c *check) {
	c.start()
	r := c.order()
	p := c.mustDo(r)
	for range 2 {
		again, err := c.do(context.Background(), r)
		switch {
		case err != nil && !c.duplicate(err):
			c.failf("the same order again: want it with Replayed, or ErrDuplicate with an unknown outcome, got %v", err)
		case again != nil && (!again.Replayed || differ(again.ID, p.ID)):
			c.failf("the same order again: want %q with Replayed, got %q and %v", p.ID, again.ID, again.Replayed)
		case again != nil:
			found, err := c.look(context.Background(), c.byReference(r))
			if err == nil && found != nil && found.Status != again.Status {
				c.failf("the same order again is %v, and a lookup says %v", again.Status, found.Status)
			}
		}
	}
	c.carriedOutOnce(r)
}

// anotherOrder checks that another amount or party under a used reference is
// ErrDuplicate with an unknown outcome, and that the order does not change.
func anotherOrder(c *check) {
	c.start()
	r := c.order()
	c.mustDo(r)
	more := r
	more.Amount, _ = r.Amount.Add(r.Amount)
	c.refuses("another amount", more)
	if c.other != nil {
		other := r
		other.Customer = *c.other
		c.refuses("another party", other)
	}
	found, err := c.look(context.Background(), c.byReference(r))
	if err != nil || found != nil && differs(found, r) {
		c.failf("the order is not as it was: %+v, %v", found, err)
	}
	c.carriedOutOnce(r)
}

func (c *check) refuses(what string, r wapay.PaymentRequest) {
	c.Helper()
	if p, err := c.do(context.Background(), r); !c.duplicate(err) {
		c.failf("%s under a used reference: want ErrDuplicate with an unknown outcome, got %+v, %v", what, p, err)
	}
}
