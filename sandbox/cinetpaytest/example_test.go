package cinetpaytest_test

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
)

// A transfer waits until the merchant confirms it by mail. Approve does that
// too, and lets the money arrive.
func Example() {
	provider := cinetpaytest.New(cinetpaytest.Config{})
	defer provider.Close()
	ctx, client := context.Background(), provider.Client()
	phone, _ := wapay.ParsePhone("07 07 12 34 56", "CI")

	p, err := client.Payout(ctx, wapay.PayoutRequest{
		Reference: "salary-1", Amount: wapay.XOF.Units(50_000), NotifyURL: "https://shop.example/ipn",
		Recipient: wapay.Customer{Phone: phone, FirstName: "Awa", LastName: "Koné", Email: "awa@example.com"},
	})
	fmt.Println(p.Status, err)

	_ = provider.Approve("salary-1")
	p, err = client.FindPayout(ctx, wapay.Ref{Reference: "salary-1"})
	fmt.Println(p.Status, err)
	fmt.Println("left:", provider.Balance("transfer/XOF"))
	// Output:
	// pending <nil>
	// succeeded <nil>
	// left: 950000
}
