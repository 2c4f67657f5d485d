package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

// Every provider's part ends with the name of the step that failed.
func TestEachProviderInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	in, err := readInput(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range providers {
		t.Run(p.name, func(t *testing.T) {
			orders, err := p.show(ctx, in, io.Discard)
			if err == nil || !strings.HasPrefix(err.Error(), p.name+`, step "`) || len(orders) != 0 {
				t.Errorf("%d orders, %v", len(orders), err)
			}
		})
	}
}

// A second payout under way, as a mistake in the library might make one, is noticed.
func TestDebitedTwice(t *testing.T) {
	o := &order{reference: "salary-1"}
	debit := sandbox.Entry{Kind: sandbox.Debit, Reference: o.reference}
	for _, test := range []struct {
		entries entries
		want    string
	}{
		{entries{debit}, ""},
		{entries{debit, debit}, "salary-1: 2 debits in the ledger, want 1"},
		{entries{{Kind: sandbox.Credit, Reference: o.reference}}, "salary-1: 0 debits in the ledger, want 1"},
	} {
		err := (&shop{ledger: test.entries}).debitedOnce(o)
		if (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
}

type entries []sandbox.Entry

func (e entries) Entries() []sandbox.Entry { return e }

// listening is a shop that has received events.
func listening(t *testing.T, events ...*ipn.Event) *shop {
	b, err := inbox.Open("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	for _, e := range events {
		if err := b.Receive(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	return &shop{inbox: b}
}

// A notification that proves something is believed, if it is about the order.
func TestWait(t *testing.T) {
	paid := ipn.Event{
		Kind: ipn.KindPayment, ID: "a", Reference: "order-1", Amount: wapay.XOF.Units(500),
		Status: wapay.StatusSucceeded, Proof: ipn.ProofSigned,
	}
	change := func(fn func(*ipn.Event)) *ipn.Event { e := paid; fn(&e); return &e }
	open := change(func(e *ipn.Event) { e.Status = wapay.StatusPending })
	other := change(func(e *ipn.Event) { e.Reference = "order-2" })
	for _, test := range []struct {
		name   string
		events []*ipn.Event
		want   string
	}{
		{"paid", []*ipn.Event{&paid}, ""},
		{"confirmed", []*ipn.Event{change(func(e *ipn.Event) { e.Proof, e.ID = ipn.ProofConfirmed, "" })}, ""},
		{"after others", []*ipn.Event{other, open, &paid}, ""},
		{"failed", []*ipn.Event{change(func(e *ipn.Event) { e.Status, e.Reason = wapay.StatusFailed, "no" })}, "order-1: the notification says failed: no"},
		{"another amount", []*ipn.Event{change(func(e *ipn.Event) { e.Amount = wapay.XOF.Units(5) })}, "order-1: the notification is about something else"},
		{"a payout", []*ipn.Event{change(func(e *ipn.Event) { e.Kind = ipn.KindPayout })}, "order-1: the notification is about something else"},
		{"another id", []*ipn.Event{change(func(e *ipn.Event) { e.ID = "b" })}, "order-1: the notification is about something else"},
		{"not signed", []*ipn.Event{change(func(e *ipn.Event) { e.Proof = ipn.ProofNone })}, "order-1: the notification is about something else"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := &order{kind: ipn.KindPayment, reference: "order-1", id: "a", amount: wapay.XOF.Units(500)}
			err := listening(t, test.events...).wait(context.Background(), o)
			if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			if (o.notified != ipn.ProofNone) != (err == nil) {
				t.Errorf("notified: %s", o.notified)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := listening(t).wait(ctx, &order{reference: "order-1"}); err == nil || err.Error() != "order-1: no notification: context canceled" {
		t.Error(err)
	}
}

// A payment that is known to be paid stays so when older news comes after.
func TestWaitAfterTheAnswer(t *testing.T) {
	about := ipn.Event{Kind: ipn.KindPayment, Reference: "order-1", Proof: ipn.ProofConfirmed}
	open, paid := about, about
	open.Status, paid.Status = wapay.StatusPending, wapay.StatusSucceeded
	o := &order{kind: ipn.KindPayment, reference: "order-1", status: wapay.StatusSucceeded}
	s := listening(t, &open)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := s.wait(ctx, o); err == nil || o.status != wapay.StatusSucceeded || o.notified != ipn.ProofNone {
		t.Errorf("%v, and the order is %s", err, o.status)
	}
	if err := s.inbox.Receive(context.Background(), &paid); err != nil {
		t.Fatal(err)
	}
	if err := s.wait(context.Background(), o); err != nil || o.notified != ipn.ProofConfirmed {
		t.Errorf("%v, notified: %s", err, o.notified)
	}
}

// The routes refuse what they have to: a signature that is missing, and anything but a POST.
func TestInboxRefuses(t *testing.T) {
	s := listening(t)
	var counters ipn.Counters
	for path, v := range map[string]ipn.Verifier{"/intram": ipn.Intram("whsec_1"), "/cinetpay": ipn.CinetPayCheckoutSite("445160", "key")} {
		url, err := s.accept(path, v, ipn.WithCounters(&counters))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Post(url, "application/json", strings.NewReader(`{"event":"payout.completed"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	if n := counters.Counts().Accepted; n != 0 {
		t.Errorf("%d events", n)
	}
}
