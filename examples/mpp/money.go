package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/sandbox"
	"github.com/wapay-go/wapay/ipn"
)

// chargeCustomer has MPP ask the customer, whose phone shows the amount and wants the PIN. The answer comes
// before that, and so the payment is pending.
func (s *shop) chargeCustomer(ctx context.Context) (string, error) {
	o := &order{
		kind: ipn.KindPayment, reference: "order-1", what: "payment", channel: strings.ToUpper(s.in.channel),
		phone: s.in.phone, amount: s.in.amount,
	}
	p, err := pay(ctx, s.client, wapay.PaymentRequest{
		Reference: o.reference,
		Amount:    o.amount,
		Customer:  wapay.Customer{Phone: o.phone},
		Operator:  o.channel,
		NotifyURL: s.inbox.url, // without it callbacks go where the channel says
	})
	if err != nil {
		return "", refused(err)
	}
	s.add(o, p.ID, p.Status)
	return fmt.Sprintf("%s by %s: %s, %q in MPP's words", o.amount, o.channel, p.Status, p.ProviderStatus), nil
}

// people are paid out.
var people = []struct {
	phone, channel string
	cents          int64
	ends           string // how, if not well
}{
	{"+232 76 123456", "OM", 1_200_00, ""},
	{"+232 78 200300", "OM", 850_25, ""},
	{"+232 80 445566", "AFM", 999_99, "the wallet is full"},
}

// unlucky is the index of the one whose payout is carried out, but the answer to it lost.
const unlucky = 1

func (s *shop) payPeople(ctx context.Context) (string, error) {
	story := ""
	for i, p := range people {
		phone, err := wapay.ParsePhone(p.phone, "")
		if err != nil {
			return "", err
		}
		// A shop has the reference in its database before it calls: whatever happens then, the payout can be
		// found by it.
		o := &order{
			kind: ipn.KindPayout, reference: fmt.Sprintf("salary-%d", i+1), what: "payout", channel: p.channel,
			phone: phone, amount: wapay.SLE.Minor(p.cents),
		}
		if p.ends != "" { // the operator's part
			s.sandbox.EndAs(phone.E164(), "failed", p.ends)
		}
		if i == unlucky { // MPP carries it out, and the connection is cut before it answers
			s.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST", Path: "api/v1/transaction"})
		}
		payout, err := s.client.Payout(ctx, wapay.PayoutRequest{
			Reference: o.reference, Amount: o.amount, Recipient: wapay.Customer{Phone: phone}, Operator: o.channel,
			NotifyURL: s.inbox.url,
		})
		if errors.Is(err, wapay.ErrOutcomeUnknown) {
			payout, story, err = s.settle(ctx, o, err)
		}
		if err != nil {
			return "", err // not sent or rejected: no money has moved; unless the error itself says "outcome unknown"
		}
		s.add(o, payout.ID, payout.Status)
	}
	if story == "" {
		return "", errors.New("an answer was lost, and no error said so")
	}
	return fmt.Sprintf("%d payouts sent\n%s", len(people), story), nil
}

// settle finds out what became of a payout whose answer was lost: was it made or not? To send it again would be
// a guess, and might pay twice. MPP has no lookup by our reference, so SettlePayout walks through the list of
// transactions, from its first page, until it meets it.
func (s *shop) settle(ctx context.Context, o *order, lost error) (*wapay.Payout, string, error) {
	before := s.sandbox.Count("GET", "api/v1/transaction")
	found, err := wapay.SettlePayout(ctx, s.client, wapay.Ref{Reference: o.reference})
	if err != nil {
		return nil, "", err
	}
	pages := s.sandbox.Count("GET", "api/v1/transaction") - before
	debits := 0
	for _, e := range s.sandbox.Entries() {
		if e.Reference == o.reference && e.Kind == sandbox.Debit && e.Why == "transfer" { // and not its fee
			debits++
		}
	}
	if debits != 1 {
		return nil, "", fmt.Errorf("%s: %d debits in the ledger, want 1", o.reference, debits)
	}
	o.what = "payout, answer lost"
	return found, fmt.Sprintf("but the answer to %s was lost on the way. Was it made?\n"+
		"  the error is ErrOutcomeUnknown: %v\n"+
		"  so it is not sent again; SettlePayout looks for %s among the newest transactions, on %d page\n"+
		"  MPP has it, as %s, %s; its ledger shows %d debit",
		o.reference, lost, o.reference, pages, shorten(found.ID), found.Status, debits), nil
}

// followStatuses asks how far each order has got, as MPP takes them on step by step. Of the ten words that MPP
// has for it a shop needs to know none: each is one of the library's.
func (s *shop) followStatuses(ctx context.Context) (string, error) {
	ways := make([]string, len(s.orders))
	for more := true; more; more = s.sandbox.Advance() > 0 { // MPP's part
		for i, o := range s.orders {
			st, err := s.client.Status(ctx, o.id)
			if err != nil {
				return "", err
			}
			if st.ProviderStatus == o.word {
				continue
			}
			if o.word != "" {
				ways[i] += " → "
			}
			o.status, o.word = st.Status, st.ProviderStatus
			ways[i] += o.word
			if o.status.Final() {
				ways[i] += ", which is " + o.status.String()
			}
		}
	}
	for i, o := range s.orders {
		if !o.status.Final() {
			return "", fmt.Errorf("%s is still %s", o.reference, o.status)
		}
		ways[i] = o.reference + ": " + ways[i]
	}
	return strings.Join(ways, "\n"), nil
}

// receiveCallbacks does with each callback what a shop should: note which order it names, and ask MPP about
// that order. What the callback says of status and amount is not looked at.
func (s *shop) receiveCallbacks(ctx context.Context) (string, error) {
	if err := s.sandbox.Flush(ctx); err != nil { // until all are delivered, so that they can be counted
		return "", err
	}
	n := 0
	for waiting := len(s.orders); waiting > 0 || len(s.inbox.hints) > 0; n++ {
		hint, err := s.inbox.next(ctx)
		if err != nil {
			return "", fmt.Errorf("no callback for %d orders: %w", waiting, err)
		}
		if hint.Proof != ipn.ProofNone || hint.Status != wapay.StatusUnknown {
			return "", fmt.Errorf("a callback that proves something: %s, %s", hint.Proof, hint.Status)
		}
		o := s.orderOf(hint)
		if o == nil {
			continue // not ours, or made up
		}
		if o.hints++; o.hints > 1 {
			continue // asked when the first came, and final since
		}
		waiting--
		if err := o.lookUp(ctx, s.client, s.client); err != nil {
			return "", err
		}
		if !o.status.Final() {
			return "", fmt.Errorf("%s is still %s", o.reference, o.status)
		}
	}
	ended := map[wapay.Status]int{}
	for _, o := range s.orders {
		ended[o.status]++
	}
	return fmt.Sprintf("%d over HTTP, unsigned: each proves nothing but that somebody knows the URL\n"+
		"so MPP was asked, with FindPayment and FindPayout: %d succeeded, %d failed (%s)",
		n, ended[wapay.StatusSucceeded], ended[wapay.StatusFailed], s.orders[len(s.orders)-1].why), nil
}

// orderOf is the order that a callback names.
func (s *shop) orderOf(hint *ipn.Event) *order {
	for _, o := range s.orders {
		if hint.ID == o.id && hint.Reference == o.reference {
			return o
		}
	}
	return nil
}
