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

// payouts stands for a client, which asks the provider.
type payouts map[wapay.Ref]wapay.Status

func (p payouts) FindPayout(_ context.Context, ref wapay.Ref) (*wapay.Payout, error) {
	return &wapay.Payout{ID: ref.ID, Reference: ref.Reference, Status: p[ref]}, nil
}

// A notification that is not signed is a hint. What is acted on is the provider's answer.
func ExampleCinetPayTransfer() {
	client := payouts{{ID: "6CB1A9BE.1528295087", Reference: "PO-1"}: wapay.StatusPending}
	h, err := ipn.NewHandler(ipn.CinetPayTransfer(), func(ctx context.Context, e *ipn.Event) error {
		fmt.Println("hint:", e.Reference, e.ProviderStatus, e.Status, e.Proof)
		p, err := client.FindPayout(ctx, wapay.Ref{ID: e.ID, Reference: e.Reference})
		if err != nil {
			return err // 500: it may come again
		}
		fmt.Println("asked:", p.Reference, p.Status)
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	// In place of CinetPay, or of somebody who would like to be taken for it:
	s := httptest.NewServer(h)
	defer s.Close()
	ping, err := http.Get(s.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	ping.Body.Close()
	fmt.Println(ping.Status)
	res, err := http.PostForm(s.URL, url.Values{
		"transaction_id": {"6CB1A9BE.1528295087"}, "client_transaction_id": {"PO-1"}, "treatment_status": {"VAL"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	res.Body.Close()
	fmt.Println(res.Status)
	// Output:
	// 200 OK
	// hint: PO-1 VAL unknown none
	// asked: PO-1 pending
	// 200 OK
}

// A merchant's test of what the handler does with a notification of the checkout, and with a forged one.
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
		r, err := ipn.NewCinetPayCheckoutRequest("https://shop.example/ipn/cinetpay", secret, ipn.CinetPayCheckoutNotification{
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

func ExampleMPP() {
	h, err := ipn.NewHandler(ipn.MPP(), func(_ context.Context, e *ipn.Event) error {
		fmt.Println(e.Kind, e.Reference, e.Amount, e.ProviderStatus, e.Status, e.Proof) // now ask FindPayout
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest(http.MethodPost, "/ipn/mpp", strings.NewReader(`{
		"id": "9b60b6c4-bdd0-43e7-a529-520845a16281", "external_id": "PO-1", "category": "transfer",
		"amount": 76738.84, "currency": {"id": 4, "iso3": "SLE"}, "status": "completed"
	}`))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// payout PO-1 76738.84 SLE completed unknown none
	// 200
}
