// Command payout sends money to a phone, once, and waits for the end.
//
//	go run ./examples/payout                                         at a sandbox inside this program
//	go run ./examples/payout salary-31 "+226 70 65 61 88" MOOV 5000  with BARKAPAY_API_KEY and _API_SECRET: real money
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	client, err := barkapay.New(barkapay.Credentials{
		APIKey: wapay.Secret(os.Getenv("BARKAPAY_API_KEY")), APISecret: wapay.Secret(os.Getenv("BARKAPAY_API_SECRET")),
	})
	if len(args) == 0 {
		provider := barkapaytest.New(barkapaytest.Config{AutoSettle: true}) // its payouts arrive by themselves
		defer provider.Close()
		client, err = provider.Client(), nil
		args = []string{"salary-31", "+226 70 65 61 88", "MOOV", "5000"}
	}
	if len(args) != 4 {
		return errors.New("want a reference, a phone, an operator and an amount")
	}
	phone, badPhone := wapay.ParsePhone(args[1], "")
	amount, badAmount := wapay.ParseMoney(args[3], wapay.XOF)
	if err := errors.Join(err, badPhone, badAmount); err != nil {
		return err
	}
	ref := wapay.Ref{Reference: args[0]} // yours, and one for each order
	payout, err := client.Payout(ctx, wapay.PayoutRequest{
		Reference: ref.Reference, Amount: amount, Recipient: wapay.Customer{Phone: phone}, Operator: args[2],
	})
	if errors.Is(err, wapay.ErrOutcomeUnknown) && !errors.Is(err, wapay.ErrDuplicate) {
		payout, err = wapay.SettlePayout(ctx, client, ref) // it may have been paid: ask, and never send it again
	}
	if err == nil {
		payout, err = wapay.WaitPayout(ctx, client, ref)
	}
	if err == nil {
		fmt.Fprintf(out, "%s of %s: %s\n", payout.Reference, payout.Amount, payout.Status)
	}
	return err
}
