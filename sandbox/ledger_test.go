package sandbox_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
)

func TestLedger(t *testing.T) {
	now := time.Unix(1, 0)
	s := sandbox.NewServer(sandbox.Spec{Clock: func() time.Time { return now }})
	defer s.Close()
	l := s.Ledger
	if err := l.Book(sandbox.Entry{Account: "a", Kind: sandbox.Credit, Amount: 100}); err != nil {
		t.Fatal(err)
	}
	// The second debit does not fit: neither is booked.
	err := l.Book(sandbox.Entry{Account: "a", Kind: sandbox.Debit, Amount: 60}, sandbox.Entry{Account: "a", Kind: sandbox.Debit, Amount: 60})
	if !errors.Is(err, sandbox.ErrInsufficient) || l.Balance("a") != 100 || len(l.Entries()) != 1 {
		t.Errorf("%v, balance %d", err, l.Balance("a"))
	}
	if err := l.Book(sandbox.Entry{Account: "a", Kind: sandbox.Debit, Amount: 100, ID: "x"}, sandbox.Entry{Account: "a", Kind: sandbox.Debit}); err != nil {
		t.Fatal(err)
	}
	got := l.EntriesOf("a")
	if len(got) != 2 || got[1].Previous != 100 || got[1].Balance != 0 || got[1].ID != "x" || !got[1].Time.Equal(now) {
		t.Errorf("entries %+v", got)
	}
	if l.Book(sandbox.Entry{Account: "a", Kind: sandbox.Credit, Amount: -1}) == nil {
		t.Error("booked a negative amount")
	}
	l.LimitOverdraft("a", math.MaxInt64)
	if err := l.Book(sandbox.Entry{Account: "a", Kind: sandbox.Debit, Amount: 5}); err != nil || l.Balance("a") != -5 {
		t.Errorf("%v, balance %d", err, l.Balance("a"))
	}
	l.LimitOverdraft("a", 7)
	if err := l.Book(sandbox.Entry{Account: "a", Kind: sandbox.Debit, Amount: 3}); !errors.Is(err, sandbox.ErrInsufficient) {
		t.Errorf("went below the limit: %v", err)
	}
	if err := l.Book(sandbox.Entry{Account: "a", Kind: sandbox.Debit, Amount: 2}); err != nil || l.Balance("a") != -7 {
		t.Errorf("%v, balance %d", err, l.Balance("a"))
	}
}
