// Package cinetpaytest runs a sandbox of CinetPay for tests and demos: a server
// on a loopback port that answers as CinetPay's documents say.
//
// # What the sandbox chooses
//
// The documents leave these points open, and the sandbox chooses. For
// transfers:
//
//   - 705 and 706 have HTTP status 401, 708 has 404 or 405, 723 has 404. Other
//     refusals have 400. If only an item fails, the status is 200.
//   - A new token does not end the older ones.
//   - The limits of the countries are made up. Each currency has its own
//     balance.
//   - If a transfer was refused at once, its id is free again.
//   - 805 comes before a missing contact or a low balance.
//   - Each step is notified. A new transfer first causes one ping, whose answer
//     changes nothing.
//   - "Not sent" (NOS) is a state that only a test brings about.
//
// For the checkout:
//
//   - A success has HTTP status 200.
//   - A wrong body and a used transaction_id are 608. Wrong credentials are 609
//     with 403. An unknown payment is 723 with 404.
//
// The redelivery schedule of both is made up.
//
// The sandbox refuses unknown and repeated fields and parameters, a transfer
// without the merchant's id, and a checkout's amount as a string. It also
// refuses phones that are no mobile numbers of today's plan. The provider may
// accept them. It accepts plain http URLs of this machine, which the provider
// refuses, so that a test can receive notifications.
package cinetpaytest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Config has the merchant's settings at CinetPay. Zero values get made-up ones.
// Amounts are whole units of the currency.
type Config struct {
	APIKey, Password string // transfers; the checkout takes the same key
	SiteID           string // checkout
	SecretKey        string // checkout notifications
	AllowListed      bool   // transfers need no confirmation by mail
	Currency         string // of check/balance, which has none; "" is XOF
	Balances         map[string]int64
	TokenLife        time.Duration // 0 is the documented five minutes
	RateLimit        int           // of transfer requests a minute; 0 is the documented 60, negative is none
	Clock            func() time.Time
	RedeliverAfter   []time.Duration // waits between attempts to notify; nil is 1 m, 5 m, 15 m, 1 h
	AutoSettle       bool            // transfers are confirmed and arrive, and customers pay, right after the answer

	FlatData         bool // "data":[…] for "data":[[…]]
	Codes            Codes
	PhoneErrorsAs417 bool // a wrong phone fails the whole request with HTTP 417, as seen in integrations
	RefusalsAs200    bool // a refusal of the whole request comes with HTTP 200, wrong credentials excepted
	NotifyJSON       bool // transfer notifications as JSON, as seen in integrations, in place of a form
}

// Codes is how the answers about transfers spell a code. The samples have
// numbers for success and for items, and strings for a refusal of the whole
// request.
type Codes string

const (
	CodesMixed   Codes = ""
	CodesStrings Codes = "strings"
	CodesNumbers Codes = "numbers"
)

// Server stands in for client.cinetpay.com, under /v1/, and
// api-checkout.cinetpay.com, under /v2/.
//
// The ledger's accounts are "transfer/XOF", "checkout/XOF" and so on. A
// transfer is debited when it is sent. Until it is over, its money is inUsing.
// A refused transfer gives the money back.
type Server struct {
	*sandbox.Server
	sandbox.Merchant[cinetpay.Credentials, cinetpay.Client]
	sandbox.TokenStore
	cfg      Config
	payments *sandbox.List[checkout]
	payouts  *sandbox.List[transfer]

	mu        sync.Mutex
	contacts  []contact
	failing   map[string]int // code by phone, or by prefix alone
	transfers []*transfer
	checkouts []*checkout
}

const (
	transferBase = "/v1/"
	checkoutBase = "/v2/"
	pagePath     = "/payment/"
)

