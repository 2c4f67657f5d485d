// Package ledger compares what an example program believes of its orders with
// the books of the sandbox. A shop cannot: providers do not show their books.
package ledger

import (
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

// Order is an order that has to have moved its money. An empty ID is not
// compared.
type Order struct {
	Kind          ipn.Kind
	Reference, ID string
	Amount        wapay.Money
}

// Compare makes sure that each order moved its money exactly once, and that
// nothing else moved any.
func Compare(entries []sandbox.Entry, orders []Order) error {
	booked := map[string][]sandbox.Entry{}
	for _, e := range entries {
		if e.Why != "funding" { // the opening balances
			booked[e.Reference] = append(booked[e.Reference], e)
		}
	}
	for _, o := range orders {
		want := sandbox.Debit
		if o.Kind == ipn.KindPayment {
			want = sandbox.Credit
		}
		got := booked[o.Reference]
		if len(got) != 1 {
			return fmt.Errorf("%s: %d entries in the ledger, want one %s of %s", o.Reference, len(got), want, o.Amount)
		}
		e := got[0]
		amount := wapay.Currency(e.Currency).Minor(e.Amount)
		if e.Kind != want || amount != o.Amount || o.ID != "" && e.ID != o.ID {
			return fmt.Errorf("%s: the ledger has a %s of %d %s, the table a %s of %s",
				o.Reference, e.Kind, e.Amount, e.Currency, want, o.Amount)
		}
		delete(booked, o.Reference)
	}
	for reference := range booked {
		return fmt.Errorf("the ledger has %q, which is in no table", reference)
	}
	return nil
}
