// Command shop shows how a shop on package journal charges customers and
// refunds them. Nothing is lost and nothing is done twice, also when it is
// killed in the middle. It starts a shop as a process of its own, with a
// database, and providers around it. Then it makes everything happen to the
// shop: answers that are cut off, notifications that come twice, never or from
// somebody else, and kill -9 at the worst moments. At the end it compares the
// shop's books with the providers'.
//
//	go run -C examples/shop .
//	go run -C examples/shop . -postgres "postgres://postgres@127.0.0.1:5432/test"
//
// It needs no account: the providers are played by sandboxes inside this
// program, and nothing leaves the machine but what goes to a PostgreSQL server
// elsewhere.
//
// Read package shop first: it is what a merchant would write.
package main

import (
	"context"
	"flag"
	"io"
	"net"
	"os"
	"time"

	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/shop/shop"
)

func main() { cli.Main(run) }

// playsShop is set in the environment of the process that is the shop. It is no
// flag: a test has flags of its own.
const playsShop = "WAPAY_EXAMPLE_SHOP"

// run returns 0 if everything went as it should, 2 if it was called in the
// wrong way, and otherwise 1.
func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	if env(playsShop) != "" {
		return cli.Exit("the shop", stderr, playShop(ctx, env, stdout, stderr))
	}
	return cli.Exit("shop", stderr, show(ctx, args, stdout, stderr))
}

// playShop runs the shop on the socket that it inherits, until the process that
// started it has gone.
func playShop(ctx context.Context, env func(string) string, stdout, stderr io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); stop() }()
	listener, err := net.FileListener(os.NewFile(3, "socket"))
	if err != nil {
		return err
	}
	return shop.Run(ctx, env, listener, stdout, stderr)
}

func show(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	const about = "kills a shop at the worst moments, and shows that nothing is lost or doubled."
	flags := flag.NewFlagSet("shop", flag.ContinueOnError)
	postgres := flags.String("postgres", "", "`DSN` of a PostgreSQL database, for a schema that is dropped at the end")
	verbose := flags.Bool("v", false, "show the shop's log")
	if err := cli.Parse(flags, about, args, stdout); err != nil {
		return err
	}
	if !*verbose {
		stderr = io.Discard
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	t, err := open(ctx, *postgres, stderr)
	if err != nil {
		return err
	}
	defer t.close()
	return t.play(ctx, stdout)
}
