package main

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/examples/internal/ledger"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

// shop is what a shop has of its business with one provider, whichever that is.
type shop struct {
	provider string
	orders   []*order
	inbox    *inbox.Inbox

	// ledger is the provider's own, which only a sandbox shows: the proof that money moved once.
	ledger interface{ Entries() []sandbox.Entry }
}

// accept adds a route for one kind of notification, and returns its URL. The handler refuses by itself what is not signed
// as it should be, and what the provider does not confirm.
//
// With a store it acts once on each notification. This one forgets when the program ends; a shop takes ipn.NewSQLStore.
func (s *shop) accept(path string, v ipn.Verifier, opts ...ipn.HandlerOption) (string, error) {
	opts = append(opts, ipn.WithStore(ipn.NewMemoryStore()))
	handler, err := ipn.NewHandler(v, s.inbox.Receive, opts...)
	if err != nil {
		return "", err
	}
	return s.inbox.Handle(path, handler), nil
}

// wait returns when a notification has said how the order ended, and compares it with the order: that it is true does
// not say that it is about what we think.
func (s *shop) wait(ctx context.Context, o *order) error {
	for {
		e, err := s.inbox.Wait(ctx, func(e *ipn.Event) bool { return e.Reference == o.reference })
		if err != nil {
			return fmt.Errorf("%s: no notification: %w", o.reference, err)
		}
		anothers := e.ID != "" && e.ID != o.id // CinetPay's checkout has none
		// CinetPay's newer platform tells no amount of a payment.
		untold := e.Provider == "cinetpay-v1" && e.Kind == ipn.KindPayment && e.Amount == wapay.Money{}
		if e.Proof == ipn.ProofNone || e.Kind != o.kind || anothers || e.Amount != o.amount && !untold {
			return fmt.Errorf("%s: the notification is about something else: %s %q of %s", o.reference, e.Kind, e.ID, e.Amount)
		}
		if o.status.MayBecome(e.Status) { // and not where the news was overtaken by what is known already
			o.status = e.Status
		}
		if !e.Status.Final() {
			continue // "there is a page to pay on" and the like
		}
		if e.Status != wapay.StatusSucceeded {
			return fmt.Errorf("%s: the notification says %s: %s", o.reference, e.Status, e.Reason)
		}
		o.notified = e.Proof
		return nil
	}
}

// receiveAll waits for the notifications of all orders.
func (s *shop) receiveAll(ctx context.Context) error {
	for _, o := range s.orders {
		if err := s.wait(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// add remembers an order that the provider has.
func (s *shop) add(o *order, id string, status wapay.Status) {
	o.id, o.status = id, status
	s.orders = append(s.orders, o)
}

// settle finds out what became of a payout whose answer was lost: was it paid or not? To send it again would
// be a guess, and might pay twice. SettlePayout asks for the reference instead.
func (s *shop) settle(ctx context.Context, p wapay.Payouter, o *order, lost error) (*wapay.Payout, string, error) {
	found, err := wapay.SettlePayout(ctx, p, wapay.Ref{Reference: o.reference})
	if err != nil {
		return nil, "", err
	}
	if err := s.debitedOnce(o); err != nil {
		return nil, "", err
	}
	o.what, o.settled = "payout, answer lost", "by asking"
	return found, fmt.Sprintf("but the answer to %s was lost on the way. Was it paid?\n"+
		"  the error is ErrOutcomeUnknown: %v\n"+
		"  so it is not sent again; SettlePayout asks %s for %s\n"+
		"  %s has it, as %s, %s; its ledger shows 1 debit",
		o.reference, lost, s.provider, o.reference, s.provider, shorten(found.ID), found.Status), nil
}

// debitedOnce looks into the provider's ledger.
func (s *shop) debitedOnce(o *order) error {
	debits := 0
	for _, e := range s.ledger.Entries() {
		if e.Reference == o.reference && e.Kind == sandbox.Debit {
			debits++
		}
	}
	if debits != 1 {
		return fmt.Errorf("%s: %d debits in the ledger, want 1", o.reference, debits)
	}
	return nil
}

// lookUp asks the provider about every order. A notification may be lost, so a shop does this for each order
// that has been pending too long.
func (s *shop) lookUp(ctx context.Context, payer wapay.Payer, payouter wapay.Payouter) (string, error) {
	for _, o := range s.orders {
		if err := o.lookUp(ctx, payer, payouter); err != nil {
			return "", err
		}
		if o.status != wapay.StatusSucceeded {
			return "", fmt.Errorf("%s is %s", o.reference, o.status)
		}
	}
	return fmt.Sprintf("%d orders by our own reference, all succeeded", len(s.orders)), nil
}

func (s *shop) compareLedger(context.Context) (string, error) {
	var orders []ledger.Order
	for _, o := range s.orders {
		orders = append(orders, ledger.Order{Kind: o.kind, Reference: o.reference, ID: o.id, Amount: o.amount})
	}
	if err := ledger.Compare(s.ledger.Entries(), orders); err != nil {
		return "", err
	}
	return fmt.Sprintf("one entry for each of the %d orders, and no other", len(s.orders)), nil
}
