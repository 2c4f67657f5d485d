// Command settle finds out what became of a payment whose answer was lost.
//
//	go run ./examples/settle             loses an answer, at a sandbox inside this program
//	go run ./examples/settle order-4521  asks with BARKAPAY_API_KEY and BARKAPAY_API_SECRET, and moves no money
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
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		client, err := barkapay.New(barkapay.Credentials{
			APIKey: wapay.Secret(os.Getenv("BARKAPAY_API_KEY")), APISecret: wapay.Secret(os.Getenv("BARKAPAY_API_SECRET")),
		})
		if err != nil {
			return err
		}
		return settle(ctx, client, args[0], out)
	}
	provider := barkapaytest.New(barkapaytest.Config{})
	defer provider.Close()
	// The sandbox makes the payment, and cuts the connection before it answers.
	provider.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST"})
	_, err := provider.Client().Pay(ctx, wapay.PaymentRequest{Reference: "order-4521", Amount: wapay.XOF.Units(5000)})
	fmt.Fprintln(out, err)
	if !errors.Is(err, wapay.ErrOutcomeUnknown) {
		return errors.New("an answer was lost, and no error says so")
	}
	return settle(ctx, provider.Client(), "order-4521", out)
}

// settle asks until the provider knows the payment. It never says that there is
// none: see ErrNotFound at SettlePayment.
func settle(ctx context.Context, p wapay.Payer, reference string, out io.Writer) error {
	payment, err := wapay.SettlePayment(ctx, p, wapay.Ref{Reference: reference})
	if err == nil {
		fmt.Fprintf(out, "%s of %s is %s\n", payment.Reference, payment.Amount, payment.Status)
	}
	return err
}
