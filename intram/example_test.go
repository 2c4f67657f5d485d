package intram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
)

// offline answers from memory by method and path. It repeats the last answer of
// each call.
type offline map[string][]string

func (o offline) RoundTrip(r *http.Request) (*http.Response, error) {
	what := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/v1")
	answer := o[what][0]
	if len(o[what]) > 1 {
		o[what] = o[what][1:]
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer)), Request: r,
	}, nil
}

func offlineClient(answers offline) *intram.Client {
	client, err := intram.New(
		intram.Credentials{PublicKey: "pk_sandbox_0001", SecretKey: "sk_sandbox_0001"},
		wapay.WithHTTPClient(&http.Client{Transport: answers}),
	)
	if err != nil {
		panic(err)
	}
	return client
}

func ExampleClient_Pay() {
	client := offlineClient(offline{
		"POST /payment-requests": {`{"error":false,"data":{"operation_id":"op_4d2a","type":"payment_request","status":"queued"}}`},
		"GET /operations/op_4d2a": {`{"error":false,"data":{"operation_id":"op_4d2a","type":"payment_request","status":"succeeded",
			"result":{"transaction_reference":"AB12CD34EF","status":"pending","gateway_url":"https://pay.intram.org/AB12CD34EF"}}}`},
	})
	phone, err := wapay.ParsePhone("01 61 23 45 67", "BJ")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := client.Pay(context.Background(), wapay.PaymentRequest{
		Reference: "order-4521",
		Amount:    wapay.XOF.Units(5000),
		Customer:  wapay.Customer{Phone: phone},
		ReturnURL: "https://shop.example/thanks",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.ID, p.Status, p.Amount)
	fmt.Println("send the customer to", p.CheckoutURL)
	// Output:
	// op_4d2a pending 5000 XOF
	// send the customer to https://pay.intram.org/AB12CD34EF
}

func ExampleClient_CreatePayout_bank() {
	client := offlineClient(offline{
		"POST /payouts": {`{"error":false,"data":{"operation_id":"op_2f4a","type":"payout","status":"queued"}}`},
		"GET /operations/op_2f4a": {`{"error":false,"data":{"operation_id":"op_2f4a","type":"payout","status":"succeeded",
			"result":{"reference":"PO-2026-0001","amount":250000,"currency":"XOF","status":"queued_for_settlement"}}}`},
	})
	ctx := context.Background()
	o, err := client.CreatePayout(ctx, intram.PayoutRequest{
		Reference:   "PO-2026-0001",
		Amount:      wapay.XOF.Units(250000),
		Destination: intram.BankAccount{SWIFT: "BOABBJBJ", AccountNumber: "BJ0660001", AccountName: "SARL Soleil"},
	})
	if errors.Is(err, wapay.ErrOutcomeUnknown) {
		fmt.Println("make the same call again within 24 hours")
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	if o, err = client.WaitOperation(ctx, o.ID); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("operation:", o.Status)
	fmt.Println("payout:", o.Payout.Status, o.Payout.ProviderStatus)
	// Output:
	// operation: succeeded
	// payout: pending queued_for_settlement
}

func ExampleClient_AllTransactions() {
	client := offlineClient(offline{"GET /transactions": {
		`{"error":false,"data":[{"reference":"AB12CD34EF","status":"SUCCESS","type":"CREDIT","amount":5000,"currency":"XOF"}],
			"paging":{"limit":1,"next_before":"2026-05-20T10:30:00.000Z"}}`,
		`{"error":false,"data":[{"reference":"ZY98XW76VU","status":"ERROR","type":"DEBIT","amount":250,"currency":"XOF"}],
			"paging":{"limit":1,"next_before":null}}`,
	}})
	for t, err := range client.AllTransactions(context.Background(), intram.TransactionFilter{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(t.Reference, t.Type, t.Amount, t.Status)
	}
	// Output:
	// AB12CD34EF CREDIT 5000 XOF succeeded
	// ZY98XW76VU DEBIT 250 XOF failed
}
