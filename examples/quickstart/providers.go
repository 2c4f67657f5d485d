package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

// local keeps a client on this machine.
func local() wapay.Option { return wapay.WithHTTPClient(cli.LoopbackClient()) }

var francs = wapay.XOF.Units

// number reads a sample.
func number(phone, country string) wapay.Phone {
	p, err := wapay.ParsePhone(phone, country)
	if err != nil {
		panic(err)
	}
	return p
}

// openBarkaPay opens a shop in Burkina Faso. BarkaPay has two kinds of app,
// each with a pair of keys and an IPN key of its own: one charges phones and
// sends money, the other (SCI) makes payment links.
func openBarkaPay(in *input) (*shop, error) {
	provider := barkapaytest.New(barkapaytest.Config{})
	client := provider.Client(local())
	s := &shop{provider: "BarkaPay", sandbox: provider, client: client}
	own := &order{reference: "order-1", what: "charge", phone: in.phone, operator: in.operator, amount: in.amount}
	coded := &order{
		reference: "order-2", what: "charge with code", phone: number("07 44 55 66", "BF"), operator: "ORANGE", amount: francs(2500),
		code: provider.OTP, // the customer dials the operator, and tells the shop the code
	}
	// A payment without an operator is made on a page.
	link := &order{reference: "order-3", what: "payment link", phone: in.phone, amount: francs(7500)}
	s.payments = []*order{own, coded, link}
	// Numbers may be written in any usual way.
	s.payouts = []*order{
		{reference: "salary-1", phone: number("70 11 22 33", "BF"), operator: "MOOV", amount: francs(10_000)},
		{reference: "salary-2", phone: number("77 123 45 67", "SN"), operator: "WAVE", amount: francs(12_500)},
		{reference: "salary-3", phone: number("05 01 02 03 04", "CI"), operator: "MTN", amount: francs(20_000)},
		{reference: "salary-4", phone: number("00228 90 11 22 33", ""), operator: "TMONEY", amount: francs(7_500)},
		{reference: "salary-5", phone: number("+229 01 97 00 00 00", ""), operator: "MTN", amount: francs(15_000)},
	}
	s.loss = []sandbox.Fault{{Kind: sandbox.FaultCut, Method: "POST", Path: "transfer/request/mobile"}}
	s.checks = []cli.Step{
		{Name: "check the keys", Do: func(ctx context.Context) (string, error) {
			if err := client.Ping(ctx); err != nil {
				return "", err
			}
			return "accepted, those of both apps", client.PingSCI(ctx)
		}},
		{Name: "list the operators", Do: func(ctx context.Context) (string, error) {
			operator, said, err := findOperator(ctx, client, in)
			if own.operator = operator.Name; operator.OTPRequired {
				own.code = provider.OTP
			}
			return said, err
		}},
	}
	// There is no time in what is signed, nor the kind: BarkaPay is asked too.
	var err error
	s.notifyPayments, err = s.accept("/barkapay", ipn.BarkaPay(provider.IPNKey(), provider.SCIIPNKey()),
		ipn.WithConfirm(ipn.ConfirmPayments(client), ipn.ConfirmPayouts(client)))
	s.notifyPayouts = s.notifyPayments
	return s, err
}

// findOperator finds the customer's operator among those that BarkaPay has in
// the country, because each has limits and manners of its own.
func findOperator(ctx context.Context, client *barkapay.Client, in *input) (found barkapay.Operator, said string, err error) {
	operators, err := client.Operators(ctx)
	if err != nil {
		return found, "", err
	}
	var here []string
	for _, o := range operators {
		if o.Country != in.phone.CountryAlpha3() {
			continue
		}
		here = append(here, o.Name)
		if strings.EqualFold(o.Name, in.operator) {
			found = o
		}
	}
	amount := in.amount.MinorUnits()
	switch {
	case here == nil:
		err = cli.Usage("-country", "BarkaPay has no operators in %s", in.phone.Country())
	case found.Name == "":
		err = cli.Usage("-operator", "BarkaPay has no %q in %s, but %s", in.operator, in.phone.Country(), strings.Join(here, ", "))
	case amount < found.MinAmount.MinorUnits() || amount > found.MaxAmount.MinorUnits():
		err = cli.Usage("-amount", "%s takes %s to %s, not %s", found.Name, found.MinAmount, found.MaxAmount, in.amount)
	}
	return found, fmt.Sprintf("%d in all; %s in %s takes %s to %s",
		len(operators), found.Name, in.phone.Country(), found.MinAmount, found.MaxAmount), err
}

