package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/shop/shop"
	"github.com/wapay-go/wapay/sandbox"
)

// killBeforeSaving kills the shop when the provider has the order and the shop has not written down that it has.
func (t *theatre) killBeforeSaving(ctx context.Context) (string, error) {
	if err := t.stopShop(); err != nil {
		return "", err
	}
	victims := t.with(unsaved)
	for _, o := range victims {
		err := t.killAt(ctx, shop.BeforeSaving, o, func(context.Context) error {
			if _, err := t.send(ctx, o); err == nil {
				return errors.New("a shop that was killed has answered")
			}
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	if err := t.startShop(ctx, shop.Stand{}); err != nil {
		return "", err
	}
	settled, err := t.settle(ctx)
	if err != nil {
		return "", err
	}
	for _, o := range victims { // whoever asked got no answer, and asks again
		made, err := t.send(ctx, o)
		if err != nil {
			return "", err
		}
		if made.Status != wapay.StatusPending {
			return "", fmt.Errorf("%s of %s is %s", o.reference, o.way, made.Status)
		}
		if err := o.end(); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d payouts made, and kill -9 before the shop has written down that they are\n"+
		"the new process asks about all %d open orders; when it is asked for the payouts again it makes none",
		len(victims), settled.Asked), t.deliver(ctx)
}

// killAt starts a shop, does something, and kills the shop when it stands at the worst moment of that. The context of do
// ends then.
func (t *theatre) killAt(ctx context.Context, at string, o *order, do func(context.Context) error) error {
	if err := t.startShop(ctx, shop.Stand{At: at, Reference: o.reference}); err != nil {
		return err
	}
	doing, enough := context.WithCancel(ctx)
	defer enough()
	done := make(chan error, 1)
	go func() {
		err := do(doing)
		if err != nil {
			enough() // it will not stand there
		}
		done <- err
	}()
	line, err := t.shop.next(doing)
	if err == nil && line != "standing "+at+" of "+o.reference {
		err = fmt.Errorf("the shop says %q", line)
	}
	enough()
	return errors.Join(err, t.killShop(), <-done)
}

// notifyUntil ends an order, and repeats the notification until ctx ends: the first may have come to nothing, on a slow
// machine.
func (t *theatre) notifyUntil(ctx context.Context, o *order) error {
	if err := t.endAll(context.WithoutCancel(ctx), []*order{o}); err != nil {
		return err
	}
	id, err := o.find()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for err == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			_, _ = o.server.Resend(ctx, id, sandbox.Genuine)
		}
	}
	return err
}

func (t *theatre) killBeforeCommit(ctx context.Context) (string, error) {
	return t.killWhileNotified(ctx, shop.BeforeCommit, t.with(killedBefore), 0)
}

func (t *theatre) killAfterCommit(ctx context.Context) (string, error) {
	victims := t.with(killedAfter)
	return t.killWhileNotified(ctx, shop.AfterCommit, victims, len(victims))
}

// killWhileNotified kills one shop for each order, and has the providers send again what they got no answer to.
func (t *theatre) killWhileNotified(ctx context.Context, at string, victims []*order, want int) (string, error) {
	if err := t.stopShop(); err != nil {
		return "", err
	}
	for _, o := range victims {
		err := t.killAt(ctx, at, o, func(ctx context.Context) error { return t.notifyUntil(ctx, o) })
		if err != nil {
			return "", err
		}
	}
	if err := t.startShop(ctx, shop.Stand{}); err != nil {
		return "", err
	}
	books, err := t.readBooks(ctx)
	if err != nil {
		return "", err
	}
	booked := 0
	for _, o := range victims {
		if slices.ContainsFunc(books.Bookings, func(b shop.Booking) bool { return b.Reference == o.reference }) {
			booked++
		}
	}
	if booked != want {
		return "", fmt.Errorf("%d orders are booked after the crashes, want %d", booked, want)
	}
	return fmt.Sprintf("kill -9 with %d orders, one after another: %d of them are booked\n"+
		"the providers got no answer, and try again until the new process has taken all", len(victims), booked), t.deliver(ctx)
}
