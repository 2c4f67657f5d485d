package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay/apiv1"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
)

// cinetPayV1 is a shop in Côte d'Ivoire that has an account with CinetPay's newer platform. An account is for one country.
type cinetPayV1 struct {
	shop
	client  *apiv1.Client
	sandbox *apiv1test.Server

	payments, transfers string // where the notifications about each go
}

func showCinetPayV1(ctx context.Context, _ *input, out io.Writer) ([]*order, error) {
	s, err := openCinetPayV1()
	if err != nil {
		return nil, err
	}
	defer s.close()
	fmt.Fprintln(out, "CinetPay's API v1, played by the sandbox in this program")
	err = cli.Run(ctx, out, "CinetPay v1", []cli.Step{
		{Name: "check the keys", Do: s.checkKeys},
		{Name: "charge a customer", Do: s.chargeCustomer},
		{Name: "pay two people", Do: s.payPeople},
		{Name: "receive the notifications", Do: s.receiveNotifications},
		{Name: "look everything up", Do: s.lookUpOrders},
		{Name: "compare with the ledger", Do: s.compareLedger},
	})
	return s.orders, err
}

func openCinetPayV1() (*cinetPayV1, error) {
	provider := apiv1test.New(apiv1test.Config{})
	s := &cinetPayV1{sandbox: provider}
	s.provider, s.ledger = "CinetPay", provider
	s.client = provider.Client(wapay.WithHTTPClient(cli.LoopbackClient())) // reaches this machine only
	if err := s.listen(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// listen opens two routes. A notification is not signed, and does not say what it is about: the route says which kind of
// order CinetPay is asked for.
func (s *cinetPayV1) listen() error {
	var err error
	if s.inbox, err = inbox.Open("127.0.0.1:0"); err != nil {
		return err
	}
	if s.payments, err = s.accept("/cinetpay-v1/payments", ipn.CinetPayV1(), ipn.WithConfirm(ipn.ConfirmPayments(s.client))); err != nil {
		return err
	}
	s.transfers, err = s.accept("/cinetpay-v1/transfers", ipn.CinetPayV1(), ipn.WithConfirm(ipn.ConfirmPayouts(s.client)))
	return err
}

func (s *cinetPayV1) close() {
	s.sandbox.Close()
	if s.inbox != nil {
		s.inbox.Close()
	}
}

func (s *cinetPayV1) checkKeys(ctx context.Context) (string, error) {
	b, err := s.client.Balance(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("accepted; the balance is %s", b.Available), nil
}

// chargeCustomer has the operator ask the customer, who confirms on the phone. Without an operator there would be a page.
func (s *cinetPayV1) chargeCustomer(ctx context.Context) (string, error) {
	phone, err := wapay.ParsePhone("05 05 00 00 21", "CI")
	if err != nil {
		return "", err
	}
	o := &order{kind: ipn.KindPayment, reference: "MEAL-1", what: "charge", phone: phone, amount: wapay.XOF.Units(3500)}
	p, err := pay(ctx, s.client, wapay.PaymentRequest{
		Reference: o.reference, Amount: o.amount, Operator: "MTN_CI", Description: "A meal",
		Customer:  wapay.Customer{Phone: phone, FirstName: "Awa", LastName: "Koné", Email: "awa@example.com"},
		NotifyURL: s.payments, ReturnURL: "https://shop.example/thanks",
	})
	if err != nil {
		return "", err
	}
	s.add(o, p.ID, p.Status)
	if err := s.sandbox.Approve(p.ID); err != nil { // the customer's part
		return "", err
	}
	return fmt.Sprintf("%s by MTN: %s, %s, and the customer does", o.amount, p.Status, p.Action), nil
}

// payPeople pays two people. The answer to the second payout is lost.
func (s *cinetPayV1) payPeople(ctx context.Context) (string, error) {
	story := ""
	for i, number := range []string{"07 07 00 00 31", "+225 07 07 00 00 32"} {
		phone, err := wapay.ParsePhone(number, "CI")
		if err != nil {
			return "", err
		}
		o := &order{
			kind: ipn.KindPayout, reference: fmt.Sprintf("COOK-%d", i+1), what: "payout",
			phone: phone, amount: wapay.XOF.Units(12000),
		}
		if i == 1 { // CinetPay carries the payout out, and the connection is cut before it answers
			s.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Path: "v1/transfer"})
		}
		p, err := s.client.Payout(ctx, wapay.PayoutRequest{
			Reference: o.reference, Amount: o.amount, Recipient: wapay.Customer{Phone: phone}, Operator: "OM_CI",
			Description: "Wages", NotifyURL: s.transfers,
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

// receiveNotifications gets what CinetPay said when the handlers asked. Of a payment that is no amount: the shop's own
// order has it, and the id and the reference say that it is this one.
func (s *cinetPayV1) receiveNotifications(ctx context.Context) (string, error) {
	if err := s.receiveAll(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("of %d orders over HTTP, none of them signed: CinetPay was asked about each", len(s.orders)), nil
}

func (s *cinetPayV1) lookUpOrders(ctx context.Context) (string, error) {
	return s.lookUp(ctx, s.client, s.client)
}
