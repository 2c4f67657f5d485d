package sandbox

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"
)

func TestRedeliveryByTheClock(t *testing.T) {
	clock := newClock()
	r := newReceiver(t, 500, 302, 404)
	b, c := newCaller(t, BarkaPayConfig{Clock: clock.Now, AutoSettle: true, NotificationURL: r.URL})
	id := c.post("transfer/request/mobile", transferOf("o-1")...).want(t, 201, "").id()
	ctx := soon(t)
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
	if len(got) != 4 || b.Undelivered() != 0 || len(r.received()) != 4 {
		t.Errorf("%d attempts, %d undelivered, %d received", len(got), b.Undelivered(), len(r.received()))
	}
	if err := b.WaitDelivered(ctx, id); err != nil {
		t.Error(err)
	}
	if n := b.Repeat(ctx, id); n != 1 || len(r.received()) != 5 {
		t.Errorf("repeated %d, received %d", n, len(r.received()))
	}
}

func TestRedeliveryGivesUp(t *testing.T) {
	r := newReceiver(t, 500, 500, 500, 500)
	b, c := newCaller(t, BarkaPayConfig{AutoSettle: true, NotificationURL: r.URL, RedeliverAfter: []time.Duration{time.Hour, time.Hour}})
	c.post("transfer/request/mobile", transferOf("o-1")...).want(t, 201, "")
	ctx := soon(t)
	if err := b.WaitDeliveries(ctx, 1); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 1, 0} {
		if n := b.Redeliver(ctx); n != want {
			t.Errorf("sent %d, want %d", n, want)
		}
	}
	if b.Undelivered() != 1 || len(b.Deliveries()) != 3 {
		t.Errorf("%d undelivered after %d attempts", b.Undelivered(), len(b.Deliveries()))
	}
}

func TestNothingLeavesThisMachine(t *testing.T) {
	b, c := newCaller(t, BarkaPayConfig{AutoSettle: true})
	c.post("transfer/request/mobile", transferOf("o-1", "callback_url", "https://shop.invalid/ipn")...).want(t, 201, "")
	if err := b.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
	got := b.Deliveries()
	if len(got) != 1 || !errors.Is(got[0].Err, errNotLoopback) || got[0].OK() || b.Redeliver(context.Background()) != 0 {
		t.Errorf("deliveries %+v", got)
	}
}

func TestReceiverThatIsGone(t *testing.T) {
	r := newReceiver(t)
	r.Close()
	b, c := newCaller(t, BarkaPayConfig{AutoSettle: true, NotificationURL: r.URL})
	c.post("transfer/request/mobile", transferOf("o-1")...).want(t, 201, "")
	if err := b.WaitDeliveries(soon(t), 1); err != nil {
		t.Fatal(err)
	}
	if d := b.Deliveries()[0]; d.Err == nil || d.Status != 0 {
		t.Errorf("delivery %+v", d)
	}
}
