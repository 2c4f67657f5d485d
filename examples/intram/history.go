package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/ledger"
	"github.com/wapay-go/wapay/intram"
)

// newest is how much of the history is read. The lists fetch page after page as the loop goes on: whoever
// leaves the loop early has read no more than that.
const newest = 20

// listOperations lists what was ordered, and looks for our orders in it.
func (s *shop) listOperations(ctx context.Context) (string, error) {
	var said tally
	found := map[string]bool{}
	for op, err := range s.client.AllOperations(ctx, intram.OperationFilter{Limit: 4}) {
		if err != nil { // comes once, and last
			return "", err
		}
		said.add(string(op.Type))
		found[op.ID] = true
		if said.n == newest {
			break
		}
	}
	for _, o := range s.orders {
		if !found[o.id] {
			return "", fmt.Errorf("%s is not among the newest %d", o.reference, said.n)
		}
	}
	return said.String() + "; ours are among them", nil
}

// listTransactions lists the money that moved. Where nothing is left out it has to add up.
func (s *shop) listTransactions(ctx context.Context) (string, error) {
	var said tally
	for t, err := range s.client.AllTransactions(ctx, intram.TransactionFilter{Limit: 4}) {
		if err != nil {
			return "", err
		}
		said.add(fmt.Sprintf("%s %s", t.Type, t.Status))
		if said.n == newest {
			break
		}
	}
	return said.String(), nil
}

// tally counts by name, in the order in which the names come.
type tally struct {
	n     int
	names []string
	count map[string]int
}

func (t *tally) add(name string) {
	if t.count == nil {
		t.count = map[string]int{}
	}
	if t.count[name] == 0 {
		t.names = append(t.names, name)
	}
	t.count[name]++
	t.n++
}

func (t *tally) String() string {
	var said []string
	for _, name := range t.names {
		said = append(said, fmt.Sprintf("%d %s", t.count[name], name))
	}
	if t.n == 0 {
		return "none"
	}
	if t.n == newest {
		return fmt.Sprintf("the newest %d: %s", t.n, strings.Join(said, ", "))
	}
	return fmt.Sprintf("%d in all: %s", t.n, strings.Join(said, ", "))
}

// compareLedger compares our orders with Intram's books, and the books with the balance that Intram tells.
func (s *shop) compareLedger(ctx context.Context) (string, error) {
	var orders []ledger.Order
	for _, o := range s.orders {
		orders = append(orders, ledger.Order{Kind: o.kind, Reference: o.reference, ID: o.id, Amount: o.amount})
	}
	if err := ledger.Compare(s.sandbox.Entries(), orders); err != nil {
		return "", err
	}
	b, err := s.client.Balance(ctx)
	if err != nil {
		return "", err
	}
	if len(b.Methods) == 0 {
		return "", errors.New("no balance")
	}
	for _, m := range b.Methods {
		if booked := wapay.XOF.Minor(s.sandbox.Balance("sandbox/" + m.Method)); m.Available != booked {
			return "", fmt.Errorf("%s: the balance is %s, in the ledger %s", m.Method, m.Available, booked)
		}
	}
	return fmt.Sprintf("one entry for each of the %d orders, and no other; the balances agree", len(s.orders)), nil
}
