package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/mpp"
)

// showRemote talks to MPP itself. It therefore does less: it reads, and it charges one phone, the user's own, if
// that is given.
func showRemote(ctx context.Context, in *input, env func(string) string, out io.Writer) error {
	if !in.flags.RealMoney {
		return cli.Usage("-remote", "where MPP has its sandbox is not documented, so the server may be the one with real money;"+
			" add -real-money if that is what you want")
	}
	keys, err := cli.Env(env, "MPP_SECRET_ID", "MPP_SECRET_KEY", "MPP_BUSINESS_ID")
	if err != nil {
		return err
	}
	if err := in.wantOwn(); err != nil {
		return err
	}
	var opts []wapay.Option
	server := "MPP's default server, which may be the one with real money"
	if address := env("MPP_BASE_URL"); address != "" {
		opts = append(opts, wapay.WithBaseURL(address))
		server = "the server in MPP_BASE_URL"
	}
	s := &shop{in: in, business: keys["MPP_BUSINESS_ID"]}
	s.client, err = mpp.New(mpp.Credentials{
		SecretID: wapay.Secret(keys["MPP_SECRET_ID"]), SecretKey: wapay.Secret(keys["MPP_SECRET_KEY"]), BusinessID: s.business,
	}, opts...)
	if err != nil {
		return cli.Usage("the values in the environment", "%v", err)
	}
	return s.remoteSteps(ctx, server, out)
}

// wantOwn refuses half of what a charge needs: the user has to say whom to charge, by what, and how much.
func (in *input) wantOwn() error {
	for _, name := range []string{"amount", "channel", "otp"} {
		switch {
		case in.charges() && !in.flags.Given(name) && name != "otp":
			return cli.Usage("-"+name, "has to be given with -remote and -phone: a real phone is charged, so let it be your own")
		case !in.charges() && in.flags.Given(name):
			return cli.Usage("-"+name, "needs a -phone to charge, with -remote")
		}
	}
	return nil
}

// remoteSteps says what will be done, and does it.
func (s *shop) remoteSteps(ctx context.Context, server string, out io.Writer) error {
	// A new reference for each run.
	o := &order{
		kind: ipn.KindPayment, reference: time.Now().UTC().Format("wapay-20060102-150405.000"), what: "payment",
		channel: s.in.channel, phone: s.in.phone,
	}
	fmt.Fprintf(out, "MPP, on %s:\n", server)
	fmt.Fprintln(out, "  - business, balance, channels and the newest transactions are read")
	if s.in.charges() {
		fmt.Fprintf(out, "  - %s, in the currency of the business, is charged to %s by %s, once; reference %s\n",
			s.in.amount.Decimal(), s.in.phone.LogValue(), s.in.channel, o.reference)
		fmt.Fprintln(out, "  - callbacks cannot reach this program, so it asks with WaitPayment")
	} else {
		fmt.Fprintln(out, "  - nobody is charged: no -phone was given")
	}
	fmt.Fprintln(out, "  - nobody is paid out: that would take money from your balance")

	steps := []cli.Step{
		{Name: "ask who we are", Do: s.readBusiness},
		{Name: "read the balance", Do: s.readBalance},
		{Name: "list the channels", Do: s.listChannels},
	}
	if s.in.charges() {
		steps = append(steps,
			cli.Step{Name: "ask whose wallet it is", Do: s.validateAccount},
			cli.Step{Name: "charge your phone", Do: func(ctx context.Context) (string, error) { return s.chargeRemote(ctx, o) }},
			cli.Step{Name: "wait for you to confirm", Do: func(ctx context.Context) (string, error) { return s.waitRemote(ctx, o) }},
		)
	}
	var newest [][]string
	steps = append(steps, cli.Step{Name: "list the newest", Do: func(ctx context.Context) (string, error) {
		page, err := s.client.Transactions(ctx, mpp.PageRequest{Size: 10})
		if err != nil {
			return "", err
		}
		for _, t := range page.Items {
			newest = append(newest, []string{
				t.ExternalID, string(t.Category), t.Channel.Code, t.Amount.Number.String() + " " + string(t.Currency),
				t.Status.String(), shorten(t.ID),
			})
		}
		return fmt.Sprintf("%d of %d", len(page.Items), max(page.Total, len(page.Items))), nil
	}})

	err := cli.Run(ctx, out, "MPP", steps)
	if len(s.orders) > 0 {
		fmt.Fprintln(out)
		if err := printOrders(out, s.orders); err != nil {
			return err
		}
	}
	if len(newest) > 0 {
		fmt.Fprintln(out)
		if err := cli.Table(out, []string{"REFERENCE", "CATEGORY", "CHANNEL", "AMOUNT", "STATUS", "MPP ID"}, newest); err != nil {
			return err
		}
	}
	return err
}

func (s *shop) chargeRemote(ctx context.Context, o *order) (string, error) {
	o.amount = s.in.amount // by now in the currency of the business
	p, err := pay(ctx, s.client, wapay.PaymentRequest{
		Reference: o.reference, Amount: o.amount, Customer: wapay.Customer{Phone: o.phone}, Operator: o.channel, OTP: s.in.otp,
	})
	if err != nil {
		return "", refused(err)
	}
	s.add(o, p.ID, p.Status)
	return fmt.Sprintf("%s: %s", o.amount, p.Status), nil
}

func (s *shop) waitRemote(ctx context.Context, o *order) (string, error) {
	p, err := wapay.WaitPayment(ctx, s.client, wapay.Ref{ID: o.id, Reference: o.reference})
	if p != nil { // also beside an error: the last that is known
		o.status, o.why = p.Status, p.Reason
	}
	switch {
	case err != nil: // time is up, or Ctrl-C, or the lookup failed: the payment goes its way all the same
		return "", fmt.Errorf("%s was %s when last seen, and may yet be paid: %w", o.reference, o.status, err)
	case o.status != wapay.StatusSucceeded:
		return "", fmt.Errorf("%s is %s: %s", o.reference, o.status, o.why)
	}
	return o.status.String(), nil
}
