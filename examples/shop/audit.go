package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/shop/shop"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

// compare holds the shop's books against the providers', and prints both.
func (t *theatre) compare(ctx context.Context, out io.Writer) error {
	books, err := t.readBooks(ctx)
	if err != nil {
		return err
	}
	entries := map[string][]sandbox.Entry{}
	for name, s := range t.servers() {
		entries[name] = s.Entries()
	}
	a := audit(t.cast, books, entries)
	fmt.Fprintln(out)
	if err := a.print(out, t.ways); err != nil {
		return err
	}
	all, taken := t.attempts()
	fmt.Fprintf(out, "\n%d notifications sent by the providers, of which %d were taken, by %d processes one after another\n",
		all, taken, t.starts)
	for _, fault := range a.faults {
		fmt.Fprintln(out, fault)
	}
	if len(a.faults) > 0 {
		return fmt.Errorf("the books are wrong in %d places", len(a.faults))
	}
	fmt.Fprintln(out, "nothing lost, nothing doubled")
	return nil
}

// audited is what was found.
type audited struct {
	lines  map[string]*line // by way
	faults []string
}

type line struct {
	orders, succeeded, failed, lost, doubled int
	booked, moved                            wapay.Money // by the shop, and by the provider
}

// audit takes nobody's word: it goes by what the customers did, and by what each side has written down.
func audit(cast []*order, books shop.Books, entries map[string][]sandbox.Entry) *audited {
	a := &audited{lines: map[string]*line{}}
	orders := map[string][]shop.Order{}
	for _, o := range books.Orders {
		orders[o.Reference] = append(orders[o.Reference], o)
	}
	bookings := map[string][]wapay.Money{}
	for _, b := range books.Bookings {
		bookings[b.Reference] = append(bookings[b.Reference], b.Amount)
	}
	moved := a.net(entries)
	for _, o := range cast {
		a.order(o, orders[o.reference], bookings[o.reference], moved[o.provider+" "+o.reference])
		delete(orders, o.reference)
		delete(bookings, o.reference)
		delete(moved, o.provider+" "+o.reference)
	}
	for reference := range orders {
		a.fault("%s is in the shop's books, and nobody ordered it", reference)
	}
	for reference := range bookings {
		a.fault("%s is booked, and nobody ordered it", reference)
	}
	for reference := range moved {
		a.fault("%s has moved money, and nobody ordered it", reference)
	}
	for name, l := range a.lines {
		if l.booked != l.moved {
			a.fault("%s: %s booked, %s moved", name, l.booked, l.moved)
		}
	}
	slices.Sort(a.faults)
	return a
}

func (a *audited) fault(format string, args ...any) {
	a.faults = append(a.faults, fmt.Sprintf(format, args...))
}

// net is what each order has moved in the providers' ledgers, by provider and reference. What was set aside for a payout
// and given back is 0, and still there.
func (a *audited) net(entries map[string][]sandbox.Entry) map[string]wapay.Money {
	net := map[string]wapay.Money{}
	for provider, list := range entries {
		for _, e := range list {
			if e.Why == "funding" { // the opening balances
				continue
			}
			minor := e.Amount
			if e.Kind == sandbox.Debit {
				minor = -minor
			}
			net[provider+" "+e.Reference] = a.add(net[provider+" "+e.Reference], wapay.Currency(e.Currency).Minor(minor))
		}
	}
	return net
}

// order checks one order against both books.
func (a *audited) order(o *order, made []shop.Order, bookings []wapay.Money, moved wapay.Money) {
	l := a.lines[o.way.String()]
	if l == nil {
		l = &line{booked: o.amount.Currency().Minor(0), moved: o.amount.Currency().Minor(0)}
		a.lines[o.way.String()] = l
	}
	want, signed := 0, o.amount
	if o.kind == ipn.KindPayout {
		signed = o.amount.Currency().Minor(-o.amount.MinorUnits())
	}
	l.orders++
	switch o.ended {
	case wapay.StatusSucceeded:
		want = 1
		l.succeeded++
	case wapay.StatusFailed:
		l.failed++
		signed = o.amount.Currency().Minor(0)
	}
	if moved == (wapay.Money{}) {
		moved = o.amount.Currency().Minor(0) // a payment that failed stands in no ledger
	}
	if moved != signed {
		a.fault("%s: %s has moved, want %s", o.reference, moved, signed)
	}
	if len(made) != 1 || made[0].Provider != o.provider || made[0].Kind != o.kind || made[0].Amount != o.amount || made[0].Status != o.ended {
		a.fault("%s, a %s of %s that %s: the shop has %v", o.reference, o.way, o.amount, o.ended, made)
	}
	if len(made) == 0 || len(bookings) < want {
		l.lost++
		a.fault("%s is lost: %d bookings, want %d", o.reference, len(bookings), want)
	}
	if len(made) > 1 || len(bookings) > want {
		l.doubled++
		a.fault("%s is doubled: %d bookings, want %d", o.reference, len(bookings), want)
	}
	for _, b := range bookings {
		if b != signed {
			a.fault("%s: %s is booked, want %s", o.reference, b, signed)
		}
		l.booked = a.add(l.booked, b)
	}
	l.moved = a.add(l.moved, moved)
}

// add is a sum in which the zero value counts as nothing.
func (a *audited) add(x, y wapay.Money) wapay.Money {
	if x == (wapay.Money{}) {
		return y
	}
	sum, err := x.Add(y)
	if err != nil {
		a.fault("%s and %s: %v", x, y, err)
	}
	return sum
}

func (a *audited) print(out io.Writer, ways []*way) error {
	var rows [][]string
	for _, on := range ways {
		l := a.lines[on.String()]
		if l == nil {
			return errors.New("no orders of " + on.String())
		}
		row := []string{on.provider, on.kind.String()}
		for _, n := range []int{l.orders, l.succeeded, l.failed, l.lost, l.doubled} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, append(row, l.booked.String(), l.moved.String()))
	}
	return cli.Table(out, []string{
		"PROVIDER", "KIND", "ORDERS", "SUCCEEDED", "FAILED", "LOST", "DOUBLED", "BOOKED BY THE SHOP", "MOVED BY THE PROVIDER",
	}, rows)
}
