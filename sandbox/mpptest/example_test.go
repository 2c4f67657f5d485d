package mpptest_test

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// A transaction goes from initiated over pending, processing and transmitted
// to completed. Step takes it one step on.
func Example() {
	provider := mpptest.New(mpptest.Config{})
	defer provider.Close()
	ctx, client := context.Background(), provider.Client()
	phone, _ := wapay.ParsePhone("76 12 34 56", "SL")

	p, err := client.Pay(ctx, wapay.PaymentRequest{
		Reference: "order-4521", Amount: wapay.SLE.Units(50), Operator: "OM", Customer: wapay.Customer{Phone: phone},
	})
	fmt.Println(p.ProviderStatus, err)
	for provider.Step() > 0 {
		p, err = client.FindPayment(ctx, wapay.Ref{ID: p.ID})
		fmt.Println(p.ProviderStatus, p.Status, err)
	}
	// Output:
	// initiated <nil>
	// pending pending <nil>
	// processing pending <nil>
	// transmitted pending <nil>
	// completed succeeded <nil>
}
