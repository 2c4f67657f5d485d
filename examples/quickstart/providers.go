package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/ipn"
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
func openBarkaPay() *shop {
	provider := barkapaytest.New(barkapaytest.Config{})
	client := provider.Client(local())
	s := newShop("BarkaPay", provider, client)
	customer := number("+226 70 65 61 88", "")
	own := &order{reference: "order-1", what: "charge", phone: customer, operator: "MOOV", amount: francs(5000)}
	coded := &order{
		reference: "order-2", what: "charge with code",
		phone: number("07 44 55 66", "BF"), operator: "ORANGE", amount: francs(2500),
		code: provider.OTP, // the customer dials the operator, and tells the shop the code
	}
	// A payment without an operator is made on a page.
	link := &order{reference: "order-3", what: "payment link", phone: customer, amount: francs(7500)}
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
			operators, err := client.Operators(ctx) // each has limits and manners of its own
			for _, o := range operators {
				if o.Country == customer.CountryAlpha3() && o.Name == own.operator {
					return fmt.Sprintf("%d in all; MOOV in BF takes %s to %s", len(operators), o.MinAmount, o.MaxAmount), nil
				}
			}
			return "", errors.Join(err, errors.New("no operator MOOV"))
		}},
	}
	// There is no time in what is signed, nor the kind: BarkaPay is asked too.
	s.notifyPayments = s.accept("/barkapay", ipn.BarkaPay(provider.IPNKey(), provider.SCIIPNKey()),
		ipn.ConfirmPayments(client), ipn.ConfirmPayouts(client))
	s.notifyPayouts = s.notifyPayments
	return s
}

// checkKeys reads the balance, which no provider shows to a stranger.
func checkKeys(client wapay.BalanceReader) cli.Step {
	return cli.Step{Name: "check the keys", Do: func(ctx context.Context) (string, error) {
		balances, err := client.Balances(ctx)
		if err != nil || len(balances) == 0 {
			return "", fmt.Errorf("%d balances: %w", len(balances), err)
		}
		return fmt.Sprintf("accepted; the balance is %s", balances[0].Available), nil
	}}
}

// openPayHub opens a shop at BarkaPay's newer platform. It signs id and status,
// and is asked for the rest.
func openPayHub() *shop {
	provider := payhubtest.New(payhubtest.Config{})
	client := provider.Client(local())
	s := newShop("PayHub", provider, client)
	s.payments = []*order{{
		reference: "bill-1", what: "charge with code",
		phone: number("70 65 61 77", "BF"), operator: "MOOV", amount: francs(7500),
		code: provider.OTP, codeLater: true,
	}}
	s.payouts = []*order{
		{reference: "tailor-1", phone: number("76 00 00 01", "BF"), operator: "ORANGE", amount: francs(25_000)},
		{reference: "tailor-2", phone: number("+226 76 00 00 02", ""), operator: "ORANGE", amount: francs(25_000)},
	}
	s.loss = []sandbox.Fault{{Kind: sandbox.FaultCut, Method: "POST", Path: "bf/v1/transfers"}}
	s.checks = []cli.Step{checkKeys(client)}
	provider.Notify(s.accept("/payhub", ipn.PayHub(provider.WebhookSecret()), // as the dashboard does
		ipn.ConfirmPayments(client), ipn.ConfirmPayouts(client)))
	return s
}

// openIntram opens a shop in Benin. Whether the money is real depends on the
// keys alone: pk_sandbox_… or pk_live_….
func openIntram() *shop {
	const operator = "MTN_BENIN_229"
	provider := intramtest.New(intramtest.Config{})
	client := provider.Client(local())
	// Intram makes the page a little after its answer, and Pay waits for it.
	// Here there is no need to.
	s := newShop("Intram", provider, client.WithCheckoutWait(0))
	s.payments = []*order{{
		reference: "basket-1", what: "payment page",
		phone: number("01 61 23 45 67", "BJ"), operator: operator, amount: francs(4000),
	}}
	s.payouts = []*order{
		{reference: "supplier-1", phone: number("01 97 00 00 01", "BJ"), operator: operator, amount: francs(9000)},
		{reference: "supplier-2", phone: number("+229 01 97 00 00 02", ""), operator: operator, amount: francs(9000)},
	}
	// Intram keeps an idempotency key for 24 hours, and the library derives one
	// from the reference. So it sends the order again by itself, and gets the
	// first answer once more.
	s.loss = []sandbox.Fault{{Kind: sandbox.FaultTruncated, Method: "POST", Path: "payouts"}}
	s.checks = []cli.Step{
		checkKeys(client),
		{Name: "subscribe to notifications", Do: func(ctx context.Context) (string, error) {
			// The answer has the secret that they are signed with, this once: a
			// shop stores it.
			webhook, err := client.CreateWebhook(ctx, intram.WebhookRequest{URL: s.inbox.URL + "/intram", Event: "*"})
			if err != nil {
				return "", err
			}
			s.accept("/intram", ipn.Intram(webhook.Secret))
			return "to all events; the secret to verify them with came in the answer", s.err
		}},
	}
	return s
}

