// Package barkapaytest runs a sandbox of BarkaPay for tests and demos: a server
// on a loopback port that answers as BarkaPay's documents say.
//
// # What the sandbox chooses
//
// The documents leave these points open, and the sandbox chooses:
//
//   - A duplicate order_id, a double spend, a wrong or missing OTP, too little
//     balance and an unavailable operator are 422 with a message.
//   - A request without the Accept header is 406, another body 415. 429 has
//     Laravel's form.
//   - Each payment goes to the api account. Both apps find the payments of
//     both.
//   - Failures are notified, too. The redelivery schedule is made up.
//
// It refuses unknown and repeated fields, and ":" in an order id, which the
// notification's hash does not escape. The provider may accept them. It accepts
// plain http URLs of this machine, which the provider refuses, so that a test
// can receive notifications.
package barkapaytest

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Config has the merchant's settings at BarkaPay. Zero values get made-up ones.
// Amounts are whole francs.
type Config struct {
	APIKey, APISecret, IPNKey    string // the API app: direct charges, transfers, accounts
	SCIKey, SCISecret, SCIIPNKey string // the SCI app: payment links
	NotificationURL              string // of the API app; "" is none
	SCINotificationURL           string
	Balances                     map[string]int64 // opening balance of the api account by country; nil is 1,000,000 each
	Clock                        func() time.Time
	RateLimit                    int // requests a minute and key; 0 is the documented 60, negative is no limit
	PaymentFee, TransferFee      func(amount int64) int64
	DoubleSpendWindow            time.Duration   // 0 is ten minutes
	RedeliverAfter               []time.Duration // waits between attempts to notify; nil is 1 m, 5 m, 15 m, 1 h
	AutoSettle                   bool            // customers pay and transfers arrive right after the answer
	OwnPaymentsOnly              bool            // an app finds only the payments it created
	PublicIDAsString             bool            // in user-and-api-app-info
	OldAvailability              bool            // the older shape of operators-availability
	UnauthorizedStatusAsString   bool            // "401", as in one of the samples
}

// Server stands in for api.barkapay.com.
type Server struct {
	*sandbox.Server
	sandbox.Merchant[barkapay.Credentials, barkapay.Client]
	sandbox.OTPs
	cfg     Config
	apps    []*apiApp
	records *sandbox.List[tx]

	mu        sync.Mutex
	operators map[string]map[string]Operator
	txs       []*tx
	count     int // of operations, for their txid
}

type apiApp struct {
	kind                            string // "api", "sci"
	key, secret, ipnKey, url, label string
}

const base = "/api/client/"

// New starts a sandbox. Close it.
func New(c Config) *Server {
	c = c.withDefaults()
	b := &Server{
		cfg: c, operators: operators(),
		apps: []*apiApp{
			{kind: "api", key: c.APIKey, secret: c.APISecret, ipnKey: c.IPNKey, url: c.NotificationURL, label: "SBXAPI"},
			{kind: "sci", key: c.SCIKey, secret: c.SCISecret, ipnKey: c.SCIIPNKey, url: c.SCINotificationURL, label: "SBXSCI"},
		},
	}
	b.records = sandbox.RecordsOf(&b.mu, &b.txs, sandbox.Form[tx]{Order: (*tx).order, Alter: (*tx).alter, Tick: b.expire})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Server = sandbox.NewServer(sandbox.Spec{
		Clock: c.Clock, Base: base, Handle: b.route, Lock: &b.mu,
		Records: []sandbox.Records{b.records}, RedeliverAfter: c.RedeliverAfter,
		RateLimit: sandbox.RateLimit{PerMinute: c.RateLimit, Headers: true, Key: func(r *sandbox.Request) (string, bool) {
			return r.Header.Get("X-Api-Key"), !strings.HasPrefix(r.Path, pagePath)
		}},
		Faults: sandbox.FaultRules{IsStatus: isStatus, OddStatus: 7},
	})
	b.Merchant = sandbox.MerchantOf(barkapay.New, barkapay.Credentials{
		APIKey: wapay.Secret(c.APIKey), APISecret: wapay.Secret(c.APISecret),
		SCIKey: wapay.Secret(c.SCIKey), SCISecret: wapay.Secret(c.SCISecret),
	}, b.Server)
	for _, country := range allCountries {
		b.MustBook(sandbox.Entry{
			Account: accountName(country, "api"), Kind: sandbox.Credit, Amount: c.Balances[country], Currency: "XOF",
			ID: "FB-" + kit.UUID(), Why: "funding",
		})
	}
	return b
}

func (c Config) withDefaults() Config {
	c.APIKey, c.APISecret = cmp.Or(c.APIKey, "sandbox-api-key"), cmp.Or(c.APISecret, "sandbox-api-secret")
	c.SCIKey, c.SCISecret = cmp.Or(c.SCIKey, "sandbox-sci-key"), cmp.Or(c.SCISecret, "sandbox-sci-secret")
	c.IPNKey, c.SCIIPNKey = cmp.Or(c.IPNKey, "sandbox-api-ipn-key"), cmp.Or(c.SCIIPNKey, "sandbox-sci-ipn-key")
	c.RateLimit, c.DoubleSpendWindow = cmp.Or(c.RateLimit, 60), cmp.Or(c.DoubleSpendWindow, 10*time.Minute)
	if c.Balances == nil {
		c.Balances = map[string]int64{}
		for _, country := range allCountries {
			c.Balances[country] = 1_000_000
		}
	}
	return c
}

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server { return sandbox.Start(tb, New(c)) }

