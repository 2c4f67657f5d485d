package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"syscall"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/ledger"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/intramtest"
)

// play shows everything. It returns an error if something was lost or doubled.
func (t *theatre) play(ctx context.Context, out io.Writer) error {
	return cli.Run(ctx, out, "shop", []cli.Step{
		{Name: "open the shop", Do: t.openShop},
		{Name: "check carts out", Do: t.checkAllOut},
		{Name: "kill it after it sends", Do: t.killSent},
		{Name: "kill it before it sends", Do: t.killUnsent},
		{Name: "have the customers pay", Do: t.endOrdinary},
		{Name: "kill it before it commits", Do: t.killStanding("before", killedBefore)},
		{Name: "kill it after it commits", Do: t.killStanding("after", killedAfter)},
		{Name: "notify again, and forge", Do: t.notifyAgain},
		{Name: "notify of nobody's order", Do: t.notifyOfNothing},
		{Name: "refund by hand", Do: t.refundAll},
		{Name: "lose notifications", Do: t.loseNotifications},
		{Name: "compare the books", Do: t.compare},
	})
}

func (t *theatre) openShop(ctx context.Context) (string, error) {
	database := "SQLite"
	if t.env["SHOP_POSTGRES"] != "" {
		database = "PostgreSQL"
	}
	return "a process of its own, with four providers, and its journal in " + database, t.startShop(ctx, "")
}

// checkAllOut cuts off the answers to some orders, and makes one provider
// refuse an order.
func (t *theatre) checkAllOut(ctx context.Context) (string, error) {
	orders := t.with(ordinary, declined, killedBefore, killedAfter, unreported, failedOver)
	for _, o := range orders {
		switch o.role {
		case unreported:
			o.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST", Path: o.pay})
		case failedOver:
			o.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, RetryAfter: "3600", Method: "POST", Path: o.pay})
		}
		if err := t.checkOut(ctx, o); err != nil {
			return "", err
		}
		if o.role == failedOver {
			o.provider = t.providers[1]
		}
	}
	return fmt.Sprintf("%d; the answers to %d are cut off, so the shop asks; one is refused, so the next provider gets it",
		len(orders), len(t.with(unreported))), nil
}

// killSent kills the shop when the provider has the order, and the shop does
// not know that.
func (t *theatre) killSent(ctx context.Context) (string, error) {
	victims := t.with(killedSent)
	errs := []error{t.killSending(ctx, victims, false, t.checkOut)}
	for _, o := range victims {
		errs = append(errs, t.checkOut(ctx, o))
	}
	return fmt.Sprintf("kill -9 with %d orders; each customer tries again, and the shop finds the order", len(victims)),
		errors.Join(errs...)
}

// killUnsent kills the shop when it is about to send. The next process cannot
// see the difference.
func (t *theatre) killUnsent(ctx context.Context) (string, error) {
	victims := t.with(killedUnsent)
	if err := t.killSending(ctx, victims, true, t.checkOut); err != nil {
		return "", err
	}
	held := 0
	for _, o := range victims {
		err := t.checkOut(ctx, o)
		if errors.Is(err, errHeld) { // a person looks into the provider's dashboard
			held++
			if slices.ContainsFunc(o.Orders(), func(there sandbox.Order) bool { return there.Reference == o.reference }) {
				return "", fmt.Errorf("%s has %s, and the shop does not find it", o.name, o.reference)
			}
			_, err = t.ask(ctx, "POST", "/release/"+o.reference, nil)
			err = errors.Join(err, t.checkOut(ctx, o))
		}
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("kill -9 with %d orders, which no provider knows. Where a repeat is safe it is sent again;\n"+
		"the other %d wait until a person has looked into the provider's dashboard", len(victims), held), nil
}

func (t *theatre) endOrdinary(ctx context.Context) (string, error) {
	orders, refused := t.with(ordinary, failedOver, killedSent, killedUnsent, declined), len(t.with(declined))
	return fmt.Sprintf("%d pay, %d do not", len(orders)-refused, refused), errors.Join(t.end(orders...), t.deliver(ctx))
}

// killStanding kills one shop for each order, before or after it commits a
// notification.
func (t *theatre) killStanding(when string, which role) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		victims := t.with(which)
		before, err := t.readBooks(ctx)
		for _, o := range victims {
			stand := when + " the commit of " + o.reference
			if err := errors.Join(t.startShop(ctx, stand), t.end(o)); err != nil {
				return "", err
			}
			if !t.lines.Scan() || t.lines.Text() != "standing "+stand {
				return "", fmt.Errorf("the shop says %q", t.lines.Text())
			}
		}
		if err := errors.Join(err, t.startShop(ctx, ""), t.deliver(ctx)); err != nil {
			return "", err
		}
		after, err := t.readBooks(ctx)
		if n := len(after.Bookings) - len(before.Bookings); err == nil && n != len(victims) {
			err = fmt.Errorf("%d are booked", n)
		}
		return fmt.Sprintf("kill -9 with %d orders, one after another; the news comes again, and each is booked once",
			len(victims)), err
	}
}