// openPayHub opens a shop at BarkaPay's newer platform. It signs id and status,
// and is asked for the rest.
func openPayHub(*input) (*shop, error) {
	provider := payhubtest.New(payhubtest.Config{})
	client := provider.Client(local())
	s := &shop{provider: "PayHub", sandbox: provider, client: client}
	s.payments = []*order{{
		reference: "bill-1", what: "charge with code", phone: number("70 65 61 77", "BF"), operator: "MOOV", amount: francs(7500),
		code: provider.OTP, codeLater: true,
	}}
	s.payouts = []*order{
		{reference: "tailor-1", phone: number("76 00 00 01", "BF"), operator: "ORANGE", amount: francs(25_000)},
		{reference: "tailor-2", phone: number("+226 76 00 00 02", ""), operator: "ORANGE", amount: francs(25_000)},
	}
	s.loss = []sandbox.Fault{{Kind: sandbox.FaultCut, Method: "POST", Path: "bf/v1/transfers"}}
	s.checks = []cli.Step{{Name: "check the keys", Do: func(ctx context.Context) (string, error) {
		balance, err := client.Balance(ctx)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("accepted; the balance is %s", balance.Available), nil
	}}}
	notify, err := s.accept("/payhub", ipn.PayHub(provider.WebhookSecret()),
		ipn.WithConfirm(ipn.ConfirmPayments(client), ipn.ConfirmPayouts(client)))
	provider.Notify(notify) // as the dashboard does
	return s, err
}

// openIntram opens a shop in Benin. Whether the money is real depends on the
// keys alone: pk_sandbox_… or pk_live_….
func openIntram(*input) (*shop, error) {
	const operator = "MTN_BENIN_229"
	provider := intramtest.New(intramtest.Config{})
	client := provider.Client(local())
	s := &shop{provider: "Intram", sandbox: provider}
	s.open()
	// Intram makes the page a little after its answer, and Pay waits for it.
	// Here there is no need to.
	s.client = client.WithCheckoutWait(0)
	s.payments = []*order{
		{reference: "basket-1", what: "payment page", phone: number("01 61 23 45 67", "BJ"), operator: operator, amount: francs(4000)},
	}
	s.payouts = []*order{
		{reference: "supplier-1", phone: number("01 97 00 00 01", "BJ"), operator: operator, amount: francs(9000)},
		{reference: "supplier-2", phone: number("+229 01 97 00 00 02", ""), operator: operator, amount: francs(9000)},
	}
	// Intram keeps an idempotency key for 24 hours, and the library derives one
	// from the reference. So it sends the order again by itself, and gets the
	// first answer once more.
	s.loss = []sandbox.Fault{{Kind: sandbox.FaultTruncated, Method: "POST", Path: "payouts"}}
	s.checks = []cli.Step{
		{Name: "check the keys", Do: func(ctx context.Context) (string, error) {
			balance, err := client.Balance(ctx)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("accepted; there are %d wallets", len(balance.Methods)), nil
		}},
		{Name: "subscribe to notifications", Do: func(ctx context.Context) (string, error) {
			// The answer has the secret that they are signed with, this once: a
			// shop stores it.
			webhook, err := client.CreateWebhook(ctx, intram.WebhookRequest{URL: s.inbox.URL + "/intram", Event: "*"})
			if err != nil {
				return "", err
			}
			_, err = s.accept("/intram", ipn.Intram(webhook.Secret))
			return "to all events; the secret to verify them with came in the answer", err
		}},
	}
	return s, nil
}

// openCinetPay opens a shop in Côte d'Ivoire. CinetPay has two products, which
// notify in two ways. The checkout signs but does not say for sure whether the
// customer paid, and transfers sign nothing. So CinetPay is asked.
func openCinetPay(*input) (*shop, error) {
	provider := cinetpaytest.New(cinetpaytest.Config{})
	client := provider.Client(local())
	s := &shop{provider: "CinetPay", sandbox: provider, client: client}
	s.payments = []*order{{reference: "ticket-1", what: "payment page", phone: number("07 07 00 00 01", "CI"), amount: francs(6000)}}
	s.payouts = []*order{
		{reference: "driver-1", phone: number("05 05 00 00 01", "CI"), amount: francs(8000)},
		{reference: "driver-2", phone: number("05 05 00 00 02", "CI"), amount: francs(8000)},
	}
	// Payout asks once by itself what became of a transfer, which is mostly all
	// that is needed.
	s.loss = []sandbox.Fault{
		{Kind: sandbox.FaultCut, Method: "POST", Path: "v1/transfer/money/send/contact"},
		{Kind: sandbox.FaultHTML, Code: 200, Path: "v1/transfer/check/money"},
	}
	s.checks = []cli.Step{{Name: "check the keys", Do: func(ctx context.Context) (string, error) {
		balance, err := client.Balance(ctx, wapay.XOF) // the answer names no currency: the shop knows its own
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("accepted; %s to pay people with", balance.Available), nil
	}}}
	var err error
	checkout := ipn.CinetPayCheckoutSite(provider.Credentials().SiteID, provider.IPNKey())
	if s.notifyPayments, err = s.accept("/cinetpay/checkout", checkout, ipn.WithConfirm(ipn.ConfirmPayments(client))); err != nil {
		return s, err
	}
	s.notifyPayouts, err = s.accept("/cinetpay/transfer", ipn.CinetPayTransfer(), ipn.WithConfirm(ipn.ConfirmPayouts(client)))
	return s, err
}

