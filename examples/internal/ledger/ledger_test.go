package ledger_test

import (
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/ledger"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
)

func TestCompare(t *testing.T) {
	orders := []ledger.Order{
		{Kind: ipn.KindPayment, Reference: "order-1", ID: "a", Amount: wapay.XOF.Units(500)},
		{Kind: ipn.KindPayout, Reference: "salary-1", ID: "b", Amount: wapay.XOF.Units(700)},
		{Kind: ipn.KindRefund, Reference: "refund-1", ID: "c", Amount: wapay.XOF.Units(500)},
	}
	funding := sandbox.Entry{Kind: sandbox.Credit, Amount: 1000, Currency: "XOF", Why: "funding"}
	credit := sandbox.Entry{Kind: sandbox.Credit, Amount: 500, Currency: "XOF", Reference: "order-1", ID: "a", Why: "transaction"}
	debit := sandbox.Entry{Kind: sandbox.Debit, Amount: 700, Currency: "XOF", Reference: "salary-1", ID: "b", Why: "transaction"}
	refund := sandbox.Entry{Kind: sandbox.Debit, Amount: 500, Currency: "XOF", Reference: "refund-1", ID: "c", Why: "transaction"}
	more, dollars, reversed, other, another := debit, debit, debit, debit, debit
	more.Amount, dollars.Currency, reversed.Kind, other.Reference, another.ID = 701, "USD", sandbox.Credit, "salary-2", "x"
	for _, test := range []struct {
		name    string
		entries []sandbox.Entry
		want    string
	}{
		{"equal", []sandbox.Entry{funding, debit, credit, refund}, ""},
		{"debited twice", []sandbox.Entry{credit, debit, debit, refund}, "salary-1: 2 entries"},
		{"not debited", []sandbox.Entry{credit, refund}, "salary-1: 0 entries"},
		{"another amount", []sandbox.Entry{credit, more, refund}, "salary-1: the ledger has a debit of 701 XOF"},
		{"another currency", []sandbox.Entry{credit, dollars, refund}, "salary-1: the ledger has a debit of 700 USD"},
		{"another id", []sandbox.Entry{credit, another, refund}, "salary-1: the ledger has a debit"},
		{"the other way", []sandbox.Entry{credit, reversed, refund}, "salary-1: the ledger has a credit"},
		{"one too many", []sandbox.Entry{credit, debit, refund, other}, `the ledger has "salary-2"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := ledger.Compare(test.entries, orders)
			if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%v", err)
			}
		})
	}
}
