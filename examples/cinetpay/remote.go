package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/examples/internal/cli"
)

// showRemote talks to CinetPay itself, where there is only real money. It therefore does less: it reads, and it
// makes one payment page. It sends no transfers, whatever the flags.
func showRemote(ctx context.Context, in *input, out io.Writer) ([]*order, error) {
	if err := in.flags.WantRealMoney("CinetPay"); err != nil {
		return nil, err
	}
	names := []string{"CINETPAY_API_KEY", "CINETPAY_PASSWORD", "CINETPAY_SITE_ID", "CINETPAY_NOTIFY_URL"}
	if in.listen != "" {
		names = append(names, "CINETPAY_SECRET_KEY")
	}
	env, err := cli.Env(in.env, names...)
	if err != nil {
		return nil, err
	}
	if !in.flags.Given("amount") {
		return nil, cli.Usage("-amount", "has to be given with -remote: whoever opens the page can pay it")
	}
	notify, err := url.Parse(env["CINETPAY_NOTIFY_URL"])
	if err != nil || notify.Scheme != "https" || notify.Hostname() == "" {
		return nil, cli.Usage("CINETPAY_NOTIFY_URL", "want a public https URL")
	}
	s := &shop{in: in}
	s.client, err = cinetpay.New(cinetpay.Credentials{
		APIKey: wapay.Secret(env["CINETPAY_API_KEY"]), Password: wapay.Secret(env["CINETPAY_PASSWORD"]),
		SiteID: env["CINETPAY_SITE_ID"],
	})
	if err != nil {
		return nil, cli.Usage("the keys in the environment", "%v", err)
	}
	if in.listen != "" {
		if err := s.listen(in.listen, env["CINETPAY_SITE_ID"], wapay.Secret(env["CINETPAY_SECRET_KEY"])); err != nil {
			return nil, cli.Usage("-listen", "%v", err)
		}
		defer s.inbox.Close()
	}
	err = s.remoteSteps(ctx, out, notify)
	return s.orders, err
}

// remoteSteps says what will be done, and does it.
func (s *shop) remoteSteps(ctx context.Context, out io.Writer, notify *url.URL) error {
	// A new reference for each run. In one piece: a date as CinetPay writes it, with dashes and colons, would make
	// its notifications ambiguous, and the library refuse them.
	o := &order{reference: "example-" + time.Now().UTC().Format("20060102150405"), what: "checkout", amount: s.in.amount}

	fmt.Fprintln(out, "CinetPay, its own server and real money:")
	fmt.Fprintln(out, "  - the balance of the transfer account is read")
	fmt.Fprintf(out, "  - a payment page for %s is made, reference %s; nothing moves unless somebody opens it and pays\n",
		o.amount, o.reference)
	fmt.Fprintln(out, "  - nobody is sent money: that would be taken from your balance")
	if s.inbox == nil {
		fmt.Fprintln(out, "  - notifications go to CINETPAY_NOTIFY_URL, and are not waited for; see -listen")
	} else {
		fmt.Fprintf(out, "  - notifications go to CINETPAY_NOTIFY_URL, which has to lead to %s\n", s.checkouts)
	}

	steps := []cli.Step{
		{Name: "read the balance", Do: s.readBalance},
		{Name: "make a payment page", Do: func(ctx context.Context) (string, error) {
			home := &url.URL{Scheme: notify.Scheme, Host: notify.Host, Path: "/"} // the customer comes back here
			p, err := s.pay(ctx, o, notify.String(), home.String())
			if err != nil {
				return "", err
			}
			return p.CheckoutURL, nil
		}},
		{Name: "ask about it", Do: func(ctx context.Context) (string, error) { return s.ask(ctx, o) }},
	}
	if s.inbox != nil {
		steps = append(steps, cli.Step{Name: "wait for you to pay", Do: func(ctx context.Context) (string, error) {
			return s.waitPaid(ctx, o)
		}})
	}
	return cli.Run(ctx, out, "CinetPay", steps)
}

func (s *shop) ask(ctx context.Context, o *order) (string, error) {
	p, err := s.client.FindPayment(ctx, o.ref())
	if err != nil {
		return "", err
	}
	o.status, o.reason = p.Status, p.Reason
	return fmt.Sprintf("%s: %s", o.status, or(o.reason)), nil
}

// waitPaid goes from one notification to the next until the payment is over. How many there will be is
// not documented.
func (s *shop) waitPaid(ctx context.Context, o *order) (string, error) {
	for {
		if _, err := s.hear(ctx, o); err != nil { // time is up, or Ctrl-C: the page can be paid all the same
			return "", fmt.Errorf("%s was %s when last seen, and may yet be paid: %w", o.reference, o.status, err)
		}
		switch {
		case o.status == wapay.StatusSucceeded:
			return "the notification's x-token is right, and FindPayment says " + o.status.String(), nil
		case o.status.Final():
			return "", errors.New(o.reference + " is " + o.status.String() + ": " + o.reason)
		}
	}
}
