//go:build ignore

// One provider: a payment, and what became of it.
package main

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
)

func main() {
	c, err := barkapay.New(barkapay.Credentials{APIKey: "key", APISecret: "secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	phone, _ := wapay.ParsePhone("70656188", "BF")
	fmt.Println(c.Pay(context.Background(), wapay.PaymentRequest{
		Reference: "order-4521", Amount: wapay.XOF.Units(5000), Operator: "MOOV",
		Customer: wapay.Customer{Phone: phone},
	}))
}
