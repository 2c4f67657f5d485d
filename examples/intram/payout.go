package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

// payWallet pays out to mobile money. Payout is the call that every provider has.
func (s *shop) payWallet(ctx context.Context) (string, error) {
	o := &order{
		kind: ipn.KindPayout, reference: s.prefix + "payout-1", what: "payout",
		who: mask(s.in.phone), amount: wapay.XOF.Units(10_000),
		want: []news{{"payout.completed", wapay.StatusSucceeded}},
	}
	p, err := twice(ctx, func() (*wapay.Payout, error) {
		return s.client.Payout(ctx, wapay.PayoutRequest{
			Reference: o.reference, Amount: o.amount, Operator: s.in.operator,
			Recipient: wapay.Customer{Phone: s.in.phone, FirstName: "Awa", LastName: "Dossou"},
		})
	})
	if err != nil {
		return "", err
	}
	first := p.Status
	s.add(o, p.ID, first)
	if p, err = wapay.WaitPayout(ctx, s.client, wapay.Ref{ID: o.id, Reference: o.reference}, s.pace...); p != nil {
		o.status = p.Status
	}
	if err != nil {
		return "", err
	}
	if o.status != wapay.StatusSucceeded {
		return "", fmt.Errorf("%s is %s: %s", o.reference, o.status, p.Reason)
	}
	return fmt.Sprintf("%s to %s: %s, then %s", o.amount, s.in.operator, first, o.status), nil
}

// payBank pays out to a bank account, which only Intram's own call can do. Its operation succeeds when the
// payout is queued for settlement. The money is on its way then, and not there: the payout is pending.
func (s *shop) payBank(ctx context.Context) (string, error) {
	account := intram.BankAccount{SWIFT: "BOABBJBJ", AccountNumber: "BJ0660001", AccountName: "SARL Soleil"}
	o := &order{
		kind: ipn.KindPayout, reference: s.prefix + "payout-2", what: "payout to a bank",
		who: account.SWIFT, amount: wapay.XOF.Units(250_000),
		want: []news{{"payout.queued", wapay.StatusPending}},
	}
	op, err := twice(ctx, func() (*intram.Operation, error) {
		return s.client.CreatePayout(ctx, intram.PayoutRequest{
			Reference: o.reference, Amount: o.amount, Destination: account, Note: "Rice, May",
		})
	})
	if err != nil {
		return "", err
	}
	first := op.Status
	s.add(o, op.ID, wapay.StatusPending)
	if op, err = s.finish(ctx, o.id); err != nil {
		return "", err
	}
	p, err := s.client.FindPayout(ctx, wapay.Ref{ID: o.id, Reference: o.reference})
	if err != nil {
		return "", err
	}
	if o.status = p.Status; o.status != wapay.StatusPending && o.status != wapay.StatusSucceeded {
		return "", fmt.Errorf("%s is %s: %s", o.reference, o.status, p.Reason)
	}
	return fmt.Sprintf("%s to %s: %s\nthe operation is %s, then %s; the payout is %s (%s)",
		o.amount, account.SWIFT, account.AccountName, first, op.Status, p.Status, p.ProviderStatus), nil
}

// bankSettles is a day or so later.
func (s *shop) bankSettles(ctx context.Context) (string, error) {
	o := s.orders[len(s.orders)-1]
	if err := s.sandbox.SettlePayout(o.id); err != nil { // the bank's part
		return "", err
	}
	p, err := wapay.WaitPayout(ctx, s.client, wapay.Ref{ID: o.id, Reference: o.reference}, s.pace...)
	if err != nil {
		return "", err
	}
	if o.status = p.Status; o.status != wapay.StatusSucceeded {
		return "", fmt.Errorf("%s is %s: %s", o.reference, o.status, p.Reason)
	}
	o.want = append(o.want, news{"payout.completed", wapay.StatusSucceeded})
	return p.Status.String(), nil
}

