package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
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
		NotifyURL: s.notifyURL, // without it callbacks go where the channel says
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
			NotifyURL: s.notifyURL,
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
	for more := true; more; more = s.sandbox.Step() > 0 { // MPP's part
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

// receiveCallbacks waits until a callback has told how each order ended. What it says is MPP's answer, and still to be
// compared with the order: the one that it names has to be the one that we mean.
func (s *shop) receiveCallbacks(ctx context.Context) (string, error) {
	if err := s.sandbox.Flush(ctx); err != nil { // until all are delivered, so that they can be counted
		return "", err
	}
	ended := map[wapay.Status]int{}
	for _, o := range s.orders {
		for !o.confirmed {
			e, err := s.inbox.Wait(ctx, func(e *ipn.Event) bool { return e.Reference == o.reference })
			if err != nil {
				return "", fmt.Errorf("%s: no callback: %w", o.reference, err)
			}
			if e.Proof != ipn.ProofConfirmed || e.Kind != o.kind || e.ID != o.id || e.Amount != o.amount {
				return "", fmt.Errorf("%s: the callback is about something else: %s %q of %s", o.reference, e.Kind, e.ID, e.Amount)
			}
			o.learn(e)
			o.confirmed = e.Status.Final()
		}
		ended[o.status]++
	}
	return fmt.Sprintf("%d over HTTP, unsigned: each proves nothing but that somebody knows the URL\n"+
		"so MPP was asked, with FindPayment and FindPayout: %d succeeded, %d failed (%s)",
		len(s.sandbox.Deliveries()), ended[wapay.StatusSucceeded], ended[wapay.StatusFailed], s.orders[len(s.orders)-1].why), nil
}