// openCinetPay opens a shop in Côte d'Ivoire. CinetPay has two products, which
// notify in two ways. The checkout signs but does not say for sure whether the
// customer paid, and transfers sign nothing. So CinetPay is asked.
func openCinetPay() *shop {
	provider := cinetpaytest.New(cinetpaytest.Config{})
	client := provider.Client(local())
	s := newShop("CinetPay", provider, client)
	s.payments = []*order{
		{reference: "ticket-1", what: "payment page", phone: number("07 07 00 00 01", "CI"), amount: francs(6000)},
	}
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
	checkout := ipn.CinetPayCheckoutSite(provider.Credentials().SiteID, provider.IPNKey())
	s.notifyPayments = s.accept("/cinetpay/checkout", checkout, ipn.ConfirmPayments(client))
	s.notifyPayouts = s.accept("/cinetpay/transfer", ipn.CinetPayTransfer(), ipn.ConfirmPayouts(client))
	return s
}

// openCinetPayV1 opens a shop at CinetPay's newer platform, with an account for
// Côte d'Ivoire. A notification is not signed, and does not say what it is
// about: the route says which kind of order CinetPay is asked for.
func openCinetPayV1() *shop {
	provider := apiv1test.New(apiv1test.Config{})
	client := provider.Client(local())
	s := newShop("CinetPay v1", provider, client)
	s.payments = []*order{{
		reference: "MEAL-1", what: "charge",
		phone: number("05 05 00 00 21", "CI"), operator: "MTN_CI", amount: francs(3500),
	}}
	s.payouts = []*order{
		{reference: "COOK-1", phone: number("07 07 00 00 31", "CI"), operator: "OM_CI", amount: francs(12_000)},
		{reference: "COOK-2", phone: number("+225 07 07 00 00 32", ""), operator: "OM_CI", amount: francs(12_000)},
	}
	s.loss = []sandbox.Fault{{Kind: sandbox.FaultCut, Method: "POST", Path: "v1/transfer"}}
	s.checks = []cli.Step{checkKeys(client)}
	s.notifyPayments = s.accept("/cinetpay-v1/payments", ipn.CinetPayV1(), ipn.ConfirmPayments(client))
	s.notifyPayouts = s.accept("/cinetpay-v1/transfers", ipn.CinetPayV1(), ipn.ConfirmPayouts(client))
	return s
}

// openMPP opens a shop in Sierra Leone. Its money is the leone, which has
// cents. MPP signs nothing, and is asked about whatever comes.
func openMPP() *shop {
	provider := mpptest.New(mpptest.Config{})
	client := provider.Client(local())
	s := newShop("MPP", provider, client)
	s.payments = []*order{{
		reference: "fare-1", what: "charge",
		phone: number("080 002209", "SL"), operator: "OM", amount: wapay.SLE.Minor(75_50),
	}}
	s.payouts = []*order{
		{reference: "farmer-1", phone: number("080 000001", "SL"), operator: "OM", amount: wapay.SLE.Minor(120_25)},
		{reference: "farmer-2", phone: number("+232 80 000002", ""), operator: "OM", amount: wapay.SLE.Minor(120_25)},
	}
	s.loss = []sandbox.Fault{{Kind: sandbox.FaultCut, Method: "POST", Path: "api/v1/transaction"}}
	s.checks = []cli.Step{checkKeys(client)}
	s.notifyPayments = s.accept("/mpp", ipn.MPP(), ipn.ConfirmPayments(client), ipn.ConfirmPayouts(client))
	s.notifyPayouts = s.notifyPayments
	return s
}
