package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/sandbox"
	"github.com/wapay-go/wapay/ipn"
)

// Every provider's part ends with the name of the step that failed.
func TestEachProviderInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	in, err := readInput(nil, nil, io.Discard)
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

func hold(events ...*ipn.Event) *inbox {
	b := &inbox{events: make(chan *ipn.Event, len(events)), unread: map[string][]*ipn.Event{}, last: map[string]*ipn.Event{}}
	for _, e := range events {
		b.events <- e
	}
	return b
}

// A signed notification is believed, if it is about the order.
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
		{"after others", []*ipn.Event{other, open, &paid}, ""},
		{"failed", []*ipn.Event{change(func(e *ipn.Event) { e.Status, e.Reason = wapay.StatusFailed, "no" })}, "order-1: the notification says failed: no"},
		{"another amount", []*ipn.Event{change(func(e *ipn.Event) { e.Amount = wapay.XOF.Units(5) })}, "order-1: the notification is about something else"},
		{"a payout", []*ipn.Event{change(func(e *ipn.Event) { e.Kind = ipn.KindPayout })}, "order-1: the notification is about something else"},
		{"another id", []*ipn.Event{change(func(e *ipn.Event) { e.ID = "b" })}, "order-1: the notification is about something else"},
		{"not signed", []*ipn.Event{change(func(e *ipn.Event) { e.Proof = ipn.ProofNone })}, "order-1: the notification is about something else"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := &order{kind: ipn.KindPayment, reference: "order-1", id: "a", amount: wapay.XOF.Units(500)}
			err := hold(test.events...).wait(context.Background(), o)
			if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			if (o.notified == ipn.ProofSigned) != (err == nil) {
				t.Errorf("notified: %s", o.notified)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := hold().wait(ctx, &order{reference: "order-1"}); err == nil || err.Error() != "order-1: no notification: context canceled" {
		t.Error(err)
	}
}

// payer gives one answer after the other.
type payer struct {
	wapay.Payer
	answers []wapay.Payment
}

func (p *payer) FindPayment(context.Context, wapay.Ref) (*wapay.Payment, error) {
	found := p.answers[0]
	p.answers = p.answers[1:]
	return &found, nil
}

// What proves nothing is asked about, and the answer alone counts, as far as it is about the order.
func TestAsk(t *testing.T) {
	hint := &ipn.Event{Reference: "order-1", ProviderStatus: "completed"}
	signed := &ipn.Event{Reference: "order-1", Proof: ipn.ProofSigned}
	answer := func(s wapay.Status, francs int64) wapay.Payment {
		return wapay.Payment{Status: s, Amount: wapay.XOF.Units(francs)}
	}
	for _, test := range []struct {
		name    string
		event   *ipn.Event
		answers []wapay.Payment
		proof   ipn.Proof
		want    string
	}{
		{"paid", hint, []wapay.Payment{answer(wapay.StatusSucceeded, 500)}, ipn.ProofConfirmed, ""},
		{"signed", signed, []wapay.Payment{answer(wapay.StatusSucceeded, 500)}, ipn.ProofSigned, ""},
		{"not yet", hint, []wapay.Payment{answer(wapay.StatusPending, 500), answer(wapay.StatusSucceeded, 500)}, ipn.ProofConfirmed, ""},
		{"forged", hint, []wapay.Payment{answer(wapay.StatusFailed, 500)}, ipn.ProofNone, "order-1 is failed"},
		{"another amount", hint, []wapay.Payment{answer(wapay.StatusSucceeded, 5)}, ipn.ProofNone, "order-1: the provider has it with 5 XOF, not 500 XOF"},
		{
			"a verdict", &ipn.Event{Reference: "order-1", Status: wapay.StatusSucceeded}, nil, ipn.ProofNone,
			"order-1: a notification that proves nothing says succeeded",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := &order{kind: ipn.KindPayment, reference: "order-1", amount: wapay.XOF.Units(500)}
			err := hold(test.event, test.event).ask(context.Background(), o, &payer{answers: test.answers}, nil)
			if (err == nil) != (test.want == "") || err != nil && err.Error() != test.want || o.notified != test.proof {
				t.Errorf("%v, notified: %s; want %q, %s", err, o.notified, test.want, test.proof)
			}
		})
	}
}

// The routes refuse what they have to: a signature that is missing, and anything but a POST.
func TestInboxRefuses(t *testing.T) {
	b, err := openInbox()
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	for path, v := range map[string]ipn.Verifier{"/intram": ipn.Intram("whsec_1"), "/cinetpay": ipn.CinetPayCheckoutSite("445160", "key")} {
		url, err := b.accept(path, v)
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
	if len(b.events) != 0 {
		t.Errorf("%d events", len(b.events))
	}
}
