package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// mppShop is a shop in Sierra Leone that has an account with MPP. Its money is the leone, which has cents.
type mppShop struct {
	shop
	client  *mpp.Client
	sandbox *mpptest.Server
	notify  string
}

func showMPP(ctx context.Context, _ *input, out io.Writer) ([]*order, error) {
	s, err := openMPP()
	if err != nil {
		return nil, err
	}
	defer s.close()
	fmt.Fprintln(out, "MPP, played by the sandbox in this program")
	err = cli.Run(ctx, out, "MPP", []cli.Step{
		{Name: "check the keys", Do: s.checkKeys},
		{Name: "list the channels", Do: s.listChannels},
		{Name: "charge a customer", Do: s.chargeCustomer},
		{Name: "pay two people", Do: s.payPeople},
		{Name: "receive the notifications", Do: s.receiveNotifications},
		{Name: "look everything up", Do: s.lookUpOrders},
		{Name: "compare with the ledger", Do: s.compareLedger},
	})
	return s.orders, err
}

func openMPP() (*mppShop, error) {
	provider := mpptest.New(mpptest.Config{})
	s := &mppShop{sandbox: provider}
	s.provider, s.ledger = "MPP", provider
	s.client = provider.Client(wapay.WithHTTPClient(cli.LoopbackClient())) // reaches this machine only

	var err error
	s.inbox, err = inbox.Open("127.0.0.1:0")
	if err == nil {
		// Without a secret: MPP signs nothing, and is asked about whatever comes.
		s.notify, err = s.accept("/mpp", ipn.MPP(),
			ipn.WithConfirm(ipn.ConfirmPayments(s.client), ipn.ConfirmPayouts(s.client)))
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *mppShop) close() {
	s.sandbox.Close()
	if s.inbox != nil {
		s.inbox.Close()
	}
}

func (s *mppShop) checkKeys(ctx context.Context) (string, error) {
	balance, err := s.client.Balance(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("accepted; the balance is %s", balance.Balance.Money), nil
}

// listChannels shows the ways to move money that the business has subscribed to. Each has rules of its own, by which
// Pay and Payout check an order before they send it.
func (s *mppShop) listChannels(ctx context.Context) (string, error) {
	said := ""
	for channel, err := range s.client.AllChannels(ctx) {
		if err != nil {
			return "", err
		}
		if said != "" {
			said += ", "
		}
		said += channel.Code + " (" + channel.Description + ")"
	}
	return said, nil
}

// chargeCustomer has MPP ask the customer, who confirms on the phone.
func (s *mppShop) chargeCustomer(ctx context.Context) (string, error) {
	phone, err := wapay.ParsePhone("080 002209", "SL")
	if err != nil {
		return "", err
	}
	o := &order{kind: ipn.KindPayment, reference: "fare-1", what: "charge", phone: phone, amount: wapay.SLE.Minor(75_50)}
	p, err := pay(ctx, s.client, wapay.PaymentRequest{
		Reference: o.reference, Amount: o.amount, Customer: wapay.Customer{Phone: phone}, Operator: "OM", NotifyURL: s.notify,
	})
	if err != nil {
		return "", err
	}
	s.add(o, p.ID, p.Status)
	if err := s.sandbox.Complete(p.ID); err != nil { // the customer's part
		return "", err
	}
	return fmt.Sprintf("%s by OM: %s, and the customer confirms", o.amount, p.Status), nil
}

// payPeople pays two people. The answer to the second payout is lost.
func (s *mppShop) payPeople(ctx context.Context) (string, error) {
	story := ""
	for i, number := range []string{"080 000001", "+232 80 000002"} {
		phone, err := wapay.ParsePhone(number, "SL")
		if err != nil {
			return "", err
		}
		o := &order{
			kind: ipn.KindPayout, reference: fmt.Sprintf("farmer-%d", i+1), what: "payout",
			phone: phone, amount: wapay.SLE.Minor(120_25),
		}
		if i == 1 { // MPP carries the payout out, and the connection is cut before it answers
			s.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST", Path: "api/v1/transaction"})
		}
		p, err := s.client.Payout(ctx, wapay.PayoutRequest{
			Reference: o.reference, Amount: o.amount, Recipient: wapay.Customer{Phone: phone}, Operator: "OM", NotifyURL: s.notify,
		})
		if errors.Is(err, wapay.ErrOutcomeUnknown) {
			p, story, err = s.settle(ctx, s.client, o, err)
		}
		if err != nil {
			return "", err
		}
		s.add(o, p.ID, p.Status)
		if err := s.sandbox.Complete(p.ID); err != nil { // the operator's part
			return "", err
		}
	}
	if story == "" {
		return "", errors.New("an answer was lost, and no error said so")
	}
	return "2 payouts sent\n" + story, nil
}

// receiveNotifications gets what MPP said when the handler asked, because anybody can send a notification.
func (s *mppShop) receiveNotifications(ctx context.Context) (string, error) {
	if err := s.receiveAll(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("of %d orders over HTTP, none of them signed: MPP was asked about each", len(s.orders)), nil
}

// lookUpOrders finds the orders by our references, for which the library searches the newest transactions.
func (s *mppShop) lookUpOrders(ctx context.Context) (string, error) {
	return s.lookUp(ctx, s.client, s.client)
}
