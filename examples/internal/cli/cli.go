// Package cli is what the example programs share: how they start and end,
// flags, steps and tables. There is nothing in it that a merchant needs; the
// examples themselves are what to read.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Program is an example in a form that a test can call. It returns the exit
// status.
type Program func(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int

// Main runs a program and exits with its status. Ctrl-C ends the program's
// context, so that it can say what it was doing; a second Ctrl-C kills it.
func Main(p Program) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(p(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// UsageError is the error of a program that was called in the wrong way.
type UsageError struct {
	About   string // the flag or environment variable at fault, "-phone"; "" if Message names it
	Message string
}

func (e *UsageError) Error() string {
	if e.About == "" {
		return e.Message
	}
	return e.About + ": " + e.Message
}

// Usage returns a UsageError.
func Usage(about, format string, args ...any) error {
	return &UsageError{About: about, Message: fmt.Sprintf(format, args...)}
}

// Exit writes err on one line of stderr and returns the exit status: 0 for no
// error and for -h, 2 for a [UsageError], 1 for any other.
func Exit(program string, stderr io.Writer, err error) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintln(stderr, strings.Join(strings.Fields(program+": "+err.Error()), " "))
	var usage *UsageError
	if errors.As(err, &usage) {
		return 2
	}
	return 1
}

// Step is one thing that a program does. Do returns what there is to say about
// it, in one line or more.
type Step struct {
	Name string
	Do   func(context.Context) (string, error)
}

// Run does the steps in order, and says so. It stops at the first that fails,
// and returns its error with the step's name; a [UsageError] is returned as it
// is.
func Run(ctx context.Context, out io.Writer, who string, steps []Step) error {
	width := 0
	for _, s := range steps {
		width = max(width, len(s.Name))
	}
	margin := "\n" + strings.Repeat(" ", 2+width+3)
	for _, s := range steps {
		fmt.Fprintf(out, "  %-*s   ", width, s.Name) // before it is done: a step may take a while
		said, err := s.Do(ctx)
		if err != nil {
			fmt.Fprintln(out, "failed")
			var usage *UsageError
			if errors.As(err, &usage) {
				return usage
			}
			return fmt.Errorf("%s, step %q: %w", who, s.Name, err)
		}
		fmt.Fprintln(out, strings.ReplaceAll(said, "\n", margin))
	}
	return nil
}