// openCinetPayV1 opens a shop at CinetPay's newer platform, with an account for
// Côte d'Ivoire. A notification is not signed, and does not say what it is
// about: the route says which kind of order CinetPay is asked for.
func openCinetPayV1(*input) (*shop, error) {
	provider := apiv1test.New(apiv1test.Config{})
	client := provider.Client(local())
	s := &shop{provider: "CinetPay v1", sandbox: provider, client: client}
	s.payments = []*order{{reference: "MEAL-1", what: "charge", phone: number("05 05 00 00 21", "CI"), operator: "MTN_CI", amount: francs(3500)}}
	s.payouts = []*order{
		{reference: "COOK-1", phone: number("07 07 00 00 31", "CI"), operator: "OM_CI", amount: francs(12_000)},
		{reference: "COOK-2", phone: number("+225 07 07 00 00 32", ""), operator: "OM_CI", amount: francs(12_000)},
	}
	s.loss = []sandbox.Fault{{Kind: sandbox.FaultCut, Method: "POST", Path: "v1/transfer"}}
	s.checks = []cli.Step{{Name: "check the keys", Do: func(ctx context.Context) (string, error) {
		balance, err := client.Balance(ctx)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("accepted; the balance is %s", balance.Available), nil
	}}}
	var err error
	if s.notifyPayments, err = s.accept("/cinetpay-v1/payments", ipn.CinetPayV1(), ipn.WithConfirm(ipn.ConfirmPayments(client))); err != nil {
		return s, err
	}
	s.notifyPayouts, err = s.accept("/cinetpay-v1/transfers", ipn.CinetPayV1(), ipn.WithConfirm(ipn.ConfirmPayouts(client)))
	return s, err
}

// openMPP opens a shop in Sierra Leone. Its money is the leone, which has
// cents. MPP signs nothing, and is asked about whatever comes.
func openMPP(*input) (*shop, error) {
	provider := mpptest.New(mpptest.Config{})
	client := provider.Client(local())
	s := &shop{provider: "MPP", sandbox: provider, client: client}
	s.payments = []*order{{reference: "fare-1", what: "charge", phone: number("080 002209", "SL"), operator: "OM", amount: wapay.SLE.Minor(75_50)}}
	s.payouts = []*order{
		{reference: "farmer-1", phone: number("080 000001", "SL"), operator: "OM", amount: wapay.SLE.Minor(120_25)},
		{reference: "farmer-2", phone: number("+232 80 000002", ""), operator: "OM", amount: wapay.SLE.Minor(120_25)},
	}
	s.loss = []sandbox.Fault{{Kind: sandbox.FaultCut, Method: "POST", Path: "api/v1/transaction"}}
	s.checks = []cli.Step{
		{Name: "check the keys", Do: func(ctx context.Context) (string, error) {
			balance, err := client.Balance(ctx)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("accepted; the balance is %s", balance.Balance.Money), nil
		}},
		{Name: "list the channels", Do: func(ctx context.Context) (string, error) { return listChannels(ctx, client) }},
	}
	var err error
	s.notifyPayments, err = s.accept("/mpp", ipn.MPP(), ipn.WithConfirm(ipn.ConfirmPayments(client), ipn.ConfirmPayouts(client)))
	s.notifyPayouts = s.notifyPayments
	return s, err
}

// listChannels shows the ways to move money that the business has subscribed
// to. Each has rules of its own, by which Pay and Payout check an order before
// they send it.
func listChannels(ctx context.Context, client *mpp.Client) (string, error) {
	var said []string
	for channel, err := range client.AllChannels(ctx) {
		if err != nil {
			return "", err
		}
		said = append(said, channel.Code+" ("+channel.Description+")")
	}
	return strings.Join(said, ", "), nil
}
