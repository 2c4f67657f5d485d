// Package bantutest runs a sandbox of Bantu for tests and demos: a server on a
// loopback port that answers as Bantu's documents say.
//
// # What the sandbox chooses
//
// The documents leave these points open, and the sandbox chooses:
//
//   - The answers of the endpoints under /payments, and 201 for a new object.
//   - 401 without a key, and for an unknown key or one with a password. 403 for
//     a key of the wrong kind. The status of a partner needs no key.
//   - The kinds and messages of all errors except account.email.exists.
//   - A planned partner is 400 partner.not.supported, an unknown one 404. One
//     that is not enabled, or for check not configured, is 409.
//   - A partner is enabled for all merchants. It is configured for one
//     application, separately for test and live.
//   - Validation checks the names of the fields only. paypal accepts any names.
//
// It refuses unknown fields and values that are no strings, which the provider
// may accept. It accepts plain http URLs of this machine, which the provider
// refuses.
package bantutest

import (
	"cmp"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Config is an account with one application. Zero values get made-up ones.
type Config struct {
	AccountKey                   string // rak_… or ak_…
	SecretKey, PublicKey         string // sk_test_…, pk_test_…
	LiveSecretKey, LivePublicKey string // sk_live_…, pk_live_…
	Clock                        func() time.Time

	AllPartners     bool // the planned partners are there
	EmptyAnswers    bool // an answer that is not documented is 204 and has no body
	DownAs503       bool // a partner that is down is 503, for 200 with status DOWN
	BareApplication bool // a new application without {"application":…} around it
}

// Server stands in for sandbox.bantu.dev. It moves no money, because no
// endpoint for that is documented. Its ledger is empty.
type Server struct {
	*sandbox.Server
	sandbox.Merchant[bantu.Credentials, bantu.Client]
	cfg Config

	mu       sync.Mutex
	accounts []*merchant
	apps     []*Application
	partners map[string]*partner
	configs  map[string]map[string]string // by application id, environment and partner
}

type merchant struct{ id, name, email, key string }

// Application is an application with its keys.
type Application struct {
	ID, AccountID, Name, Description string
	PKTest, SKTest, PKLive, SKLive   string
	CreatedAt                        time.Time
}

// New starts a sandbox. Close it.
func New(c Config) *Server {
	c = c.withDefaults()
	account := &merchant{id: kit.UUID(), name: "Sandbox", email: "merchant@example.com", key: c.AccountKey}
	b := &Server{
		cfg: c, accounts: []*merchant{account}, partners: partners(c.AllPartners),
		configs: map[string]map[string]string{},
		apps: []*Application{{
			ID: kit.UUID(), AccountID: account.id, Name: "Sandbox", PKTest: c.PublicKey, SKTest: c.SecretKey,
			PKLive: c.LivePublicKey, SKLive: c.LiveSecretKey, CreatedAt: c.Clock(),
		}},
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Server = sandbox.NewServer(sandbox.Spec{
		Clock: c.Clock, Base: "/", Handle: b.route, Lock: &b.mu,
		Faults: sandbox.FaultRules{IsStatus: isStatus, OddStatus: "DEGRADED", ErrorAnswer: b.fault},
	})
	b.Merchant = sandbox.MerchantOf(bantu.New, bantu.Credentials{
		AccountKey: wapay.Secret(c.AccountKey), SecretKey: wapay.Secret(c.SecretKey), PublicKey: wapay.Secret(c.PublicKey),
	}, b.Server)
	return b
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		field  *string
		prefix string
	}{
		{&c.SecretKey, "sk_test_"}, {&c.PublicKey, "pk_test_"},
		{&c.LiveSecretKey, "sk_live_"}, {&c.LivePublicKey, "pk_live_"},
	} {
		if *d.field == "" {
			*d.field = d.prefix + "sandbox"
		}
		if !strings.HasPrefix(*d.field, d.prefix) {
			panic("sandbox: this key starts with " + d.prefix)
		}
	}
	c.AccountKey = cmp.Or(c.AccountKey, "rak_sandbox")
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return c
}

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server { return sandbox.Start(tb, New(c)) }

// Config returns the configuration in use, made-up values included.
func (b *Server) Config() Config { return b.cfg }

// call is a request that found its endpoint, and the owner of the key that it
// needs.
type call struct {
	*sandbox.Request
	account *merchant    // with the account's key
	app     *Application // with one of the application's
	env     string       // "test", "live", with one of the application's
	partner string
}

type endpoint struct {
	key string // "account", "secret", "public", "" for none
	fn  func(*Server, *call) *sandbox.Answer
}

var routes = map[string]endpoint{
	"PUT /payments/v1/partners/*":        {"account", (*Server).enablePartner},
	"GET /payments/v1/partners/*/status": {"", (*Server).partnerStatus},
	"PUT /payments/v1/partners/*/config": {"secret", (*Server).configurePartner},
	"GET /payments/v1/partners/*/check":  {"public", (*Server).checkPartner},
	"POST /accounts/v1":                  {"", (*Server).createAccount},
	"POST /accounts/v1/applications":     {"account", (*Server).createApplication},
}

func (b *Server) route(r *sandbox.Request) *sandbox.Answer {
	route, partner, status := kit.Find(routes, r.Method, r.Path)
	switch status {
	case 404:
		return b.refuse(r, 404, "route.not.found")
	case 405:
		return b.refuse(r, 405, "method.not.allowed")
	}
	c := &call{Request: r, partner: partner}
	if route.key != "" {
		if refused := b.authenticate(c, route.key); refused != nil {
			return refused
		}
	}
	if r.RawQuery != "" || r.Method == "GET" && len(r.Body) > 0 {
		return b.refuse(r, 400, "request.not.documented")
	}
	return route.fn(b, c)
}

// authenticate finds the owner of the key, and refuses a key of another kind
// than the endpoint's.
func (b *Server) authenticate(c *call, want string) *sandbox.Answer {
	key, password, ok := (&http.Request{Header: c.Header}).BasicAuth()
	kind := b.findKey(c, key)
	if !ok || len(c.Header["Authorization"]) != 1 || password != "" || kind == "" {
		a := b.refuse(c.Request, 401, "authentication.required")
		a.Header.Set("WWW-Authenticate", `Basic realm="bantu"`)
		return a
	}
	if kind != want {
		return b.refuse(c.Request, 403, "key.kind.not.allowed")
	}
	return nil
}

// findKey returns the kind of a key, or "" for an unknown one.
func (b *Server) findKey(c *call, key string) string {
	for _, a := range b.accounts {
		if a.key == key {
			c.account = a
			return "account"
		}
	}
	for _, app := range b.apps {
		for _, k := range []struct{ key, kind, env string }{
			{app.SKTest, "secret", "test"}, {app.SKLive, "secret", "live"},
			{app.PKTest, "public", "test"}, {app.PKLive, "public", "live"},
		} {
			if k.key == key {
				c.app, c.env = app, k.env
				return k.kind
			}
		}
	}
	return ""
}
