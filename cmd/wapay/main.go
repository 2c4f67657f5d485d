// Command wapay helps a merchant to build on mobile money without an account:
//
//	wapay sandbox    runs stand-ins for all providers, with a web page
//	wapay trigger    sends one notification to a URL
//	wapay doctor     checks keys, clock and addresses against a provider
//
// Each command shows its help with -h.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

const usage = `wapay helps a merchant to build on mobile money.

  wapay sandbox    runs stand-ins for all providers, with a web page
  wapay trigger    sends one notification to a URL
  wapay doctor     checks keys, clock and addresses against a provider

Each says more with -h.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// program has the environment and the outputs of a command.
type program struct {
	env            func(string) string
	stdout, stderr io.Writer
}

var commands = map[string]func(*program, context.Context, []string) error{
	"sandbox": (*program).sandbox, "trigger": (*program).trigger, "doctor": (*program).doctor,
}

// run runs a command and returns the exit status: 0 for success, 1 if the
// command found a fault, 2 for bad input.
func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	p := &program{env, stdout, stderr}
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	var err error
	title := "wapay"
	command := commands[name]
	switch {
	case command != nil:
		title += " " + name
		err = command(p, ctx, args)
	case slices.Contains([]string{"help", "-h", "-help", "--help"}, name):
		fmt.Fprint(stdout, usage)
	case name == "":
		err = badInput("want sandbox, trigger or doctor; -h says more")
	default:
		err = badInput("want sandbox, trigger or doctor, not %q", name)
	}
	var bad inputError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errFound):
		return 1
	}
	fmt.Fprintln(stderr, oneLine(title+": "+err.Error()))
	if errors.As(err, &bad) {
		return 2
	}
	return 1
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// errFound ends a command that has already printed its errors.
var errFound = errors.New("something is wrong")

// inputError says that a command was called in a wrong way.
type inputError struct{ message string }

func (e inputError) Error() string { return e.message }

func badInput(format string, args ...any) error { return inputError{fmt.Sprintf(format, args...)} }

// flags returns the flags of a command. Its help is about and the flags.
func (p *program) flags(name, about string) *flag.FlagSet {
	f := flag.NewFlagSet("wapay "+name, flag.ContinueOnError)
	f.SetOutput(io.Discard) // one line of our own in place of the package's page
	f.Usage = func() {
		fmt.Fprintf(p.stdout, "%s\n\nFlags:\n", about)
		f.SetOutput(p.stdout)
		f.PrintDefaults()
		f.SetOutput(io.Discard)
	}
	return f
}

// parse reads the flags.
func (p *program) parse(f *flag.FlagSet, args []string) error {
	help := f.Usage
	f.Usage = func() {}
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		help()
		return err
	case err != nil:
		return badInput("%v; -h shows the flags", err)
	case f.NArg() > 0:
		return badInput("unexpected argument %q; -h shows the flags", f.Arg(0))
	}
	return nil
}
