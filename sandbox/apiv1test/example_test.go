package apiv1test_test

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
)

// A transfer whose answer is lost is settled by asking, and not sent again.
func Example() {
	provider := apiv1test.New(apiv1test.Config{})
	defer provider.Close()
	client := provider.Client()
	phone, err := wapay.ParsePhone("07 07 99 00 04", "CI") // 990004: the answer is lost
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	_, err = client.Payout(ctx, wapay.PayoutRequest{
		Reference: "SALARY-1", Amount: wapay.XOF.Units(5000), Recipient: wapay.Customer{Phone: phone}, Operator: "OM_CI",
		Description: "Salary", NotifyURL: "https://shop.example/ipn/cinetpay/transfers",
	})
	fmt.Println(wapay.NotDone(err))
	if err := provider.Flush(ctx); err != nil { // the operator has paid
		fmt.Println(err)
		return
	}
	p, err := wapay.SettlePayout(ctx, client, wapay.Ref{Reference: "SALARY-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Status, p.Amount, provider.Count("POST", "v1/transfer"))
	// Output:
	// false
	// succeeded 5000 XOF 1
}
