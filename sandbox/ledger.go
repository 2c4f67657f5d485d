package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// EntryKind is the direction of an Entry, seen from the merchant.
type EntryKind string

const (
	Debit  EntryKind = "debit"
	Credit EntryKind = "credit"
)

// Entry is one movement of money. Amount is positive and in minor units of the
// currency.
type Entry struct {
	Time      time.Time
	Account   string // the provider's own name for it
	Kind      EntryKind
	Amount    int64
	Currency  string
	Previous  int64  // balance before
	Balance   int64  // balance after
	Reference string // the merchant's
	ID        string // the provider's
	Why       string
}

// ErrInsufficient says that a movement would take a balance too low.
var ErrInsufficient = errors.New("insufficient balance")

// Errors of the methods that act for the customer or the provider.
var (
	ErrNotFound   = errors.New("sandbox: no such order")
	ErrNotPending = errors.New("sandbox: the order is not pending")
	ErrNoLimit    = errors.New("sandbox: the documents give the order no time limit")
)

// Ledger has every debit and credit of a sandbox, including the opening
// balances. The balance of an account is the sum of its entries.
type Ledger struct {
	clock     func() time.Time
	mu        sync.Mutex
	entries   []Entry
	balances  map[string]int64
	overdraft map[string]int64 // how far below zero an account may go
}

func newLedger(clock func() time.Time) *Ledger {
	return &Ledger{clock: clock, balances: map[string]int64{}, overdraft: map[string]int64{}}
}

// Entries returns all movements in order.
func (l *Ledger) Entries() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries)
}

// EntriesOf returns the movements of one account.
func (l *Ledger) EntriesOf(account string) []Entry {
	return slices.DeleteFunc(l.Entries(), func(e Entry) bool { return e.Account != account })
}

// Balance returns the balance of an account, and 0 for an unknown one.
func (l *Ledger) Balance(account string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.balances[account]
}

// LimitOverdraft lets the balance go below zero by up to limit, in minor units.
func (l *Ledger) LimitOverdraft(account string, limit int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.overdraft[account] = limit
}

// Book enters all entries, or none if one of them would take a balance too low.
// It leaves out entries with an amount of 0.
func (l *Ledger) Book(entries ...Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	after := map[string]int64{}
	for i := range entries {
		e := &entries[i]
		if e.Amount < 0 {
			return fmt.Errorf("sandbox: negative amount %d", e.Amount)
		}
		if _, ok := after[e.Account]; !ok {
			after[e.Account] = l.balances[e.Account]
		}
		e.Time, e.Previous = l.clock(), after[e.Account]
		e.Balance = e.Previous + e.Amount
		if e.Kind == Debit {
			e.Balance = e.Previous - e.Amount
		}
		if e.Kind == Debit && -e.Balance > l.overdraft[e.Account] {
			return ErrInsufficient
		}
		after[e.Account] = e.Balance
	}
	for account, balance := range after {
		l.balances[account] = balance
	}
	l.entries = append(l.entries, slices.DeleteFunc(entries, func(e Entry) bool { return e.Amount == 0 })...)
	return nil
}

// MustBook books entries, and panics if it cannot.
func (l *Ledger) MustBook(entries ...Entry) {
	if err := l.Book(entries...); err != nil {
		panic(err)
	}
}

// Open books the opening balance of an account.
func (l *Ledger) Open(account, currency string, amount int64) {
	l.MustBook(Entry{Account: account, Kind: Credit, Amount: amount, Currency: currency, ID: "opening", Why: "funding"})
}
