// Package intramtest runs a sandbox of Intram for tests and demos: a server on
// a loopback port that answers as Intram's documents say.
//
// # What the sandbox chooses
//
// The documents leave these points open, and the sandbox chooses. For requests:
//
//   - The order of checks is route, key, signature, merchant, address,
//     idempotency, query, body.
//   - Idempotency keys belong to one API key. A refused body uses its key up,
//     as the documents' "use a new key" suggests.
//   - The parameter before takes the date of the last row. No two rows share a
//     date.
//
// For money:
//
//   - Payment requests and payouts have a wallet for each payment method.
//   - Pending is the amount of the payouts that are not over.
//   - Each failure gives the money back, which the documents say only of
//     provider_rejected.
//   - An operation expires only while it is queued.
//
// For answers:
//
//   - The payload is the body as sent. Only it has the merchant's reference and
//     webhook_data; a payout's result has the reference, too, and a transaction
//     has neither.
//   - A payment request's result does not change after the creation.
//   - Its notifications have webhook_data. No notification has metadata.
//
// For notifications:
//
//   - There are five attempts, because X-Intram-Attempt goes from 1 to 5. So
//     the last of the five documented waits (12 h) never comes.
//   - There is no *.pending. The status in results and notifications is lower
//     case.
//
// It refuses unknown fields and parameters, null, numbers as strings, and a
// body with GET or DELETE. It also refuses a query that is unsorted or not
// encoded as in RFC 3986. The provider may accept them. It accepts plain http
// URLs of this machine, which the provider refuses.
package intramtest

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Config has the merchant's settings at Intram. Zero values get made-up ones.
// Amounts are whole units of the currency, unless the field says otherwise.
type Config struct {
	PublicKey, SecretKey         string   // pk_sandbox_…
	LivePublicKey, LiveSecretKey string   // pk_live_…
	WebhookSecret                string   // of what Notify subscribes
	AllowedIPs                   []string // from where the live keys work; this machine is 127.0.0.1
	MerchantInactive             bool
	Balances                     map[string]int64 // opening, in XOF, by payment method; nil is 1,000,000 each
	Clock                        func() time.Time
	MinAmount, MaxAmount         int64                    // 0 is 1 and 10,000,000
	PaymentFee, PayoutFee        func(amount int64) int64 // in minor units, as the ledger
	// StepAfter is how long an operation is queued, and how long it is
	// processing after that. With 0 it waits for a test, but a payment request
	// has its page at once.
	StepAfter      time.Duration
	RedeliverAfter []time.Duration // waits between attempts to notify; nil is 1 m, 5 m, 30 m, 2 h
	AutoSettle     bool            // operations end and customers pay by themselves, right after the answer

	Currency             Currency // in balances and transactions
	OldBalance           bool     // the earlier shape of /balance
	PaymentMethodObjects bool     // in transactions, where a string is usual
	SourceMSISDN         bool     // the later shape of transactions: source_msisdn, created_at, webhook_data
	WebhookData          Place    // in notifications about payment requests
}

// Currency is how an answer spells the currency: the code, null, or an object.
type Currency string

const (
	CurrencyCode   Currency = ""
	CurrencyNull   Currency = "null"
	CurrencyObject Currency = "object"
)

// Place is where a notification carries webhook_data: in data, beside it, or
// nowhere.
type Place string

const (
	InData  Place = ""
	OnTop   Place = "on top"
	Nowhere Place = "nowhere"
)

// Server stands in for api.intram.org, the Merchant API v1.
//
// The ledger's accounts have the environment and the payment method, such as
// "sandbox/MTN_BENIN_229". Bank payouts use "sandbox/BANK_TRANSFER".
type Server struct {
	*sandbox.Server
	sandbox.Merchant[intram.Credentials, intram.Client]
	cfg     Config
	records *sandbox.List[operation]
	apps    []*app
	wallets []string // payment methods

	mu            sync.Mutex
	allowed       []string
	kept          map[string]*keptAnswer
	operations    []*operation
	transactions  []*tx
	transfers     []*transfer
	subscriptions []*subscription
	stamped       time.Time
}

