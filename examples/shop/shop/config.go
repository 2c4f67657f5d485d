package shop

import (
	"database/sql"
	"errors"
	"net/url"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
	"github.com/wapay-go/wapay/mpp"
)

// Config is the environment of the shop. Secrets come that way, because a
// command line can be read by everybody.
type Config func(name string) string

func (c Config) secret(name string) wapay.Secret { return wapay.Secret(c(name)) }

// openDatabase opens SQLite, or PostgreSQL, in the way that the journal asks
// for.
func (c Config) openDatabase() (*sql.DB, journal.Dialect, error) {
	if c("SHOP_POSTGRES") == "" {
		name := url.URL{
			Scheme: "file", Opaque: c("SHOP_SQLITE"),
			RawQuery: "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate",
		}
		db, err := sql.Open("sqlite", name.String())
		return db, journal.SQLite, err
	}
	parsed, err := pgx.ParseConfig(c("SHOP_POSTGRES"))
	if err != nil {
		return nil, 0, err
	}
	parsed.RuntimeParams["search_path"] = c("SHOP_SCHEMA")
	return stdlib.OpenDB(*parsed), journal.PostgreSQL, nil
}

// provider is a client, and the URLs for the notifications of its provider.
type provider struct {
	name      string
	client    any
	endpoints []endpoint
	options   []journal.ProviderOption
}

type endpoint struct {
	path     string
	verifier ipn.Verifier
	confirm  []ipn.Confirmer // who is asked because not everything is signed; nil: everything is
}

// openProviders returns the providers with which the shop has an account.
func (c Config) openProviders() ([]provider, error) {
	at := func(name string) []wapay.Option { // a real shop needs neither
		return []wapay.Option{wapay.WithBaseURL(c(name)), wapay.WithHTTPClient(cli.LoopbackClient())}
	}
	barka, barkaErr := barkapay.New(barkapay.Credentials{
		APIKey: c.secret("BARKAPAY_API_KEY"), APISecret: c.secret("BARKAPAY_API_SECRET"),
	}, at("BARKAPAY_URL")...)
	cinet, cinetErr := cinetpay.New(cinetpay.Credentials{
		APIKey: c.secret("CINETPAY_API_KEY"), Password: c.secret("CINETPAY_PASSWORD"), SiteID: c("CINETPAY_SITE_ID"),
	}, at("CINETPAY_URL")...)
	intra, intraErr := intram.New(intram.Credentials{
		PublicKey: c.secret("INTRAM_PUBLIC_KEY"), SecretKey: c.secret("INTRAM_SECRET_KEY"),
	}, at("INTRAM_URL")...)
	gateway, gatewayErr := mpp.New(mpp.Credentials{
		SecretID: c.secret("MPP_SECRET_ID"), SecretKey: c.secret("MPP_SECRET_KEY"), BusinessID: c("MPP_BUSINESS_ID"),
	}, at("MPP_URL")...)
	if err := errors.Join(barkaErr, cinetErr, intraErr, gatewayErr); err != nil {
		return nil, err
	}
	hidden := "/" + c("SHOP_OBSCURE") // in the path of what nobody signs: only the sender knows it
	checkout, transfer := "/ipn/cinetpay/checkout", "/ipn/cinetpay/transfer"+hidden
	return []provider{
		// BarkaPay does not sign whether it is a payment or a payout.
		{"barkapay", barka, []endpoint{{"/ipn/barkapay", ipn.BarkaPay(c.secret("BARKAPAY_IPN_KEY")), ask(barka)}}, nil},
		// CinetPay's checkout does not sign whether the customer has paid, and
		// its transfers sign nothing. It wants the URL for notifications in
		// each order, and no operator of another provider.
		{"cinetpay", cinet, []endpoint{
			{checkout, ipn.CinetPayCheckoutSite(c("CINETPAY_SITE_ID"), c.secret("CINETPAY_SECRET_KEY")), ask(cinet)},
			{transfer, ipn.CinetPayTransfer(), ask(cinet)},
		}, []journal.ProviderOption{
			journal.AdaptPayments(func(r *wapay.PaymentRequest) error {
				r.NotifyURL, r.Operator = c("SHOP_PUBLIC_URL")+checkout, "" // the page asks for the operator
				return nil
			}),
			journal.AdaptPayouts(func(r *wapay.PayoutRequest) error {
				r.NotifyURL, r.Operator = c("SHOP_PUBLIC_URL")+transfer, "" // the number tells it
				return nil
			}),
		}},
		// Intram signs everything. A shop that sends the customer to the page
		// leaves WithCheckoutWait out.
		{"intram", intra.WithCheckoutWait(0), []endpoint{
			{"/ipn/intram", ipn.Intram(c.secret("INTRAM_WEBHOOK_SECRET")), nil},
		}, nil},
		{"mpp", gateway, []endpoint{{"/ipn/mpp" + hidden, ipn.MPP(), ask(gateway)}}, nil},
	}, nil
}

// ask returns what asks a provider about its orders of both kinds.
func ask[C interface {
	wapay.Payer
	wapay.Payouter
}](client C) []ipn.Confirmer {
	return []ipn.Confirmer{ipn.ConfirmPayments(client), ipn.ConfirmPayouts(client)}
}
