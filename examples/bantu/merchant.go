package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/bantutest"
)

// merchant is about to use its own Orange Money account through Bantu.
type merchant struct {
	options []wapay.Option
	client  *bantu.Client // with the keys of the application
	owner   *bantu.Client // with the key of the account
	partner bantu.Partner
	url     string
	config  bantu.PartnerConfig
	rows    [][]string // of the table: call, kind of key, partner, answer

	sandbox *bantutest.Server // nil with -remote
}

const (
	shopName  = "Chez Awa"
	shopEmail = "awa@shop.example"
)

// note adds a row to the table.
func (m *merchant) note(call, key, partner, answer string) {
	m.rows = append(m.rows, []string{call, key, partner, answer})
}

// says is an answer in short. What Bantu answers about partners is not documented: the whole of it is in Raw, and
// HTTPStatus is what can be relied on.
func says(a *bantu.Answer) string {
	said := fmt.Sprintf("HTTP %d", a.HTTPStatus)
	for _, word := range []string{a.Status, a.Message} {
		if word != "" {
			said += ", " + word
		}
	}
	return said
}

// createAccount needs no key: a client without any will do. The account's key comes by mail.
func (m *merchant) createAccount(ctx context.Context) (string, error) {
	nobody, err := bantu.New(bantu.Credentials{}, m.options...)
	if err != nil {
		return "", err
	}
	a, err := nobody.CreateAccount(ctx, shopName, shopEmail)
	if err != nil {
		return "", err
	}
	m.note("CreateAccount", "none", "-", "made")
	return fmt.Sprintf("%s has the account %s…; its key comes by mail", shopName, a.ID[:min(len(a.ID), 8)]), nil
}

// createAgain shows what tells an error apart: its kind, for decisions, and the provider's words, for people.
func (m *merchant) createAgain(ctx context.Context) (string, error) {
	nobody, err := bantu.New(bantu.Credentials{}, m.options...)
	if err != nil {
		return "", err
	}
	_, err = nobody.CreateAccount(ctx, shopName, shopEmail)
	var e *wapay.Error
	if !errors.Is(err, wapay.ErrDuplicate) || !errors.As(err, &e) {
		return "", fmt.Errorf("a second account for one address; the error is %v", err)
	}
	m.note("CreateAccount", "none", "-", "refused: "+e.Message)
	return "ErrDuplicate: " + e.Message, nil
}

// createApplication makes an application. Bantu shows its keys this once: a merchant puts them into a vault
// here, with string(app.SecretTest). However they are printed instead, they do not show.
func (m *merchant) createApplication(ctx context.Context) (string, error) {
	mailed := wapay.Secret(m.sandbox.KeyMailedTo(shopEmail)) // what the merchant copies from the mail
	var err error
	if m.owner, err = bantu.New(bantu.Credentials{AccountKey: mailed}, m.options...); err != nil {
		return "", err
	}
	app, err := m.owner.CreateApplication(ctx, "web shop", "sells rice")
	if err != nil {
		return "", err
	}
	m.note("CreateApplication", "account", "-", "made, with four keys")

	// The pair for tests; the pair for real money would have the client go to another host.
	m.client, err = bantu.New(bantu.Credentials{SecretKey: app.SecretTest, PublicKey: app.PublicTest}, m.options...)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%q, and its keys, which never print by accident:\n"+
		"  for tests:      secret %s, public %s\n  for real money: secret %s, public %s",
		app.Name, app.SecretTest, app.PublicTest, app.SecretLive, app.PublicLive), nil
}

// forgetKey calls with a client that lacks the key for it. Nothing is sent, and the error names the key.
func (m *merchant) forgetKey(ctx context.Context) (string, error) {
	before := len(m.sandbox.Requests())
	_, err := m.client.EnablePartner(ctx, m.partner, "https://orange.shop.example") // wants the account's key
	if !errors.Is(err, wapay.ErrInvalid) || len(m.sandbox.Requests()) != before {
		return "", fmt.Errorf("a call without its key; the error is %v", err)
	}
	m.note("EnablePartner", "missing", string(m.partner), "not sent")
	return "not sent: " + faults(err), nil
}

// enable tells Bantu where the partner is. It needs the account's key.
func (m *merchant) enable(ctx context.Context) (string, error) {
	if m.url == "" {
		m.url = "https://orange.shop.example"
	}
	a, err := m.owner.EnablePartner(ctx, m.partner, m.url)
	if err != nil {
		return "", refused(err)
	}
	m.note("EnablePartner", "account", string(m.partner), says(a))
	return says(a), nil
}