// loseAnswer has Intram carry a payout out, and cuts the connection before it answers. Was it paid? The client
// does not guess: it sends the order again, under the same idempotency key, and gets the first answer.
func (s *shop) loseAnswer(ctx context.Context) (string, error) {
	o, r := s.unlucky("payout-3", "answer lost")
	s.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST", Path: "payouts"})
	op, err := s.client.CreatePayout(ctx, r)
	if err != nil {
		return "", err
	}
	return s.paidOnce(ctx, o, op, fmt.Sprintf("the answer to %s was cut off; it was sent again, with the same key", o.reference))
}

// loseEveryAnswer cuts the connection at every attempt. Now the client cannot tell what became of the payout, and
// says so. What to do is to make the same call again: now, or when the program starts the next time, but within 24
// hours.
func (s *shop) loseEveryAnswer(ctx context.Context) (string, error) {
	o, r := s.unlucky("payout-4", "all answers lost")
	s.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST", Path: "payouts", Times: -1})
	_, lost := s.client.CreatePayout(ctx, r)
	s.sandbox.ClearFaults() // the line is back
	if ctx.Err() != nil {
		return "", lost
	}
	if !errors.Is(lost, wapay.ErrOutcomeUnknown) {
		return "", fmt.Errorf("no answer came, and the error is %v", lost)
	}
	op, err := s.client.CreatePayout(ctx, r)
	if err != nil {
		return "", err
	}
	return s.paidOnce(ctx, o, op, fmt.Sprintf("no attempt at %s was answered. Was it paid?\n"+
		"  the error is ErrOutcomeUnknown: %v\n"+
		"  so the same call is made again: same reference, same key", o.reference, lost))
}

// unlucky is a payout that will lose answers.
func (s *shop) unlucky(reference, what string) (*order, intram.PayoutRequest) {
	o := &order{
		kind: ipn.KindPayout, reference: s.prefix + reference, what: "payout, " + what,
		who: mask(s.in.phone), amount: wapay.XOF.Units(7_500),
		want: []news{{"payout.completed", wapay.StatusSucceeded}},
	}
	return o, intram.PayoutRequest{
		Reference: o.reference, Amount: o.amount,
		Destination: intram.MobileMoney{Phone: s.in.phone, Operator: s.in.operator},
	}
}

// paidOnce makes sure that an order which was sent more than once was carried out once.
func (s *shop) paidOnce(ctx context.Context, o *order, op *intram.Operation, story string) (string, error) {
	s.add(o, op.ID, wapay.StatusPending)
	if !op.Replayed {
		return "", fmt.Errorf("%s: this is not the answer that was lost", o.reference)
	}
	if _, err := s.finish(ctx, o.id); err != nil {
		return "", err
	}
	o.status = wapay.StatusSucceeded
	debits := 0
	for _, e := range s.sandbox.Entries() {
		if e.Reference == o.reference && e.Kind == sandbox.Debit {
			debits++
		}
	}
	if debits != 1 {
		return "", fmt.Errorf("%s: %d debits in the ledger, want 1", o.reference, debits)
	}
	sent := 0
	for _, r := range s.sandbox.Requests() {
		if r.Method == "POST" && r.Header.Get("Idempotency-Key") == s.keyOf(o.id) {
			sent++
		}
	}
	return fmt.Sprintf("%s\n  Intram answers as the first time (Operation.Replayed), and did nothing else:\n"+
		"  sent %d times, %d operation, %d debit in its ledger", story, sent, len(s.sandbox.OperationsOf(o.reference)), debits), nil
}

// keyOf is the idempotency key under which the sandbox has an operation.
func (s *shop) keyOf(id string) string {
	for _, op := range s.sandbox.Operations() {
		if op.ID == id {
			return op.IdempotencyKey
		}
	}
	return ""
}

// add remembers an order that the provider has.
func (s *shop) add(o *order, id string, status wapay.Status) {
	o.id, o.status = id, status
	s.orders = append(s.orders, o)
}
