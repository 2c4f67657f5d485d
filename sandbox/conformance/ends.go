package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
)

// result checks that an order without any fault is made once, and is found by
// its id, by its reference and by both.
func result(c *check) {
	c.start()
	r := c.order()
	p := c.mustDo(r)
	if p.Replayed {
		c.failf("Replayed is set on a new order")
	}
	for _, ref := range []wapay.Ref{{Reference: r.Reference}, {ID: p.ID}, {ID: p.ID, Reference: r.Reference}} {
		if ref.ID == "" && ref.Reference == "" {
			continue
		}
		found, err := c.look(context.Background(), ref)
		switch {
		case err != nil:
			c.failf("a lookup of %+v: %v", ref, err)
		case found != nil && differs(found, r):
			c.failf("a lookup of %+v found the amount %v, want %v", ref, found.Amount, r.Amount)
		}
	}
	c.carriedOutOnce(r)
}

// carriedOutOnce checks that the server has the order once, and for its amount.
func (c *check) carriedOutOnce(r wapay.PaymentRequest) {
	c.Helper()
	if c.Ledger == nil {
		return
	}
	if n := c.countCarriedOut(r); n != 1 {
		c.failf("the order was carried out %d times, want once", n)
	}
	for _, o := range c.Ledger.Orders() {
		amount := wapay.Currency(o.Currency).Minor(o.Amount)
		if o.Kind == c.kind && o.Reference == r.Reference && amount != r.Amount {
			c.failf("the server has an order of %v, want %v", amount, r.Amount)
		}
	}
}

// refusedConnection checks that an order is not sent if the connection is
// refused, and that the same call may be made again.
func refusedConnection(c *check) {
	for _, path := range c.places() {
		t := &transport{path: path, meddle: refuse}
		c.startWith(t)
		c.what = "no connection for " + place(path)
		r := c.order()
		_, err := c.do(context.Background(), r)
		c.needs(t)
		if e := (*wapay.Error)(nil); !wapay.NotDone(err) || errors.As(err, &e) && e.Outcome != wapay.OutcomeNotSent {
			c.failf("want not sent, got %v", err)
			continue
		}
		t.meddle = http.RoundTripper.RoundTrip
		c.mustDo(r)
	}
}

// places returns the paths of the requests that faults meet: the POST of the
// order, and any request.
func (c *check) places() []string {
	if c.path == "" {
		return []string{""}
	}
	return []string{c.path, ""}
}

func place(path string) string {
	if path == "" {
		return "the first request"
	}
	return path
}

// needs skips a law if the client did not use the transport.
func (c *check) needs(t *transport) {
	c.Helper()
	if !t.used.Load() {
		c.Skip("the client does not use the transport that it is given")
	}
	if t.met.Load() == 0 {
		c.failf("no request came to %s: PayPath or PayoutPath is wrong", t.path)
	}
}

// refusal checks that an order is rejected if the server refuses to look at it,
// and that the same call may be made again.
func refusal(c *check) {
	c.start()
	if c.Faults == nil || !slices.Contains(c.Faults.FaultKinds(), sandbox.FaultRateLimit) {
		c.Skip("the server has no rate limit that can be reached on command")
	}
	for _, path := range c.places() {
		c.start()
		c.what = "a rate limit for " + place(path)
		c.Faults.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, Path: path, Method: method(path), Times: -1})
		r := c.order()
		_, err := c.do(context.Background(), r)
		if !wapay.NotDone(err) || !errors.Is(err, wapay.ErrRateLimited) {
			c.failf("want rejected with ErrRateLimited, got %v", err)
		}
		c.checkFault(sandbox.FaultRateLimit)
		if wapay.NotDone(err) {
			c.mustDo(r)
		}
	}
}

// lostAnswer checks a call whose order is carried out, and whose answer is
// lost.
func lostAnswer(c *check) {
	t := &transport{path: c.path, meddle: lose}
	if c.path == "" {
		t.meddle = func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost {
				return lose(next, r)
			}
			return next.RoundTrip(r)
		}
	}
	c.startWith(t)
	c.what = "with a lost answer"
	r := c.order()
	p, err := c.do(context.Background(), r)
	c.needs(t)
	if err != nil && !errors.Is(err, wapay.ErrOutcomeUnknown) && (c.path != "" || !wapay.NotDone(err)) {
		c.failf("want ErrOutcomeUnknown, got %v", err)
	}
	t.meddle = http.RoundTripper.RoundTrip
	c.checkTruth(r, p, err)
}

