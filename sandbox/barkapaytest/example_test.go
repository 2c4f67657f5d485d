package barkapaytest_test

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

// Orange in Burkina Faso wants a one-time code, which the customer reads on the
// phone.
func Example() {
	provider := barkapaytest.New(barkapaytest.Config{})
	defer provider.Close()
	phone, _ := wapay.ParsePhone("07 44 55 66", "BF")

	p, err := provider.Client().Pay(context.Background(), wapay.PaymentRequest{
		Reference: "order-4521", Amount: wapay.XOF.Units(2500), Operator: "ORANGE", OTP: provider.OTP(phone.National()),
		Customer: wapay.Customer{Phone: phone},
	})
	fmt.Println(p.Status, err)
	// Output: succeeded <nil>
}
