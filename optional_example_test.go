package wapay_test

import (
	"context"
	"fmt"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/intramtest"
)

// What a client can do beyond its orders is found by type assertion.
func ExampleLister() {
	provider := barkapaytest.New(barkapaytest.Config{})
	defer provider.Close()
	ctx := context.Background()
	var client wapay.Payer = provider.Client()
	for _, reference := range []string{"order-4521", "order-4522"} {
		if _, err := client.Pay(ctx, wapay.PaymentRequest{Reference: reference, Amount: wapay.XOF.Units(5000)}); err != nil {
			fmt.Println(err)
			return
		}
	}

	lister, ok := client.(wapay.Lister)
	if !ok {
		fmt.Println("this provider lists nothing")
		return
	}
	now := time.Now()
	paid := map[string]wapay.Status{}
	for p, err := range lister.ListPayments(ctx, now.Add(-time.Hour), now.Add(time.Hour)) {
		if err != nil { // the last one, unless it is ErrDecode beside one row
			fmt.Println(err)
			continue
		}
		paid[p.Reference] = p.Status
	}
	fmt.Println(paid)
	// Output: map[order-4521:pending order-4522:pending]
}

// A refund has a reference of its own. Called again with the same one, within
// the time of RepeatSafe, it gives nothing back a second time.
func ExampleRefunder() {
	provider := intramtest.New(intramtest.Config{})
	defer provider.Close()
	ctx, client := context.Background(), provider.Client()
	order := wapay.PaymentRequest{Reference: "order-4521", Amount: wapay.XOF.Units(5000)}
	if _, err := client.Pay(ctx, order); err != nil {
		fmt.Println(err)
		return
	}
	if err := provider.Approve("order-4521"); err != nil { // the customer pays
		fmt.Println(err)
		return
	}

	var refunder wapay.Refunder = client
	for range 2 {
		r, err := refunder.Refund(ctx, wapay.RefundRequest{
			Reference: "order-4521-refund", Payment: wapay.Ref{Reference: "order-4521"},
			Amount: wapay.XOF.Units(1500), Reason: "one shoe",
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.Reference, r.Amount, r.Replayed)
	}
	// Output:
	// order-4521-refund 1500 XOF false
	// order-4521-refund 1500 XOF true
}
