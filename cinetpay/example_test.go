package cinetpay_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
)

// The server of these examples is a sandbox on this machine. To use the real
// one, leave WithBaseURL out.
var server = cinetpaytest.New(cinetpaytest.Config{RateLimit: -1})

func ExampleClient_Pay() {
	cp, err := cinetpay.New(cinetpay.Credentials{APIKey: "sandbox-api-key", SiteID: "445160"}, wapay.WithBaseURL(server.URL()))
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := cp.Pay(context.Background(), wapay.PaymentRequest{
		Reference:   "order-4521", // the shop's own id of the order, one for each order
		Amount:      wapay.XOF.Units(5000),
		Description: "Commande 4521",
		NotifyURL:   "https://shop.example/cinetpay",
		ReturnURL:   "https://shop.example/merci",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	// The customer pays on the page at p.CheckoutURL. A notification follows.
	fmt.Println(p.Reference, p.Amount, p.Status, p.CheckoutURL != "")
	// Output: order-4521 5000 XOF pending true
}

func ExampleClient_Payout() {
	ctx := context.Background()
	cp, err := cinetpay.New(cinetpay.Credentials{APIKey: "sandbox-api-key", Password: "sandbox-password"},
		wapay.WithBaseURL(server.URL()))
	if err != nil {
		fmt.Println(err)
		return
	}
	phone, err := wapay.ParsePhone("07 07 00 00 01", "CI")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := cp.Payout(ctx, wapay.PayoutRequest{
		Reference: "refund-77",
		Amount:    wapay.XOF.Units(2500),
		Recipient: wapay.Customer{Phone: phone, FirstName: "Awa", LastName: "Koné", Email: "awa@example.com"},
		NotifyURL: "https://shop.example/cinetpay",
	})
	if errors.Is(err, wapay.ErrOutcomeUnknown) {
		// The money may have moved. Do not send it again: look the order up.
		p, err = wapay.SettlePayout(ctx, cp, wapay.Ref{Reference: "refund-77"})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Reference, p.Amount, p.Status)

	p, err = cp.FindPayout(ctx, wapay.Ref{Reference: "refund-77"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Reason)
	// Output:
	// refund-77 2500 XOF pending
	// waits for the merchant's confirmation by mail
}

// In this batch one transfer succeeds and one is refused.
func ExampleClient_Send() {
	ctx := context.Background()
	cp, err := cinetpay.New(cinetpay.Credentials{APIKey: "sandbox-api-key", Password: "sandbox-password"},
		wapay.WithBaseURL(server.URL()))
	if err != nil {
		fmt.Println(err)
		return
	}
	phone, _ := wapay.ParsePhone("07 07 00 00 02", "CI")
	contacts, err := cp.AddContacts(ctx, []cinetpay.Contact{{Phone: phone, Name: "Koné", Surname: "Awa", Email: "awa@example.com"}})
	if err != nil || contacts.Err() != nil {
		fmt.Println(err, contacts.Err())
		return
	}
	wages := func(id string, francs int64) cinetpay.TransferRequest {
		return cinetpay.TransferRequest{
			ClientTransactionID: id, Receiver: phone, Amount: wapay.XOF.Units(francs), NotifyURL: "https://shop.example/cinetpay",
		}
	}
	batch, err := cp.Send(ctx, wages("wages-1", 10_000), wages("wages-2", 1_500_000))
	if err != nil {
		fmt.Println(err) // no transfer was made, unless it is ErrOutcomeUnknown
		return
	}
	for _, r := range batch.Results {
		switch {
		case r.Err == nil:
			fmt.Println(r.ClientTransactionID, r.Transfer.Status)
		case errors.Is(r.Err, wapay.ErrOutcomeUnknown):
			fmt.Println(r.ClientTransactionID, "may have been sent, and has to be looked up")
		case errors.Is(r.Err, wapay.ErrInsufficientFunds):
			fmt.Println(r.ClientTransactionID, "was not sent: the transfer account has to be topped up")
		default:
			fmt.Println(r.ClientTransactionID, "was not sent:", r.Err)
		}
	}
	// Output:
	// wages-1 pending
	// wages-2 was not sent: the transfer account has to be topped up
}