// faults checks that under any fault the result or the error of a call is true,
// and that a lookup then finds the order.
func faults(c *check) {
	c.start()
	if c.Faults == nil {
		c.Skip("the server has no faults")
	}
	for _, f := range variants(c.Faults.FaultKinds()) {
		for _, path := range c.places() {
			f.Path, f.Method = path, method(path)
			t := &transport{meddle: giveUp}
			if f.Kind == sandbox.FaultHang && path == "" {
				c.startWith(t)
			} else {
				c.start()
			}
			c.what = fault(f)
			c.Faults.Inject(f)
			r := c.order()
			ctx, cancel := patience(f.Kind == sandbox.FaultHang && path != "")
			p, err := c.do(ctx, r)
			cancel()
			t.meddle = http.RoundTripper.RoundTrip
			c.checkFault(f.Kind)
			c.checkTruth(r, p, err)
		}
	}
}

// checkFault checks that a request met the fault, and lets the next ones
// through. On a slow machine a call may end before its request hangs.
func (c *check) checkFault(kind sandbox.FaultKind) {
	c.Helper()
	c.Faults.ClearFaults()
	if len(c.Faults.FaultRecords()) == 0 && kind != sandbox.FaultHang {
		c.failf("no request met it: is PayPath or PayoutPath wrong?")
	}
}

// checkTruth checks by lookups that the result or the error of a call was true.
func (c *check) checkTruth(r wapay.PaymentRequest, p *wapay.Payment, err error) {
	c.Helper()
	ctx := context.Background()
	if wapay.NotDone(err) {
		c.what += ", then again"
		c.mustDo(r)
		return
	}
	done := c.countCarriedOut(r)
	if c.Ledger == nil && err == nil {
		done = 1
	}
	asking := shortWait()
	if done > 0 {
		asking = append(asking, wapay.PollFor(10*time.Second)) // it is there, and so it is found
	}
	found, err := c.call(func() (*wapay.Payment, error) { return c.settle(c.Client, ctx, c.byReference(r), asking...) })
	switch {
	case err != nil && !errors.Is(err, wapay.ErrOutcomeUnknown):
		c.failf("settling ended with %v, want ErrOutcomeUnknown", err)
	case err != nil && done > 0:
		c.failf("the order was carried out, and settling did not find it: %v", err)
	case found != nil && done == 0 && c.Ledger != nil && c.countCarriedOut(r) == 0: // it may have arrived meanwhile
		c.failf("the order was not carried out, and settling found %+v", found)
	case found != nil && (found.Reference != r.Reference || differs(found, r)):
		c.failf("settling found the reference %q and the amount %v", found.Reference, found.Amount)
	case found != nil && p != nil && differ(p.ID, found.ID):
		c.failf("the result has the id %q, and settling found %q", p.ID, found.ID)
	}
	if found != nil {
		c.what += ", then again"
		c.repeats(r)
	}
}

// patience returns a context that ends a call whose request hangs.
func patience(hangs bool) (context.Context, context.CancelFunc) {
	if hangs {
		return context.WithTimeout(context.Background(), 200*time.Millisecond)
	}
	return context.WithCancel(context.Background())
}

// differ reports whether two ids stand for two orders. An empty one tells
// nothing.
func differ(a, b string) bool { return a != "" && b != "" && a != b }

// differs reports whether a lookup shows another amount than the request. Not
// every provider's lookup shows the amount.
func differs(found *wapay.Payment, r wapay.PaymentRequest) bool {
	return found.Amount != wapay.Money{} && found.Amount != r.Amount
}

// variants returns the faults of these kinds, before and after the server's
// work if both are possible.
func variants(kinds []sandbox.FaultKind) []sandbox.Fault {
	var all []sandbox.Fault
	for _, kind := range kinds {
		f := sandbox.Fault{Kind: kind}
		codes := []int{0}
		switch kind {
		case sandbox.FaultHTML:
			codes = []int{200, 403, 404, 422, 502, 503}
		case sandbox.FaultProviderError:
			codes = []int{0, 502}
		}
		for _, f.Code = range codes {
			f.Before = false
			all = append(all, f)
			if f.Before = true; f.Processed() != (sandbox.Fault{Kind: kind}).Processed() {
				all = append(all, f)
			}
		}
	}
	return all
}

// fault describes an injected fault.
func fault(f sandbox.Fault) string {
	s := fmt.Sprintf("with the fault %q", f.Kind)
	if f.Code != 0 {
		s += fmt.Sprintf(" %d", f.Code)
	}
	if f.Processed() {
		s += ", order carried out,"
	}
	return s + " at " + place(f.Path)
}

// method returns the method of the requests at path that faults meet.
func method(path string) string {
	if path == "" {
		return ""
	}
	return http.MethodPost
}