type app struct {
	env, key, secret string // env: "sandbox", "live"
}

const (
	base       = "/v1/"
	signedBase = "/api/v1/merchant/" // what a signature covers, whatever the request's own prefix
	bank       = "BANK_TRANSFER"
)

// providers are the documented payment methods, all in Benin.
var providers = []string{"MTN_BENIN_229", "MOOV_AFRICA_BENIN_229", "SBIN_BENIN_229"}

// New starts a sandbox. Close it.
func New(c Config) *Server {
	c = c.withDefaults()
	i := &Server{
		cfg: c, allowed: slices.Clone(c.AllowedIPs), kept: map[string]*keptAnswer{},
		apps: []*app{{"sandbox", c.PublicKey, c.SecretKey}, {"live", c.LivePublicKey, c.LiveSecretKey}},
	}
	for _, app := range i.apps {
		if !strings.HasPrefix(app.key, "pk_"+app.env+"_") {
			panic("sandbox: the key of the " + app.env + " environment starts with pk_" + app.env + "_")
		}
	}
	i.records = sandbox.RecordsOf(&i.mu, &i.operations, sandbox.Form[operation]{
		Order: (*operation).order, Tick: i.tick, Alter: i.alter, AfterCopy: i.afterCopy, AfterForget: i.afterForget,
	})
	i.mu.Lock()
	defer i.mu.Unlock()
	i.Server = sandbox.NewServer(sandbox.Spec{
		Clock: c.Clock, Base: base, Alias: signedBase, Handle: i.dated, Lock: &i.mu, RedeliverAfter: c.RedeliverAfter,
		Records: []sandbox.Records{i.records},
		Faults:  sandbox.FaultRules{IsStatus: isStatus, OddStatus: "on_hold", ErrorAnswer: fault},
	})
	i.Merchant = sandbox.MerchantOf(intram.New, intram.Credentials{
		PublicKey: wapay.Secret(c.PublicKey), SecretKey: wapay.Secret(c.SecretKey),
	}, i.Server)
	i.open()
	return i
}

// open books the opening balances.
func (i *Server) open() {
	i.wallets = slices.Sorted(maps.Keys(i.cfg.Balances))
	for _, app := range i.apps {
		for _, method := range i.wallets {
			i.Open(accountName(app.env, method, "XOF"), "XOF", i.cfg.Balances[method])
		}
	}
}

func (c Config) withDefaults() Config {
	c.PublicKey, c.SecretKey = cmp.Or(c.PublicKey, "pk_sandbox_0001"), cmp.Or(c.SecretKey, "sk_sandbox_0001")
	c.LivePublicKey, c.LiveSecretKey = cmp.Or(c.LivePublicKey, "pk_live_0001"), cmp.Or(c.LiveSecretKey, "sk_live_0001")
	c.WebhookSecret = cmp.Or(c.WebhookSecret, "whsec_sandbox")
	c.MinAmount, c.MaxAmount = cmp.Or(c.MinAmount, 1), cmp.Or(c.MaxAmount, 10_000_000)
	if c.Balances == nil {
		c.Balances = map[string]int64{bank: 1_000_000}
		for _, method := range providers {
			c.Balances[method] = 1_000_000
		}
	}
	if c.RedeliverAfter == nil {
		c.RedeliverAfter = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour}
	}
	return c
}

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server { return sandbox.Start(tb, New(c)) }

// IPNKey returns the secret of the subscription by Notify, for ipn.Intram.
// Other subscriptions have secrets of their own.
func (i *Server) IPNKey() wapay.Secret { return wapay.Secret(i.cfg.WebhookSecret) }

