// Package payhubtest runs a sandbox of PayHub, BarkaPay's newer platform, for
// tests and demos: a server on a loopback port that answers as the provider's
// SDKs expect.
//
// # What the sandbox chooses
//
// No answer of the real server was seen. Besides the fields of Config, the
// sandbox chooses:
//
//   - Too little balance is 402 balance_too_low. An operator that is down is
//     503 operator_unavailable.
//   - A missing Accept header, a request id that is no UUID, and unknown
//     members and filters are 422.
//   - A transfer's amount leaves the balance at once. Fees are shown, and not
//     paid.
//   - The data of me and operators, and the redelivery schedule, are made up.
//
// It refuses more members of order, and orders in crypto, which the provider
// may accept.
package payhubtest

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay/payhub"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Config has the merchant's settings at PayHub, and choices for unknown
// behaviour of the server. Zero values get made-up ones. Amounts are whole
// francs.
type Config struct {
	KeyID, Secret   string
	Country         string // of Credentials and Client; "bf" if it is empty
	WebhookSecret   string
	SecondSecret    string           // signs notifications too, as while a secret is replaced
	NotificationURL string           // "" is none
	Balances        map[string]int64 // opening balance by country; nil is 1,000,000 each
	Clock           func() time.Time
	RateLimit       int             // requests a minute; 0 is no limit
	RedeliverAfter  []time.Duration // waits between attempts to notify; nil is 1 m, 5 m, 15 m, 1 h
	AutoSettle      bool            // orders succeed by themselves, right after the answer

	RefuseRepeats     bool          // an order id that was used is refused with 409; else a second order is made
	EmptyList         bool          // an unknown id is answered with an empty list, and not with 404
	UnknownID422      bool          // an unknown id is answered with 422, and not with 404
	ErrorsWithHTTP200 bool          // every error envelope comes with HTTP 200
	VisibleAfter      time.Duration // how long a new order cannot be found
	DoubleSpendWindow time.Duration // of similar transfers; 0 is a minute
	CodeAfter         bool          // ORANGE without a code awaits one, and is not refused
	WrongCodeFails    bool          // a wrong code ends the payment, and is not refused with 422
	IgnorePage        bool          // every page of a list is the first
	NoObject          bool          // a new order is answered with 201 and empty data
	LeastOnly         bool          // an order is answered with public_id and status alone
	NewMembers        bool          // an order is answered with members that nobody knows
	NotifyAll         bool          // states that are not final are notified too
	NotifyWhole       bool          // notifications have the order's other members
}

// Server stands in for hub.barkapay.com. One server has all countries, each
// with orders and a balance of its own.
type Server struct {
	*sandbox.Server
	sandbox.Merchant[payhub.Credentials, payhub.Client]
	sandbox.OTPs
	cfg     Config
	records *sandbox.List[order]

	mu     sync.Mutex
	orders []*order
	down   map[string]bool // operators, see SetDown
	count  int             // of orders that succeeded, for the operator's id
}

