package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/ipn"
)

// showBarkaPayRemote talks to BarkaPay itself, where there is only real money. It therefore does less: it
// reads, and it charges one phone, the user's own.
func showBarkaPayRemote(ctx context.Context, in *input, out io.Writer) ([]*order, error) {
	if err := in.flags.WantRealMoney("BarkaPay"); err != nil {
		return nil, err
	}
	keys, err := barkaPayKeys(in.env)
	if err != nil {
		return nil, err
	}
	if err := in.wantOwn(); err != nil {
		return nil, err
	}
	b := &barkaPay{in: in, links: keys.SCIKey != ""}
	if b.notify, err = notifyURL(in.env); err != nil {
		return nil, err
	}
	if b.client, err = barkapay.New(keys); err != nil {
		return nil, cli.Usage("the keys in the environment", "%v", err)
	}
	return b.remoteSteps(ctx, out)
}

// barkaPayKeys reads the keys. The SCI pair may be left out, but not half of it.
func barkaPayKeys(env func(string) string) (barkapay.Credentials, error) {
	names := []string{"BARKAPAY_API_KEY", "BARKAPAY_API_SECRET"}
	if env("BARKAPAY_SCI_KEY")+env("BARKAPAY_SCI_SECRET") != "" {
		names = append(names, "BARKAPAY_SCI_KEY", "BARKAPAY_SCI_SECRET")
	}
	keys, err := cli.Env(env, names...)
	return barkapay.Credentials{
		APIKey: wapay.Secret(keys["BARKAPAY_API_KEY"]), APISecret: wapay.Secret(keys["BARKAPAY_API_SECRET"]),
		SCIKey: wapay.Secret(keys["BARKAPAY_SCI_KEY"]), SCISecret: wapay.Secret(keys["BARKAPAY_SCI_SECRET"]),
	}, err
}

// notifyURL is where the user wants BarkaPay's notifications. It has to be an address that BarkaPay can reach.
func notifyURL(env func(string) string) (string, error) {
	const name = "BARKAPAY_NOTIFY_URL"
	s := env(name)
	if s == "" {
		return "", nil
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return "", cli.Usage(name, "want a public https URL")
	}
	return s, nil
}

// remoteSteps says what will be done, and does it.
func (b *barkaPay) remoteSteps(ctx context.Context, out io.Writer) ([]*order, error) {
	// A new reference for each run. It is in digits because BarkaPay is said to have refused others.
	stamp := time.Now().UTC().Format("20060102150405")
	charge := &order{kind: ipn.KindPayment, reference: stamp + "1", what: "charge", phone: b.in.phone, amount: b.in.amount}

	fmt.Fprintln(out, "Intram, CinetPay, MPP and Bantu are left out: ./examples/intram, ./examples/cinetpay, ./examples/mpp and")
	fmt.Fprintln(out, "./examples/bantu have a -remote of their own.")
	fmt.Fprintln(out)
	fmt.Fprintln(out, "BarkaPay, its own server and real money:")
	fmt.Fprintln(out, "  - keys, operators and balances are read")
	fmt.Fprintf(out, "  - %s is charged to %s, which has to confirm; reference %s\n",
		b.in.amount, b.in.phone.LogValue(), charge.reference)
	if b.links {
		fmt.Fprintf(out, "  - a payment link for %s is made; nothing moves unless somebody opens it and pays\n", b.in.amount)
	} else {
		fmt.Fprintln(out, "  - no payment link: BARKAPAY_SCI_KEY and BARKAPAY_SCI_SECRET are not set")
	}
	fmt.Fprintln(out, "  - nobody is paid out: that would take money from your balance")
	if b.notify == "" {
		fmt.Fprintln(out, "  - notifications cannot reach this program, so it asks with WaitPayment instead; set")
		fmt.Fprintln(out, "    BARKAPAY_NOTIFY_URL to a public https URL of yours to have them sent there")
	} else {
		fmt.Fprintln(out, "  - notifications go to BARKAPAY_NOTIFY_URL; this program asks with WaitPayment")
	}

	steps := []cli.Step{
		{Name: "check the keys", Do: b.checkKeys},
		{Name: "list the operators", Do: b.listOperators},
		{Name: "list the balances", Do: b.listBalances},
		{Name: "charge your phone", Do: func(ctx context.Context) (string, error) { return b.chargeRemote(ctx, charge) }},
		{Name: "wait for you to confirm", Do: func(ctx context.Context) (string, error) { return b.waitRemote(ctx, charge) }},
	}
	if b.links {
		steps = append(steps, cli.Step{Name: "make a payment link", Do: func(ctx context.Context) (string, error) {
			return b.linkRemote(ctx, stamp+"2")
		}})
	}
	err := cli.Run(ctx, out, "BarkaPay", steps)
	return b.orders, err
}

func (b *barkaPay) chargeRemote(ctx context.Context, o *order) (string, error) {
	if b.operator.OTPRequired && b.in.otp == "" {
		return "", cli.Usage("-otp", "%s wants a one-time code: %s", b.operator.Name, b.operator.PaymentInstructions)
	}
	if !b.operator.OTPRequired && b.in.otp != "" {
		return "", cli.Usage("-otp", "%s takes no one-time code: its customers confirm on the phone", b.operator.Name)
	}
	p, err := pay(ctx, b.client, wapay.PaymentRequest{
		Reference: o.reference, Amount: o.amount, Customer: wapay.Customer{Phone: o.phone},
		Operator: b.operator.Name, OTP: b.in.otp, NotifyURL: b.notify,
	})
	if err != nil {
		return "", err
	}
	b.add(o, p.ID, p.Status)
	said := p.Status.String()
	if p.CheckoutURL != "" {
		said += "; confirm on " + p.CheckoutURL
	}
	return said, nil
}

func (b *barkaPay) waitRemote(ctx context.Context, o *order) (string, error) {
	err := o.lookUp(ctx, b.client, nil)
	switch {
	case err != nil: // time is up, or Ctrl-C, or the lookup failed: the payment goes its way all the same
		return "", fmt.Errorf("%s was %s when last seen, and may yet be paid: %w", o.reference, o.status, err)
	case o.status != wapay.StatusSucceeded:
		return "", fmt.Errorf("%s is %s", o.reference, o.status)
	}
	return o.status.String(), nil
}

func (b *barkaPay) linkRemote(ctx context.Context, reference string) (string, error) {
	o := &order{kind: ipn.KindPayment, reference: reference, what: "payment link", amount: b.in.amount}
	p, err := pay(ctx, b.client, wapay.PaymentRequest{Reference: o.reference, Amount: o.amount, NotifyURL: b.notify})
	if err != nil {
		return "", err
	}
	b.add(o, p.ID, p.Status)
	return p.CheckoutURL + " (good for five minutes; not waited for)", nil
}
