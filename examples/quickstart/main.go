// Command quickstart shows what the library does, provider by provider: it takes money from a customer,
// receives the notifications, pays people out, and finds out what became of an order whose answer was lost.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -phone "+221 77 123 45 67" -operator WAVE -amount 2500
//
// It needs no account: each provider is played by a sandbox inside this program, and nothing leaves the
// machine. The programs in examples/pay, payout, settle and webhook work with a real account too.
//
// Each provider has a file of its own, to be read from top to bottom: barkapay.go, payhub.go, intram.go, cinetpay.go,
// cinetpay_v1.go, mpp.go, bantu.go. What they share is in order.go and shop.go.
package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/wapay-go/wapay/examples/internal/cli"
)

func main() { cli.Main(run) }

// run is the program. Its exit status is 0 if everything went as it should, 2 if it was called in the wrong
// way, and otherwise 1.
func run(ctx context.Context, args []string, _ func(string) string, stdout, stderr io.Writer) int {
	return cli.Exit("quickstart", stderr, quickstart(ctx, args, stdout))
}

// providers are shown in this order. Each returns the orders that it made, also beside an error.
var providers = []struct {
	name string
	show func(context.Context, *input, io.Writer) ([]*order, error)
	also string // what else was done there
}{
	{"BarkaPay", showBarkaPay, "operators and balances listed"},
	{"PayHub", showPayHub, "balance read"},
	{"Intram", showIntram, "notifications subscribed to"},
	{"CinetPay", showCinetPay, "balance read"},
	{"CinetPay v1", showCinetPayV1, "balance read"},
	{"MPP", showMPP, "channels listed"},
	{"Bantu", showBantu, "partner enabled, configured, checked"},
}

func quickstart(ctx context.Context, args []string, stdout io.Writer) error {
	in, err := readInput(args, stdout)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()

	var summary [][]string
	for i, p := range providers {
		if i > 0 {
			fmt.Fprintln(stdout)
		}
		orders, err := p.show(ctx, in, stdout)
		if len(orders) > 0 {
			fmt.Fprintln(stdout)
			if err := printOrders(stdout, orders); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		summary = append(summary, append(summarize(p.name, orders), p.also))
	}
	fmt.Fprintln(stdout)
	return printSummary(stdout, summary)
}
