// Command quickstart shows what the library does, provider by provider: it
// takes money from a customer, receives the notifications, pays people out, and
// finds out what became of an order whose answer was lost.
//
//	go run ./examples/quickstart
//
// It needs no account: each provider is played by a sandbox inside this
// program, and nothing leaves the machine. The programs in examples/pay,
// payout, settle and webhook work with a real account too.
//
// Read shop.go first: it is the same for all providers. What is particular to
// each is in providers.go and bantu.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/wapay-go/wapay/examples/internal/cli"
)

func main() { cli.Main(run) }

// run is the program. Its exit status is 0 if everything went as it should, 2
// if it was called in the wrong way, and otherwise 1.
func run(ctx context.Context, args []string, _ func(string) string, stdout, stderr io.Writer) int {
	return cli.Exit("quickstart", stderr, quickstart(ctx, args, stdout))
}

// providers opens the shops in the order of the output. Bantu comes after them.
var providers = []func() *shop{openBarkaPay, openPayHub, openIntram, openCinetPay, openCinetPayV1, openMPP}

func quickstart(ctx context.Context, args []string, stdout io.Writer) error {
	const about = "shows what the library does, provider by provider. Nothing leaves this machine."
	if err := cli.Parse(flag.NewFlagSet("quickstart", flag.ContinueOnError), about, args, stdout); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var summary [][]string
	for _, open := range providers {
		s := open()
		orders, err := s.show(ctx, stdout)
		if len(orders) > 0 {
			fmt.Fprintln(stdout)
			err = errors.Join(err, printOrders(stdout, orders))
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(stdout)
		summary = append(summary, summarise(s.provider, orders))
	}
	if err := showBantu(ctx, stdout); err != nil {
		return err
	}
	fmt.Fprintln(stdout)
	return cli.Table(stdout, []string{"PROVIDER", "PAYMENTS", "PAYOUTS", "NOTIFICATIONS", "LOST ANSWERS"}, summary)
}
