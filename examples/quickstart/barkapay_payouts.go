package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
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
			payout, story, err = b.settle(ctx, b.client, o, err)
		}
		if err != nil {
			return "", err // not sent or rejected: no money has moved; unless the error itself says "outcome unknown"
		}
		b.add(o, payout.ID, payout.Status)
		if err := b.sandbox.Approve(payout.ID); err != nil { // the operator's part
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
