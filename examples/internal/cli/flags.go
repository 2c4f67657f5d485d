package cli

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

// Flags are a program's flags: those that every example has, and those that it adds with the methods of
// [flag.FlagSet].
type Flags struct {
	*flag.FlagSet
	Remote    bool // talk to the provider's own server; without it nothing leaves this machine
	RealMoney bool // the user knows what that may cost
	about     string
}

// NewFlags returns the flags of a program; about says what it does, for -h.
func NewFlags(program, about string) *Flags {
	f := &Flags{FlagSet: flag.NewFlagSet(program, flag.ContinueOnError), about: about}
	f.BoolVar(&f.Remote, "remote", false, "talk to the provider's own server, with the keys in the environment,\n"+
		"instead of the sandbox in this program")
	f.BoolVar(&f.RealMoney, "real-money", false, "with -remote: yes, at a provider without a sandbox this moves real money")
	return f
}

// Parse reads the arguments. Its error is a [UsageError], or [flag.ErrHelp] after the help was written to stdout.
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
	case f.RealMoney && !f.Remote:
		return Usage("-real-money", "goes with -remote only; without it no money can move")
	}
	return nil
}

// Given reports whether the user gave the flag.
func (f *Flags) Given(name string) bool {
	given := false
	f.Visit(func(g *flag.Flag) { given = given || g.Name == name })
	return given
}

// WantRealMoney refuses -remote without -real-money, at a provider that has nothing to try things out with.
func (f *Flags) WantRealMoney(provider string) error {
	if f.Remote && !f.RealMoney {
		return Usage("-remote", "%s documents no sandbox, so this would move real money; add -real-money if that is what you want", provider)
	}
	return nil
}

// Env reads variables that have to be set, and names all that are not.
func Env(env func(string) string, names ...string) (map[string]string, error) {
	values := make(map[string]string, len(names))
	var missing []string
	for _, name := range names {
		if values[name] = env(name); values[name] == "" {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return nil, Usage("-remote", "not set in the environment: %s", strings.Join(missing, ", "))
	}
	return values, nil
}
