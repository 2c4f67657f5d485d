// Command mpp shows what the library does with MPP, the Merchant Payment Platform: it reads the channels of a
// business and their rules, takes money from a customer, pays people out, treats callbacks as the hints that they
// are, and finds out what became of a payout whose answer was lost.
//
//	go run ./examples/mpp
//	go run ./examples/mpp -phone "+232 76 123456" -channel AFM -amount 120.50
//
// It needs no account: MPP is played by a sandbox inside this program, and nothing leaves the machine. With
// -remote it talks to MPP's own server; see -h.
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
func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	return cli.Exit("mpp", stderr, show(ctx, args, env, stdout))
}

func show(ctx context.Context, args []string, env func(string) string, stdout io.Writer) error {
	in, err := readInput(args, stdout)
	if err != nil {
		return err
	}
	limit := time.Minute
	if in.flags.Remote {
		limit = 5 * time.Minute // somebody has to find a phone and confirm
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if in.flags.Remote {
		return showRemote(ctx, in, env, stdout)
	}
	return showSandbox(ctx, in, stdout)
}

func showSandbox(ctx context.Context, in *input, out io.Writer) error {
	s, err := openShop(in)
	if err != nil {
		return err
	}
	defer s.close()
	fmt.Fprintln(out, "MPP, played by the sandbox in this program: no account, no network, no money")
	err = cli.Run(ctx, out, "MPP", []cli.Step{
		{Name: "ask who we are", Do: s.readBusiness},
		{Name: "read the balance", Do: s.readBalance},
		{Name: "list the channels", Do: s.listChannels},
		{Name: "break a channel's rules", Do: s.breakRules},
		{Name: "ask whose wallet it is", Do: s.validateAccount},
		{Name: "charge a customer", Do: s.chargeCustomer},
		{Name: "pay three people", Do: s.payPeople},
		{Name: "follow the statuses", Do: s.followStatuses},
		{Name: "receive the callbacks", Do: s.receiveCallbacks},
		{Name: "disbelieve a forged one", Do: s.disbelieve},
		{Name: "list by pages", Do: s.listByPages},
		{Name: "outlive a token", Do: s.outliveToken},
		{Name: "compare with the ledger", Do: s.compareLedger},
	})
	if len(s.orders) > 0 {
		fmt.Fprintln(out)
		if err := printOrders(out, s.orders); err != nil {
			return err
		}
	}
	return err
}
