package testkit

import (
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
)

// Fault is a fault with the error that an order must give.
type Fault struct {
	Name  string
	Fault sandbox.Fault
	Kind  error // nil: a result
	Odd   bool  // the client does not know the result's status
}

// Faults returns the faults that are the same for all providers, and more.
func Faults(more ...Fault) []Fault {
	return append([]Fault{
		{"cut", sandbox.Fault{Kind: sandbox.FaultCut}, wapay.ErrUnavailable, false},
		{"cut before", sandbox.Fault{Kind: sandbox.FaultCut, Before: true}, wapay.ErrUnavailable, false},
		{"reset", sandbox.Fault{Kind: sandbox.FaultReset}, wapay.ErrUnavailable, false},
		{"reset before", sandbox.Fault{Kind: sandbox.FaultReset, Before: true}, wapay.ErrUnavailable, false},
		{"hang", sandbox.Fault{Kind: sandbox.FaultHang}, wapay.ErrUnavailable, false},
		{"hang before", sandbox.Fault{Kind: sandbox.FaultHang, Before: true}, wapay.ErrUnavailable, false},
		{"html", sandbox.Fault{Kind: sandbox.FaultHTML}, wapay.ErrUnavailable, false},
		{"html before", sandbox.Fault{Kind: sandbox.FaultHTML, Before: true}, wapay.ErrUnavailable, false},
		{"html 200", sandbox.Fault{Kind: sandbox.FaultHTML, Code: 200}, wapay.ErrDecode, false},
		{"html 404", sandbox.Fault{Kind: sandbox.FaultHTML, Code: 404}, wapay.ErrDecode, false},
		{"html 503, asked to wait", sandbox.Fault{Kind: sandbox.FaultHTML, Code: 503, RetryAfter: "0"},
			wapay.ErrUnavailable, false},
		{"redirect", sandbox.Fault{Kind: sandbox.FaultRedirect}, wapay.ErrDecode, false},
		{"redirect before", sandbox.Fault{Kind: sandbox.FaultRedirect, Before: true}, wapay.ErrDecode, false},
		{"empty", sandbox.Fault{Kind: sandbox.FaultEmpty}, wapay.ErrDecode, false},
		{"empty before", sandbox.Fault{Kind: sandbox.FaultEmpty, Before: true}, wapay.ErrDecode, false},
		{"truncated", sandbox.Fault{Kind: sandbox.FaultTruncated}, wapay.ErrUnavailable, false},
		{"half json", sandbox.Fault{Kind: sandbox.FaultHalfJSON}, wapay.ErrDecode, false},
		{"unknown status", sandbox.Fault{Kind: sandbox.FaultUnknownStatus}, nil, true},
		{"numbers as strings", sandbox.Fault{Kind: sandbox.FaultNumbersAsStrings}, nil, false},
		{"strings as numbers", sandbox.Fault{Kind: sandbox.FaultStringsAsNumbers}, nil, false},
	}, more...)
}

// Timeout ends an attempt that hangs. The others have all the time they need.
func Timeout(f sandbox.Fault) wapay.Option {
	if f.Kind == sandbox.FaultHang {
		return wapay.WithTimeout(150 * time.Millisecond)
	}
	return wapay.WithTimeout(10 * time.Second)
}

// Quickly makes a waiter give up after a few lookups.
func Quickly() []wapay.PollOption {
	return []wapay.PollOption{wapay.PollEvery(time.Millisecond, time.Millisecond), wapay.PollFor(20 * time.Millisecond)}
}

// Moved returns the amounts that a ledger has booked for a reference, with
// negative amounts for debits.
func Moved(entries []sandbox.Entry, reference string) (amounts []int64) {
	for _, e := range entries {
		if e.Reference != reference {
			continue
		}
		if e.Kind == sandbox.Debit {
			e.Amount = -e.Amount
		}
		amounts = append(amounts, e.Amount)
	}
	return amounts
}
