package main

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// payHere pays in this process. It repeats the calls that are worth it, and
// then waits for the payouts to end.
func (in *input) payHere(ctx context.Context, b *books, todo []person) error {
	total := len(todo)
	bar := newProgress(in.stdout, total)
	began := time.Now()
	for round := 0; len(todo) > 0 && ctx.Err() == nil && (round == 0 || time.Since(began) < in.wait); round++ {
		again := map[string]bool{}
		for r := range b.j.Via().PayoutAll(ctx, requests(todo), in.bulk()...) {
			if _, ok := journal.RetryAfter(r.Err); ok {
				again[r.Request.Reference] = true
				continue
			}
			bar.add(1)
		}
		todo = slices.DeleteFunc(todo, func(p person) bool { return !again[p.Reference] })
		if round == 0 {
			began = time.Now()
		}
		if len(todo) > 0 {
			wait(ctx, time.Second)
		}
	}
	bar.end()
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted: run it again, and it goes on with who is not paid")
	}
	return nil
}

// bulk returns the options of a run over many payouts.
func (in *input) bulk() []journal.BulkOption {
	opts := []journal.BulkOption{
		journal.Concurrency(in.concurrency),
		journal.OnPause(func(d time.Duration, last error) {
			fmt.Fprintf(in.stderr, "payroll: pausing for %v: %v\n", d.Round(time.Second), last)
		}),
	}
	if in.pace > 0 {
		opts = append(opts, journal.Pace(in.pace, time.Minute))
	}
	return opts
}

func requests(all []person) iter.Seq[wapay.PayoutRequest] {
	return func(yield func(wapay.PayoutRequest) bool) {
		for _, p := range all {
			if !yield(p.request()) {
				return
			}
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
