package conformance

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
)

// lookups checks that a lookup only reads, and that an unknown order is
// ErrNotFound.
func lookups(c *check) {
	c.start()
	ctx := context.Background()
	before := c.state()
	if _, err := c.look(ctx, c.byReference(c.order())); !errors.Is(err, wapay.ErrNotFound) {
		c.failf("a reference that nobody has used: want ErrNotFound, got %v", err)
	}
	if _, err := c.look(ctx, wapay.Ref{}); !errors.Is(err, wapay.ErrInvalid) {
		c.failf("a lookup without id and reference: want ErrInvalid, got %v", err)
	}
	for _, name := range oddReferences() {
		for _, ref := range []wapay.Ref{{Reference: name}, {ID: name}} {
			if _, err := c.look(ctx, ref); err == nil {
				c.failf("a lookup of %.40q, which is not there, found something", name)
			}
		}
	}
	c.unchanged(before)
	r := c.order()
	p := c.mustDo(r)
	before = c.state()
	_, _ = c.look(ctx, c.byReference(r))
	_, _ = c.look(ctx, wapay.Ref{ID: p.ID})
	if _, err := c.look(ctx, wapay.Ref{ID: p.ID, Reference: r.Reference + "-2"}); err == nil {
		c.failf("a lookup by the id of one order and the reference of another found something")
	}
	c.unchanged(before)
}

// lookupsUnderFaults checks that a lookup which fails does not report a missing
// order, and changes nothing.
func lookupsUnderFaults(c *check) {
	c.start()
	if c.Faults == nil {
		c.Skip("the server has no faults")
	}
	for _, f := range variants(c.Faults.FaultKinds()) {
		c.start()
		r := c.order()
		p := c.mustDo(r)
		before := c.state()
		for _, ref := range []wapay.Ref{c.byReference(r), {ID: p.ID}} {
			c.what = fault(f)
			c.Faults.Inject(f)
			ctx, cancel := patience(f.Kind == sandbox.FaultHang)
			_, err := c.look(ctx, ref)
			cancel()
			if errors.Is(err, wapay.ErrNotFound) {
				c.failf("a lookup that failed says that the order is not there: %v", err)
			}
			c.checkFault(f.Kind)
		}
		c.unchanged(before)
	}
}

// waits checks that a wait only reads and ends with its context, and that
// Settle never says that an order was not made.
func waits(c *check) {
	c.start()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	ref := c.byReference(c.order())
	before := c.state()
	for _, ctx := range []context.Context{context.Background(), ended} {
		_, err := c.call(func() (*wapay.Payment, error) { return c.wait(c.Client, ctx, ref, shortWait()...) })
		if e := c.checkError(err, ref.Reference); e == nil || e.Outcome != wapay.OutcomeReadOnly {
			c.failf("a wait for what is not there: want read only, got %v", err)
		}
		_, settled := c.call(func() (*wapay.Payment, error) { return c.settle(c.Client, ctx, ref, shortWait()...) })
		if !errors.Is(settled, wapay.ErrOutcomeUnknown) {
			c.failf("a settling of what is not there: want ErrOutcomeUnknown, got %v", settled)
		}
		if ctx.Err() != nil && (!errors.Is(err, context.Canceled) || !errors.Is(settled, context.Canceled)) {
			c.failf("want context.Canceled, got %v and %v", err, settled)
		}
	}
	c.unchanged(before)
}

// state counts what a server did.
type state struct{ orders, entries int }

func (c *check) state() state {
	if c.Ledger == nil {
		return state{}
	}
	return state{len(c.Ledger.Orders()), len(c.Ledger.Entries())}
}

func (c *check) unchanged(before state) {
	c.Helper()
	if after := c.state(); after != before {
		c.failf("an order was made or money moved: %+v, then %+v", before, after)
	}
}

// contexts checks that a call obeys its context, before the request and during
// it.
func contexts(c *check) {
	c.start()
	none := context.Context(nil)
	c.what = "with a nil context"
	r := c.order()
	if _, err := c.do(none, r); !errors.Is(err, wapay.ErrInvalid) {
		c.failf("want ErrInvalid, got %v", err)
	}
	if _, err := c.look(none, c.byReference(r)); !errors.Is(err, wapay.ErrInvalid) {
		c.failf("a lookup: want ErrInvalid, got %v", err)
	}
	c.what = "with a context that has ended"
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.do(ended, r); !errors.Is(err, context.Canceled) {
		c.failf("want context.Canceled, got %v", err)
	}
	if c.countCarriedOut(r) > 0 {
		c.failf("the order was sent")
	}
	if _, err := c.look(ended, c.byReference(r)); !errors.Is(err, context.Canceled) {
		c.failf("a lookup: want context.Canceled, got %v", err)
	}
	c.during("with a context that is cancelled", context.WithCancel)
	c.during("with a deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
		c.Cleanup(cancel)
		return ctx, func() {}
	})
}

// during ends a call's context after the server has answered the POST.
func (c *check) during(what string, with func(context.Context) (context.Context, context.CancelFunc)) {
	c.Helper()
	if c.path == "" {
		return
	}
	ctx, end := with(context.Background())
	defer end()
	t := &transport{path: c.path, meddle: hang(end)}
	c.startWith(t)
	c.what = what
	r := c.order()
	p, err := c.do(ctx, r)
	if !t.used.Load() {
		return
	}
	if err != nil && !errors.Is(err, ctx.Err()) {
		c.failf("want %v, got %v", ctx.Err(), err)
	}
	t.meddle = http.RoundTripper.RoundTrip
	c.checkTruth(r, p, err)
}

// oddReferences are names that are awkward in a path, a query or a column.
func oddReferences() []string {
	return []string{
		"a/../b", "..", "é", "line\nline", "000123", " blank ", "a?b=c&d#e", "%2e%2e", strings.Repeat("r", 500),
	}
}
