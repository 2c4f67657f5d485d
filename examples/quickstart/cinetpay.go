package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
)

// cinetPay is a shop in Côte d'Ivoire that has an account with CinetPay.
type cinetPay struct {
	shop
	client  *cinetpay.Client
	sandbox *cinetpaytest.Server

	checkouts, transfers string // where the notifications about each go
}

func showCinetPay(ctx context.Context, _ *input, out io.Writer) ([]*order, error) {
	c, err := openCinetPay()
	if err != nil {
		return nil, err
	}
	defer c.close()
	fmt.Fprintln(out, "CinetPay, played by the sandbox in this program")
	err = cli.Run(ctx, out, "CinetPay", []cli.Step{
		{Name: "check the keys", Do: c.checkKeys},
		{Name: "charge a customer", Do: c.chargeCustomer},
		{Name: "pay two people", Do: c.payPeople},
		{Name: "receive the notifications", Do: c.receiveNotifications},
		{Name: "look everything up", Do: c.lookUpOrders},
		{Name: "compare with the ledger", Do: c.compareLedger},
	})
	return c.orders, err
}

func openCinetPay() (*cinetPay, error) {
	provider := cinetpaytest.New(cinetpaytest.Config{})
	c := &cinetPay{sandbox: provider}
	c.provider, c.ledger = "CinetPay", provider

	// CinetPay has two products: the checkout, which knows the site, and transfers, which want a password too.
	c.client = provider.Client(wapay.WithHTTPClient(cli.LoopbackClient())) // reaches this machine only
	if err := c.listen(); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// listen opens two routes, because the two products notify in two ways: the checkout signs, with the secret key of
// the site, but does not say for sure whether the customer paid; and transfers sign nothing. So CinetPay is asked.
func (c *cinetPay) listen() error {
	var err error
	if c.inbox, err = inbox.Open("127.0.0.1:0"); err != nil {
		return err
	}
	signed := ipn.CinetPayCheckoutSite(c.sandbox.Credentials().SiteID, c.sandbox.IPNKey())
	if c.checkouts, err = c.accept("/cinetpay/checkout", signed, ipn.WithConfirm(ipn.ConfirmPayments(c.client))); err != nil {
		return err
	}
	c.transfers, err = c.accept("/cinetpay/transfer", ipn.CinetPayTransfer(), ipn.WithConfirm(ipn.ConfirmPayouts(c.client)))
	return err
}

func (c *cinetPay) close() {
	c.sandbox.Close()
	if c.inbox != nil {
		c.inbox.Close()
	}
}

// checkKeys reads the balance of the transfer account. The answer names no currency: the shop knows its own.
func (c *cinetPay) checkKeys(ctx context.Context) (string, error) {
	balance, err := c.client.Balance(ctx, wapay.XOF)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("accepted; %s to pay people with", balance.Available), nil
}

// chargeCustomer makes a page on which the customer pays, with the operator of their choice.
func (c *cinetPay) chargeCustomer(ctx context.Context) (string, error) {
	phone, err := wapay.ParsePhone("07 07 00 00 01", "CI")
	if err != nil {
		return "", err
	}
	o := &order{kind: ipn.KindPayment, reference: "ticket-1", what: "payment page", phone: phone, amount: wapay.XOF.Units(6000)}
	p, err := pay(ctx, c.client, wapay.PaymentRequest{
		Reference: o.reference, Amount: o.amount, Description: "A ticket to Bouaké",
		NotifyURL: c.checkouts, ReturnURL: "https://shop.example/thanks",
	})
	if err != nil {
		return "", err
	}
	c.add(o, p.ID, p.Status)
	// The shop sends the customer to p.CheckoutURL. The rest is the customer's part.
	if err := c.sandbox.PayCheckout(o.reference, "OM", phone.MSISDN()); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: the customer opens the page and pays\n%s", o.amount, p.CheckoutURL), nil
}

// payPeople pays two people. CinetPay pays contacts only; Payout makes the recipient one.
func (c *cinetPay) payPeople(ctx context.Context) (string, error) {
	story := ""
	for i, who := range []wapay.Customer{
		{FirstName: "Awa", LastName: "Koné", Email: "awa@example.com"},
		{FirstName: "Yao", LastName: "Kouassi", Email: "yao@example.com"},
	} {
		var err error
		if who.Phone, err = wapay.ParsePhone(fmt.Sprintf("05 05 00 00 0%d", i+1), "CI"); err != nil {
			return "", err
		}
		o := &order{
			kind: ipn.KindPayout, reference: fmt.Sprintf("driver-%d", i+1), what: "payout",
			phone: who.Phone, amount: wapay.XOF.Units(8000),
		}
		if i == 1 {
			if err := c.loseNextAnswers(ctx); err != nil {
				return "", err
			}
		}
		p, err := c.client.Payout(ctx, wapay.PayoutRequest{
			Reference: o.reference, Amount: o.amount, Recipient: who, NotifyURL: c.transfers,
		})
		if errors.Is(err, wapay.ErrOutcomeUnknown) {
			p, story, err = c.settle(ctx, c.client, o, err)
		}
		if err != nil {
			return "", err
		}
		c.add(o, p.ID, p.Status)
		// CinetPay mails the merchant a link to confirm each payout, unless it knows the server's address.
		if err := c.sandbox.ConfirmByMail(p.ID); err != nil {
			return "", err
		}
		if err := c.sandbox.Complete(p.ID); err != nil { // the operator's part
			return "", err
		}
	}
	if story == "" {
		return "", errors.New("an answer was lost, and no error said so")
	}
	return "2 payouts sent, and confirmed by the merchant in CinetPay's mail\n" + story, nil
}

// loseNextAnswers has CinetPay carry the next payout out and cut the connection before it answers. Payout then asks
// once what became of it, which is mostly all that is needed; so that question is answered with a web page. The
// handlers ask too, and so must have done.
func (c *cinetPay) loseNextAnswers(ctx context.Context) error {
	if err := c.sandbox.Flush(ctx); err != nil {
		return err
	}
	c.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Path: "v1/transfer/money/send/contact"})
	c.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultHTML, Code: 200, Path: "v1/transfer/check/money"})
	return nil
}

func (c *cinetPay) receiveNotifications(ctx context.Context) (string, error) {
	if err := c.receiveAll(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("of %d orders over HTTP; CinetPay was asked about each:\n"+
		"that of the checkout is signed, but does not say whether it was paid\n"+
		"those of transfers are not even signed", len(c.orders)), nil
}

func (c *cinetPay) lookUpOrders(ctx context.Context) (string, error) {
	return c.lookUp(ctx, c.client, c.client)
}
