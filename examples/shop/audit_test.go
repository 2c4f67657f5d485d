package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/shop/shop"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

// books are right ones: a payment and a payout that succeeded, and one of each that failed.
type books struct {
	cast    []*order
	shop    shop.Books
	entries map[string][]sandbox.Entry
}

func rightBooks() *books {
	in, out := &way{provider: "bank", kind: ipn.KindPayment}, &way{provider: "bank", kind: ipn.KindPayout}
	b := &books{entries: map[string][]sandbox.Entry{"bank": {{Kind: sandbox.Credit, Amount: 9999, Currency: "XOF", Why: "funding"}}}}
	add := func(reference string, on *way, amount int64, ended wapay.Status) {
		money := wapay.XOF.Units(amount)
		b.cast = append(b.cast, &order{way: on, reference: reference, amount: money, ended: ended})
		b.shop.Orders = append(b.shop.Orders, shop.Order{
			Reference: reference, Provider: on.provider, Kind: on.kind, Amount: money, Status: ended, ID: "id-" + reference,
		})
	}
	move := func(reference string, kind sandbox.EntryKind, amount int64) {
		b.entries["bank"] = append(b.entries["bank"], sandbox.Entry{Reference: reference, Kind: kind, Amount: amount, Currency: "XOF"})
	}
	add("in", in, 500, wapay.StatusSucceeded)
	add("in-failed", in, 600, wapay.StatusFailed)
	add("out", out, 70, wapay.StatusSucceeded)
	add("out-failed", out, 80, wapay.StatusFailed)
	move("in", sandbox.Credit, 500)
	move("out", sandbox.Debit, 70)
	move("out-failed", sandbox.Debit, 80)
	move("out-failed", sandbox.Credit, 80)
	b.shop.Bookings = []shop.Booking{{Reference: "in", Amount: wapay.XOF.Units(500)}, {Reference: "out", Amount: wapay.XOF.Units(-70)}}
	return b
}

func TestAuditFindsWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		change        func(*books)
		want          string // in one of the faults; "": there are none
		lost, doubled int
	}{
		"nothing": {change: func(*books) {}},
		"doubled booking": {
			change: func(b *books) { b.shop.Bookings = append(b.shop.Bookings, b.shop.Bookings[0]) },
			want:   "in is doubled: 2 bookings, want 1", doubled: 1,
		},
		"lost booking": {
			change: func(b *books) { b.shop.Bookings = b.shop.Bookings[1:] },
			want:   "in is lost: 0 bookings, want 1", lost: 1,
		},
		"booked failure": {
			change: func(b *books) {
				b.shop.Bookings = append(b.shop.Bookings, shop.Booking{Reference: "in-failed", Amount: wapay.XOF.Units(600)})
			},
			want: "in-failed is doubled: 1 bookings, want 0", doubled: 1,
		},
		"lost order": {
			change: func(b *books) { b.shop.Orders = slices.Delete(b.shop.Orders, 2, 3) },
			want:   "out is lost", lost: 1,
		},
		"doubled order": {
			change: func(b *books) { b.shop.Orders = append(b.shop.Orders, b.shop.Orders[3]) },
			want:   "out-failed is doubled", doubled: 1,
		},
		"order still open": {
			change: func(b *books) { b.shop.Orders[0].Status = wapay.StatusPending },
			want:   "in, a bank payment of 500 XOF that succeeded: the shop has",
		},
		"another amount booked": {
			change: func(b *books) { b.shop.Bookings[0].Amount = wapay.XOF.Units(5000) },
			want:   "bank payment: 5000 XOF booked, 500 XOF moved",
		},
		"paid out twice": {
			change: func(b *books) { b.entries["bank"] = append(b.entries["bank"], b.entries["bank"][2]) },
			want:   "out: -140 XOF has moved, want -70 XOF",
		},
		"paid out to nobody": {
			change: func(b *books) {
				b.entries["bank"] = append(b.entries["bank"], sandbox.Entry{Reference: "thief", Kind: sandbox.Debit, Amount: 1, Currency: "XOF"})
			},
			want: "bank thief has moved money, and nobody ordered it",
		},
		"booking of nothing": {
			change: func(b *books) {
				b.shop.Bookings = append(b.shop.Bookings, shop.Booking{Reference: "thief", Amount: wapay.XOF.Units(1)})
			},
			want: "thief is booked, and nobody ordered it",
		},
		"order of nobody": {
			change: func(b *books) { b.shop.Orders = append(b.shop.Orders, shop.Order{Reference: "thief"}) },
			want:   "thief is in the shop's books, and nobody ordered it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := rightBooks()
			test.change(b)
			a := audit(b.cast, b.shop, b.entries)
			lost, doubled := 0, 0
			for _, l := range a.lines {
				lost, doubled = lost+l.lost, doubled+l.doubled
			}
			if lost != test.lost || doubled != test.doubled {
				t.Errorf("%d lost, %d doubled, want %d and %d", lost, doubled, test.lost, test.doubled)
			}
			if test.want == "" && len(a.faults) > 0 {
				t.Errorf("right books have faults: %q", a.faults)
			}
			if !strings.Contains(strings.Join(a.faults, "\n"), test.want) {
				t.Errorf("no %q in %q", test.want, a.faults)
			}
		})
	}
}
