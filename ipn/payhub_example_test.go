package ipn_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// PayHub signs the id and the status only. The provider's answer adds the
// reference and the amount.
func ExamplePayHub() {
	const id = "0197c2d0-5d5c-7e63-8f4e-2b1f6a9c3d11"
	client := provider{payouts: []wapay.Payout{
		{ID: id, Reference: "salary-7", Status: wapay.StatusSucceeded, Amount: wapay.XOF.Units(5000)},
	}}
	h, err := ipn.NewHandler(ipn.PayHub("whsec_for_tests"), func(_ context.Context, e *ipn.Event) error {
		fmt.Println(e.Kind, e.Reference, e.Status, e.Amount, e.Proof)
		return nil
	}, ipn.WithConfirm(ipn.ConfirmPayments(client), ipn.ConfirmPayouts(client)))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, secret := range []wapay.Secret{"whsec_for_tests", "whsec_forged"} {
		r, err := ipn.NewPayHubRequest("https://shop.example/ipn/payhub/bf", secret, ipn.PayHubNotification{
			Kind: ipn.KindPayout, ID: id,
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// payout salary-7 succeeded 5000 XOF confirmed
	// 200
	// 401
}
