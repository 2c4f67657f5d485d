package ipn_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// provider stands for the client of a provider.
type provider struct {
	wapay.Payer
	wapay.Payouter
	payouts []wapay.Payout
}

func (p provider) FindPayment(context.Context, wapay.Ref) (*wapay.Payment, error) {
	return nil, wapay.ErrNotFound
}

func (p provider) FindPayout(_ context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	for _, known := range p.payouts {
		if known.ID == ref.ID {
			return &known, nil
		}
	}
	return nil, wapay.ErrNotFound
}

// A notification that is not signed is a hint. The event is made of the
// provider's answer.
func ExampleCinetPayTransfer() {
	client := provider{payouts: []wapay.Payout{
		{ID: "6CB1A9BE.1528295087", Reference: "PO-1", Status: wapay.StatusFailed, Amount: wapay.XOF.Units(500)},
	}}
	h, err := ipn.NewHandler(ipn.CinetPayTransfer(), func(ctx context.Context, e *ipn.Event) error {
		fmt.Println(e.Kind, e.Reference, e.Status, e.Amount, e.Proof)
		return nil
	}, ipn.WithConfirm(ipn.ConfirmPayouts(client)))
	if err != nil {
		fmt.Println(err)
		return
	}

	// In place of CinetPay, or of somebody who imitates it:
	s := httptest.NewServer(h)
	defer s.Close()
	ping, err := http.Get(s.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	ping.Body.Close()
	fmt.Println(ping.Status)
	for _, id := range []string{"6CB1A9BE.1528295087", "6CB1A9BE.1528295088"} {
		res, err := http.PostForm(s.URL, url.Values{"transaction_id": {id}, "amount": {"9000000"}, "treatment_status": {"VAL"}})
		if err != nil {
			fmt.Println(err)
			return
		}
		res.Body.Close()
		fmt.Println(res.Status)
	}
	// Output:
	// 200 OK
	// payout PO-1 failed 500 XOF confirmed
	// 200 OK
	// 503 Service Unavailable
}

// A merchant tests the handler with a notification of the checkout, and with a
// forged one.
func ExampleCinetPayCheckoutSite() {
	v := ipn.CinetPayCheckoutSite("445160", "secret-key-for-tests")
	h, err := ipn.NewHandler(v, func(_ context.Context, e *ipn.Event) error {
		fmt.Println(e.Kind, e.Reference, e.Amount, e.ProviderStatus, e.Status, e.Proof) // now ask FindPayment
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, secret := range []wapay.Secret{"secret-key-for-tests", "forged"} {
		r, err := ipn.NewCinetPayCheckoutRequest("https://shop.example/ipn/cinetpay", secret,
			ipn.CinetPayCheckoutNotification{
				Reference: "order-4521", Amount: wapay.XOF.Units(5000), SiteID: "445160",
				Fields: map[string]string{"cpm_custom": "cart=17"},
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
	// payment order-4521 5000 XOF SUCCES unknown signed
	// 200
	// 401
}

// MPP's notifications of payments and payouts come to one URL.
func ExampleMPP() {
	client := provider{payouts: []wapay.Payout{
		{ID: "9b60b6c4-bdd0-43e7-a529-520845a16281", Reference: "PO-1", Status: wapay.StatusFailed, Amount: wapay.SLE.Minor(7673884)},
	}}
	h, err := ipn.NewHandler(ipn.MPP(), func(_ context.Context, e *ipn.Event) error {
		fmt.Println(e.Kind, e.Reference, e.Status, e.Amount, e.Proof)
		return nil
	}, ipn.WithConfirm(ipn.ConfirmPayments(client), ipn.ConfirmPayouts(client)))
	if err != nil {
		fmt.Println(err)
		return
	}
	// It claims to be about a payment that succeeded. That is false.
	r := httptest.NewRequest(http.MethodPost, "/ipn/mpp", strings.NewReader(`{
		"id": "9b60b6c4-bdd0-43e7-a529-520845a16281", "external_id": "PO-1", "category": "payment",
		"amount": 76738.84, "currency": {"id": 4, "iso3": "SLE"}, "status": "completed"
	}`))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// payout PO-1 failed 76738.84 SLE confirmed
	// 200
}

// CinetPay's API v1 tells ids only, and signs nothing. Each kind of order gets
// a URL of its own.
func ExampleCinetPayV1() {
	client := provider{payouts: []wapay.Payout{
		{ID: "TRX-81", Reference: "salary-7", Status: wapay.StatusSucceeded, Amount: wapay.XOF.Units(5000)},
	}}
	h, err := ipn.NewHandler(ipn.CinetPayV1(), func(_ context.Context, e *ipn.Event) error {
		fmt.Println(e.Kind, e.Reference, e.Status, e.Amount, e.Proof)
		return nil
	}, ipn.WithConfirm(ipn.ConfirmPayouts(client)))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, id := range []string{"TRX-81", "TRX-82"} {
		r, err := ipn.NewCinetPayV1Request("https://shop.example/ipn/cinetpay-v1/payouts", ipn.CinetPayV1Notification{
			ID: id, Reference: "salary-7",
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
	// 503
}
