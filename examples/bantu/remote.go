package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/examples/internal/cli"
)

// showRemote talks to Bantu itself: to its sandbox, or with live keys to where real money is.
func showRemote(ctx context.Context, in *input, env func(string) string, out io.Writer) error {
	keys, err := cli.Env(env, "BANTU_ACCOUNT_KEY", "BANTU_SECRET_KEY", "BANTU_PUBLIC_KEY")
	if err != nil {
		return err
	}
	server := "its own sandbox"
	for _, name := range []string{"BANTU_SECRET_KEY", "BANTU_PUBLIC_KEY"} {
		if strings.Contains(keys[name], "_live_") {
			if server = "its server for real money"; !in.flags.RealMoney {
				return cli.Usage("-remote", "%s is a live key, so this would be about real money; add -real-money if that is what you want", name)
			}
		}
	}
	m := &merchant{partner: bantu.Partner(in.partner), url: in.url}
	if in.configure {
		if m.config, err = partnerConfig(env); err != nil {
			return err
		}
	}
	m.client, err = bantu.New(bantu.Credentials{
		AccountKey: wapay.Secret(keys["BANTU_ACCOUNT_KEY"]), SecretKey: wapay.Secret(keys["BANTU_SECRET_KEY"]),
		PublicKey: wapay.Secret(keys["BANTU_PUBLIC_KEY"]),
	})
	if err != nil {
		return cli.Usage("the keys in the environment", "%s", faults(err))
	}
	m.owner = m.client
	return m.remoteSteps(ctx, in, server, out)
}

// partnerConfig reads the merchant's credentials with the partner. Whether all are there that the partner
// requires is checked by ConfigurePartner.
func partnerConfig(env func(string) string) (bantu.PartnerConfig, error) {
	c := bantu.PartnerConfig{
		ClientID: env("BANTU_CLIENT_ID"), ClientSecret: wapay.Secret(env("BANTU_CLIENT_SECRET")),
		MerchantID: env("BANTU_MERCHANT_ID"), Token: wapay.Secret(env("BANTU_TOKEN")),
	}
	if c == (bantu.PartnerConfig{}) {
		return c, cli.Usage("-configure", "not set in the environment: BANTU_CLIENT_ID, BANTU_CLIENT_SECRET, BANTU_MERCHANT_ID")
	}
	return c, nil
}

// remoteSteps says what will be done, and does it.
func (m *merchant) remoteSteps(ctx context.Context, in *input, server string, out io.Writer) error {
	fmt.Fprintf(out, "Bantu, %s:\n", server)
	var steps []cli.Step
	if in.url != "" {
		fmt.Fprintf(out, "  - %s is enabled, at the URL you gave\n", m.partner)
		steps = append(steps, cli.Step{Name: "enable " + in.partner, Do: m.enable})
	}
	if in.configure {
		fmt.Fprintf(out, "  - %s is configured with your credentials, in place of those that are there\n", m.partner)
		steps = append(steps, cli.Step{Name: "configure it", Do: m.configure})
	}
	if len(steps) == 0 {
		fmt.Fprintln(out, "  - nothing is changed: neither -url nor -configure was given")
	}
	fmt.Fprintf(out, "  - %s is asked about; no money moves, because Bantu documents no call for that\n", m.partner)
	fmt.Fprintln(out, "  - no account and no application is made: their keys would go by mail, or be shown once")
	steps = append(steps, cli.Step{Name: "ask for its status", Do: m.status}, cli.Step{Name: "check the configuration", Do: m.check})
	return m.finish(out, cli.Run(ctx, out, "Bantu", steps))
}

// faults is what an error says is wrong with a call, field by field.
func faults(err error) string {
	var e *wapay.Error
	if !errors.As(err, &e) {
		return ""
	}
	var all []string
	for _, d := range e.Details {
		all = append(all, d.Field+" "+d.Message)
	}
	return strings.Join(all, "; ")
}

// refused turns the error of a call with something wrong in it, which was not sent, into a fault of the input.
func refused(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && e.Kind == wapay.ErrInvalid && e.Attempts == 0 {
		return cli.Usage("", "not sent: %s", faults(err))
	}
	return err
}
