package sandbox

import (
	"errors"
	"testing"
	"time"
)

func TestLedger(t *testing.T) {
	now := time.Unix(1, 0)
	l := newLedger(func() time.Time { return now })
	if err := l.book(Entry{Account: "a", Kind: Credit, Amount: 100}); err != nil {
		t.Fatal(err)
	}
	// The second debit does not fit: neither is booked.
	err := l.book(Entry{Account: "a", Kind: Debit, Amount: 60}, Entry{Account: "a", Kind: Debit, Amount: 60})
	if !errors.Is(err, errInsufficient) || l.Balance("a") != 100 || len(l.Entries()) != 1 {
		t.Errorf("%v, balance %d", err, l.Balance("a"))
	}
	if err := l.book(Entry{Account: "a", Kind: Debit, Amount: 100, ID: "x"}, Entry{Account: "a", Kind: Debit}); err != nil {
		t.Fatal(err)
	}
	got := l.EntriesOf("a")
	if len(got) != 2 || got[1].Previous != 100 || got[1].Balance != 0 || got[1].ID != "x" || !got[1].Time.Equal(now) {
		t.Errorf("entries %+v", got)
	}
	if l.book(Entry{Account: "a", Kind: Credit, Amount: -1}) == nil {
		t.Error("booked a negative amount")
	}
	l.AllowOverdraft("a")
	if err := l.book(Entry{Account: "a", Kind: Debit, Amount: 5}); err != nil || l.Balance("a") != -5 {
		t.Errorf("%v, balance %d", err, l.Balance("a"))
	}
	l.LimitOverdraft("a", 7)
	if err := l.book(Entry{Account: "a", Kind: Debit, Amount: 3}); !errors.Is(err, errInsufficient) {
		t.Errorf("went below the limit: %v", err)
	}
	if err := l.book(Entry{Account: "a", Kind: Debit, Amount: 2}); err != nil || l.Balance("a") != -7 {
		t.Errorf("%v, balance %d", err, l.Balance("a"))
	}
}

// checkLedger asks that every account's balance is the sum of its entries and never was below zero.
func checkLedger(t *testing.T, l *Ledger) {
	t.Helper()
	sums := map[string]int64{}
	for _, e := range l.Entries() {
		if e.Previous != sums[e.Account] {
			t.Errorf("%+v does not follow %d", e, sums[e.Account])
		}
		if e.Kind == Credit {
			sums[e.Account] += e.Amount
		} else {
			sums[e.Account] -= e.Amount
		}
		if e.Balance != sums[e.Account] || e.Balance < 0 {
			t.Errorf("%+v, want balance %d", e, sums[e.Account])
		}
	}
	for account, sum := range sums {
		if l.Balance(account) != sum {
			t.Errorf("balance of %s is %d, want %d", account, l.Balance(account), sum)
		}
	}
}
