// Command intram is a shop that has an account with Intram: it asks a customer for money with a QR code, pays
// out to mobile money and to a bank, gives money back, and is notified of all of it. It also loses the answers
// to two payouts, and shows why nobody is paid twice.
//
//	go run ./examples/intram
//	go run ./examples/intram -amount 2500 -qr order.png
//
// It needs no account: Intram is played by a sandbox inside this program, and nothing leaves the machine.
// With -remote it talks to Intram's own server; see -h.
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
	return cli.Exit("intram", stderr, show(ctx, args, env, stdout))
}

func show(ctx context.Context, args []string, env func(string) string, stdout io.Writer) error {
	in, err := readInput(args, env, stdout)
	if err != nil {
		return err
	}
	limit, open := time.Minute, openSandbox
	if in.flags.Remote {
		limit, open = 5*time.Minute, openRemote // somebody has to open a page and pay
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	s, err := open(in)
	if err != nil {
		return err
	}
	defer s.close(ctx, stdout)
	err = s.run(ctx, stdout)
	if len(s.orders) > 0 { // also beside an error: what was ordered may cost money
		fmt.Fprintln(stdout)
		if err := printOrders(stdout, s.orders); err != nil {
			return err
		}
	}
	return err
}
