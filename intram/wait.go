package intram

import (
	"context"
	"errors"
	"time"

	"github.com/wapay-go/wapay"
)

// WaitOperation asks for the operation until its status is final, with the pauses of [wapay.PollEvery], for two
// minutes unless [wapay.PollFor] says otherwise, and rides out answers that are ErrUnavailable, ErrRateLimited or
// ErrDecode. It returns the last known state, which may be nil, also beside an error. An operation that failed is no
// error: see Operation.Error.
func (c *Client) WaitOperation(ctx context.Context, id string, opts ...wapay.PollOption) (*Operation, error) {
	const op = "WaitOperation"
	if err := checkID(op, id); err != nil {
		return nil, err
	}
	opts = append([]wapay.PollOption{wapay.PollFor(2 * time.Minute)}, opts...)
	return c.waitFor(ctx, op, id, (*Operation).final, opts)
}

// waitFor asks for the operation until done.
func (c *Client) waitFor(ctx context.Context, op, id string, done func(*Operation) bool, opts []wapay.PollOption) (*Operation, error) {
	w := &waiter{done: done}
	w.find = func(ctx context.Context) (*Operation, error) { return c.operation(ctx, op, id) }
	_, err := wapay.WaitPayment(ctx, w, wapay.Ref{ID: id}, opts...)
	var e *wapay.Error
	if errors.As(err, &e) {
		e.Provider, e.Op = provider, op
	}
	return w.last, err
}

// waiter shows an operation as a payment that has succeeded when done says so, so that there is one way to wait.
type waiter struct {
	wapay.Payer // nil
	find        func(context.Context) (*Operation, error)
	done        func(*Operation) bool
	last        *Operation
}

func (w *waiter) FindPayment(ctx context.Context, _ wapay.Ref) (*wapay.Payment, error) {
	o, err := w.find(ctx)
	if err != nil {
		return nil, err
	}
	w.last = o
	if w.done(o) {
		return &wapay.Payment{Status: wapay.StatusSucceeded}, nil
	}
	return &wapay.Payment{Status: wapay.StatusPending}, nil
}

func (o *Operation) final() bool { return o.Status.Final() }

// awaitCheckout waits for the page to pay on, and returns o itself where it did not come in time, or is another order's. The order has been
// taken, so nothing that goes wrong here is an error.
func (c *Client) awaitCheckout(ctx context.Context, op string, o *Operation, body written) *Operation {
	ready := func(o *Operation) bool { return o.Status.Final() || o.checkoutURL() != "" }
	if c.checkoutWait <= 0 || ready(o) && !o.Replayed && !o.hidesCheckout {
		return o
	}
	ctx, cancel := context.WithTimeout(ctx, c.checkoutWait)
	defer cancel()
	pace := wapay.PollEvery(250*time.Millisecond, 2*time.Second)
	if last, _ := c.waitFor(ctx, op, o.ID, ready, []wapay.PollOption{pace}); last != nil && last.fits(body.sent()) == nil {
		return last
	}
	return o
}
