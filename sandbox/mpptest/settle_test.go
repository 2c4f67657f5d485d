package mpptest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

func TestCallbacksAreRepeated(t *testing.T) {
	clock := kittest.NewClock()
	h, own := kittest.NewHook(t, 500, 302), kittest.NewHook(t)
	m, c := newCaller(t, Config{Clock: clock.Now})
	om, _ := m.findChannel("OM")
	om.Callback = h.URL
	m.SetChannel(om)
	id := c.made("o-1", "payment", "1")
	if err := m.Set(id, "pending"); err != nil {
		t.Fatal(err)
	}
	ctx := kittest.Context(t)
	for _, wait := range []time.Duration{time.Minute, 5 * time.Minute} {
		if err := m.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		clock.Advance(wait)
		if n := m.RedeliverDue(ctx); n != 1 {
			t.Errorf("repeated %d", n)
		}
	}
	if got := m.DeliveriesOf(id); len(got) != 3 || !got[2].OK() || m.CountUndelivered() != 0 || string(got[0].Body) != string(got[2].Body) {
		t.Errorf("deliveries %+v", got)
	}
	id = c.made("o-2", "payment", "1", "callback_url", `"`+own.URL+`"`)
	if err := m.Set(id, "on_hold"); err != nil {
		t.Fatal(err)
	}
	if err := m.Flush(ctx); err != nil || len(own.Calls()) != 1 || len(h.Calls()) != 3 {
		t.Errorf("%v: %d and %d callbacks", err, len(own.Calls()), len(h.Calls()))
	}
	c.create("o-3", "payment", "1", "notify", `"https://shop.example"`).Want(t, 422, "not documented")
}

func TestSettlesByItself(t *testing.T) {
	h := kittest.NewHook(t)
	m, c := newCaller(t, Config{AutoSettle: true})
	callback := `"` + h.URL + `"`
	c.made("o-1", "transfer", "1", "callback_url", callback)
	if err := m.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	calls := h.Calls() // one a step
	if len(calls) != 4 || !strings.HasPrefix(calls[0].Body, `{"id":"`) {
		t.Errorf("called back %+v", calls)
	}
	if got := m.Orders(); got[0].Status != "completed" {
		t.Errorf("%+v", got[0])
	}
	if m.Balance("SLE") != 999_999_00 {
		t.Errorf("balance %d", m.Balance("SLE"))
	}
}

func TestSettlesByTheClock(t *testing.T) {
	clock := kittest.NewClock()
	m, c := newCaller(t, Config{Clock: clock.Now, StepAfter: time.Second})
	id := c.made("o-1", "payment", "1")
	for _, status := range []string{"initiated", "pending", "processing"} {
		c.get("transaction/"+id+"/get-status").Want(t, 200, `"status":"`+status+`"`)
		clock.Advance(time.Second)
	}
	clock.Advance(time.Second)
	m.Tick()
	if got := m.Orders()[0]; got.Status != "completed" || m.Balance("SLE") != 1_000_001_00 {
		t.Errorf("%+v", got)
	}

	m, c = newCaller(t, Config{})
	c.made("o-1", "payment", "1")
	blocked := c.made("o-2", "payment", "1")
	if err := m.Set(blocked, "blocked"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 1, 1, 1, 0} {
		if n := m.Step(); n != want {
			t.Errorf("%d went on, want %d", n, want)
		}
	}
	if err := m.Set(m.Orders()[0].ID, "refunded"); err != nil || m.Balance("SLE") != 1_000_000_00 {
		t.Errorf("%v, balance %d", err, m.Balance("SLE"))
	}
}

func TestManyAtOnce(t *testing.T) {
	h := kittest.NewHook(t)
	m, c := newCaller(t, Config{AutoSettle: true, Balance: 50_00})
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Add(2)
		go func() {
			defer wg.Done()
			c.create(fmt.Sprintf("o-%d", n%4), "transfer", "1.25", "callback_url", `"`+h.URL+`"`)
			c.get("transaction")
		}()
		go func() { defer wg.Done(); c.login(); m.Orders() }()
	}
	wg.Wait()
	if err := m.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if m.Balance("SLE") != 45_00 || len(m.Orders()) != 4 || len(h.Calls()) != 16 {
		t.Errorf("balance %d, %d transactions, %d callbacks", m.Balance("SLE"), len(m.Orders()), len(h.Calls()))
	}
	kittest.CheckLedger(t, m.Ledger)
}
