package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

func TestRedeliveryByTheClock(t *testing.T) {
	clock := kittest.NewClock()
	r := kittest.NewHook(t, 500, 302, 404)
	b, c := newCaller(t, barkapaytest.Config{Clock: clock.Now, AutoSettle: true, NotificationURL: r.URL})
	id := c.Post("transfer/request/mobile", transferOf("o-1")...).Want(t, 201, "").ID()
	ctx := kittest.Context(t)
	if err := b.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		wait time.Duration
		sent int
	}{{59 * time.Second, 0}, {time.Second, 1}, {4 * time.Minute, 0}, {time.Minute, 1}, {15 * time.Minute, 1}, {time.Hour, 0}} {
		clock.Advance(x.wait)
		if n := b.RedeliverDue(ctx); n != x.sent {
			t.Errorf("after %v more %d were sent, want %d", x.wait, n, x.sent)
		}
	}
	got := b.DeliveriesOf(id)
	for i, want := range []int{500, 302, 404, 200} {
		if got[i].Status != want || got[i].Attempt != i+1 || got[i].URL != r.URL || !bytes.Equal(got[i].Body, got[0].Body) {
			t.Errorf("attempt %d: %+v, want %d", i+1, got[i], want)
		}
	}
	if len(got) != 4 || b.CountUndelivered() != 0 || len(r.Received()) != 4 {
		t.Errorf("%d attempts, %d undelivered, %d received", len(got), b.CountUndelivered(), len(r.Received()))
	}
	if err := b.WaitDelivered(ctx, id); err != nil {
		t.Error(err)
	}
	if d, err := b.Resend(ctx, id, sandbox.SendGenuine); err != nil || d.Attempt != 5 || len(r.Received()) != 5 {
		t.Errorf("repeated %+v, %v, received %d", d, err, len(r.Received()))
	}
}

func TestRedeliveryGivesUp(t *testing.T) {
	r := kittest.NewHook(t, 500, 500, 500, 500)
	b, c := newCaller(t, barkapaytest.Config{AutoSettle: true, NotificationURL: r.URL, RedeliverAfter: []time.Duration{time.Hour, time.Hour}})
	c.Post("transfer/request/mobile", transferOf("o-1")...).Want(t, 201, "")
	ctx := kittest.Context(t)
	if err := b.WaitDeliveries(ctx, 1); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 1, 0} {
		if n := b.Redeliver(ctx); n != want {
			t.Errorf("sent %d, want %d", n, want)
		}
	}
	if b.CountUndelivered() != 1 || len(b.Deliveries()) != 3 {
		t.Errorf("%d undelivered after %d attempts", b.CountUndelivered(), len(b.Deliveries()))
	}
}

func TestNothingLeavesThisMachine(t *testing.T) {
	b, c := newCaller(t, barkapaytest.Config{AutoSettle: true})
	c.Post("transfer/request/mobile", transferOf("o-1", "callback_url", "https://shop.invalid/ipn")...).Want(t, 201, "")
	if err := b.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	got := b.Deliveries()
	if len(got) != 1 || !errors.Is(got[0].Err, sandbox.ErrNotLoopback) || got[0].OK() || b.Redeliver(context.Background()) != 0 {
		t.Errorf("deliveries %+v", got)
	}
}

func TestDeliveryToClosedReceiver(t *testing.T) {
	r := kittest.NewHook(t)
	r.Close()
	b, c := newCaller(t, barkapaytest.Config{AutoSettle: true, NotificationURL: r.URL})
	c.Post("transfer/request/mobile", transferOf("o-1")...).Want(t, 201, "")
	if err := b.WaitDeliveries(kittest.Context(t), 1); err != nil {
		t.Fatal(err)
	}
	if d := b.Deliveries()[0]; d.Err == nil || d.Status != 0 {
		t.Errorf("delivery %+v", d)
	}
}
