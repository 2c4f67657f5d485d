// Command webhook receives the notifications of a provider.
//
//	go run ./examples/webhook                 of a sandbox inside this program, until one has come
//	go run ./examples/webhook 127.0.0.1:8080  with BARKAPAY_API_KEY, _API_SECRET and _IPN_KEY, behind https
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	secret := func(name string) wapay.Secret { return wapay.Secret(os.Getenv(name)) }
	key, apiKey, apiSecret := secret("BARKAPAY_IPN_KEY"), secret("BARKAPAY_API_KEY"), secret("BARKAPAY_API_SECRET")
	client, err := barkapay.New(barkapay.Credentials{APIKey: apiKey, APISecret: apiSecret})
	var provider *barkapaytest.Server
	if len(args) == 0 {
		provider = barkapaytest.New(barkapaytest.Config{})
		defer provider.Close()
		client, key, err = provider.Client(), provider.SCIIPNKey(), nil // without an operator: a payment link, of the SCI app
	}
	if err != nil {
		return err
	}
	handler, err := ipn.NewHandler(ipn.BarkaPay(key), func(_ context.Context, e *ipn.Event) error {
		_, err := fmt.Fprintf(out, "%s %s of %s: %s, %s\n", e.Kind, e.Reference, e.Amount, e.Status, e.Proof)
		return err // BarkaPay sends it again
	}, ipn.WithStore(ipn.NewMemoryStore()), ipn.WithConfirm(ipn.ConfirmPayments(client), ipn.ConfirmPayouts(client)))
	switch {
	case err != nil:
		return err
	case len(args) > 0:
		return http.ListenAndServe(args[0], handler)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	provider.Notify(server.URL)
	_, err = client.Pay(ctx, wapay.PaymentRequest{Reference: "order-4521", Amount: wapay.XOF.Units(5000)})
	if err = errors.Join(err, provider.Approve("order-4521")); err != nil { // the customer pays
		return err
	}
	return provider.WaitDelivered(ctx, "order-4521")
}
