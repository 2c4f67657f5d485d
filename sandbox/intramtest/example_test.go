package intramtest_test

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/intramtest"
)

// A payment request leads to a page, on which the customer pays.
func Example() {
	provider := intramtest.New(intramtest.Config{})
	defer provider.Close()
	ctx, client := context.Background(), provider.Client()

	p, err := client.Pay(ctx, wapay.PaymentRequest{Reference: "order-4521", Amount: wapay.XOF.Units(5000)})
	fmt.Println(p.Status, p.CheckoutURL != "", err)

	_ = provider.Approve("order-4521")
	p, err = client.FindPayment(ctx, wapay.Ref{ID: p.ID})
	fmt.Println(p.Status, err)
	// Output:
	// pending true <nil>
	// succeeded <nil>
}