// Config returns the configuration in use, made-up values included.
func (i *Server) Config() Config { return i.cfg }

// LongURL returns the other base URL, seen in integrations. Signatures are the
// same under both.
func (i *Server) LongURL() string { return i.Root() + strings.TrimSuffix(signedBase, "/") }

// call is a request that found its endpoint and its key.
type call struct {
	*sandbox.Request
	app *app
	id  string // the path element that stands for *
}

type endpoint struct {
	params string // the query's
	fn     func(*Server, *call) *sandbox.Answer
}

var routes = map[string]endpoint{
	"GET balance":           {"", (*Server).balance},
	"POST payouts":          {"", (*Server).payout},
	"POST payment-requests": {"", (*Server).paymentRequest},
	"POST refunds":          {"", (*Server).refund},
	"POST transfers":        {"", (*Server).transfer},
	"GET transfers":         {"limit direction before", (*Server).listTransfers},
	"GET transfers/*":       {"", (*Server).findTransfer},
	"GET transactions":      {"limit status type before", (*Server).listTransactions},
	"GET transactions/*":    {"", (*Server).findTransaction},
	"GET operations":        {"limit type status before", (*Server).listOperations},
	"GET operations/*":      {"", (*Server).findOperation},
	"GET webhooks":          {"", (*Server).listWebhooks},
	"POST webhooks":         {"", (*Server).createWebhook},
	"DELETE webhooks/*":     {"", (*Server).deleteWebhook},
	"POST webhooks/*/test":  {"", (*Server).testWebhook},
}

// dated puts the sandbox's time on each answer, so that a client can see how
// far off its clock is.
func (i *Server) dated(r *sandbox.Request) *sandbox.Answer {
	var a *sandbox.Answer
	if strings.HasPrefix(r.Path, gatewayPath) {
		a = i.gateway(r)
	} else {
		a = i.route(r)
	}
	a.Header.Set("Date", r.At.UTC().Format(http.TimeFormat))
	return a
}

func (i *Server) route(r *sandbox.Request) *sandbox.Answer {
	path := endpointPath(r.Path)
	found, id, status := kit.Find(routes, r.Method, path)
	switch status {
	case 404:
		return refuse(404, "not_found", "No such route", nil)
	case 405:
		return refuse(405, "method_not_allowed", "Method not allowed", nil)
	}
	c := &call{Request: r, id: id}
	if refused := i.authenticate(c, signedBase+path); refused != nil {
		return refused
	}
	if r.Method == "POST" {
		return i.once(c, signedBase+path, func() *sandbox.Answer { return i.call(c, found) })
	}
	return i.call(c, found)
}

func (i *Server) call(c *call, route endpoint) *sandbox.Answer {
	if name := kit.BadParam(c.Query, route.params); name != "" {
		return invalid(name, "is not a parameter of this endpoint, or empty, or given twice")
	}
	if c.Method != "POST" && len(c.Body) > 0 {
		return refuse(400, "invalid_body", "A "+c.Method+" has no body", nil)
	}
	return route.fn(i, c)
}

// endpointPath returns the path without the prefix.
func endpointPath(path string) string {
	if rest, ok := strings.CutPrefix(path, signedBase); ok {
		return rest
	}
	return strings.TrimPrefix(path, base)
}

// accountName returns an account's name, without the usual currency.
func accountName(env, method, currency string) string {
	if currency != "XOF" {
		method += "/" + currency
	}
	return env + "/" + method
}

// stamp returns the time of a new row. It is later than that of each other row,
// because the pages of a list go by the date.
func (i *Server) stamp() time.Time {
	now := i.Now().UTC().Truncate(time.Millisecond)
	if !now.After(i.stamped) {
		now = i.stamped.Add(time.Millisecond)
	}
	i.stamped = now
	return now
}

// formatTime returns "" for the zero time.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// newReference returns a public reference of ten characters.
func newReference() string {
	return kit.Random(10, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
}
