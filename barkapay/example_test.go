package barkapay_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

// The server of these examples is a sandbox on this machine. To use the real
// one, leave WithBaseURL out.
var server = barkapaytest.New(barkapaytest.Config{RateLimit: -1})

func ExampleClient_Pay() {
	bp, err := barkapay.New(barkapay.Credentials{APIKey: "sandbox-api-key", APISecret: "sandbox-api-secret"},
		wapay.WithBaseURL(server.URL()))
	if err != nil {
		fmt.Println(err)
		return
	}
	phone, err := wapay.ParsePhone("70 65 61 88", "BF")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := bp.Pay(context.Background(), wapay.PaymentRequest{
		Reference: "order-4521", // the shop's own id of the order, one for each order
		Amount:    wapay.XOF.Units(5000),
		Customer:  wapay.Customer{Phone: phone},
		Operator:  "MOOV",
		NotifyURL: "https://shop.example/barkapay",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	// The customer confirms on the phone. A notification follows.
	fmt.Println(p.Reference, p.Amount, p.Status)
	// Output: order-4521 5000 XOF pending
}

// Orange Money in Burkina Faso requires a code that the customer gets by a USSD
// call. The shop may send it with the order or, as here, after it.
func ExampleClient_Pay_oneTimeCode() {
	ctx := context.Background()
	bp := server.Client()
	phone, err := wapay.ParsePhone("76 61 56 99", "BF")
	if err != nil {
		fmt.Println(err)
		return
	}
	r := wapay.PaymentRequest{
		Reference: "order-4523", Amount: wapay.XOF.Units(5000), Customer: wapay.Customer{Phone: phone}, Operator: "ORANGE",
	}
	if _, err = bp.Pay(ctx, r); wapay.NotDone(err) {
		fmt.Println("please dial the operator's USSD code")
	}

	r.OTP = server.OTP("76615699") // what the customer types into the shop's page
	p, err := bp.Pay(ctx, r)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Reference, p.Status)
	// Output:
	// please dial the operator's USSD code
	// order-4523 succeeded
}

func ExampleClient_Payout() {
	ctx := context.Background()
	bp, err := barkapay.New(barkapay.Credentials{APIKey: "sandbox-api-key", APISecret: "sandbox-api-secret"},
		wapay.WithBaseURL(server.URL()))
	if err != nil {
		fmt.Println(err)
		return
	}
	phone, err := wapay.ParsePhone("+226 70 65 61 88", "")
	if err != nil {
		fmt.Println(err)
		return
	}

	// The sandbox makes the transfer, and then breaks the connection before its
	// answer.
	server.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Path: "transfer/request/mobile"})

	p, err := bp.Payout(ctx, wapay.PayoutRequest{
		Reference: "refund-77",
		Amount:    wapay.XOF.Units(2500),
		Recipient: wapay.Customer{Phone: phone},
		Operator:  "MOOV",
	})
	if errors.Is(err, wapay.ErrOutcomeUnknown) {
		// The money may have moved. Do not send it again: look the order up.
		fmt.Println("no answer, asking")
		p, err = wapay.SettlePayout(ctx, bp, wapay.Ref{Reference: "refund-77"})
	}
	switch {
	case err == nil:
		fmt.Println(p.Reference, p.Amount, p.Status)
	case errors.Is(err, wapay.ErrInsufficientFunds):
		fmt.Println("the API account has to be topped up")
	case wapay.NotDone(err):
		fmt.Println("not done: correct it, or give it to another provider:", err)
	default:
		fmt.Println("still not known, to be looked at:", err)
	}
	// Output:
	// no answer, asking
	// refund-77 2500 XOF pending
}

func ExampleClient_FindPayment() {
	ctx := context.Background()
	bp, err := barkapay.New(barkapay.Credentials{APIKey: "sandbox-api-key", APISecret: "sandbox-api-secret"},
		wapay.WithBaseURL(server.URL()))
	if err != nil {
		fmt.Println(err)
		return
	}
	phone, _ := wapay.ParsePhone("70 65 61 88", "BF")
	created, err := bp.Pay(ctx, wapay.PaymentRequest{
		Reference: "order-4522", Amount: wapay.XOF.Units(700), Customer: wapay.Customer{Phone: phone}, Operator: "MOOV",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = server.Approve(created.ID) // the customer

	p, err := bp.FindPayment(ctx, wapay.Ref{Reference: "order-4522"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Status, p.Amount, p.Reason)

	_, err = bp.FindPayment(ctx, wapay.Ref{Reference: "order-9999"})
	fmt.Println(errors.Is(err, wapay.ErrNotFound))
	// Output:
	// succeeded 700 XOF Successfully received payment.
	// true
}
