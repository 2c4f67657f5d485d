package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/ledger"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/intramtest"
)

// play shows everything. It returns an error if something was lost or doubled.
func (t *theatre) play(ctx context.Context, out io.Writer) error {
	err := cli.Run(ctx, out, "shop", []cli.Step{
		{Name: "open the shop", Do: t.openShop},
		{Name: "check carts out", Do: t.checkAllOut},
		{Name: "kill it after it sends", Do: t.killSent},
		{Name: "kill it before it sends", Do: t.killUnsent},
		{Name: "have the customers pay", Do: t.endOrdinary},
		{Name: "kill it before it commits", Do: t.killBeforeCommit},
		{Name: "kill it after it commits", Do: t.killAfterCommit},
		{Name: "notify again, and forge", Do: t.notifyAgain},
		{Name: "notify of nobody's order", Do: t.notifyOfNothing},
		{Name: "refund by hand", Do: t.refundAll},
		{Name: "lose notifications", Do: t.loseNotifications},
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	return t.compare(ctx, out)
}

func (t *theatre) openShop(ctx context.Context) (string, error) {
	return "a process of its own, with four providers, and its journal in " + t.database(), t.startShop(ctx, "")
}

func (t *theatre) database() string {
	if t.env["SHOP_POSTGRES"] != "" {
		return "PostgreSQL"
	}
	return "SQLite"
}

// checkAllOut has the answers to some orders cut off, and one provider refuse an order.
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

// killSent kills the shop when the provider has the order, and the shop does not know that.
func (t *theatre) killSent(ctx context.Context) (string, error) {
	victims := t.with(killedSent)
	var errs []error
	for _, o := range victims {
		errs = append(errs, t.killWhile(ctx, o.provider, o.pay, false, func(ctx context.Context) error { return t.checkOut(ctx, o) }))
	}
	for _, o := range victims {
		errs = append(errs, t.checkOut(ctx, o))
	}
	return fmt.Sprintf("kill -9 with %d orders; each customer tries again, and the shop finds the order", len(victims)), errors.Join(errs...)
}

// killUnsent kills the shop when it is about to send. To the next process it looks the same.
func (t *theatre) killUnsent(ctx context.Context) (string, error) {
	victims := t.with(killedUnsent)
	for _, o := range victims {
		err := t.killWhile(ctx, o.provider, o.pay, true, func(ctx context.Context) error { return t.checkOut(ctx, o) })
		if err != nil {
			return "", err
		}
	}
	held := 0
	for _, o := range victims {
		err := t.checkOut(ctx, o)
		if errors.Is(err, errHeld) { // a person looks into the provider's dashboard
			held++
			if slices.ContainsFunc(o.Orders(), func(there sandbox.Order) bool { return there.Reference == o.reference }) {
				return "", fmt.Errorf("%s has %s, and the shop does not find it", o.name, o.reference)
			}
			err = errors.Join(t.ask(ctx, "/release/"+o.reference, nil), t.checkOut(ctx, o))
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

func (t *theatre) killBeforeCommit(ctx context.Context) (string, error) {
	return t.killStanding(ctx, "before", t.with(killedBefore), 0)
}

func (t *theatre) killAfterCommit(ctx context.Context) (string, error) {
	victims := t.with(killedAfter)
	return t.killStanding(ctx, "after", victims, len(victims))
}

// killStanding kills one shop for each order, before or after the commit of what it was notified of.
func (t *theatre) killStanding(ctx context.Context, when string, victims []*order, want int) (string, error) {
	before, err := t.readBooks(ctx)
	for _, o := range victims {
		stand := when + " the commit of " + o.reference
		t.killShop()
		if err := errors.Join(t.startShop(ctx, stand), t.end(o)); err != nil {
			return "", err
		}
		if !t.lines.Scan() || t.lines.Text() != "standing "+stand {
			return "", fmt.Errorf("the shop says %q", t.lines.Text())
		}
	}
	if err := errors.Join(err, t.restartShop(ctx), t.deliver(ctx)); err != nil {
		return "", err
	}
	after, err := t.readBooks(ctx)
	if n := len(after.Bookings) - len(before.Bookings); err == nil && n != len(victims) {
		err = fmt.Errorf("%d are booked", n)
	}
	return fmt.Sprintf("kill -9 with %d orders, one after another; the news comes again, and each is booked once", len(victims)), err
}

// notifyAgain has the true notifications come again and at once, and what a thief makes of them.
func (t *theatre) notifyAgain(ctx context.Context) (string, error) {
	before, err := t.readBooks(ctx)
	if err != nil {
		return "", err
	}
	orders, hows := t.with(ordinary, declined), []sandbox.How{sandbox.Genuine, sandbox.Genuine, sandbox.Late, sandbox.Tampered, sandbox.Forged}
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
	return fmt.Sprintf("%d: repeated, a day old, with another amount, with another key; the books are what they were", n), err
}

// notifyOfNothing has a provider notify of an order of another program with the same account.
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

// refundAll refunds an order of each provider. The shop is killed meanwhile, and a person presses the button again.
func (t *theatre) refundAll(ctx context.Context) (string, error) {
	victims := t.with(killedSent)
	for _, o := range victims {
		err := t.killWhile(ctx, o.provider, o.payout, false, func(ctx context.Context) error { return t.refund(ctx, o) })
		if err != nil {
			return "", err
		}
	}
	for _, o := range victims {
		if err := errors.Join(t.refund(ctx, o), t.refund(ctx, o), o.Approve("refund-"+o.reference)); err != nil {
			return "", err
		}
		o.refunded = true
	}
	return fmt.Sprintf("%d, with kill -9 in the middle; the button is pressed three times, and the money goes once", len(victims)),
		t.deliver(ctx)
}

// loseNotifications ends the last orders while there is no shop. Its successor is told nothing, and asks.
func (t *theatre) loseNotifications(ctx context.Context) (string, error) {
	for _, p := range t.providers {
		p.HoldNotifications(true)
	}
	orders := t.with(unreported)
	if err := errors.Join(t.stopShop(), t.end(orders...), t.startShop(ctx, "")); err != nil {
		return "", err
	}
	for {
		books, err := t.readBooks(ctx)
		if err == nil && len(books.Open) == 0 {
			return fmt.Sprintf("SIGTERM, and %d orders end while there is no shop; the sweep of the next one finds out", len(orders)), nil
		}
		if err := errors.Join(err, pause(ctx)); err != nil {
			return "", fmt.Errorf("%v are still open: %w", books.Open, err)
		}
	}
}

// compare holds the shop's bookings and the providers' ledgers against what the customers did.
func (t *theatre) compare(ctx context.Context, out io.Writer) error {
	books, err := t.readBooks(ctx)
	if err != nil {
		return err
	}
	if len(books.Open) > 0 {
		return fmt.Errorf("%v are still open", books.Open)
	}
	var all []ledger.Order
	var rows [][]string
	for _, p := range t.providers {
		var moved []ledger.Order
		paid, refused, sum := 0, 0, p.amount.Currency().Minor(0)
		for _, o := range t.orders {
			switch {
			case books.Carts[o.reference] != o.status.String():
				return fmt.Errorf("%s is %s in the shop's books, want %s", o.reference, books.Carts[o.reference], o.status)
			case o.name != p.name:
				continue
			case o.status != wapay.StatusSucceeded:
				refused++
				continue
			}
			paid++
			moved = append(moved, ledger.Order{Kind: ipn.KindPayment, Reference: o.reference, Amount: o.amount})
			if o.refunded {
				moved = append(moved, ledger.Order{Kind: ipn.KindPayout, Reference: "refund-" + o.reference, Amount: o.amount})
			} else {
				sum = sum.Currency().Minor(sum.MinorUnits() + o.amount.MinorUnits())
			}
		}
		if err := ledger.Compare(p.Entries(), moved); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		all = append(all, moved...)
		rows = append(rows, []string{p.name, strconv.Itoa(paid), strconv.Itoa(refused), strconv.Itoa(len(moved) - paid), sum.String()})
	}
	if err := ledger.Compare(books.Bookings, all); err != nil {
		return fmt.Errorf("the shop's books: %w", err)
	}
	if err := cli.Table(out, []string{"PROVIDER", "PAID", "DECLINED", "REFUNDED", "BOOKED BY THE SHOP, AND MOVED BY THE PROVIDER"}, rows); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d processes one after another: nothing lost, nothing doubled\n", t.starts)
	return nil
}
