package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

var ctx = context.Background()

// order is an order of a customer in Burkina Faso.
func order(reference, phone string) wapay.PaymentRequest {
	number, err := wapay.ParsePhone(phone, "BF")
	if err != nil {
		panic(err)
	}
	return wapay.PaymentRequest{
		Reference: reference, Amount: wapay.XOF.Units(5000), Customer: wapay.Customer{Phone: number}, Operator: "MOOV",
	}
}

// open opens a shop that prints the notifications which it accepts.
func open(v ipn.Verifier) *httptest.Server {
	h, err := ipn.NewHandler(v, func(_ context.Context, e *ipn.Event) error {
		fmt.Println("the shop hears:", e.Reference, e.Status)
		return nil
	}, ipn.WithStore(ipn.NewMemoryStore()))
	if err != nil {
		panic(err)
	}
	return httptest.NewServer(h)
}

// A first payment: the shop asks, the customer confirms, the provider notifies.
// In a test, Start takes the place of New and Close.
func Example() {
	provider := barkapaytest.New(barkapaytest.Config{})
	defer provider.Close()
	shop := open(ipn.BarkaPay(provider.IPNKey()))
	defer shop.Close()
	provider.Notify(shop.URL)

	p, err := provider.Client().Pay(ctx, order("order-4521", "70 12 34 56"))
	fmt.Println(p.Status, err)

	_ = provider.Approve("order-4521") // the customer confirms on the phone
	_ = provider.WaitDelivered(ctx, "order-4521")
	fmt.Println("in the ledger:", provider.Balance("mobile/BFA/api")-1_000_000)
	// Output:
	// pending <nil>
	// the shop hears: order-4521 succeeded
	// in the ledger: 5000
}

// The answer to a payout is lost on the way: nobody knows whether it was made.
// The shop asks, and never sends it again.
func ExampleServer_Inject_lostAnswer() {
	provider := barkapaytest.New(barkapaytest.Config{})
	defer provider.Close()
	client := provider.Client()
	provider.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST"})

	r := wapay.PayoutRequest{
		Reference: "salary-1", Amount: wapay.XOF.Units(50_000), Recipient: order("", "70 12 34 56").Customer, Operator: "MOOV",
	}
	_, err := client.Payout(ctx, r)
	fmt.Println("unknown:", errors.Is(err, wapay.ErrOutcomeUnknown), "may be sent again:", wapay.NotDone(err))

	p, err := client.FindPayout(ctx, wapay.Ref{Reference: "salary-1"})
	fmt.Println("found:", p.Status, err)
	// Output:
	// unknown: true may be sent again: false
	// found: pending <nil>
}

// The customer's number chooses what happens: this one declines.
func ExampleScenario_declined() {
	provider := barkapaytest.New(barkapaytest.Config{})
	defer provider.Close()
	client := provider.Client()

	p, err := client.Pay(ctx, order("order-4521", "70 99 00 02"))
	fmt.Println(p.Status, err)
	_ = provider.Flush(ctx)
	p, err = client.FindPayment(ctx, wapay.Ref{ID: p.ID})
	fmt.Println(p.Status, p.Reason, err)
	// Output:
	// pending <nil>
	// failed No payment. <nil>
}

// Notifications come twice, and others come that are not the provider's.
func ExampleServer_Resend() {
	provider := barkapaytest.New(barkapaytest.Config{})
	defer provider.Close()
	shop := open(ipn.BarkaPay(provider.IPNKey()))
	defer shop.Close()
	provider.Notify(shop.URL)
	_, _ = provider.Client().Pay(ctx, order("order-4521", "70 99 00 01"))
	_ = provider.Flush(ctx)

	for _, how := range []sandbox.SendMode{sandbox.SendGenuine, sandbox.SendTampered, sandbox.SendForged} {
		d, _ := provider.Resend(ctx, "order-4521", how)
		fmt.Printf("%q: %s\n", how, http.StatusText(d.Status))
	}
	// Output:
	// the shop hears: order-4521 succeeded
	// "": OK
	// "tampered": Unauthorized
	// "forged": Unauthorized
}

