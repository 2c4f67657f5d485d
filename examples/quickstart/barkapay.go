package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/examples/internal/inbox"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

// barkaPay is a shop that has an account with BarkaPay.
type barkaPay struct {
	shop
	in       *input
	client   *barkapay.Client
	operator barkapay.Operator // the customer's

	sandbox *barkapaytest.Server
	notify  string // where notifications are to go
}

func showBarkaPay(ctx context.Context, in *input, out io.Writer) ([]*order, error) {
	b, err := openBarkaPay(in)
	if err != nil {
		return nil, err
	}
	defer b.close()
	fmt.Fprintln(out, "BarkaPay, played by the sandbox in this program: no account, no network, no money")
	err = cli.Run(ctx, out, "BarkaPay", []cli.Step{
		{Name: "check the keys", Do: b.checkKeys},
		{Name: "list the operators", Do: b.listOperators},
		{Name: "list the balances", Do: b.listBalances},
		{Name: "charge a customer", Do: b.chargeCustomer},
		{Name: "charge with a one-time code", Do: b.chargeWithOTP},
		{Name: "make a payment link", Do: b.payByLink},
		{Name: "pay five people", Do: b.payPeople},
		{Name: "receive the notifications", Do: b.receiveNotifications},
		{Name: "refuse a forged one", Do: b.refuseForgery},
		{Name: "look everything up", Do: b.lookUpOrders},
		{Name: "compare with the ledger", Do: b.compareLedger},
	})
	return b.orders, err
}

