package cli

import (
	"flag"
	"fmt"
	"io"
)

// Flags are a program's flags. The program adds them with the methods of
// [flag.FlagSet].
type Flags struct {
	*flag.FlagSet
	about string
}

// NewFlags returns the flags of a program; about says what it does, for -h.
func NewFlags(program, about string) *Flags {
	return &Flags{FlagSet: flag.NewFlagSet(program, flag.ContinueOnError), about: about}
}

// Parse reads the arguments. Its error is a [UsageError], or [flag.ErrHelp]
// after the help was written to stdout.
func (f *Flags) Parse(args []string, stdout io.Writer) error {
	f.SetOutput(io.Discard) // one line of our own in place of the package's page
	f.Usage = func() {}
	switch err := f.FlagSet.Parse(args); {
	case err == flag.ErrHelp:
		fmt.Fprintf(stdout, "%s %s\n\nFlags:\n", f.Name(), f.about)
		f.SetOutput(stdout)
		f.PrintDefaults()
		return err
	case err != nil:
		return Usage("", "%v; -h shows the flags", err)
	case f.NArg() > 0:
		return Usage("", "unexpected argument %q; -h shows the flags", f.Arg(0))
	}
	return nil
}

// Given reports whether the user gave the flag.
func (f *Flags) Given(name string) bool {
	given := false
	f.Visit(func(g *flag.Flag) { given = given || g.Name == name })
	return given
}
