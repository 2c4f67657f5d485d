package main

import (
	"io"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/ipn"
)

// order is what a shop remembers of a payment, payout or refund, and a row of the table.
type order struct {
	kind        ipn.Kind
	reference   string // our own name for it, chosen before the provider hears of it
	what, who   string
	amount      wapay.Money
	id          string // of Intram's operation
	transaction string // of a payment, its transaction; of a refund, the one that is given back
	status      wapay.Status

	want []news   // the notifications that are to come, in this order
	got  []string // those that came, with the right signature and about this order
}

// news is what a notification says of an order.
type news struct {
	event  string
	status wapay.Status
}

// mask shows no more of a phone number than tells two apart: it is somebody's, and screens and logs are read by
// others.
func mask(p wapay.Phone) string { return p.LogValue().String() }

func printOrders(w io.Writer, orders []*order) error {
	var rows [][]string
	for _, o := range orders {
		notified := "-"
		if o.got != nil {
			notified = strings.Join(o.got, ", ")
		}
		rows = append(rows, []string{o.reference, o.what, o.who, o.amount.String(), o.status.String(), o.id, notified})
	}
	return cli.Table(w, []string{"REFERENCE", "WHAT", "WHO", "AMOUNT", "STATUS", "OPERATION", "NOTIFICATIONS, VERIFIED"}, rows)
}