// openBarkaPay starts what the shop needs: a provider, a client for it, and an inbox for its notifications.
func openBarkaPay(in *input) (*barkaPay, error) {
	provider := barkapaytest.New(barkapaytest.Config{})
	b := &barkaPay{in: in, sandbox: provider}
	b.provider, b.ledger = "BarkaPay", provider

	// BarkaPay has two kinds of app: one charges phones and sends money, the other (SCI) makes payment links.
	// Each has a pair of keys; whoever needs only one kind leaves the other pair out.
	b.client = provider.Client(wapay.WithHTTPClient(cli.LoopbackClient())) // reaches this machine only

	var err error
	if b.inbox, err = inbox.Open("127.0.0.1:0"); err != nil {
		b.sandbox.Close()
		return nil, err
	}
	// Each app signs its notifications with an IPN key of its own. Both may go to one URL. There is no time in what is
	// signed, so that an old notification looks as good as a new one: BarkaPay is asked too.
	b.notify, err = b.accept("/barkapay", ipn.BarkaPay(provider.IPNKey(), provider.SCIIPNKey()),
		ipn.WithConfirm(ipn.ConfirmPayments(b.client), ipn.ConfirmPayouts(b.client)))
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// close ends the sandbox first: it may have a notification on the way.
func (b *barkaPay) close() {
	b.sandbox.Close()
	b.inbox.Close()
}

func (b *barkaPay) checkKeys(ctx context.Context) (string, error) {
	if err := b.client.Ping(ctx); err != nil {
		return "", err
	}
	return "accepted, those of both apps", b.client.PingSCI(ctx)
}

// listOperators finds the customer's operator among those that BarkaPay has in the country, because each has
// limits and manners of its own.
func (b *barkaPay) listOperators(ctx context.Context) (string, error) {
	operators, err := b.client.Operators(ctx)
	if err != nil {
		return "", err
	}
	country := b.in.phone.CountryAlpha3()
	var here []string
	for _, o := range operators {
		if o.Country != country {
			continue
		}
		here = append(here, o.Name)
		if strings.EqualFold(o.Name, b.in.operator) {
			b.operator = o
		}
	}
	o, amount := b.operator, b.in.amount.MinorUnits()
	switch {
	case here == nil:
		return "", cli.Usage("-country", "BarkaPay has no operators in %s", b.in.phone.Country())
	case o.Name == "":
		return "", cli.Usage("-operator", "BarkaPay has no %q in %s, but %s", b.in.operator, b.in.phone.Country(), strings.Join(here, ", "))
	case amount < o.MinAmount.MinorUnits() || amount > o.MaxAmount.MinorUnits():
		return "", cli.Usage("-amount", "%s takes %s to %s, not %s", o.Name, o.MinAmount, o.MaxAmount, b.in.amount)
	}
	return fmt.Sprintf("%d in all; %s in %s takes %s to %s", len(operators), o.Name, b.in.phone.Country(), o.MinAmount, o.MaxAmount), nil
}

func (b *barkaPay) listBalances(ctx context.Context) (string, error) {
	accounts, err := b.client.Accounts(ctx)
	if err != nil {
		return "", err
	}
	var said []string
	for _, a := range accounts {
		if a.Label == "api" { // the accounts that payouts are made from
			said = append(said, a.Name+" "+a.Balance.String())
		}
	}
	return strings.Join(said, ", "), nil
}

// chargeCustomer has BarkaPay ask the customer, whose phone shows the amount and wants the PIN. The answer
// comes before that, and so the payment is pending.
func (b *barkaPay) chargeCustomer(ctx context.Context) (string, error) {
	o := &order{kind: ipn.KindPayment, reference: "order-1", what: "charge", phone: b.in.phone, amount: b.in.amount}
	return b.charge(ctx, o, b.operator)
}

// chargeWithOTP charges a customer of an operator that wants a one-time code: the customer gets one by
// dialling the operator, and tells the shop. The payment is then final at once.
func (b *barkaPay) chargeWithOTP(ctx context.Context) (string, error) {
	phone, err := wapay.ParsePhone("07 44 55 66", "BF")
	if err != nil {
		return "", err
	}
	o := &order{kind: ipn.KindPayment, reference: "order-2", what: "charge with code", phone: phone, amount: wapay.XOF.Units(2500)}
	return b.charge(ctx, o, barkapay.Operator{Country: "BFA", Name: "ORANGE", OTPRequired: true})
}

func (b *barkaPay) charge(ctx context.Context, o *order, operator barkapay.Operator) (string, error) {
	r := wapay.PaymentRequest{
		Reference: o.reference,
		Amount:    o.amount,
		Customer:  wapay.Customer{Phone: o.phone},
		Operator:  operator.Name,
		NotifyURL: b.notify,
	}
	if operator.OTPRequired {
		r.OTP = b.sandbox.OTP(o.phone.National()) // what the customer reads on the phone
	}
	p, err := pay(ctx, b.client, r)
	if err != nil {
		return "", err
	}
	b.add(o, p.ID, p.Status)
	if p.Status != wapay.StatusPending {
		return fmt.Sprintf("%s by %s: %s", o.amount, r.Operator, p.Status), nil
	}
	if err := b.sandbox.Approve(p.ID); err != nil { // the customer's part
		return "", err
	}
	return fmt.Sprintf("%s by %s: %s, and the customer confirms", o.amount, r.Operator, p.Status), nil
}

// payByLink makes a page on which the customer pays: a PaymentRequest without an operator.
func (b *barkaPay) payByLink(ctx context.Context) (string, error) {
	o := &order{kind: ipn.KindPayment, reference: "order-3", what: "payment link", phone: b.in.phone, amount: wapay.XOF.Units(7500)}
	p, err := pay(ctx, b.client, wapay.PaymentRequest{
		Reference: o.reference, Amount: o.amount, Description: "Two bags of rice", NotifyURL: b.notify,
	})
	if err != nil {
		return "", err
	}
	b.add(o, p.ID, p.Status)
	// The shop sends the customer to p.CheckoutURL. The rest is the customer's part.
	if err := b.sandbox.PayLink(p.ID, b.operator.Country, b.operator.Name, o.phone.National()); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: the customer opens the page and pays\n%s", o.amount, p.CheckoutURL), nil
}

func (b *barkaPay) receiveNotifications(ctx context.Context) (string, error) {
	if err := b.receiveAll(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d over HTTP, each signed, confirmed by BarkaPay, and about an order of ours", len(b.orders)), nil
}

// refuseForgery sends a notification that came, with another amount in it.
func (b *barkaPay) refuseForgery(ctx context.Context) (string, error) {
	o := b.orders[0]
	answer, err := inbox.Forge(ctx, b.sandbox, o.id, `"amount":`, o.amount)
	if err != nil {
		return "", err
	}
	return "ten times the amount, old signature: " + answer, nil
}

func (b *barkaPay) lookUpOrders(ctx context.Context) (string, error) {
	return b.lookUp(ctx, b.client, b.client)
}
