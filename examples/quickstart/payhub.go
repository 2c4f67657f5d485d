package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay/payhub"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

// payhubShop is a shop in Burkina Faso that has an account with PayHub, BarkaPay's newer platform.
type payhubShop struct {
	shop
	client  *payhub.Client
	sandbox *payhubtest.Server
}

func showPayHub(ctx context.Context, _ *input, out io.Writer) ([]*order, error) {
	s, err := openPayHub()
	if err != nil {
		return nil, err
	}
	defer s.close()
	fmt.Fprintln(out, "PayHub, played by the sandbox in this program")
	err = cli.Run(ctx, out, "PayHub", []cli.Step{
		{Name: "check the keys", Do: s.checkKeys},
		{Name: "charge a customer", Do: s.chargeCustomer},
		{Name: "pay two people", Do: s.payPeople},
		{Name: "receive the notifications", Do: s.receiveNotifications},
		{Name: "look everything up", Do: s.lookUpOrders},
		{Name: "compare with the ledger", Do: s.compareLedger},
	})
	return s.orders, err
}

func openPayHub() (*payhubShop, error) {
	provider := payhubtest.New(payhubtest.Config{})
	s := &payhubShop{sandbox: provider}
	s.provider, s.ledger = "PayHub", provider
	s.client = provider.Client(wapay.WithHTTPClient(cli.LoopbackClient())) // reaches this machine only

	var err error
	s.inbox, err = inbox.Open("127.0.0.1:0")
	if err == nil {
		// PayHub signs id and status. Reference and amount come from asking.
		var notify string
		notify, err = s.accept("/payhub", ipn.PayHub(provider.WebhookSecret()),
			ipn.WithConfirm(ipn.ConfirmPayments(s.client), ipn.ConfirmPayouts(s.client)))
		provider.Notify(notify) // as the dashboard does
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *payhubShop) close() {
	s.sandbox.Close()
	if s.inbox != nil {
		s.inbox.Close()
	}
}

func (s *payhubShop) checkKeys(ctx context.Context) (string, error) {
	b, err := s.client.Balance(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("accepted; the balance is %s", b.Available), nil
}

// chargeCustomer asks MOOV's customer, who gets a one-time code once the payment is there. Pay under the same reference
// confirms the payment with the code.
func (s *payhubShop) chargeCustomer(ctx context.Context) (string, error) {
	phone, err := wapay.ParsePhone("70 65 61 77", "BF")
	if err != nil {
		return "", err
	}
	o := &order{
		kind: ipn.KindPayment, reference: "bill-1", what: "charge with code", phone: phone, amount: wapay.XOF.Units(7500),
	}
	r := wapay.PaymentRequest{
		Reference: o.reference, Amount: o.amount, Customer: wapay.Customer{Phone: phone}, Operator: "MOOV",
	}
	asked, err := pay(ctx, s.client, r)
	if err != nil {
		return "", err
	}
	r.OTP = s.sandbox.OTP(phone.National()) // as the customer reads it out
	p, err := pay(ctx, s.client, r)
	if err != nil {
		return "", err
	}
	s.add(o, p.ID, p.Status)
	return fmt.Sprintf("%s by MOOV: %s, %s; with the code %s", o.amount, asked.Status, asked.Action, p.Status), nil
}

// payPeople pays two people. The answer to the second payout is lost.
func (s *payhubShop) payPeople(ctx context.Context) (string, error) {
	story := ""
	for i, number := range []string{"76 00 00 01", "+226 76 00 00 02"} {
		phone, err := wapay.ParsePhone(number, "BF")
		if err != nil {
			return "", err
		}
		o := &order{
			kind: ipn.KindPayout, reference: fmt.Sprintf("tailor-%d", i+1), what: "payout",
			phone: phone, amount: wapay.XOF.Units(25000),
		}
		if i == 1 { // PayHub carries the payout out, and the connection is cut before it answers
			s.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST", Path: "bf/v1/transfers"})
		}
		p, err := s.client.Payout(ctx, wapay.PayoutRequest{
			Reference: o.reference, Amount: o.amount, Recipient: wapay.Customer{Phone: phone}, Operator: "ORANGE",
		})
		if errors.Is(err, wapay.ErrOutcomeUnknown) {
			p, story, err = s.settle(ctx, s.client, o, err)
		}
		if err != nil {
			return "", err
		}
		s.add(o, p.ID, p.Status)
		if err := s.sandbox.Approve(p.ID); err != nil { // the operator's part
			return "", err
		}
	}
	if story == "" {
		return "", errors.New("an answer was lost, and no error said so")
	}
	return "2 payouts sent\n" + story, nil
}

func (s *payhubShop) receiveNotifications(ctx context.Context) (string, error) {
	if err := s.receiveAll(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("of %d orders over HTTP, each signed by PayHub, which was asked for the rest", len(s.orders)), nil
}

// lookUpOrders asks PayHub by our references.
func (s *payhubShop) lookUpOrders(ctx context.Context) (string, error) {
	return s.lookUp(ctx, s.client, s.client)
}
