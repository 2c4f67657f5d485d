package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/shop/shop"
	"github.com/wapay-go/wapay/sandbox"
)

// play shows everything. It returns an error if something was lost or doubled.
func (t *theatre) play(ctx context.Context, out io.Writer) error {
	where := "SQLite"
	if t.in.postgres != "" {
		where = "PostgreSQL"
	}
	fmt.Fprintf(out, "a shop with its orders in %s; its providers are played by the sandbox in this program\n", where)
	err := cli.Run(ctx, out, "shop", []cli.Step{
		{Name: "open the shop", Do: t.openShop},
		{Name: "place orders", Do: t.placeOrders},
		{Name: "kill it before it saves", Do: t.killBeforeSaving},
		{Name: "have the customers pay", Do: t.endOrdinary},
		{Name: "notify twice", Do: t.notifyTwice},
		{Name: "notify all at once", Do: t.notifyAtOnce},
		{Name: "notify in the wrong order", Do: t.notifyInDisorder},
		{Name: "kill it before it commits", Do: t.killBeforeCommit},
		{Name: "kill it after it commits", Do: t.killAfterCommit},
		{Name: "forge notifications", Do: t.forge},
		{Name: "notify of nobody's order", Do: t.notifyOfNothing},
		{Name: "lose notifications", Do: t.loseNotifications},
	})
	if err != nil {
		return err
	}
	return t.compare(ctx, out)
}

func (t *theatre) openShop(ctx context.Context) (string, error) {
	return "a process of its own, behind a reverse proxy", t.startShop(ctx, shop.Stand{})
}

// placeOrders has the answer to one order cut off, so that the shop has to ask what became of it.
func (t *theatre) placeOrders(ctx context.Context) (string, error) {
	t.mpp.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST", Path: "api/v1/transaction"})
	n := 0
	for _, o := range t.cast {
		if o.role == unsaved {
			continue
		}
		made, err := t.send(ctx, o)
		if err != nil {
			return "", err
		}
		if made.Status != wapay.StatusPending {
			return "", fmt.Errorf("%s of %s is %s", o.reference, o.way, made.Status)
		}
		n++
	}
	if fired := len(t.mpp.Fired()); fired != 1 {
		return "", fmt.Errorf("%d answers were cut off, want 1", fired)
	}
	return fmt.Sprintf("%d, at %d providers in %d ways; the answer to one is cut off, so the shop asks", n, len(t.servers()), len(t.ways)), nil
}

func (t *theatre) endOrdinary(ctx context.Context) (string, error) {
	paid, refused := t.with(ordinary), t.with(declined)
	if err := t.endAll(ctx, append(paid, refused...)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d orders succeed, %d fail", len(paid), len(refused)), t.deliver(ctx)
}

func (t *theatre) notifyTwice(ctx context.Context) (string, error) {
	n := 0
	for _, o := range append(t.with(ordinary), t.with(declined)...) {
		id, err := o.find()
		if err != nil {
			return "", err
		}
		if _, err := o.server.Resend(ctx, id, sandbox.Genuine); err != nil {
			return "", err
		}
		n++
	}
	return fmt.Sprintf("all of that once more, %d notifications", n), t.deliver(ctx)
}

// notifyAtOnce keeps a notification from the shop, and then sends it several times, all of them new to the shop.
func (t *theatre) notifyAtOnce(ctx context.Context) (string, error) {
	const crowd = 6
	if err := t.front.pass(""); err != nil {
		return "", err
	}
	orders := t.with(crowded)
	if err := t.endAll(ctx, orders); err != nil {
		return "", err
	}
	if err := t.front.pass(t.shop.url); err != nil {
		return "", err
	}
	got := map[int]int{}
	for _, o := range orders {
		d, err := o.latest()
		if err != nil {
			return "", err
		}
		statuses, errs := make(chan int, crowd), make(chan error, crowd)
		for range crowd {
			go func() {
				status, err := t.post(ctx, d.URL, d.Header, d.Body)
				statuses <- status
				errs <- err
			}()
		}
		for range crowd {
			if err := <-errs; err != nil {
				return "", err
			}
			got[<-statuses]++
		}
	}
	for status := range got {
		if status != http.StatusOK && status < 500 {
			return "", fmt.Errorf("the shop answers %d to a true notification", status)
		}
	}
	taken := got[http.StatusOK]
	return fmt.Sprintf("%d times each of %d: %d are taken, %d told to come back", crowd, len(orders), taken, crowd*len(orders)-taken),
		t.deliver(ctx)
}

// notifyInDisorder keeps the first notification from the shop until it has the last.
func (t *theatre) notifyInDisorder(ctx context.Context) (string, error) {
	orders := t.with(overtaken)
	if err := t.front.pass(""); err != nil {
		return "", err
	}
	for _, o := range orders {
		if err := o.start(); err != nil {
			return "", err
		}
	}
	if err := t.flush(ctx); err != nil {
		return "", err
	}
	if err := t.front.pass(t.shop.url); err != nil {
		return "", err
	}
	if err := t.endAll(ctx, orders); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d orders of which the shop hears how they ended, and then that they began", len(orders)), t.deliver(ctx)
}

// notifyOfNothing has a provider notify, rightly signed, of an order that is in no books: of another program with the
// same account, say.
func (t *theatre) notifyOfNothing(ctx context.Context) (string, error) {
	const operation = "op_of_somebody_else"
	t.intram.Send("payment_request.paid", operation, map[string]any{
		"status": "paid", "amount": 700, "currency": "XOF", "webhook_data": map[string]string{"reference": "not-ours"},
	})
	if err := t.deliver(ctx); err != nil {
		return "", err
	}
	if _, err := t.intram.Resend(ctx, operation, sandbox.Genuine); err != nil {
		return "", err
	}
	books, err := t.readBooks(ctx)
	if err != nil {
		return "", err
	}
	if len(books.Oddities) != 1 || books.Oddities[0].Reference != "not-ours" {
		return "", fmt.Errorf("what does not fit the books is %v", books.Oddities)
	}
	return "sent twice, and kept once, for a person to look at: " + books.Oddities[0].Said, nil
}

// loseNotifications ends the last orders while there is no shop, and the providers give up.
func (t *theatre) loseNotifications(ctx context.Context) (string, error) {
	books, err := t.readBooks(ctx)
	if err != nil {
		return "", err
	}
	if err := t.stopShop(); err != nil {
		return "", err
	}
	orders := t.with(unreported)
	if err := t.endAll(ctx, orders); err != nil {
		return "", err
	}
	if err := t.startShop(ctx, shop.Stand{}); err != nil {
		return "", err
	}
	settled, err := t.settle(ctx)
	if err != nil {
		return "", err
	}
	if settled != (shop.Settled{Asked: len(orders)}) { // it asks about all that is open: others would have been lost before
		return "", fmt.Errorf("the shop asks about %d orders, of which %d stay open, want %d and 0", settled.Asked, settled.Open, len(orders))
	}
	c := books.Counts
	return fmt.Sprintf("SIGTERM, and %d orders end while there is no shop; so it asks about them\n"+
		"the process before this one had counted %d accepted, %d duplicate, %d in flight, %d failed, refused %v",
		len(orders), c.Accepted, c.Duplicate, c.InFlight, c.Failed, c.Refused), nil
}
