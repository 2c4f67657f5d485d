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
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
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
type UsageError struct{ error }

// Usage returns a UsageError about a flag or an environment variable, "-file".
func Usage(about, format string, args ...any) error {
	return UsageError{fmt.Errorf("%s: %w", about, fmt.Errorf(format, args...))}
}

// Exit writes err on one line of stderr and returns the exit status: 0 for no
// error and for -h, 2 for a [UsageError], 1 for any other.
func Exit(program string, stderr io.Writer, err error) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintln(stderr, strings.Join(strings.Fields(strings.ReplaceAll(program+": "+err.Error(), "\n", "; ")), " "))
	if errors.As(err, new(UsageError)) {
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
// and returns its error with the step's name.
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
			return fmt.Errorf("%s, step %q: %w", who, s.Name, err)
		}
		fmt.Fprintln(out, strings.ReplaceAll(said, "\n", margin))
	}
	return nil
}

// Parse reads the arguments of a program; about says what it does, for -h. Its
// error is a [UsageError], or [flag.ErrHelp] after the help was written to
// stdout.
func Parse(f *flag.FlagSet, about string, args []string, stdout io.Writer) error {
	f.SetOutput(io.Discard) // one line of our own in place of the package's page
	f.Usage = func() {}
	switch err := f.Parse(args); {
	case err == flag.ErrHelp:
		fmt.Fprintf(stdout, "%s %s\n\nFlags:\n", f.Name(), about)
		f.SetOutput(stdout)
		f.PrintDefaults()
		return err
	case err != nil:
		return UsageError{fmt.Errorf("%w; -h shows the flags", err)}
	case f.NArg() > 0:
		return UsageError{fmt.Errorf("unexpected argument %q; -h shows the flags", f.Arg(0))}
	}
	return nil
}

// Table writes rows under a header, in columns as wide as they need to be.
func Table(w io.Writer, header []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, cells := range append([][]string{header}, rows...) {
		if _, err := io.WriteString(t, strings.Join(cells, "\t")+"\n"); err != nil {
			return err
		}
	}
	return t.Flush()
}

// LoopbackClient returns an HTTP client that can reach this machine only, and
// uses no proxy: whatever an example does with it on the sandbox, nothing
// leaves the machine.
func LoopbackClient() *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			addr, err := netip.ParseAddrPort(address)
			if err != nil || !addr.Addr().IsLoopback() {
				return nil, fmt.Errorf("%s is not on this machine", address)
			}
			return dialer.DialContext(ctx, network, address)
		},
	}}
}