// New starts a sandbox. Close it.
func New(c Config) *Server {
	c = c.withDefaults()
	p := &Server{cfg: c, failing: map[string]int{}}
	p.payments = sandbox.RecordsOf(&p.mu, &p.checkouts, sandbox.Form[checkout]{
		Order: (*checkout).order, Alter: (*checkout).alter,
	})
	p.payouts = sandbox.RecordsOf(&p.mu, &p.transfers, sandbox.Form[transfer]{
		Order: (*transfer).order, Alter: (*transfer).alter,
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Server = sandbox.NewServer(sandbox.Spec{
		Clock: c.Clock, Base: "/", Handle: p.route, Lock: &p.mu, RedeliverAfter: c.RedeliverAfter,
		Records: []sandbox.Records{p.payments, p.payouts},
		// One merchant on one machine has one count. Refusals have the figures,
		// too, as in the samples of the login.
		RateLimit: sandbox.RateLimit{PerMinute: c.RateLimit, Headers: true, Key: func(r *sandbox.Request) (string, bool) {
			return "", strings.HasPrefix(r.Path, transferBase)
		}},
		Faults: sandbox.FaultRules{
			ExpireToken: func(r *sandbox.Request) { p.ExpireToken(r.Query.Get("token")) },
			IsStatus:    isStatus, OddStatus: "XYZ", ErrorAnswer: p.failure,
		},
	})
	p.Merchant = sandbox.MerchantOf(cinetpay.New, cinetpay.Credentials{
		APIKey: wapay.Secret(c.APIKey), Password: wapay.Secret(c.Password), SiteID: c.SiteID,
	}, p.Server)
	for _, currency := range currencies {
		p.Open("transfer/"+currency, currency, c.Balances[currency]*unit(currency))
	}
	return p
}

func (c Config) withDefaults() Config {
	c.APIKey, c.Password = cmp.Or(c.APIKey, "sandbox-api-key"), cmp.Or(c.Password, "sandbox-password")
	c.SiteID, c.SecretKey = cmp.Or(c.SiteID, "445160"), cmp.Or(c.SecretKey, "sandbox-secret-key")
	c.Currency, c.TokenLife = cmp.Or(c.Currency, "XOF"), cmp.Or(c.TokenLife, 5*time.Minute)
	c.RateLimit = cmp.Or(c.RateLimit, 60)
	if c.Balances == nil {
		c.Balances = map[string]int64{"XOF": 1_000_000, "XAF": 1_000_000, "GNF": 10_000_000, "CDF": 1_000_000}
	}
	return c
}

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server { return sandbox.Start(tb, New(c)) }

// IPNKey returns the secret key that signs notifications about payments, for
// ipn.CinetPayCheckout. Those about transfers are not signed.
func (p *Server) IPNKey() wapay.Secret { return wapay.Secret(p.cfg.SecretKey) }

// Config returns the configuration in use, made-up values included.
func (p *Server) Config() Config { return p.cfg }

// isStatus reports whether a value is the status of an order, and not that of
// an item, which is "success" or the name of its code.
func isStatus(key string, v any) bool {
	return key == "treatment_status" ||
		key == "status" && slices.Contains([]any{accepted, refused, waiting}, v)
}

type endpoint struct {
	query string // parameters besides lang
	fn    func(*Server, *sandbox.Request) *sandbox.Answer
}

var routes = map[string]endpoint{
	"POST auth/login":                  {"", (*Server).login},
	"GET transfer/check/balance":       {"token", (*Server).balance},
	"GET transfer/check/balance/":      {"token", (*Server).balance},
	"POST transfer/contact":            {"token", (*Server).addContacts},
	"POST transfer/money/send/contact": {"token", (*Server).send},
	"GET transfer/check/money":         {"token transaction_id client_transaction_id", (*Server).checkTransfer},
}

func (p *Server) route(r *sandbox.Request) *sandbox.Answer {
	switch {
	case strings.HasPrefix(r.Path, transferBase):
		return p.routeTransfer(r)
	case strings.HasPrefix(r.Path, checkoutBase):
		return p.routeCheckout(r)
	case strings.HasPrefix(r.Path, pagePath):
		return p.checkoutPage(r)
	}
	return p.refuse(404, 708, "No such route")
}

func (p *Server) routeTransfer(r *sandbox.Request) *sandbox.Answer {
	path := strings.TrimPrefix(r.Path, transferBase)
	route, _, status := kit.Find(routes, r.Method, path)
	switch status {
	case 404:
		return p.refuse(404, 708, "No such route")
	case 405:
		return p.refuse(405, 708, "The method is not allowed")
	}
	if route.query != "" {
		if code := p.checkToken(r); code != 0 {
			return p.refuse(401, code, "")
		}
	}
	if name := kit.BadParam(r.Query, "lang "+route.query); name != "" {
		return p.refuse(400, 704, "The parameter "+name+" is not documented, or empty, or given twice")
	}
	if lang := r.Query.Get("lang"); lang != "fr" && lang != "en" {
		return p.refuse(400, 704, "The parameter lang must be fr or en")
	}
	if r.Method == http.MethodGet && len(r.Body) > 0 {
		return p.refuse(400, 704, "A GET has no body")
	}
	return route.fn(p, r)
}

// formatTime returns "" for the zero time.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}
