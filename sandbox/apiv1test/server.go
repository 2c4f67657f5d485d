// Package apiv1test runs a sandbox of CinetPay's API v1 for tests and demos: a
// server on a loopback port that answers as far as the API is known.
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

// Config is the merchant's account, and what is open about the API. Everything
// left out gets a made-up value. Amounts are whole units of the currency.
type Config struct {
	APIKey, APIPassword string
	Country             string // of the account; "" is CI
	Balance             int64  // at the beginning; 0 is a million, negative is nothing
	Fee                 int64  // of a transfer, on top of the amount
	TokenLife           time.Duration
	Clock               func() time.Time
	RedeliverAfter      []time.Duration // waits between attempts to notify; nil is 1 m, 5 m, 15 m, 1 h
	AutoSettle          bool            // orders succeed right after the answer

	// RepeatsMakeTwo makes another order of a used reference. Else it is refused
	// with 1200, which nobody has measured.
	RepeatsMakeTwo bool
	// FreedByFailure lets the reference of a failed order be used again.
	FreedByFailure bool
	// OneSpace has payments and transfers share their references.
	OneSpace bool
	// Refusals is how a refusal comes.
	Refusals Refusals
	// TokenRefusals is how a bad token is refused.
	TokenRefusals TokenRefusals
	// OneToken has a login end the older tokens.
	OneToken bool
	// NotFound is how an unknown id is told.
	NotFound NotFound
	// OwnIDsOnly has transfers not be found by the merchant's reference.
	OwnIDsOnly bool
	// LookupsLag is how long a new order is not found yet.
	LookupsLag time.Duration
	// NoDirectMode sends customers of direct payments to a page.
	NoDirectMode bool
	// NotAllowed refuses every call but the login with 2011: the caller's address
	// is not on the list.
	NotAllowed bool
	// CodesAsStrings writes codes as strings, AmountsAsNumbers amounts as numbers.
	CodesAsStrings, AmountsAsNumbers bool
	// AmountsInStates adds amount and currency to the state of a payment.
	AmountsInStates bool
	// Bare leaves out what may be missing: user, details, the currency and the
	// notify_token of a transfer, the real balance.
	Bare bool
	// Notices is how often a final state is notified: 0 is once, negative never.
	Notices int
	// NoticesFirst sends the notification of an order that is over at once before
	// the answer to its POST.
	NoticesFirst bool
	// NoticesAsForm sends notifications as a form.
	NoticesAsForm bool
}

// Refusals is how a refusal comes.
type Refusals string

// The ways in which a refusal comes.
const (
	RefusalsByStatus Refusals = ""    // HTTP 422 for a wrong field, 400 for most
	RefusalsAs200    Refusals = "200" // HTTP 200 for all
)

// TokenRefusals is how a bad token is refused.
type TokenRefusals string

// The ways in which a bad token is refused.
const (
	TokenRefused401       TokenRefusals = ""
	TokenRefused200       TokenRefusals = "200"
	TokenRefused422       TokenRefusals = "422"
	TokenRefusedInDetails TokenRefusals = "details" // HTTP 422, and the word inside details alone
)

// NotFound is how an unknown id is told.
type NotFound string

// The ways in which an unknown id is told.
const (
	NotFound422   NotFound = ""
	NotFound404   NotFound = "404"
	NotFound200   NotFound = "200"
	NotFoundEmpty NotFound = "empty" // HTTP 200 with an empty list
)

// Server stands in for api.cinetpay.net. Its pages are under /payment/.
//
// The ledger has one account, "account/XOF" or the like. A transfer is debited
// when it is sent, and given back when it fails. A payment is credited when the
// customer pays.
//
// The switches of Config are what is open. Chosen here: 2001 for a new payment
// and 2002 for a new transfer; 405 and 404 for what is no endpoint; that a
// short balance makes a transfer that has failed, with an id ER-T-…; that an
// expired order can still be paid. Refused although the provider may take it:
// unknown fields, a number that is a string, a reference with an underscore.
// Allowed although the provider refuses it: plain http URLs of this machine, so
// that a test can receive.
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
		Clock: c.Clock, Base: "/", Handle: p.route, Records: []sandbox.Records{p.records}, RedeliverAfter: c.RedeliverAfter,
		Faults: sandbox.FaultRules{
			ExpireToken: func(r *sandbox.Request) { p.ExpireToken(tokenOf(r)) },
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

var routes = map[string]func(*Server, *sandbox.Request, string) *sandbox.Answer{
	"POST oauth/login": (*Server).login,
	"POST payment":     (*Server).createPayment,
	"GET payment/*":    (*Server).payment,
	"POST transfer":    (*Server).createTransfer,
	"GET transfer/*":   (*Server).transfer,
	"GET balances":     (*Server).balances,
}

func (p *Server) route(r *sandbox.Request) *sandbox.Answer {
	if strings.HasPrefix(r.Path, pagePath) {
		return p.page(r)
	}
	path, ok := strings.CutPrefix(r.Path, base)
	endpoint, id, status := kit.Find(routes, r.Method, path)
	if !ok {
		status = 404
	}
	if status != 0 {
		return sandbox.HTML(status, "<h1>"+http.StatusText(status)+"</h1>")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settleDue()
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
	return endpoint(p, r, id)
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
