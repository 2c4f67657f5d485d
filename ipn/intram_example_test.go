package ipn_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
)

func ExampleIntram() {
	// The old secret and the new one, while the merchant replaces a webhook.
	v := ipn.Intram("whsec_old", "whsec_new")
	h, err := ipn.NewHandler(v, func(_ context.Context, e *ipn.Event) error {
		switch {
		case e.Kind == ipn.KindTest:
			fmt.Println("it works")
		case e.Kind == ipn.KindPayment && e.Status == wapay.StatusSucceeded:
			fmt.Println("paid:", e.Reference, e.Amount)
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/ipn/intram", h)

	// In place of Intram:
	s := httptest.NewServer(mux)
	defer s.Close()
	for _, secret := range []wapay.Secret{"whsec_old", "whsec_new", "whsec_forged"} {
		r, err := ipn.NewIntramRequest(s.URL+"/ipn/intram", secret, ipn.IntramNotification{
			Event: "payment_request.paid",
			Data: map[string]any{
				"amount": 12000, "currency": "XOF", "webhook_data": map[string]string{"reference": "order-4521"},
			},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		res.Body.Close()
		fmt.Println(res.Status)
	}
	// Output:
	// paid: order-4521 12000 XOF
	// 200 OK
	// paid: order-4521 12000 XOF
	// 200 OK
	// 401 Unauthorized
}

// A merchant tests the handler with the same news a second time, and late.
func ExampleNewIntramRequest() {
	noon := time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	v := ipn.IntramWithClock(func() time.Time { return noon }, "whsec_for_tests")
	h, err := ipn.NewHandler(v, func(_ context.Context, e *ipn.Event) error {
		fmt.Println(e.DeliveryKey, "attempt", e.Attempt, e.Kind, e.Reference, e.Status)
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for attempt, at := range []time.Time{noon, noon.Add(time.Minute), noon.Add(-6 * time.Minute)} {
		r, err := ipn.NewIntramRequest("https://shop.example/ipn/intram", "whsec_for_tests", ipn.IntramNotification{
			Event:       "payout.completed",
			OperationID: "op_2f4a8b1c",
			Data:        map[string]any{"reference": "PO-1", "amount": 25000, "currency": "XOF", "status": "completed"},
			DeliveryID:  "whd_1",
			Attempt:     attempt + 1,
			At:          at,
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
	// intram:whd_1 attempt 1 payout PO-1 succeeded
	// 200
	// intram:whd_1 attempt 2 payout PO-1 succeeded
	// 200
	// 401
}
