package payhubtest_test

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

// MOOV sends the customer a one-time code once the payment is there. The
// merchant asks for it, and pays again under the same reference with the code.
func Example() {
	ctx := context.Background()
	provider := payhubtest.New(payhubtest.Config{})
	defer provider.Close()
	phone, _ := wapay.ParsePhone("70 65 61 88", "BF")

	request := wapay.PaymentRequest{
		Reference: "order-4521", Amount: wapay.XOF.Units(2500), Operator: "MOOV", Customer: wapay.Customer{Phone: phone},
	}
	p, err := provider.Client().Pay(ctx, request)
	fmt.Println(p.Status, p.Action, err)

	request.OTP = provider.OTP(phone.National()) // as the customer reads it
	p, err = provider.Client().Pay(ctx, request)
	fmt.Println(p.Status, p.Action, err)
	// Output:
	// pending give code <nil>
	// succeeded none <nil>
}