// A notification that was signed long ago is refused if the provider signs
// the time.
func ExampleServer_Resend_late() {
	provider := intramtest.New(intramtest.Config{})
	defer provider.Close()
	shop := open(ipn.IntramWithClock(provider.Now, provider.IPNKey()))
	defer shop.Close()
	provider.Notify(shop.URL)
	r := order("order-4521", "+229 01 61 99 00 01")
	r.Operator = ""
	_, _ = provider.Client().Pay(ctx, r)
	_ = provider.Flush(ctx)

	d, _ := provider.Resend(ctx, "order-4521", sandbox.SendLate)
	fmt.Println("a day late:", http.StatusText(d.Status))
	// Output:
	// the shop hears: order-4521 pending
	// the shop hears: order-4521 succeeded
	// a day late: Unauthorized
}

// The provider forgets the client's token, and the client logs in again.
func ExampleServer_Inject_expiredToken() {
	provider := cinetpaytest.New(cinetpaytest.Config{})
	defer provider.Close()
	client := provider.Client()
	_, err := client.Balance(ctx, wapay.XOF)
	fmt.Println(err, provider.Logins())

	provider.Inject(sandbox.Fault{Kind: sandbox.FaultExpiredToken, Path: "v1/transfer/*"})
	_, err = client.Balance(ctx, wapay.XOF)
	fmt.Println(err, provider.Logins())
	// Output:
	// <nil> 1
	// <nil> 2
}

// The customer does nothing for half an hour, and the payment expires.
func ExampleServer_Advance() {
	provider := barkapaytest.New(barkapaytest.Config{})
	defer provider.Close()
	client := provider.Client()
	p, _ := client.Pay(ctx, order("order-4521", "70 12 34 56"))
	fmt.Println(p.Status)

	provider.Advance(30 * time.Minute)
	p, err := client.FindPayment(ctx, wapay.Ref{ID: p.ID})
	fmt.Println(p.Status, err)
	// Output:
	// pending
	// failed <nil>
}

// The shop is down when the notification comes. The provider sends it again.
func ExampleServer_HoldNotifications() {
	provider := barkapaytest.New(barkapaytest.Config{})
	defer provider.Close()
	shop := open(ipn.BarkaPay(provider.IPNKey()))
	defer shop.Close()
	provider.Notify(shop.URL)
	provider.HoldNotifications(true)
	_, _ = provider.Client().Pay(ctx, order("order-4521", "70 99 00 01"))
	_ = provider.Flush(ctx)
	fmt.Println("nothing yet;", provider.CountUndelivered(), "waits")

	fmt.Println("sent:", provider.Redeliver(ctx))
	// Output:
	// nothing yet; 1 waits
	// the shop hears: order-4521 succeeded
	// sent: 1
}

// How a payment ends under each fault. If the outcome is unknown, the shop
// has to ask. If it was rejected, the shop may try again.
func ExampleServer_FaultKinds() {
	provider := mpptest.New(mpptest.Config{})
	defer provider.Close()
	client := provider.Client(wapay.WithTimeout(200*time.Millisecond), wapay.WithMaxRetries(0))
	_, _ = client.Balance(ctx) // takes a token

	for n, kind := range provider.FaultKinds() {
		r := order(fmt.Sprint("order-", n), "+232 76 12 34 56")
		r.Amount, r.Operator = wapay.SLE.Units(50), "OM"
		provider.Inject(sandbox.Fault{Kind: kind, Method: "POST", Path: "api/v1/transaction"})
		p, err := client.Pay(ctx, r)
		switch {
		case err == nil:
			fmt.Printf("%s: %s\n", kind, p.Status)
		case wapay.NotDone(err):
			fmt.Printf("%s: not done\n", kind)
		case errors.Is(err, wapay.ErrOutcomeUnknown):
			fmt.Printf("%s: nobody knows\n", kind)
		}
		provider.ClearFaults()
	}
	// Output:
	// cut: nobody knows
	// reset: nobody knows
	// hang: nobody knows
	// html: nobody knows
	// redirect: nobody knows
	// empty: nobody knows
	// rate limit: not done
	// truncated: nobody knows
	// half json: nobody knows
	// unknown status: unknown
	// numbers as strings: pending
	// strings as numbers: pending
	// expired token: pending
	// provider error: nobody knows
}
