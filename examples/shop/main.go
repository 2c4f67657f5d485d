// Command webhook shows how a shop receives notifications so that nothing is lost and nothing is done twice, also when
// it is killed in the middle. It starts a shop as a process of its own, with a database, and providers that notify it;
// then it lets happen to the shop what does happen: notifications that come twice, late, at once, or from somebody else,
// and kill -9 at the worst moments. At the end it compares the shop's books with the providers'.
//
//	go run -C examples/shop .
//	go run -C examples/shop . -postgres "postgres://postgres@127.0.0.1:5432/test"
//
// It needs no account: the providers are played by sandboxes inside this program, and nothing leaves the machine but
// what goes to a PostgreSQL server elsewhere.
//
// What to read is package shop: record.go and the routes in shop.go are what a merchant would write.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/shop/shop"
)

func main() { cli.Main(run) }

// playsShop is set in the environment of the process that is the shop. It is no flag so that a test, whose flags are
// not ours, can start the same program.
const playsShop = "WAPAY_EXAMPLE_SHOP"

// run is the program. Its exit status is 0 if everything went as it should, 2 if it was called in the wrong way, and
// otherwise 1: something was lost or doubled, or could not be tried.
func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	if env(playsShop) != "" {
		ctx, stop := context.WithCancel(ctx)
		go func() { _, _ = io.Copy(io.Discard, os.Stdin); stop() }() // until the process that started it is no more
		return cli.Exit("shop", stderr, shop.Run(ctx, shop.FromEnv(env), stdout, stderr))
	}
	return cli.Exit("webhook", stderr, show(ctx, args, stdout, stderr))
}

// input is what the user asked for.
type input struct {
	postgres string
	orders   int
	log      io.Writer // of the shop; nil: nobody reads it
}

func readInput(args []string, stdout, stderr io.Writer) (*input, error) {
	in := &input{}
	flags := flag.NewFlagSet("webhook", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // one line of our own in place of the package's page
	flags.StringVar(&in.postgres, "postgres", "", "`DSN` of a PostgreSQL database, where the shop gets a schema of its own that is\n"+
		"dropped at the end; without it the shop uses SQLite, in a file that is removed")
	flags.IntVar(&in.orders, "orders", 2, "how many ordinary orders `each` of eight ways to move money gets, 1 to 100, beside\n"+
		"those that something happens to")
	verbose := flags.Bool("v", false, "show the shop's log")
	switch err := flags.Parse(args); {
	case err == flag.ErrHelp:
		fmt.Fprint(stdout, "webhook kills a shop while it receives notifications, and shows that nothing is lost or doubled.\n\nFlags:\n")
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil, err
	case err != nil:
		return nil, cli.Usage("", "%v; -h shows the flags", err)
	case flags.NArg() > 0:
		return nil, cli.Usage("", "unexpected argument %q; -h shows the flags", flags.Arg(0))
	case in.orders < 1 || in.orders > 100:
		return nil, cli.Usage("-orders", "%d is not 1 to 100", in.orders)
	}
	if *verbose {
		in.log = stderr
	}
	return in, nil
}

func show(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	in, err := readInput(args, stdout, stderr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	t, err := open(ctx, in)
	if err != nil {
		return err
	}
	defer t.close()
	return t.play(ctx, stdout)
}
