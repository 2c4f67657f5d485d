package main

import (
	"fmt"
	"io"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/ipn"
)

// order is what a shop remembers of a payment or payout. It is one row of a
// provider's table.
type order struct {
	kind      ipn.Kind // KindPayment or KindPayout
	reference string   // our own name for it, chosen before the provider hears of it
	what      string
	phone     wapay.Phone
	operator  string
	amount    wapay.Money
	code      func(phone string) string // a one-time code; nil: the operator wants none
	codeLater bool                      // it is sent to the customer once the payment is there
	id        string                    // the provider's
	status    wapay.Status
	notified  ipn.Proof // a notification came; how it is known that it is true
	settled   string    // the error of an answer that was lost
}

func printOrders(w io.Writer, orders []*order) error {
	var rows [][]string
	for _, o := range orders {
		// A phone number is somebody's: a screen or a log shows no more of it
		// than tells two apart.
		rows = append(rows, []string{
			o.reference, o.what, o.phone.LogValue().String(), o.amount.String(), o.status.String(),
			proofs[o.notified], fmt.Sprintf("%.8s…", o.id), // enough of an id to recognise it
		})
	}
	return cli.Table(w, []string{"REFERENCE", "WHAT", "PHONE", "AMOUNT", "STATUS", "NOTIFICATION", "PROVIDER ID"}, rows)
}

// proofs has the table's words for how a notification was proven.
var proofs = map[ipn.Proof]string{
	ipn.ProofNone: "-", ipn.ProofSigned: "received, verified", ipn.ProofConfirmed: "received, confirmed by asking",
}

// summarise returns one provider's row of the last table.
func summarise(provider string, orders []*order) []string {
	n, succeeded, proof, lost := map[ipn.Kind]int{}, map[ipn.Kind]int{}, map[ipn.Proof]int{}, "none"
	for _, o := range orders {
		n[o.kind]++
		if o.status == wapay.StatusSucceeded {
			succeeded[o.kind]++
		}
		proof[o.notified]++
		switch {
		case o.what == "payout, answer lost" && o.settled == "":
			lost = "1 settled by an idempotent repeat"
		case o.settled != "":
			lost = "1 settled by asking"
		}
	}
	of := func(k ipn.Kind) string { return fmt.Sprintf("%d of %d succeeded", succeeded[k], n[k]) }
	notified := fmt.Sprintf("%d verified, %d confirmed by asking", proof[ipn.ProofSigned], proof[ipn.ProofConfirmed])
	return []string{provider, of(ipn.KindPayment), of(ipn.KindPayout), notified, lost}
}
