// Package apiv1test runs a sandbox of CinetPay's API v1 for tests and demos: a
// server on a loopback port that answers as far as the API is known.
//
// # What the sandbox chooses
//
// The fields of Config are choices that the documents leave open. The sandbox
// itself chooses:
//
//   - A new payment has code 2001, a new transfer 2002.
//   - An unknown endpoint is 404 or 405.
//   - A transfer without enough balance is made and has failed, with an id
//     ER-T-….
//   - An expired order can still be paid.
//
// It refuses unknown fields, a number as a string, and a reference with an
// underscore, which the provider may accept. It accepts plain http URLs of this
// machine, which the provider refuses, so that a test can receive
// notifications.
package apiv1test

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay/apiv1"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Config has the merchant's account, and the choices that the API's documents
// leave open. Zero values get made-up ones. Amounts are whole units of the
// currency.
type Config struct {
	APIKey, APIPassword string
	Country             string // of the account; "" is CI
	Balance             int64  // at the beginning; 0 is a million, negative is nothing
	Fee                 int64  // of a transfer, on top of the amount
	TokenLife           time.Duration
	Clock               func() time.Time
	RedeliverAfter      []time.Duration // waits between attempts to notify; nil is 1 m, 5 m, 15 m, 1 h
	AutoSettle          bool            // orders succeed right after the answer

	// RepeatsMakeTwo makes another order under a used reference. By default it
	// is refused with 1200, which is a guess.
	RepeatsMakeTwo bool
	// FreedByFailure lets the reference of a failed order be used again.
	FreedByFailure bool
	// OneSpace makes payments and transfers share their references.
	OneSpace bool
	// Refusals is how a request is refused.
	Refusals Refusals
	// TokenRefusals is how a bad token is refused.
	TokenRefusals TokenRefusals
	// OneToken makes a login end the older tokens.
	OneToken bool
	// NotFound is how a lookup of an unknown id is answered.
	NotFound NotFound
	// OwnIDsOnly finds transfers by CinetPay's id only.
	OwnIDsOnly bool
	// LookupsLag is how long a new order cannot be found.
	LookupsLag time.Duration
	// NoDirectMode sends customers of direct payments to a page.
	NoDirectMode bool
	// NotAllowed refuses each call except the login with 2011: the caller's
	// address is not on the list.
	NotAllowed bool
	// CodesAsStrings writes codes as strings, AmountsAsNumbers amounts as
	// numbers.
	CodesAsStrings, AmountsAsNumbers bool
	// AmountsInStates adds amount and currency to the state of a payment.
	AmountsInStates bool
	// Bare leaves out the optional fields: user, details, the currency and the
	// notify_token of a transfer, the real balance.
	Bare bool
	// Notices is how often a final state is notified: 0 is once, negative is
	// never.
	Notices int
	// NoticesFirst sends the notification before the answer to the POST, if an
	// order is over at once.
	NoticesFirst bool
	// NoticesAsForm sends notifications as a form.
	NoticesAsForm bool
}

// Refusals is how a request is refused.
type Refusals string

// The ways to refuse a request.
const (
	RefusalsByStatus Refusals = ""    // HTTP 422 for a wrong field, 400 for most
	RefusalsAs200    Refusals = "200" // HTTP 200 for all
)

// TokenRefusals is how a bad token is refused.
type TokenRefusals string

// The ways to refuse a bad token.
const (
	TokenRefused401       TokenRefusals = ""
	TokenRefused200       TokenRefusals = "200"
	TokenRefused422       TokenRefusals = "422"
	TokenRefusedInDetails TokenRefusals = "details" // HTTP 422, and the word inside details alone
)

// NotFound is how a lookup of an unknown id is answered.
type NotFound string

// The answers to a lookup of an unknown id.
const (
	NotFound422   NotFound = ""
	NotFound404   NotFound = "404"
	NotFound200   NotFound = "200"
	NotFoundEmpty NotFound = "empty" // HTTP 200 with an empty list
)

// Server stands in for api.cinetpay.net. Its pages are under /payment/.
//
// The ledger has one account, such as "account/XOF". A transfer is debited when
// it is sent, and given back when it fails. A payment is credited when the
// customer pays.
type Server struct {
	*sandbox.Server
	sandbox.Merchant[apiv1.Credentials, apiv1.Client]
	sandbox.TokenStore
	cfg     Config
	records *sandbox.List[order]

	mu     sync.Mutex
	orders []*order
}

