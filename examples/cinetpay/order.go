package main

import (
	"errors"
	"io"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/ipn"
)

// order is what a shop remembers of a payment or a transfer, and one row of the table.
type order struct {
	reference string // our own name for it, chosen before CinetPay hears of it
	what      string
	payout    bool
	phone     wapay.Phone // of the recipient; the customer of a payment types one on CinetPay's page
	amount    wapay.Money
	id        string // CinetPay's
	status    wapay.Status
	reason    string
	refused   bool   // CinetPay did not take it: there is nothing to look up
	told      string // by what notification we heard of it
	ledger    string // what the sandbox's ledger has booked for it
}

func (o *order) ref() wapay.Ref { return wapay.Ref{Reference: o.reference} }

// learn keeps what CinetPay has said of a transfer.
func (o *order) learn(p *wapay.Payout) { o.id, o.status, o.reason = p.ID, p.Status, p.Reason }

// hear keeps what a notification has brought, unless it was overtaken by what is known already.
func (o *order) hear(e *ipn.Event) {
	if e.Status == o.status || o.status.MayBecome(e.Status) {
		o.status, o.reason = e.Status, e.Reason
	}
	o.told = "signed, confirmed"
	if o.payout {
		o.told = "hint, confirmed"
	}
}

// fail keeps what an error of the call that made the order leaves open: one that was not sent or was rejected is
// not there, and of any other only CinetPay knows.
func (o *order) fail(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && (e.Outcome == wapay.OutcomeNotSent || e.Outcome == wapay.OutcomeRejected) {
		o.refused = true
	}
	return err
}

func printOrders(w io.Writer, orders []*order) error {
	var rows [][]string
	for _, o := range orders {
		status := o.status.String()
		if o.refused {
			status = "not made"
		}
		// A phone number is somebody's: a screen or a log shows no more of it than tells two apart.
		rows = append(rows, []string{
			o.reference, o.what, or(o.phone.LogValue().String()), o.amount.String(), status,
			or(o.told), or(shorten(o.id)), or(o.ledger), or(o.reason),
		})
	}
	return cli.Table(w, []string{
		"REFERENCE", "WHAT", "PHONE", "AMOUNT", "STATUS", "NOTIFICATION", "PROVIDER ID", "LEDGER", "REASON",
	}, rows)
}

func or(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// shorten is enough of an id to recognise it.
func shorten(id string) string {
	if len(id) > 8 {
		return id[:8] + "…"
	}
	return id
}
