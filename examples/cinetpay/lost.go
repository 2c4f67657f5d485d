package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
)

// sendPath is where money is sent at CinetPay.
const sendPath = "v1/transfer/money/send/contact"

// loseAnswer has a transfer carried out and its answer cut off: now nobody on this side can know whether the money has moved.
func (s *shop) loseAnswer(ctx context.Context) (string, error) {
	s.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST", Path: sendPath})
	o, lost := s.payout(ctx, "salary-2", "payout, answer lost", "ML", "70 11 22 33", 15_000)
	switch {
	case lost == nil:
		return "", errors.New("the answer was lost, and no error said so")
	case !errors.Is(lost, wapay.ErrOutcomeUnknown):
		return "", lost // not sent or rejected: no money has moved
	}
	// To send it again would be a guess, under a new reference even a second payment. SettlePayout asks for the
	// reference until CinetPay knows it; a shop may do so hours later, and in another process.
	found, err := wapay.SettlePayout(ctx, s.client, o.ref())
	if err != nil {
		return "", err
	}
	o.learn(found)
	debits, err := s.oneDebit(o)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: the answer is cut off. Was it paid?\n"+
		"  the error is ErrOutcomeUnknown: %v\n"+
		"  so it is not sent again; SettlePayout asks CinetPay for %s\n"+
		"  CinetPay has it, as %s, %s; %s",
		o.reference, lost, o.reference, shorten(o.id), o.status, debits), nil
}

// oneDebit makes sure that a payout was sent once, by CinetPay's count and not by ours.
func (s *shop) oneDebit(o *order) (string, error) {
	debits := 0
	for _, e := range s.sandbox.Entries() {
		if e.Reference == o.reference && e.Kind == sandbox.Debit {
			debits++
		}
	}
	if debits != 1 {
		return "", fmt.Errorf("%s: %d debits in the ledger, want 1", o.reference, debits)
	}
	return "the ledger shows 1 debit", nil
}
