package conformance

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
)

// check tests one law, for one side of one client.
type check struct {
	testing.TB
	side
	Subject
	config Config
	what   string // is going on, for the message of a failure
	unmade bool   // the client is nil or zero, and may not know its provider
}

func newCheck(tb testing.TB, c Config, s side) *check {
	return &check{TB: tb, side: s, config: c}
}

// start goes on with a new client and server.
func (c *check) start(opts ...wapay.Option) {
	c.Helper()
	c.Subject = c.config.New(c.TB, opts...)
	c.what = ""
}

// startWith starts with a transport between the client and the server.
func (c *check) startWith(t *transport) {
	c.Helper()
	c.start(t.option(c.TB))
}

// failf reports a failure.
func (c *check) failf(format string, args ...any) {
	c.Helper()
	where := c.name
	if c.what != "" {
		where += ", " + c.what
	}
	c.Errorf("%s: %s", where, fmt.Sprintf(format, args...))
}

var orders atomic.Int64

// order returns the sample under an unused reference.
func (c *check) order() wapay.PaymentRequest {
	r := c.sample
	r.Reference = "c" + strconv.FormatInt(time.Now().UnixMilli(), 36) + "-" + strconv.FormatInt(orders.Add(1), 36)
	return r
}

func (c *check) byReference(r wapay.PaymentRequest) wapay.Ref {
	return wapay.Ref{Reference: r.Reference}
}

// shortWait returns options that let a wait ask a few times and then give up.
func shortWait() []wapay.PollOption {
	return []wapay.PollOption{wapay.PollEvery(time.Millisecond, 5*time.Millisecond), wapay.PollFor(30 * time.Millisecond)}
}

// do sends the order, and checks the laws for each result and error.
func (c *check) do(ctx context.Context, r wapay.PaymentRequest) (*wapay.Payment, error) {
	c.Helper()
	p, err := c.call(func() (*wapay.Payment, error) { return c.send(c.Client, ctx, r) })
	if p != nil && p.Reference != r.Reference {
		c.failf("the result has the reference %q, the request %q", p.Reference, r.Reference)
	}
	if p != nil && p.Amount != r.Amount {
		c.failf("the result has the amount %v, the request %v", p.Amount, r.Amount)
	}
	if e := c.checkError(err, r.Reference); e != nil && e.Outcome == wapay.OutcomeReadOnly {
		c.failf("a call that moves money is read only: %v", err)
	}
	n := c.countCarriedOut(r)
	switch {
	case n > 1:
		c.failf("the order was carried out %d times", n)
	case n == 0 && err == nil && p != nil && c.Ledger != nil:
		c.failf("a result, but the server has no such order")
	case n > 0 && wapay.NotDone(err):
		c.failf("the order was carried out, and the error says that it was not: %v", err)
	}
	return p, err
}

// look looks an order up, and checks the laws for each lookup.
func (c *check) look(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	c.Helper()
	p, err := c.call(func() (*wapay.Payment, error) { return c.find(c.Client, ctx, ref) })
	if p != nil && (ref.Reference != "" && p.Reference != ref.Reference || ref.ID != "" && p.ID != ref.ID) {
		c.failf("a lookup of %+v found %q with the reference %q", ref, p.ID, p.Reference)
	}
	if e := c.checkError(err, ref.Reference); e != nil && e.Outcome != wapay.OutcomeReadOnly {
		c.failf("a lookup of %+v is not read only, but %v: %v", ref, e.Outcome, err)
	}
	return p, err
}

// call runs a call, and checks the laws for each call.
func (c *check) call(fn func() (*wapay.Payment, error)) (p *wapay.Payment, err error) {
	c.Helper()
	defer func() {
		c.Helper()
		if v := recover(); v != nil {
			p, err = nil, fmt.Errorf("panic: %v", v)
		}
		switch {
		case p == nil && err == nil:
			c.failf("neither a result nor an error")
		case p != nil && err != nil:
			c.failf("a result beside the error %v", err)
		case p != nil && (p.Provider == "" || p.ID == "" && p.Reference == ""):
			c.failf("a result without provider or name: %+v", p)
		}
		c.leaks("result", p)
		c.leaksInChain(err)
	}()
	return fn()
}

// checkError checks the laws for each error, and returns the error.
func (c *check) checkError(err error, reference string) *wapay.Error {
	c.Helper()
	if err == nil {
		return nil
	}
	var e *wapay.Error
	if !errors.As(err, &e) || e == nil {
		c.failf("want a *wapay.Error, got %T: %v", err, err)
		return nil
	}
	if e.Provider == "" && !c.unmade || e.Op == "" || e.Reference != reference {
		c.failf("want an error with provider, method and the reference %q, got %q, %q and %q: %v",
			reference, e.Provider, e.Op, e.Reference, err)
	}
	if unknown := errors.Is(err, wapay.ErrOutcomeUnknown); unknown != (e.Outcome == wapay.OutcomeUnknown) {
		c.failf("the outcome is %v, and ErrOutcomeUnknown %v: %v", e.Outcome, unknown, err)
	}
	if errors.Is(err, wapay.ErrDuplicate) && (e.Outcome == wapay.OutcomeNotSent || e.Outcome == wapay.OutcomeRejected) {
		c.failf("ErrDuplicate is %v, want unknown: %v", e.Outcome, err)
	}
	return e
}

// countCarriedOut returns how often the server carried the order out, as far as
// its ledger tells.
func (c *check) countCarriedOut(r wapay.PaymentRequest) int {
	c.Helper()
	if c.Ledger == nil || r.Reference == "" {
		return 0
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := c.Ledger.Flush(ctx); err != nil {
		c.failf("the server does not come to rest: %v", err)
	}
	made, moved := 0, 0
	for _, o := range c.Ledger.Orders() {
		if o.Kind == c.kind && o.Reference == r.Reference {
			made++
		}
	}
	for _, e := range c.Ledger.Entries() {
		if e.Reference == r.Reference && e.Kind == c.moves {
			moved++
		}
	}
	return max(made, moved)
}

// mustDo sends an order without any fault, which must succeed.
func (c *check) mustDo(r wapay.PaymentRequest) *wapay.Payment {
	c.Helper()
	p, err := c.do(context.Background(), r)
	if err != nil || p == nil {
		c.Fatalf("%s: an order without any fault: %v", c.name, err)
	}
	return p
}

// repeats sends again an order that the provider has.
func (c *check) repeats(r wapay.PaymentRequest) {
	c.Helper()
	p, err := c.do(context.Background(), r)
	switch {
	case err == nil && p != nil && !p.Replayed:
		c.failf("the order is there already, and Replayed is not set")
	case err != nil && !c.duplicate(err):
		c.failf("a used reference: want the order with Replayed, or ErrDuplicate with an unknown outcome, got %v", err)
	}
}

func (c *check) duplicate(err error) bool {
	return errors.Is(err, wapay.ErrDuplicate) && errors.Is(err, wapay.ErrOutcomeUnknown)
}
