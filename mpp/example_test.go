package mpp_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// The server of these examples is a sandbox on this machine. To use the real
// one, leave WithBaseURL out.
var server = mpptest.New(mpptest.Config{})

func client() (*mpp.Client, error) {
	return mpp.New(mpp.Credentials{
		SecretID: "sandbox-secret-id", SecretKey: "sandbox-secret-key",
		BusinessID: "9ad49c94-6983-477b-ad48-20b33ea66bbf",
	}, wapay.WithBaseURL(server.URL()))
}

func ExampleClient_Pay() {
	c, err := client()
	if err != nil {
		fmt.Println(err)
		return
	}
	phone, err := wapay.ParsePhone("080 002209", "SL")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := c.Pay(context.Background(), wapay.PaymentRequest{
		Reference: "order-4521", // the shop's own id of the order, one for each order
		Amount:    wapay.SLE.Minor(7673884),
		Customer:  wapay.Customer{Phone: phone},
		Operator:  "OM", // a channel's code
		NotifyURL: "https://shop.example/mpp",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	// The customer confirms on the phone. A notification follows.
	fmt.Println(p.Reference, p.Amount, p.Status)
	// Output: order-4521 76738.84 SLE pending
}

func ExampleClient_Payout() {
	ctx := context.Background()
	c, err := client()
	if err != nil {
		fmt.Println(err)
		return
	}
	phone, err := wapay.ParsePhone("+232 80 002209", "")
	if err != nil {
		fmt.Println(err)
		return
	}

	// The sandbox makes the transfer, and then breaks the connection before its
	// answer.
	server.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Path: "api/v1/transaction"})

	p, err := c.Payout(ctx, wapay.PayoutRequest{
		Reference: "refund-77", Amount: wapay.SLE.Minor(1250), Recipient: wapay.Customer{Phone: phone}, Operator: "OM",
	})
	if errors.Is(err, wapay.ErrOutcomeUnknown) {
		// The money may have moved. Do not send it again: look the order up.
		fmt.Println("no answer, asking")
		p, err = wapay.SettlePayout(ctx, c, wapay.Ref{Reference: "refund-77"})
	}
	if err != nil {
		fmt.Println("to be looked at:", err)
		return
	}
	fmt.Println(p.Reference, p.Amount, p.Status)
	// Output:
	// no answer, asking
	// refund-77 12.50 SLE pending
}

// Check applies the channel's rules before anything is sent.
func ExampleChannel_Check() {
	c, err := client()
	if err != nil {
		fmt.Println(err)
		return
	}
	for ch, err := range c.AllChannels(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		err = ch.Check(mpp.TransactionRequest{
			ExternalID: "order-1", Channel: ch.Code, Category: mpp.CategoryTransfer, Amount: wapay.SLE.Minor(50), MSISDN: "080002209",
		})
		fmt.Println(ch.Code, ch.Description)
		var e *wapay.Error
		if errors.As(err, &e) {
			for _, d := range e.Details {
				fmt.Println(" ", d.Field, d.Message)
			}
		}
	}
	// Output:
	// OM Orange Money
	// AFM AfriMoney
	//   Amount is 0.5, the channel wants 1 at least
	// CDT Cash deposit
	//   Amount is 0.5, the channel wants 1 at least
	//   FirstName is required
	//   LastName is required
}
