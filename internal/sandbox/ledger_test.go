package sandbox

import (
	"errors"
	"testing"
	"time"
)

func TestLedger(t *testing.T) {
	now := time.Unix(1, 0)
	s := start(serverConfig{clock: func() time.Time { return now }})
	defer s.Close()
	l := s.Ledger
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
