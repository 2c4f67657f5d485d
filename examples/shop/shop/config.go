package shop

import (
	"errors"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/mpp"
)

// Config is what the shop has to know. The secrets come by the environment: a command line is everybody's to read.
type Config struct {
	SQLite   string // the database's file; or
	Postgres string // its DSN, and the schema that its tables are in
	Schema   string

	PublicURL string // where the world reaches the shop, a reverse proxy most often; no slash at the end
	Obscure   string // stands in the paths for notifications that nobody signs: only their sender knows them

	BarkaPay     barkapay.Credentials
	BarkaPayIPN  wapay.Secret
	CinetPay     cinetpay.Credentials
	CinetPaySite wapay.Secret // signs the notifications of the checkout
	Intram       intram.Credentials
	IntramHook   wapay.Secret // came with the answer when the webhook was made
	MPP          mpp.Credentials

	// The providers' addresses. A real shop leaves them out: the clients know.
	BarkaPayURL, CinetPayURL, IntramURL, MPPURL string
	Stand                                       Stand // nor has it this
}

// Stand is where to stand still and be killed.
type Stand struct{ At, Reference string }

// FromEnv reads the configuration.
func FromEnv(env func(string) string) Config {
	secret := func(name string) wapay.Secret { return wapay.Secret(env(name)) }
	return Config{
		SQLite: env("SHOP_SQLITE"), Postgres: env("SHOP_POSTGRES"), Schema: env("SHOP_SCHEMA"),
		PublicURL: env("SHOP_PUBLIC_URL"), Obscure: env("SHOP_OBSCURE"),
		BarkaPay:    barkapay.Credentials{APIKey: secret("BARKAPAY_API_KEY"), APISecret: secret("BARKAPAY_API_SECRET")},
		BarkaPayIPN: secret("BARKAPAY_IPN_KEY"), BarkaPayURL: env("BARKAPAY_URL"),
		CinetPay: cinetpay.Credentials{
			APIKey: secret("CINETPAY_API_KEY"), Password: secret("CINETPAY_PASSWORD"), SiteID: env("CINETPAY_SITE_ID"),
		},
		CinetPaySite: secret("CINETPAY_SECRET_KEY"), CinetPayURL: env("CINETPAY_URL"),
		Intram:     intram.Credentials{PublicKey: secret("INTRAM_PUBLIC_KEY"), SecretKey: secret("INTRAM_SECRET_KEY")},
		IntramHook: secret("INTRAM_WEBHOOK_SECRET"), IntramURL: env("INTRAM_URL"),
		MPP: mpp.Credentials{
			SecretID: secret("MPP_SECRET_ID"), SecretKey: secret("MPP_SECRET_KEY"), BusinessID: env("MPP_BUSINESS_ID"),
		},
		MPPURL: env("MPP_URL"),
		Stand:  Stand{At: env("SHOP_STAND_AT"), Reference: env("SHOP_STAND_REFERENCE")},
	}
}

// client is what the clients of all providers that move money are.
type client interface {
	wapay.Payer
	wapay.Payouter
}

// provider is what the shop has of one.
type provider struct {
	client
	paymentsURL, payoutsURL string // where its notifications go; "" where that is set up with the provider, once
	endpoints               []endpoint
}

// endpoint is one URL for notifications.
type endpoint struct {
	path     string
	verifier ipn.Verifier
	confirm  []ipn.Confirmer // nil: what is signed is believed
}

func openProviders(c Config) (map[string]*provider, error) {
	options := func(url string) []wapay.Option { // a real shop needs neither
		return []wapay.Option{wapay.WithBaseURL(url), wapay.WithHTTPClient(cli.LoopbackClient())}
	}
	barka, err := barkapay.New(c.BarkaPay, options(c.BarkaPayURL)...)
	if err != nil {
		return nil, err
	}
	cinet, err := cinetpay.New(c.CinetPay, options(c.CinetPayURL)...)
	if err != nil {
		return nil, err
	}
	intra, err := intram.New(c.Intram, options(c.IntramURL)...)
	if err != nil {
		return nil, err
	}
	gateway, err := mpp.New(c.MPP, options(c.MPPURL)...)
	if err != nil {
		return nil, err
	}
	both := func(c client) []ipn.Confirmer { // one URL for payments and payouts
		return []ipn.Confirmer{ipn.ConfirmPayments(c), ipn.ConfirmPayouts(c)}
	}
	hidden := "/" + c.Obscure
	providers := map[string]*provider{
		// BarkaPay signs, but not whether it is a payment or a payout. To ask costs a request, and leaves nothing open.
		"barkapay": {client: barka, endpoints: []endpoint{
			{"/ipn/barkapay", ipn.BarkaPay(c.BarkaPayIPN), both(barka)},
		}},
		// One URL for each product. The checkout signs, and does not say whether the customer has paid.
		"cinetpay": {client: cinet, endpoints: []endpoint{
			{"/ipn/cinetpay/checkout", ipn.CinetPayCheckoutSite(c.CinetPay.SiteID, c.CinetPaySite), []ipn.Confirmer{ipn.ConfirmPayments(cinet)}},
			{"/ipn/cinetpay/transfer" + hidden, ipn.CinetPayTransfer(), []ipn.Confirmer{ipn.ConfirmPayouts(cinet)}},
		}},
		// Intram signs all that is read here. A customer who is to be sent to the page needs it in Pay's answer: then
		// leave WithCheckoutWait out.
		"intram": {client: intra.WithCheckoutWait(0), endpoints: []endpoint{
			{"/ipn/intram", ipn.Intram(c.IntramHook), nil},
		}},
		"mpp": {client: gateway, endpoints: []endpoint{
			{"/ipn/mpp" + hidden, ipn.MPP(), both(gateway)},
		}},
	}
	for name, p := range providers {
		if name != "intram" { // whose webhook was made with CreateWebhook
			p.paymentsURL = c.PublicURL + p.endpoints[0].path
			p.payoutsURL = c.PublicURL + p.endpoints[len(p.endpoints)-1].path
		}
	}
	return providers, nil
}

// checked says what is missing.
func (c Config) checked() error {
	if (c.SQLite == "") == (c.Postgres == "") {
		return errors.New("shop: one of SHOP_SQLITE and SHOP_POSTGRES has to be set")
	}
	if !strings.HasPrefix(c.PublicURL, "http") || len(c.Obscure) < 16 {
		return errors.New("shop: SHOP_PUBLIC_URL and SHOP_OBSCURE have to be set")
	}
	return nil
}
