package payhub_test

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay/payhub"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

// A client serves one country, and sends each order once.
func Example() {
	ctx := context.Background()
	provider := payhubtest.New(payhubtest.Config{})
	defer provider.Close()

	client, err := payhub.New(payhub.Credentials{
		KeyID: provider.Credentials().KeyID, Secret: provider.Credentials().Secret, Country: "bf",
	}, wapay.WithBaseURL(provider.URL()))
	if err != nil {
		fmt.Println(err)
		return
	}
	phone, _ := wapay.ParsePhone("70 65 61 88", "BF")
	order := wapay.PayoutRequest{
		Reference: "salary-17", Amount: wapay.XOF.Units(25000), Operator: "ORANGE", Recipient: wapay.Customer{Phone: phone},
	}
	for range 2 {
		p, err := client.Payout(ctx, order)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.Status, p.Amount, p.Replayed)
	}
	// Output:
	// pending 25000 XOF false
	// pending 25000 XOF true
}
