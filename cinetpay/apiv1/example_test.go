package apiv1_test

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
)

// In a direct payment the customer confirms on the phone. The answer to a
// lookup has no amount. So the merchant compares the reference and the id, and
// takes the amount from its own order.
func ExampleClient_Pay() {
	provider := apiv1test.New(apiv1test.Config{}) // in place of CinetPay
	defer provider.Close()
	client := provider.Client()

	ctx := context.Background()
	number, err := wapay.ParsePhone("07 07 07 07 01", "CI")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := client.Pay(ctx, wapay.PaymentRequest{
		Reference: "ORDER-4521", Amount: wapay.XOF.Units(5000), Operator: "MTN_CI", Description: "Rice",
		Customer:  wapay.Customer{Phone: number, FirstName: "Awa", LastName: "Koné", Email: "awa@example.com"},
		ReturnURL: "https://shop.example/thanks", NotifyURL: "https://shop.example/ipn/cinetpay/payments",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Status, p.Action, p.Amount)

	if err := provider.Approve("ORDER-4521"); err != nil { // the customer confirms
		fmt.Println(err)
		return
	}
	found, err := client.FindPayment(ctx, wapay.Ref{ID: p.ID, Reference: p.Reference})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found.Status, found.Amount == wapay.Money{})
	// Output:
	// pending confirm 5000 XOF
	// succeeded true
}
