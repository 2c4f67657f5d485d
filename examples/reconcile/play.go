package main

import (
	"context"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

// play makes orders, and has things go wrong at the provider.
func play(ctx context.Context, j *journal.Journal, provider *barkapaytest.Server) error {
	if err := j.CreateSchema(ctx); err != nil {
		return err
	}
	phone, err := wapay.ParsePhone("70 65 61 88", "BF")
	for i := 1; i <= 5 && err == nil; i++ {
		_, err = j.Via().Pay(ctx, wapay.PaymentRequest{
			Reference: fmt.Sprintf("order-%d", i), Amount: wapay.XOF.Units(5000), Operator: "MOOV",
			Customer: wapay.Customer{Phone: phone},
		})
	}
	if err != nil {
		return err
	}
	if err := provider.Approve("order-1"); err != nil { // and the notification does not come
		return err
	}
	if err := provider.Forget("order-2"); err != nil {
		return err
	}
	if err := provider.Alter("order-3", sandbox.Change{Amount: 4500}); err != nil {
		return err
	}
	_, err = provider.Copy("order-4", "order-99") // that the journal has not made
	return err
}
