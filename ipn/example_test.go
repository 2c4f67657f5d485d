package ipn_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

// BarkaPay's notification: a customer has paid 10,200 francs for the order
// 41b7388e4ab38.
const notification = `{
	"public_id": "cd47b5eb-7ea3-45de-b15b-dca18ac871e9",
	"amount": 10200,
	"sender_phonenumber": "70656188",
	"sender_country": "BFA",
	"status": 1,
	"order_id": "41b7388e4ab38",
	"txid": "WMRCH240404.1349.F06808",
	"order_data": null,
	"reason": "Successfully received payment.",
	"type": "payment",
	"hash": "abf167db9e257825d61479a41b1f0296cad50e485edf39cd7d02ee9c0451a8c22d0cf0d1421c68a7cb8d36adf29f9f46b62d5e335d04f911e48c15d041a89418"
}`

func ExampleBarkaPay() {
	v := ipn.BarkaPay("ipn-key-for-tests") // the IPN encryption key of the app

	e, err := v.Verify(nil, []byte(notification))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Kind, e.Reference, e.Status, e.Amount)

	forged := strings.Replace(notification, "10200", "1020000", 1)
	_, err = v.Verify(nil, []byte(forged))
	fmt.Println(errors.Is(err, ipn.ErrSignature))
	// Output:
	// payment 41b7388e4ab38 succeeded 10200 XOF
	// true
}

func ExampleNewHandler() {
	settle := func(_ context.Context, e *ipn.Event) error {
		if e.Kind == ipn.KindPayment && e.Status.Final() {
			fmt.Println("order", e.Reference, e.Status)
		}
		return nil
	}
	var counters ipn.Counters
	h, err := ipn.NewHandler(ipn.BarkaPay("ipn-key-for-tests"), settle,
		ipn.WithStore(ipn.NewMemoryStore()), ipn.WithTimeout(10*time.Second), ipn.WithCounters(&counters))
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/ipn/barkapay", h)

	// In place of BarkaPay:
	s := httptest.NewServer(mux)
	defer s.Close()
	for _, body := range []string{notification, notification, "{}"} {
		res, err := http.Post(s.URL+"/ipn/barkapay", "application/json", strings.NewReader(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		res.Body.Close()
		fmt.Println(res.Status)
	}
	fmt.Println(&counters)
	// Output:
	// order 41b7388e4ab38 succeeded
	// 200 OK
	// 200 OK
	// 400 Bad Request
	// {"accepted":1,"duplicate":1,"in_flight":0,"failed":0,"refused":{"malformed":1}}
}

// A merchant tests the handler with a payment, and with a forged one.
func ExampleNewBarkaPayRequest() {
	h, err := ipn.NewHandler(ipn.BarkaPay("ipn-key-for-tests"), func(_ context.Context, e *ipn.Event) error {
		fmt.Println(e.Kind, e.Reference, e.Status, e.Amount, e.Proof)
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, key := range []wapay.Secret{"ipn-key-for-tests", "forged"} {
		r, err := ipn.NewBarkaPayRequest("https://shop.example/ipn/barkapay", key, ipn.BarkaPayNotification{
			Reference: "order-4521", Amount: wapay.XOF.Units(5000), Status: wapay.StatusSucceeded,
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
	// payment order-4521 succeeded 5000 XOF signed
	// 200
	// 401
}