// IPNKey returns the key for ipn.BarkaPay that signs notifications of the API
// app: about charges and transfers.
func (b *Server) IPNKey() wapay.Secret { return wapay.Secret(b.cfg.IPNKey) }

// SCIIPNKey returns the key for ipn.BarkaPay that signs notifications of the
// SCI app: about payment links. A payment without an operator is one.
func (b *Server) SCIIPNKey() wapay.Secret { return wapay.Secret(b.cfg.SCIIPNKey) }

// Config returns the configuration in use, made-up values included.
func (b *Server) Config() Config { return b.cfg }

// isStatus reports whether a value is an order's status, and not the HTTP
// status of the envelope, which has the same name.
func isStatus(key string, v any) bool {
	s := fmt.Sprint(v)
	return key == "status" && (s == "0" || s == "1" || s == "-1")
}

// call is a request that found its endpoint and its app.
type call struct {
	*sandbox.Request
	app  *apiApp
	kind sandbox.OrderKind
	id   string // the last path element, if the endpoint has one
}

type endpoint struct {
	app  string // whose keys: "api", "sci", "" for either
	kind sandbox.OrderKind
	fn   func(*Server, *call) *sandbox.Answer
}

// routes has the endpoints by method and path. A path that ends in / takes a
// query.
var routes = map[string]endpoint{
	"GET ping":                       {"", "", (*Server).ping},
	"GET operators-availability":     {"", "", (*Server).availability},
	"GET user-and-api-app-info":      {"", "", (*Server).userInfo},
	"GET operators-infos":            {"", "", (*Server).operatorsInfos},
	"POST payment/mobile/api":        {"api", sandbox.Payment, (*Server).charge},
	"POST payment/mobile/web/create": {"sci", sandbox.Payment, (*Server).createLink},
	"GET payment/":                   {"", sandbox.Payment, (*Server).filter},
	"GET payment/*":                  {"", sandbox.Payment, (*Server).find},
	"POST transfer/request/mobile":   {"api", sandbox.Payout, (*Server).transfer},
	"GET transfer/":                  {"api", sandbox.Payout, (*Server).filter},
	"GET transfer/*":                 {"api", sandbox.Payout, (*Server).find},
	"GET accounts":                   {"api", "", (*Server).accounts},
	"POST accounts/statement":        {"api", "", (*Server).statement},
}

func (b *Server) route(r *sandbox.Request) *sandbox.Answer {
	if strings.HasPrefix(r.Path, pagePath) {
		return b.linkPage(r)
	}
	path, _ := strings.CutPrefix(r.Path, base)
	found, id, status := kit.Find(routes, r.Method, path)
	switch status {
	case 404:
		route := strings.TrimPrefix(r.Path, "/")
		return sandbox.JSON(404, kit.Object{"message", "The route " + route + " could not be found."})
	case 405:
		return sandbox.JSON(405, kit.Object{"message", "The " + r.Method + " method is not supported for this route."})
	}
	c := call{Request: r, kind: found.kind, id: id}
	if refused := b.checkHeaders(r); refused != nil {
		return refused
	}
	if c.app = b.authenticate(r, found.app); c.app == nil {
		return b.unauthorized()
	}
	if r.RawQuery != "" && !strings.HasSuffix(path, "/") {
		return refuse(422, "This endpoint takes no query.")
	}
	return found.fn(b, &c)
}

func (b *Server) checkHeaders(r *sandbox.Request) *sandbox.Answer {
	if r.Header.Get("Accept") != "application/json" {
		return refuse(406, "The Accept header must be application/json.")
	}
	if l := r.Header.Get("Accept-Language"); l != "" && l != "fr" && l != "en" {
		return refuse(422, "The Accept-Language header must be fr or en.")
	}
	return nil
}

// authenticate returns the app of a key pair, or nil if the pair is wrong or is
// the other app's.
func (b *Server) authenticate(r *sandbox.Request, kind string) *apiApp {
	key, secret := r.Header["X-Api-Key"], r.Header["X-Api-Secret"]
	if len(key) != 1 || len(secret) != 1 {
		return nil
	}
	for _, app := range b.apps {
		if app.key == key[0] && app.secret == secret[0] && (kind == "" || kind == app.kind) {
			return app
		}
	}
	return nil
}

func (b *Server) unauthorized() *sandbox.Answer {
	var status any = 401
	if b.cfg.UnauthorizedStatusAsString {
		status = "401"
	}
	return sandbox.JSON(401, kit.Object{"status", status, "error", "Invalid or disabled API credentials"})
}

func refuse(status int, message string) *sandbox.Answer {
	return sandbox.JSON(status, kit.Object{"status", status, "message", message})
}

// accountName returns the name of an account in the ledger, as
// accounts/statement takes it: type, name, label.
func accountName(country, label string) string { return "mobile/" + country + "/" + label }
