package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress is a bar on a terminal, and a line every few seconds elsewhere.
type progress struct {
	out         io.Writer
	bar         *progressbar.ProgressBar // nil if there is no terminal
	total, done int
	began, last time.Time
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
	fmt.Fprintf(p.out, "%d of %d, %.1f a second, %v left\n", p.done, p.total, rate, left.Round(time.Second))
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Exit()
		fmt.Fprintln(p.out)
	}
}
