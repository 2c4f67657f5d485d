package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/ipn"
)

// order is what a shop remembers of a payment or payout, and one row of the table.
type order struct {
	kind      ipn.Kind // KindPayment or KindPayout
	reference string   // our own name for it, chosen before MPP hears of it
	what      string
	channel   string
	phone     wapay.Phone
	amount    wapay.Money
	fees      wapay.Money // as MPP says
	ours      bool        // whether the fees are the merchant's to pay
	id        string      // MPP's
	status    wapay.Status
	word      string // MPP's own for the status
	why       string // it failed
	confirmed bool   // a callback came, and MPP was asked
}

// pay asks a customer for money, once. Where the answer is lost the customer may have been charged, so the
// one thing to do is to ask what became of the order; to pay again might charge twice.
func pay(ctx context.Context, p wapay.Payer, r wapay.PaymentRequest) (*wapay.Payment, error) {
	payment, err := p.Pay(ctx, r)
	if errors.Is(err, wapay.ErrOutcomeUnknown) {
		return wapay.SettlePayment(ctx, p, wapay.Ref{Reference: r.Reference})
	}
	return payment, err
}

// learn keeps what a callback has brought, unless it was overtaken by what is known already.
func (o *order) learn(e *ipn.Event) {
	if e.Status == o.status || o.status.MayBecome(e.Status) {
		o.status, o.word, o.why = e.Status, e.ProviderStatus, e.Reason
	}
}

func printOrders(w io.Writer, orders []*order) error {
	var rows [][]string
	for _, o := range orders {
		callback, fees := "-", "-"
		if o.confirmed {
			callback = "a hint, then asked"
		}
		if o.fees.Valid() {
			fees = o.fees.Decimal()
		}
		rows = append(rows, []string{
			// A phone number is somebody's: a screen or a log shows no more of it than tells two apart.
			o.reference, o.what, o.channel, o.phone.LogValue().String(), o.amount.String(), fees, o.status.String(), callback,
			shorten(o.id),
		})
	}
	return cli.Table(w, []string{"REFERENCE", "WHAT", "CHANNEL", "PHONE", "AMOUNT", "FEES", "STATUS", "CALLBACK", "MPP ID"}, rows)
}

// shorten is enough of an id to recognise it.
func shorten(id string) string {
	if len(id) > 8 {
		return id[:8] + "…"
	}
	return id
}

// faults are the bad fields that an error names, and what is wrong with each.
func faults(err error) []string {
	var e *wapay.Error
	if !errors.As(err, &e) {
		return nil
	}
	var all []string
	for _, d := range e.Details {
		all = append(all, d.Field+" "+d.Message)
	}
	return all
}

// refused makes of an order that was not even sent, because something in it is wrong, a fault of the input.
func refused(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Kind == wapay.ErrInvalid && e.Outcome == wapay.OutcomeNotSent {
		return cli.Usage("", "not sent: %s", strings.Join(faults(err), "; "))
	}
	return err
}
