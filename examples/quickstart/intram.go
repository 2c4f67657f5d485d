package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/intramtest"
)

// intramShop is a shop in Benin that has an account with Intram.
type intramShop struct {
	shop
	client  *intram.Client
	sandbox *intramtest.Server
}

func showIntram(ctx context.Context, _ *input, out io.Writer) ([]*order, error) {
	s, err := openIntram()
	if err != nil {
		return nil, err
	}
	defer s.close()
	fmt.Fprintln(out, "Intram, played by the sandbox in this program")
	err = cli.Run(ctx, out, "Intram", []cli.Step{
		{Name: "check the keys", Do: s.checkKeys},
		{Name: "subscribe to notifications", Do: s.subscribe},
		{Name: "charge a customer", Do: s.chargeCustomer},
		{Name: "pay two people", Do: s.payPeople},
		{Name: "receive the notifications", Do: s.receiveNotifications},
		{Name: "look everything up", Do: s.lookUpOrders},
		{Name: "compare with the ledger", Do: s.compareLedger},
	})
	return s.orders, err
}

func openIntram() (*intramShop, error) {
	provider := intramtest.New(intramtest.Config{})
	s := &intramShop{sandbox: provider}
	s.provider, s.ledger = "Intram", provider

	// Whether the money is real depends on the keys alone: pk_sandbox_… or pk_live_….
	s.client = provider.Client(wapay.WithHTTPClient(cli.LoopbackClient())) // reaches this machine only
	var err error
	s.inbox, err = inbox.Open("127.0.0.1:0")
	if err != nil {
		provider.Close()
		return nil, err
	}
	return s, nil
}

func (s *intramShop) close() {
	s.sandbox.Close()
	s.inbox.Close()
}

// checkKeys reads the balance: there is no call for the keys alone.
func (s *intramShop) checkKeys(ctx context.Context) (string, error) {
	balance, err := s.client.Balance(ctx)
	if err != nil {
		return "", err
	}
	for _, m := range balance.Methods {
		if m.Method == mtnBenin {
			return fmt.Sprintf("accepted; %s has %s", m.Method, m.Available), nil
		}
	}
	return "", errors.New("no wallet of " + mtnBenin)
}

// mtnBenin is how Intram spells MTN in Benin.
const mtnBenin = "MTN_BENIN_229"

// subscribe has Intram send notifications to a URL. The answer has the secret that they are signed with, this once:
// a shop stores it.
func (s *intramShop) subscribe(ctx context.Context) (string, error) {
	const path = "/intram"
	webhook, err := s.client.CreateWebhook(ctx, intram.WebhookRequest{URL: s.inbox.URL + path, Event: "*"})
	if err != nil {
		return "", err
	}
	if _, err := s.accept(path, ipn.Intram(webhook.Secret)); err != nil {
		return "", err
	}
	return "to all events; the secret to verify them with came in the answer", nil
}

// chargeCustomer makes a page on which the customer pays, in the way of their choice. Intram makes the page a little
// after its answer. Pay waits for it, up to ten seconds; here Intram is told when, so there is no need to.
func (s *intramShop) chargeCustomer(ctx context.Context) (string, error) {
	phone, err := wapay.ParsePhone("01 61 23 45 67", "BJ")
	if err != nil {
		return "", err
	}
	o := &order{kind: ipn.KindPayment, reference: "basket-1", what: "payment page", phone: phone, amount: wapay.XOF.Units(4000)}
	p, err := pay(ctx, s.client.WithCheckoutWait(0), wapay.PaymentRequest{
		Reference: o.reference, Amount: o.amount, Description: "One bag of rice",
		Customer: wapay.Customer{Phone: o.phone}, Operator: mtnBenin,
	})
	if err != nil {
		return "", err
	}
	if err := s.sandbox.CompleteOperation(p.ID); err != nil { // Intram makes the page
		return "", err
	}
	if p, err = s.client.FindPayment(ctx, wapay.Ref{ID: p.ID}); err != nil {
		return "", err
	}
	s.add(o, p.ID, p.Status)
	// The shop sends the customer to p.CheckoutURL. The rest is the customer's part.
	page, err := s.client.Operation(ctx, p.ID)
	if err != nil {
		return "", err
	}
	if err := s.sandbox.PayRequest(page.Checkout.TransactionReference); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: the customer opens the page and pays\n%s", o.amount, p.CheckoutURL), nil
}

// payPeople pays two people. The answer to the second payout is lost.
//
// Intram keeps an idempotency key for 24 hours, and the library derives one from the reference. So it simply
// sends the order again: Intram knows the key, and gives its first answer once more. Were every attempt lost, the
// error would be ErrOutcomeUnknown, and the thing to do is to make the very same call once more.
func (s *intramShop) payPeople(ctx context.Context) (string, error) {
	for i, number := range []string{"01 97 00 00 01", "+229 01 97 00 00 02"} {
		phone, err := wapay.ParsePhone(number, "BJ")
		if err != nil {
			return "", err
		}
		o := &order{
			kind: ipn.KindPayout, reference: fmt.Sprintf("supplier-%d", i+1), what: "payout",
			phone: phone, amount: wapay.XOF.Units(9000),
		}
		lose := i == 1
		if lose { // Intram carries the payout out, and the connection breaks in the middle of the answer
			s.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultTruncated, Method: "POST", Path: "payouts"})
		}
		p, err := s.client.Payout(ctx, wapay.PayoutRequest{
			Reference: o.reference, Amount: o.amount, Recipient: wapay.Customer{Phone: phone}, Operator: mtnBenin,
		})
		if err != nil {
			return "", err
		}
		s.add(o, p.ID, p.Status)
		if err := s.sandbox.CompletePayout(p.ID); err != nil { // the operator's part
			return "", err
		}
		if lose {
			o.what, o.settled = "payout, answer lost", "by an idempotent repeat"
		}
	}
	lost := s.orders[len(s.orders)-1]
	if n := len(s.sandbox.Replays()); n != 1 {
		return "", fmt.Errorf("%d answers given again, want 1", n)
	}
	if err := s.debitedOnce(lost); err != nil {
		return "", err
	}
	return fmt.Sprintf("2 payouts sent\nbut the answer to %s was lost on the way. Was it paid?\n"+
		"  Payout sent it again under the same idempotency key, and got the first answer\n"+
		"  Intram has it once, as %s; its ledger shows 1 debit", lost.reference, shorten(lost.id)), nil
}

func (s *intramShop) receiveNotifications(ctx context.Context) (string, error) {
	if err := s.receiveAll(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("of %d orders over HTTP, each signed by Intram", len(s.orders)), nil
}

// lookUpOrders finds the orders by our references, for which the library searches the newest operations.
func (s *intramShop) lookUpOrders(ctx context.Context) (string, error) {
	return s.lookUp(ctx, s.client, s.client)
}