// forgetField leaves out what Orange Money requires. All that is missing is named, and nothing is sent.
func (m *merchant) forgetField(ctx context.Context) (string, error) {
	before := len(m.sandbox.Requests())
	_, err := m.client.ConfigurePartner(ctx, m.partner, bantu.PartnerConfig{ClientID: "awa"})
	if !errors.Is(err, wapay.ErrInvalid) || len(m.sandbox.Requests()) != before {
		return "", fmt.Errorf("half of a configuration; the error is %v", err)
	}
	m.note("ConfigurePartner", "secret", string(m.partner), "not sent")
	return "not sent: " + faults(err), nil
}

// configure gives Bantu the merchant's own credentials with the partner. It needs the application's secret key;
// the one for tests configures tests.
func (m *merchant) configure(ctx context.Context) (string, error) {
	if m.sandbox != nil {
		m.config = bantu.PartnerConfig{ClientID: "awa", ClientSecret: "a-secret-of-hers", MerchantID: "4711"}
	}
	a, err := m.client.ConfigurePartner(ctx, m.partner, m.config)
	if err != nil {
		return "", refused(err)
	}
	m.note("ConfigurePartner", "secret", string(m.partner), says(a))
	return fmt.Sprintf("%s; client %s, secret %s", says(a), m.config.ClientID, m.config.ClientSecret), nil
}

// status asks whether Bantu can reach the partner. It needs no key.
func (m *merchant) status(ctx context.Context) (string, error) {
	a, err := m.client.PartnerStatus(ctx, m.partner)
	if err != nil {
		return "", refused(err)
	}
	m.note("PartnerStatus", "none", string(m.partner), says(a))
	return says(a), nil
}

// check asks whether the configuration works. It needs the application's public key, and is what a monitor calls.
func (m *merchant) check(ctx context.Context) (string, error) {
	a, err := m.client.CheckPartner(ctx, m.partner)
	if err != nil {
		return "", refused(err)
	}
	m.note("CheckPartner", "public", string(m.partner), says(a))
	return says(a), nil
}

// seeDown asks while Bantu cannot reach the partner. That is no error: Bantu answered, and the answer says so.
// What words it has for it is not documented, so a monitor shows them to people, and takes none but those that
// it has seen before for good news.
func (m *merchant) seeDown(ctx context.Context) (string, error) {
	m.sandbox.SetDown(string(m.partner), true)
	defer m.sandbox.SetDown(string(m.partner), false)
	said, err := m.status(ctx)
	if err != nil {
		return "", err
	}
	if !strings.HasSuffix(said, "DOWN") {
		return "", fmt.Errorf("the partner is down, and Bantu says %s", said)
	}
	checked, err := m.check(ctx)
	if err != nil {
		return "", err
	}
	return "status: " + said + "; check: " + checked, nil
}

// seeBantuDown asks while Bantu itself is out of order: that is an error, and may be about the partner, too.
func (m *merchant) seeBantuDown(ctx context.Context) (string, error) {
	m.sandbox.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError, Code: 503, ErrorCode: "service.unavailable"})
	_, err := m.client.CheckPartner(ctx, m.partner)
	var e *wapay.Error
	if !errors.Is(err, wapay.ErrUnavailable) || !errors.As(err, &e) {
		return "", fmt.Errorf("no answer but 503; the error is %v", err)
	}
	m.note("CheckPartner", "public", string(m.partner), fmt.Sprintf("HTTP %d, %s", e.HTTPStatus, e.Message))
	return fmt.Sprintf("ErrUnavailable: HTTP %d, %s; trace %s is what its support wants to know", e.HTTPStatus, e.Message, e.RequestID), nil
}

// enablePlanned tries a partner that Bantu says it will have.
func (m *merchant) enablePlanned(ctx context.Context) (string, error) {
	_, err := m.owner.EnablePartner(ctx, bantu.PayPal, "https://paypal.shop.example")
	var e *wapay.Error
	if !errors.As(err, &e) || e.Outcome != wapay.OutcomeRejected {
		return "", fmt.Errorf("a partner that is not there yet; the error is %v", err)
	}
	m.note("EnablePartner", "account", string(bantu.PayPal), "refused: "+e.Message)
	return "refused: " + e.Message, nil
}
