package main

import (
	"errors"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/examples/internal/cli"
	"github.com/wapay-go/wapay/journal"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
)

// account is the merchant's account with a provider. The first that serves a
// person is asked first, and the next one only if that one did provably not
// pay.
type account struct {
	name   string
	client wapay.Payouter
	adapt  func(*wapay.PayoutRequest) error
}

// serves returns why the provider does not pay the person, by its documents.
func (a account) serves(p person) error {
	r := p.request()
	return errors.Join(a.adapt(&r), wapay.Serves(a.client, r))
}

var providers = []string{"barkapay", "cinetpay"} // in the order in which they are asked

// newAccounts makes the clients, with keys by the names of the environment.
func newAccounts(keys map[string]string, barkapayOpts, cinetpayOpts []wapay.Option) ([]account, error) {
	bp, err1 := barkapay.New(barkapay.Credentials{
		APIKey: wapay.Secret(keys["BARKAPAY_API_KEY"]), APISecret: wapay.Secret(keys["BARKAPAY_API_SECRET"]),
	}, barkapayOpts...)
	cp, err2 := cinetpay.New(cinetpay.Credentials{
		APIKey: wapay.Secret(keys["CINETPAY_API_KEY"]), Password: wapay.Secret(keys["CINETPAY_API_PASSWORD"]),
	}, cinetpayOpts...)
	asItIs := func(*wapay.PayoutRequest) error { return nil }
	// CinetPay wants more, and no operator: it knows that of a number, and the
	// names in the file are BarkaPay's.
	forCinetPay := func(r *wapay.PayoutRequest) error {
		r.Operator, r.NotifyURL, r.Recipient.Email = "", keys["CINETPAY_NOTIFY_URL"], keys["CINETPAY_EMAIL"]
		return nil
	}
	return []account{{providers[0], bp, asItIs}, {providers[1], cp, forCinetPay}}, errors.Join(err1, err2)
}

// open returns the merchant's accounts, and a function that closes what was
// opened, also after an error.
func (in *input) open() (accounts []account, closeAll func(), err error) {
	closeAll = func() {}
	if in.realMoney {
		keys := map[string]string{}
		for _, name := range []string{"BARKAPAY_API_KEY", "BARKAPAY_API_SECRET", "CINETPAY_API_KEY", "CINETPAY_API_PASSWORD",
			"CINETPAY_NOTIFY_URL", "CINETPAY_EMAIL"} {
			if keys[name] = in.env(name); keys[name] == "" {
				return nil, closeAll, cli.Usage(name, "is not set in the environment, and -real-money is given")
			}
		}
		accounts, err = newAccounts(keys, nil, nil)
		return accounts, closeAll, err
	}
	if in.sandbox == "" {
		bp, cp := newSandboxes(0)
		in.sandbox = bp.URL() + "," + cp.URL()
		closeAll = func() { bp.Close(); cp.Close() }
	}
	accounts, err = sandboxed(in.sandbox)
	return accounts, closeAll, err
}

// The keys of the sandboxes are no secrets, so that several processes can share
// a sandbox.
var (
	barkapayConfig = barkapaytest.Config{
		APIKey: "sandbox-key", APISecret: "sandbox-secret", AutoSettle: true,
		Balances: map[string]int64{
			"BFA": 1e12, "BEN": 1e12, "CIV": 1e12, "GNB": 1e12, "MLI": 1e12, "NER": 1e12, "SEN": 1e12, "TGO": 1e12,
		},
	}
	cinetpayConfig = cinetpaytest.Config{
		APIKey: "sandbox-key", Password: "sandbox-password", AutoSettle: true, AllowListed: true,
		Balances: map[string]int64{"XOF": 1e12},
	}
)

// newSandboxes starts the providers' stand-ins. A limit of 0 requests a minute
// is the documented one, and -1 none.
func newSandboxes(limit int) (*barkapaytest.Server, *cinetpaytest.Server) {
	b, c := barkapayConfig, cinetpayConfig
	b.RateLimit, c.RateLimit = limit, limit
	return barkapaytest.New(b), cinetpaytest.New(c)
}

func sandboxed(addresses string) ([]account, error) {
	first, second, ok := strings.Cut(addresses, ",")
	if !ok {
		return nil, cli.Usage("-sandbox", "%q: want two addresses with a comma between", addresses)
	}
	at := func(address string) []wapay.Option {
		return []wapay.Option{wapay.WithBaseURL(address), wapay.WithHTTPClient(cli.LoopbackClient())}
	}
	return newAccounts(map[string]string{
		"BARKAPAY_API_KEY": barkapayConfig.APIKey, "BARKAPAY_API_SECRET": barkapayConfig.APISecret,
		"CINETPAY_API_KEY": cinetpayConfig.APIKey, "CINETPAY_API_PASSWORD": cinetpayConfig.Password,
		"CINETPAY_NOTIFY_URL": "https://shop.example/notify", "CINETPAY_EMAIL": "payroll@shop.example",
	}, at(first), at(second))
}

func withProviders(accounts []account) []journal.Option {
	var opts []journal.Option
	for _, a := range accounts {
		opts = append(opts, journal.WithProvider(a.name, a.client, journal.AdaptPayouts(a.adapt)))
	}
	return opts
}
