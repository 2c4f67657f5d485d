package intram

import (
	"context"
	"errors"
	"time"

	"github.com/wapay-go/wapay"
)

// WaitOperation looks the operation up until its status is final. It pauses as
// [wapay.PollEvery] says, and waits two minutes or as long as [wapay.PollFor]
// says. It continues after ErrUnavailable, ErrRateLimited and ErrDecode. It
// returns the last known state, which may be nil, even with an error. A failed
// operation is no error: see Operation.Error.
func (c *Client) WaitOperation(ctx context.Context, id string, opts ...wapay.PollOption) (*Operation, error) {
	if _, err := c.startRead(ctx, "WaitOperation", id); err != nil {
		return nil, err
	}
	opts = append([]wapay.PollOption{wapay.PollFor(2 * time.Minute)}, opts...)
	o, err := c.waitFor(ctx, id, func(o *Operation) bool { return o.Status.Final() }, opts)
	var e *wapay.Error
	if errors.As(err, &e) {
		e.Provider, e.Op = provider, "WaitOperation"
	}
	return o, err
}

// waitFor looks the operation up until done returns true.
func (c *Client) waitFor(ctx context.Context, id string, done func(*Operation) bool, opts []wapay.PollOption,
) (*Operation, error) {
	w := &waiter{client: c, done: done}
	_, err := wapay.WaitPayment(ctx, w, wapay.Ref{ID: id}, opts...)
	return w.last, err
}

// waiter shows an operation as a payment for [wapay.WaitPayment]. The payment
// succeeds when done returns true.
type waiter struct {
	wapay.Payer // nil
	client      *Client
	done        func(*Operation) bool
	last        *Operation
}

// FindPayment implements [wapay.Payer].
func (w *waiter) FindPayment(ctx context.Context, ref wapay.Ref) (*wapay.Payment, error) {
	o, err := w.client.Operation(ctx, ref.ID)
	if err != nil {
		return nil, err
	}
	w.last = o
	if w.done(o) {
		return &wapay.Payment{Status: wapay.StatusSucceeded}, nil
	}
	return &wapay.Payment{Status: wapay.StatusPending}, nil
}

// awaitCheckout waits for the page. It returns o itself if there is no page in
// time, or if the answer is about another order. It returns no error, because
// the provider has taken the order.
func (c *Client) awaitCheckout(ctx context.Context, o *Operation, sent *order) *Operation {
	ready := func(o *Operation) bool { return o.Status.Final() || o.Checkout != nil && o.Checkout.URL() != "" }
	wait := c.in().checkoutWait
	if wait <= 0 || ready(o) && !o.hidesCheckout {
		return o
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	pace := wapay.PollEvery(250*time.Millisecond, 2*time.Second)
	last, _ := c.waitFor(ctx, o.ID, ready, []wapay.PollOption{pace})
	if last == nil || last.contradicts(TypePaymentRequest, sent) != "" {
		return o
	}
	return last
}
