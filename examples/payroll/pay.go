package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// payHere pays in this process. It repeats the calls that are worth it, and
// then waits for the payouts to end.
func (in *input) payHere(ctx context.Context, b *books, todo []person) error {
	bar := newProgress(in.stdout, len(todo))
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

// progress is a bar on a terminal, and a line every few seconds elsewhere.
type progress struct {
	out         io.Writer
	bar         *progressbar.ProgressBar // nil if there is no terminal
	total, done int
	began, last time.Time
	note        string // what is waited for
}

func newProgress(out io.Writer, total int) *progress {
	p := &progress{out: out, total: total, began: time.Now(), last: time.Now()}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) && total > 0 {
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("paying"),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("payouts"),
			progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth(),
			progressbar.OptionThrottle(100*time.Millisecond))
	}
	return p
}

func (p *progress) add(n int) {
	p.done += n
	if p.bar != nil {
		_ = p.bar.Add(n)
		return
	}
	if p.done == 0 || time.Since(p.last) < 5*time.Second && p.done < p.total {
		return
	}
	p.last = time.Now()
	rate := float64(p.done) / time.Since(p.began).Seconds()
	left := time.Duration(float64(p.total-p.done) / rate * float64(time.Second))
	fmt.Fprintf(p.out, "%d of %d, %.1f a second, %v left%s\n", p.done, p.total, rate, left.Round(time.Second), p.note)
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Exit()
		fmt.Fprintln(p.out)
	}
}