// notifyAgain sends the true notifications again and at once, and forgeries of
// them.
func (t *theatre) notifyAgain(ctx context.Context) (string, error) {
	before, err := t.readBooks(ctx)
	if err != nil {
		return "", err
	}
	orders := t.with(ordinary, declined)
	hows := []sandbox.SendMode{
		sandbox.SendGenuine, sandbox.SendGenuine, sandbox.SendLate, sandbox.SendTampered, sandbox.SendForged,
	}
	errs := make(chan error)
	for _, o := range orders {
		for _, how := range hows {
			go func() {
				_, err := o.Resend(ctx, o.reference, how)
				errs <- err
			}()
		}
	}
	n := len(orders) * len(hows)
	for range n {
		err = errors.Join(err, <-errs)
	}
	after, bad := t.readBooks(ctx)
	if err = errors.Join(err, bad, t.deliver(ctx)); err == nil && !reflect.DeepEqual(before, after) {
		err = errors.New("the books have changed")
	}
	return fmt.Sprintf("%d: repeated, a day old, with another amount, with another key; the books stay the same", n), err
}

// notifyOfNothing has a provider notify of an order of another program with the
// same account.
func (t *theatre) notifyOfNothing(ctx context.Context) (string, error) {
	t.providers[2].server.(*intramtest.Server).Send("payment_request.paid", "op_of_somebody_else", map[string]any{
		"status": "paid", "amount": 700, "currency": "XOF", "webhook_data": map[string]string{"reference": "not-ours"},
	})
	err := t.deliver(ctx)
	books, bad := t.readBooks(ctx)
	if err = errors.Join(err, bad); err == nil && books.Foreign != 1 {
		err = fmt.Errorf("%d notifications of nobody's order, want 1", books.Foreign)
	}
	return "counted and logged; it makes no order", err
}

// refundAll refunds an order of each provider. The shop is killed meanwhile,
// and a person presses the button again.
func (t *theatre) refundAll(ctx context.Context) (string, error) {
	victims := t.with(killedSent)
	if err := t.killSending(ctx, victims, false, t.refund); err != nil {
		return "", err
	}
	for _, o := range victims {
		if err := errors.Join(t.refund(ctx, o), t.refund(ctx, o), o.Approve("refund-"+o.reference)); err != nil {
			return "", err
		}
		o.refunded = true
	}
	const told = "%d, with kill -9 in the middle; the button is pressed three times, and the money goes once"
	return fmt.Sprintf(told, len(victims)), t.deliver(ctx)
}

// loseNotifications ends the last orders while no shop runs. The next shop gets
// no notification, and asks the providers.
func (t *theatre) loseNotifications(ctx context.Context) (string, error) {
	for _, p := range t.providers {
		p.HoldNotifications(true)
	}
	orders := t.with(unreported)
	t.http.CloseIdleConnections()
	err := errors.Join(t.shop.Process.Signal(syscall.SIGTERM), t.shop.Wait(), t.end(orders...), t.startShop(ctx, ""))
	if err != nil {
		return "", err
	}
	books, err := t.readBooks(ctx)
	for err == nil && len(books.Open) > 0 {
		if err = pause(ctx); err == nil {
			books, err = t.readBooks(ctx)
		}
	}
	return fmt.Sprintf("SIGTERM, and %d orders end while there is no shop; the next sweep finds out", len(orders)), err
}

// compare compares the shop's bookings and the providers' ledgers with what the
// customers did.
func (t *theatre) compare(ctx context.Context) (string, error) {
	books, err := t.readBooks(ctx)
	if err != nil || len(books.Open) > 0 {
		return "", errors.Join(err, fmt.Errorf("still open: %v", books.Open))
	}
	var want []ledger.Order
	paid, refunded := 0, 0
	for _, o := range t.orders {
		if !slices.Contains(books.Carts, [3]string{o.reference, o.status.String()}) {
			return "", fmt.Errorf("%s is not %s in the shop's books", o.reference, o.status)
		}
		if o.status == wapay.StatusSucceeded {
			paid++
			want = append(want, ledger.Order{Kind: ipn.KindPayment, Reference: o.reference, Amount: o.amount})
		}
		if o.refunded {
			refunded++
			want = append(want, ledger.Order{Kind: ipn.KindPayout, Reference: "refund-" + o.reference, Amount: o.amount})
		}
	}
	var booked, moved []sandbox.Entry
	for _, b := range books.Bookings {
		var amount wapay.Money
		err = errors.Join(err, amount.UnmarshalText([]byte(b[2])))
		booked = append(booked, sandbox.Entry{
			Reference: b[0], Kind: sandbox.EntryKind(b[1]), Amount: amount.MinorUnits(), Currency: string(amount.Currency()),
		})
	}
	for _, p := range t.providers {
		moved = append(moved, p.Entries()...)
	}
	return fmt.Sprintf("%d orders, %d paid, %d refunded, %d processes one after another; what the shop has booked is\n"+
			"what its providers have moved: nothing lost, nothing doubled", len(t.orders), paid, refunded, t.starts),
		errors.Join(err, ledger.Compare(moved, want), ledger.Compare(booked, want))
}
