// Command pay asks a customer for money, once, and waits for the end.
//
//	go run ./examples/pay                                          at a sandbox inside this program
//	go run ./examples/pay order-4521 "+226 70 65 61 88" MOOV 5000  with BARKAPAY_API_KEY and _API_SECRET: real money
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
		provider := barkapaytest.New(barkapaytest.Config{AutoSettle: true}) // its customers confirm by themselves
		defer provider.Close()
		client, err = provider.Client(), nil
		args = []string{"order-4521", "+226 70 65 61 88", "MOOV", "5000"}
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
	payment, err := client.Pay(ctx, wapay.PaymentRequest{
		Reference: ref.Reference, Amount: amount, Customer: wapay.Customer{Phone: phone}, Operator: args[2],
	})
	if errors.Is(err, wapay.ErrOutcomeUnknown) && !errors.Is(err, wapay.ErrDuplicate) {
		payment, err = wapay.SettlePayment(ctx, client, ref) // it may have been charged: ask, and never pay again
	}
	if err == nil {
		payment, err = wapay.WaitPayment(ctx, client, ref)
	}
	if err == nil {
		fmt.Fprintf(out, "%s of %s: %s\n", payment.Reference, payment.Amount, payment.Status)
	}
	return err
}
