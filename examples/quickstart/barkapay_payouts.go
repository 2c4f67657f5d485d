package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/sandbox"
	"github.com/wapay-go/wapay/ipn"
)

// people are paid out. Numbers may be written in any usual way.
var people = []struct {
	country, phone, operator string
	francs                   int64
}{
	{"BF", "70 11 22 33", "MOOV", 10_000},
	{"SN", "77 123 45 67", "WAVE", 12_500},
	{"CI", "05 01 02 03 04", "MTN", 20_000},
	{"BJ", "+229 01 97 00 00 00", "MTN", 15_000},
	{"TG", "00228 90 11 22 33", "TMONEY", 7_500},
}

// unlucky is the index of the one whose payout is carried out, but the answer to it lost.
const unlucky = 3

func (b *barkaPay) payPeople(ctx context.Context) (string, error) {
	story := ""
	for i, p := range people {
		phone, err := wapay.ParsePhone(p.phone, p.country)
		if err != nil {
			return "", err
		}
		// A shop has the reference in its database before it calls: whatever happens then, the payout can be
		// found by it.
		o := &order{
			kind: ipn.KindPayout, reference: fmt.Sprintf("salary-%d", i+1), what: "payout",
			phone: phone, amount: wapay.XOF.Units(p.francs),
		}
		if i == unlucky {
			b.loseNextAnswer()
		}
		payout, err := b.client.Payout(ctx, wapay.PayoutRequest{
			Reference: o.reference,
			Amount:    o.amount,
			Recipient: wapay.Customer{Phone: phone},
			Operator:  p.operator,
			NotifyURL: b.notify,
		})
		if errors.Is(err, wapay.ErrOutcomeUnknown) {
			payout, story, err = b.settle(ctx, o, err)
		}
		if err != nil {
			return "", err // not sent or rejected: no money has moved; unless the error itself says "outcome unknown"
		}
		b.add(o, payout.ID, payout.Status)
		if err := b.sandbox.CompleteTransfer(payout.ID); err != nil { // the operator's part
			return "", err
		}
	}
	if story == "" {
		return "", errors.New("an answer was lost, and no error said so")
	}
	return fmt.Sprintf("%d payouts sent\n%s", len(people), story), nil
}

// loseNextAnswer has BarkaPay carry the next payout out and cut the connection before it answers.
func (b *barkaPay) loseNextAnswer() {
	b.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST", Path: "transfer/request/mobile"})
}

// settle finds out what became of a payout whose answer was lost: was it paid or not? To send it again would
// be a guess, and might pay twice. SettlePayout asks for the reference instead.
func (b *barkaPay) settle(ctx context.Context, o *order, lost error) (*wapay.Payout, string, error) {
	found, err := wapay.SettlePayout(ctx, b.client, wapay.Ref{Reference: o.reference})
	if err != nil {
		return nil, "", err
	}
	debits := 0
	for _, e := range b.sandbox.Entries() {
		if e.Reference == o.reference && e.Kind == sandbox.Debit {
			debits++
		}
	}
	if debits != 1 {
		return nil, "", fmt.Errorf("%s: %d debits in the ledger, want 1", o.reference, debits)
	}
	o.what, o.unknown = "payout, answer lost", true
	return found, fmt.Sprintf("but the answer to %s was lost on the way. Was it paid?\n"+
		"  the error is ErrOutcomeUnknown: %v\n"+
		"  so it is not sent again; SettlePayout asks BarkaPay for %s\n"+
		"  BarkaPay has it, as %s, %s; its ledger shows %d debit",
		o.reference, lost, o.reference, shorten(found.ID), found.Status, debits), nil
}

func (b *barkaPay) compareLedger(context.Context) (string, error) {
	if err := compareLedger(b.sandbox.Entries(), b.orders); err != nil {
		return "", err
	}
	return fmt.Sprintf("one entry for each of the %d orders, and no other", len(b.orders)), nil
}

// compareLedger makes sure that each order moved its money exactly once, and that nothing else moved any.
func compareLedger(entries []sandbox.Entry, orders []*order) error {
	booked := map[string][]sandbox.Entry{}
	for _, e := range entries {
		if e.Why != "funding" { // the opening balances
			booked[e.Reference] = append(booked[e.Reference], e)
		}
	}
	for _, o := range orders {
		want := sandbox.Credit
		if o.kind == ipn.KindPayout {
			want = sandbox.Debit
		}
		got := booked[o.reference]
		if len(got) != 1 {
			return fmt.Errorf("%s: %d entries in the ledger, want one %s of %s", o.reference, len(got), want, o.amount)
		}
		if e := got[0]; e.Kind != want || wapay.Currency(e.Currency).Minor(e.Amount) != o.amount || e.ID != o.id {
			return fmt.Errorf("%s: the ledger has a %s of %d %s, the table a %s of %s", o.reference, e.Kind, e.Amount, e.Currency, want, o.amount)
		}
		delete(booked, o.reference)
	}
	for reference := range booked {
		return fmt.Errorf("the ledger has %q, which is in no table", reference)
	}
	return nil
}
