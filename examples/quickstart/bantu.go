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
	"github.com/wapay-go/wapay/sandbox/bantutest"
)

// showBantu makes no order: Bantu documents no endpoint that moves money. It
// sets up a payment partner instead, with which the merchant has an account of
// its own.
func showBantu(ctx context.Context, out io.Writer) error {
	provider := bantutest.New(bantutest.Config{})
	defer provider.Close()
	client := provider.Client(local()) // with the three kinds of key: each call takes one
	fmt.Fprintln(out, "Bantu, played by the sandbox in this program; it documents no endpoint for payments or payouts")
	return cli.Run(ctx, out, "Bantu", []cli.Step{
		answered("enable a partner", "Orange Money, with the account's key: ", func(ctx context.Context) (answer, error) {
			return client.EnablePartner(ctx, bantu.OrangeMoney, "https://partner.example")
		}),
		// The library says all that Orange Money requires, and sends nothing.
		{Name: "refuse half a configuration", Do: func(ctx context.Context) (string, error) {
			before := len(provider.Requests())
			_, err := client.ConfigurePartner(ctx, bantu.OrangeMoney, bantu.PartnerConfig{ClientID: "our-id"})
			if !errors.Is(err, wapay.ErrInvalid) || len(provider.Requests()) != before {
				return "", fmt.Errorf("half a configuration was sent: %w", err)
			}
			return err.Error(), nil
		}},
		// The merchant's own credentials with the partner.
		answered("configure the partner", "with the application's secret key: ", func(ctx context.Context) (answer, error) {
			return client.ConfigurePartner(ctx, bantu.OrangeMoney, bantu.PartnerConfig{
				ClientID: "our-id", ClientSecret: "our-secret", MerchantID: "our-merchant",
			})
		}),
		answered("check the partner", "the configuration works: ", func(ctx context.Context) (answer, error) {
			return client.CheckPartner(ctx, bantu.OrangeMoney)
		}),
	})
}

type answer = *bantu.Answer

// answered returns a step that says what Bantu answers to a call.
func answered(name, said string, call func(context.Context) (answer, error)) cli.Step {
	return cli.Step{Name: name, Do: func(ctx context.Context) (string, error) {
		a, err := call(ctx)
		if err != nil {
			return "", err
		}
		return strings.TrimSpace(fmt.Sprintf("%sHTTP %d %s", said, a.HTTPStatus, a.Status)), nil
	}}
}