// New starts a sandbox. Close it.
func New(c Config) *Server {
	c.KeyID, c.Secret = cmp.Or(c.KeyID, "pk_live_sandbox_key"), cmp.Or(c.Secret, "sk_live_sandbox_secret")
	c.WebhookSecret, c.Country = cmp.Or(c.WebhookSecret, "whsec_sandbox"), cmp.Or(c.Country, "bf")
	c.DoubleSpendWindow = cmp.Or(c.DoubleSpendWindow, time.Minute)
	if c.Balances == nil {
		c.Balances = map[string]int64{"bf": 1_000_000, "bj": 1_000_000, "sn": 1_000_000}
	}
	p := &Server{cfg: c, down: map[string]bool{}}
	p.records = sandbox.RecordsOf(&p.mu, &p.orders, sandbox.Form[order]{Order: (*order).order, Alter: (*order).alter})
	spec := sandbox.Spec{
		Clock: c.Clock, Base: "/", Handle: p.route, Lock: &p.mu,
		Records: []sandbox.Records{p.records}, RedeliverAfter: c.RedeliverAfter,
		Faults: sandbox.FaultRules{IsStatus: isStatus, OddStatus: "ON_HOLD", ErrorAnswer: p.fault},
	}
	spec.RateLimit = sandbox.RateLimit{
		PerMinute: c.RateLimit,
		Key:       func(r *sandbox.Request) (string, bool) { return r.Header.Get("Authorization"), c.RateLimit != 0 },
		Refuse: func(r *sandbox.Request) *sandbox.Answer {
			return p.refuse(r, 429, "too_many_requests", "Too many requests.")
		},
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Server = sandbox.NewServer(spec)
	p.Merchant = sandbox.MerchantOf(payhub.New, payhub.Credentials{
		KeyID: wapay.Secret(c.KeyID), Secret: wapay.Secret(c.Secret), Country: c.Country,
	}, p.Server)
	for _, country := range countries {
		p.Open(country, "XOF", c.Balances[country])
	}
	return p
}

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server { return sandbox.Start(tb, New(c)) }

// WebhookSecret returns the secret that signs notifications, for ipn.PayHub.
func (p *Server) WebhookSecret() wapay.Secret { return wapay.Secret(p.cfg.WebhookSecret) }

// Config returns the configuration in use, made-up values included.
func (p *Server) Config() Config { return p.cfg }

const crypto = "cc"

var (
	countries = []string{"bf", "bj", "sn"}
	phones    = map[string]*regexp.Regexp{
		"bf": regexp.MustCompile(`^[02567][0-9]{7}$`), "bj": regexp.MustCompile(`^(01)?[4-9][0-9]{7}$`),
		"sn": regexp.MustCompile(`^7[0-9]{8}$`),
	}
	uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
)

// shown returns a country's code as answers show it.
func shown(country string) string { return strings.ToUpper(country) }

// isStatus reports whether a value is an order's status, which is upper case,
// and not the envelope's.
func isStatus(key string, v any) bool {
	word, ok := v.(string)
	return ok && key == "status" && word == strings.ToUpper(word)
}

// call is a request that found its country and its endpoint.
type call struct {
	*sandbox.Request
	country string
	kind    sandbox.OrderKind
	id      string // the path element that varies, without its escapes
}

type endpoint struct {
	kind sandbox.OrderKind
	fn   func(*Server, *call) *sandbox.Answer
}

var routes = map[string]endpoint{
	"GET ping":                    {"", (*Server).ping},
	"GET me":                      {"", (*Server).me},
	"GET balance":                 {"", (*Server).balance},
	"GET operators/availability":  {"", (*Server).availability},
	"GET operators/info":          {"", (*Server).info},
	"POST payments":               {sandbox.Payment, (*Server).createPayment},
	"GET payments":                {sandbox.Payment, (*Server).list},
	"GET payments/*":              {sandbox.Payment, (*Server).find},
	"POST payments/*/confirm-otp": {sandbox.Payment, (*Server).confirm},
	"POST payments/*/resend-otp":  {sandbox.Payment, (*Server).resend},
	"POST transfers":              {sandbox.Payout, (*Server).createTransfer},
	"GET transfers":               {sandbox.Payout, (*Server).list},
	"GET transfers/*":             {sandbox.Payout, (*Server).find},
}

func (p *Server) route(r *sandbox.Request) *sandbox.Answer {
	if refused := p.checkHeaders(r); refused != nil {
		return refused
	}
	country, path, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/v1/")
	found, id, status := kit.Find(routes, r.Method, path)
	if status != 0 || country != crypto && !slices.Contains(countries, country) {
		return p.refuse(r, 404, "resource_not_found", "Nothing here.")
	}
	id, err := url.PathUnescape(id)
	if err != nil {
		return p.refuse(r, 404, "resource_not_found", "Nothing here.")
	}
	return found.fn(p, &call{Request: r, country: country, kind: found.kind, id: id})
}

func (p *Server) checkHeaders(r *sandbox.Request) *sandbox.Answer {
	keys := r.Header["Authorization"]
	switch {
	case len(keys) == 0:
		return p.refuse(r, 401, "unauthenticated", "No key.")
	case len(keys) != 1 || !strings.HasPrefix(keys[0], "Bearer "+p.cfg.KeyID+":"):
		return p.refuse(r, 401, "invalid_api_key", "Unknown key.")
	case keys[0] != "Bearer "+p.cfg.KeyID+":"+p.cfg.Secret:
		return p.refuse(r, 401, "incorrect_credentials", "Wrong secret.")
	case r.Header.Get("Accept") != "application/json":
		return p.invalid(r, "Accept", "Must be application/json.")
	case !uuid.MatchString(r.Header.Get("X-Request-Id")):
		return p.invalid(r, "X-Request-Id", "Must be a UUID.")
	case len(r.Body) == 0 && r.Header.Get("Content-Type") != "":
		return p.invalid(r, "Content-Type", "Comes with a body only.")
	}
	return nil
}

func success(status int, data kit.Object, more ...any) *sandbox.Answer {
	o := kit.Object{"status", "success"}
	if status == 201 {
		o = append(o, "code", "resource_created")
	}
	return sandbox.JSON(status, append(append(o, more...), "data", data))
}

// refuse answers with the envelope of an error. more has further members.
func (p *Server) refuse(r *sandbox.Request, status int, code, message string, more ...any) *sandbox.Answer {
	word := "failed"
	if status == 429 || status >= 500 {
		word = "error"
	}
	o := append(kit.Object{"status", word, "code", code, "message", message}, more...)
	if p.cfg.ErrorsWithHTTP200 {
		status = 200
	}
	return sandbox.JSON(status, append(o, "request_id", r.Header.Get("X-Request-Id")))
}

// invalid returns a validation_error about fields: name, text, name, text …
func (p *Server) invalid(r *sandbox.Request, pairs ...string) *sandbox.Answer {
	fields := kit.Object{}
	for n := 0; n < len(pairs); n += 2 {
		fields = append(fields, pairs[n], []string{pairs[n+1]})
	}
	return p.refuse(r, 422, "validation_error", "The request is not valid.", "errors", fields)
}

// fault returns server_error, unless the fault names another code.
func (p *Server) fault(r *sandbox.Request, f sandbox.Fault) *sandbox.Answer {
	return p.refuse(r, cmp.Or(f.Code, 500), cmp.Or(f.ErrorCode, "server_error"), "It broke.")
}
