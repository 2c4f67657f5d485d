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

// bantuShop is a merchant who uses its own account with a payment partner
// through Bantu.
type bantuShop struct {
	client  *bantu.Client
	sandbox *bantutest.Server
}

// showBantu makes no order: Bantu documents no endpoint that moves money. It
// sets a partner up instead.
func showBantu(ctx context.Context, out io.Writer) error {
	provider := bantutest.New(bantutest.Config{})
	defer provider.Close()
	s := &bantuShop{client: provider.Client(local()), sandbox: provider} // with the three kinds of key: each call takes one
	fmt.Fprintln(out, "Bantu, played by the sandbox in this program; it documents no endpoint for payments or payouts")
	return cli.Run(ctx, out, "Bantu", []cli.Step{
		answered("enable a partner", "Orange Money, with the account's key: ", func(ctx context.Context) (*bantu.Answer, error) {
			return s.client.EnablePartner(ctx, bantu.OrangeMoney, "https://partner.example")
		}),
		{Name: "check the keys", Do: s.checkKeys},
		{Name: "refuse half a configuration", Do: s.refuseHalf},
		// The merchant's own credentials with the partner.
		answered("configure the partner", "with the application's secret key: ", func(ctx context.Context) (*bantu.Answer, error) {
			return s.client.ConfigurePartner(ctx, bantu.OrangeMoney, bantu.PartnerConfig{
				ClientID: "our-id", ClientSecret: "our-secret", MerchantID: "our-merchant",
			})
		}),
		answered("check the partner", "the configuration works: ", func(ctx context.Context) (*bantu.Answer, error) {
			return s.client.CheckPartner(ctx, bantu.OrangeMoney)
		}),
		answered("notice a partner that is down", "with no key: ", func(ctx context.Context) (*bantu.Answer, error) {
			provider.SetDown(string(bantu.OrangeMoney), true)
			return s.client.PartnerStatus(ctx, bantu.OrangeMoney)
		}),
	})
}

// answered returns a step that says what Bantu answers to a call.
func answered(name, said string, call func(context.Context) (*bantu.Answer, error)) cli.Step {
	return cli.Step{Name: name, Do: func(ctx context.Context) (string, error) {
		a, err := call(ctx)
		if err != nil {
			return "", err
		}
		return strings.TrimSpace(fmt.Sprintf("%sHTTP %d %s", said, a.HTTPStatus, a.Status)), nil
	}}
}

// checkKeys asks for a partner that is not configured yet. The provider says so
// if it accepts the key, and otherwise says that the key is wrong.
func (s *bantuShop) checkKeys(ctx context.Context) (string, error) {
	_, err := s.client.CheckPartner(ctx, bantu.OrangeMoney)
	var e *wapay.Error
	if !errors.As(err, &e) || !errors.Is(err, wapay.ErrDuplicate) {
		return "", fmt.Errorf("a partner that is not configured: %w", err)
	}
	return "accepted, the public one: " + e.Message, nil
}

// refuseHalf leaves out what Orange Money requires. The library says all of it,
// and sends nothing.
func (s *bantuShop) refuseHalf(ctx context.Context) (string, error) {
	before := len(s.sandbox.Requests())
	_, err := s.client.ConfigurePartner(ctx, bantu.OrangeMoney, bantu.PartnerConfig{ClientID: "our-id"})
	if !errors.Is(err, wapay.ErrInvalid) || len(s.sandbox.Requests()) != before {
		return "", fmt.Errorf("half a configuration was sent: %w", err)
	}
	return err.Error(), nil
}
