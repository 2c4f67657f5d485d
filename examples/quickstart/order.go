package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/ipn"
)

// order is what a shop remembers of a payment or payout, and one row of a provider's table.
type order struct {
	kind      ipn.Kind // KindPayment or KindPayout
	reference string   // our own name for it, chosen before the provider hears of it
	what      string
	phone     wapay.Phone
	amount    wapay.Money
	id        string // the provider's
	status    wapay.Status
	notified  ipn.Proof // a notification came; how it is known that it is true
	settled   string    // the answer was lost; how it was found out what became of the order
}

// pay asks a customer for money, once. Where the answer is lost the customer may have been charged, so the
// one thing to do is to ask the provider what became of the order; to pay again might charge twice.
//
// It works with the client of any provider.
func pay(ctx context.Context, p wapay.Payer, r wapay.PaymentRequest) (*wapay.Payment, error) {
	payment, err := p.Pay(ctx, r)
	if errors.Is(err, wapay.ErrOutcomeUnknown) {
		return wapay.SettlePayment(ctx, p, wapay.Ref{Reference: r.Reference})
	}
	return payment, err
}

// lookUp asks the provider what it knows of the order, until that is final.
func (o *order) lookUp(ctx context.Context, payer wapay.Payer, payouter wapay.Payouter) error {
	ref := wapay.Ref{Reference: o.reference}
	if o.kind == ipn.KindPayout {
		found, err := wapay.WaitPayout(ctx, payouter, ref)
		if found != nil { // also beside an error: the last that is known
			o.id, o.status = found.ID, found.Status
		}
		return err
	}
	found, err := wapay.WaitPayment(ctx, payer, ref)
	if found != nil {
		o.status = found.Status
		if found.ID != "" { // CinetPay does not repeat it
			o.id = found.ID
		}
	}
	return err
}

func printOrders(w io.Writer, orders []*order) error {
	var rows [][]string
	for _, o := range orders {
		// A phone number is somebody's: a screen or a log shows no more of it than tells two apart.
		phone := "-"
		if !o.phone.IsZero() {
			phone = o.phone.LogValue().String()
		}
		rows = append(rows, []string{
			o.reference, o.what, phone, o.amount.String(), o.status.String(), proofs[o.notified], shorten(o.id),
		})
	}
	return cli.Table(w, []string{"REFERENCE", "WHAT", "PHONE", "AMOUNT", "STATUS", "NOTIFICATION", "PROVIDER ID"}, rows)
}

// proofs is how it is known that a notification is true, in the words of the table.
var proofs = map[ipn.Proof]string{
	ipn.ProofNone: "-", ipn.ProofSigned: "received, verified", ipn.ProofConfirmed: "received, confirmed by asking",
}

// shorten is enough of an id to recognise it.
func shorten(id string) string {
	if len(id) > 8 {
		return id[:8] + "…"
	}
	return id
}

func printSummary(w io.Writer, rows [][]string) error {
	return cli.Table(w, []string{"PROVIDER", "PAYMENTS", "PAYOUTS", "NOTIFICATIONS", "LOST ANSWERS", "ALSO"}, rows)
}

// summarize is one provider's row of the last table.
func summarize(provider string, orders []*order) []string {
	if len(orders) == 0 { // Bantu
		return []string{provider, "none documented", "none documented", "none sent", "-"}
	}
	var payments, paid, payouts, paidOut, signed, confirmed, settled int
	how := ""
	for _, o := range orders {
		succeeded := o.status == wapay.StatusSucceeded
		if o.kind == ipn.KindPayout {
			payouts, paidOut = payouts+1, paidOut+count(succeeded)
		} else {
			payments, paid = payments+1, paid+count(succeeded)
		}
		signed += count(o.notified == ipn.ProofSigned)
		confirmed += count(o.notified == ipn.ProofConfirmed)
		if o.settled != "" {
			settled, how = settled+1, o.settled
		}
	}
	var notifications []string
	if signed > 0 {
		notifications = append(notifications, of(signed, len(orders), "verified"))
	}
	if confirmed > 0 {
		notifications = append(notifications, of(confirmed, len(orders), "confirmed by asking"))
	}
	lost := "-"
	if settled > 0 {
		lost = fmt.Sprintf("%d settled %s", settled, how)
	}
	return []string{
		provider, of(paid, payments, "succeeded"), of(paidOut, payouts, "succeeded"),
		or(strings.Join(notifications, ", "), "-"), lost,
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func of(n, all int, what string) string {
	if all == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d %s", n, all, what)
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