const (
	base     = "/v1/"
	pagePath = "/payment/"
)

// New starts a sandbox. Close it.
func New(c Config) *Server {
	c = c.withDefaults()
	p := &Server{cfg: c}
	p.records = sandbox.RecordsOf(&p.mu, &p.orders, sandbox.Form[order]{
		Order: (*order).order, Alter: p.alter, Tick: p.settleDue,
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Server = sandbox.NewServer(sandbox.Spec{
		Clock: c.Clock, Base: "/", Handle: p.route, Lock: &p.mu,
		Records: []sandbox.Records{p.records}, RedeliverAfter: c.RedeliverAfter,
		Faults: sandbox.FaultRules{
			ExpireToken: func(r *sandbox.Request) { p.ExpireToken(kit.Bearer(r.Header)) },
			IsStatus:    isState, OddStatus: "SOMETHING_NEW", ErrorAnswer: p.failure,
			NoRateLimit: true,
		},
	})
	p.Merchant = sandbox.MerchantOf(apiv1.New, apiv1.Credentials{
		APIKey: wapay.Secret(c.APIKey), APIPassword: wapay.Secret(c.APIPassword), Country: c.Country,
	}, p.Server)
	p.Open(p.account(), p.currency(), max(c.Balance, 0)*p.unit())
	return p
}

func (c Config) withDefaults() Config {
	c.APIKey, c.APIPassword = cmp.Or(c.APIKey, "sk_test_sandbox_key"), cmp.Or(c.APIPassword, "sandbox-password")
	c.Country, c.Balance = cmp.Or(c.Country, "CI"), cmp.Or(c.Balance, 1_000_000)
	c.TokenLife, c.Notices = cmp.Or(c.TokenLife, 24*time.Hour), cmp.Or(c.Notices, 1)
	return c
}

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server { return sandbox.Start(tb, New(c)) }

// Config returns the configuration in use, made-up values included.
func (p *Server) Config() Config { return p.cfg }

// endpoint answers a request. id is the element that stands for * in its path.
type endpoint func(p *Server, r *sandbox.Request, id string) *sandbox.Answer

var routes = map[string]endpoint{
	"POST oauth/login": (*Server).login,
	"POST payment":     (*Server).createPayment,
	"GET payment/*":    lookup(sandbox.Payment),
	"POST transfer":    (*Server).createTransfer,
	"GET transfer/*":   lookup(sandbox.Payout),
	"GET balances":     (*Server).balances,
}

func (p *Server) route(r *sandbox.Request) *sandbox.Answer {
	if strings.HasPrefix(r.Path, pagePath) {
		return p.page(r)
	}
	path, ok := strings.CutPrefix(r.Path, base)
	found, id, status := kit.Find(routes, r.Method, path)
	if !ok {
		status = 404
	}
	if status != 0 {
		return sandbox.HTML(status, "<h1>"+http.StatusText(status)+"</h1>")
	}
	if path != "oauth/login" {
		if word := p.checkToken(r); word != "" {
			return p.refuseToken(word)
		}
		if p.cfg.NotAllowed {
			return p.refuse(403, "NOT_ALLOWED", "The address is not on the list")
		}
	}
	if r.RawQuery != "" || r.Method == http.MethodGet && len(r.Body) > 0 {
		return p.refuse(422, "INVALID_PARAMS", "There is no query, and a GET has no body")
	}
	id, err := url.PathUnescape(id)
	if err != nil {
		return p.refuse(422, "INVALID_PARAMS", "The id is not escaped")
	}
	return found(p, r, id)
}

func (p *Server) balances(*sandbox.Request, string) *sandbox.Answer {
	available := p.Balance(p.account())
	real := available
	for _, o := range p.orders {
		if o.Kind == sandbox.Payout && !o.over() {
			real += o.Amount
		}
	}
	out := kit.Object{"code", p.number(200), "status", "OK", "available_balance", p.amount(available)}
	if !p.cfg.Bare {
		out = append(out, "real_balance", p.amount(real))
	}
	return sandbox.JSON(200, append(out, "currency", p.currency()))
}
