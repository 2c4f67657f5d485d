// Command cinetpay shows what a shop does with CinetPay: it takes money on a page that CinetPay hosts, sends
// money to several people at once, and believes no notification before it has asked.
//
//	go run ./examples/cinetpay
//	go run ./examples/cinetpay -amount 2500
//
// It needs no account: CinetPay is played by a sandbox inside this program, and nothing leaves the machine.
// With -remote it talks to CinetPay itself; see -h.
package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
)

func main() { cli.Main(run) }

// run is the program. Its exit status is 0 if everything went as it should, 2 if it was called in the wrong
// way, and otherwise 1.
func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	return cli.Exit("cinetpay", stderr, show(ctx, args, env, stdout))
}

const about = `takes a payment on a hosted page, sends transfers, and shows what happened. Nothing leaves
this machine, unless -remote is given. That needs CINETPAY_API_KEY, CINETPAY_PASSWORD, CINETPAY_SITE_ID and
CINETPAY_NOTIFY_URL in the environment, and with -listen CINETPAY_SECRET_KEY too. It reads the balance and makes one
payment page; it sends no transfers.`

// input is what the user asked for.
type input struct {
	flags  *cli.Flags
	env    func(string) string // not looked at without -remote
	amount wapay.Money
	listen string
}

func readInput(args []string, env func(string) string, stdout io.Writer) (*input, error) {
	in := &input{env: env, flags: cli.NewFlags("cinetpay", about)}
	amount := in.flags.String("amount", "5000", "`francs` (XOF) that the customer pays, a multiple of 5")
	in.flags.StringVar(&in.listen, "listen", "", "with -remote: `address` to receive notifications at, 127.0.0.1:8080,\n"+
		"to which CINETPAY_NOTIFY_URL has to lead; without it nothing is waited for")
	if err := in.flags.Parse(args, stdout); err != nil {
		return nil, err
	}
	if in.listen != "" && !in.flags.Remote {
		return nil, cli.Usage("-listen", "goes with -remote only; the sandbox finds this program by itself")
	}
	var err error
	if in.amount, err = wapay.ParseMoney(*amount, wapay.XOF); err != nil {
		return nil, cli.Usage("-amount", "%s", strings.TrimPrefix(err.Error(), "wapay: "))
	}
	if n := in.amount.MinorUnits(); n <= 0 || n%5 != 0 { // the franc has no cents: its minor unit is the franc
		return nil, cli.Usage("-amount", "%s is not a multiple of 5, and more than 0", in.amount)
	}
	return in, nil
}

func show(ctx context.Context, args []string, env func(string) string, stdout io.Writer) error {
	in, err := readInput(args, env, stdout)
	if err != nil {
		return err
	}
	limit := time.Minute
	if in.listen != "" {
		limit = 10 * time.Minute // somebody has to open the page and pay
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	story := showSandbox
	if in.flags.Remote {
		story = showRemote
	}
	orders, err := story(ctx, in, stdout)
	if len(orders) > 0 { // also beside an error: this is how far it came
		fmt.Fprintln(stdout)
		if err := printOrders(stdout, orders); err != nil {
			return err
		}
	}
	return err
}
