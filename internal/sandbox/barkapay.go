package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// BarkaPayConfig is what the merchant has set up with BarkaPay. Everything left out gets a made-up value. Amounts
// are whole francs.
type BarkaPayConfig struct {
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
	AutoSettle                   bool            // customers pay and transfers arrive by themselves, right after the answer
	OwnPaymentsOnly              bool            // an app finds only the payments it created
	PublicIDAsString             bool            // in user-and-api-app-info
	OldAvailability              bool            // the older shape of operators-availability
	UnauthorizedStatusAsString   bool            // "401", as in one of the samples
}

// BarkaPay stands in for api.barkapay.com.
//
// Not documented, and chosen here: the answers to a duplicate order_id, a double spend, a wrong or missing OTP, an
// insufficient balance and an unavailable operator (all 422 with a message); 406 without the Accept header, 415 for
// other bodies; 429 as Laravel answers it; that every payment goes to the api account; the redelivery schedule; that
// failures are notified too; that either app finds the payments of both. Refused although the provider may take it:
// unknown and repeated fields, ":" in an order id (the notification's hash does not escape it). Allowed although the
// provider refuses it: a plain http URL of this machine, so that a test can receive.
type BarkaPay struct {
	*Server
	cfg   BarkaPayConfig
	apps  []*barkaApp
	limit limiter

	mu        sync.Mutex
	operators map[string]map[string]BarkaPayOperator
	payments  []*barkaTx
	transfers []*barkaTx
	otps      map[string]int // how many OTPs a phone has used up
	count     int            // of operations, for their txid
}

type barkaApp struct {
	kind                            string // "api", "sci"
	key, secret, ipnKey, url, label string
}

const barkaBase = "/api/client/"

// NewBarkaPay starts a sandbox. Close it.
func NewBarkaPay(c BarkaPayConfig) *BarkaPay {
	c = c.withDefaults()
	b := &BarkaPay{
		cfg: c, limit: limiter{limit: c.RateLimit}, operators: barkaOperators(), otps: map[string]int{},
		apps: []*barkaApp{
			{kind: "api", key: c.APIKey, secret: c.APISecret, ipnKey: c.IPNKey, url: c.NotificationURL, label: "SBXAPI"},
			{kind: "sci", key: c.SCIKey, secret: c.SCISecret, ipnKey: c.SCIIPNKey, url: c.SCINotificationURL, label: "SBXSCI"},
		},
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Server = start(serverConfig{
		clock: c.Clock, base: barkaBase, handle: b.limited, redelivery: c.RedeliverAfter,
		faulting: faultRules{isStatus: isBarkaStatus, oddStatus: 7},
	})
	for _, country := range barkaCountries {
		b.mustBook(Entry{
			Account: barkaAccount(country, "api"), Kind: Credit, Amount: c.Balances[country], Currency: "XOF",
			ID: "FB-" + newUUID(), Why: "funding",
		})
	}
	return b
}

func (c BarkaPayConfig) withDefaults() BarkaPayConfig {
	for _, d := range []struct {
		field *string
		value string
	}{
		{&c.APIKey, "sandbox-api-key"}, {&c.APISecret, "sandbox-api-secret"}, {&c.IPNKey, "sandbox-api-ipn-key"},
		{&c.SCIKey, "sandbox-sci-key"}, {&c.SCISecret, "sandbox-sci-secret"}, {&c.SCIIPNKey, "sandbox-sci-ipn-key"},
	} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	if c.Balances == nil {
		c.Balances = map[string]int64{}
		for _, country := range barkaCountries {
			c.Balances[country] = 1_000_000
		}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.RateLimit == 0 {
		c.RateLimit = 60
	}
	if c.DoubleSpendWindow == 0 {
		c.DoubleSpendWindow = 10 * time.Minute
	}
	if c.RedeliverAfter == nil {
		c.RedeliverAfter = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	}
	return c
}

// Config is the configuration in use, made-up values included.
func (b *BarkaPay) Config() BarkaPayConfig { return b.cfg }

// isBarkaStatus leaves the HTTP status alone, which stands under the same name in the envelope.
func isBarkaStatus(key string, v any) bool {
	s := fmt.Sprint(v)
	return key == "status" && (s == "0" || s == "1" || s == "-1")
}

// call is a request that found its endpoint and its app.
type call struct {
	*Request
	app *barkaApp
	id  string // the last path element, where the endpoint has one
}

type barkaRoute struct {
	method, path string // a path that ends in * takes one more element
	app          string // whose keys: "api", "sci", "" for either
	fn           func(*BarkaPay, *call) *answer
}

var barkaRoutes = []barkaRoute{
	{"GET", "ping", "", (*BarkaPay).ping},
	{"GET", "operators-availability", "", (*BarkaPay).availability},
	{"GET", "user-and-api-app-info", "", (*BarkaPay).userInfo},
	{"GET", "operators-infos", "", (*BarkaPay).operatorsInfos},
	{"POST", "payment/mobile/api", "api", (*BarkaPay).charge},
	{"POST", "payment/mobile/web/create", "sci", (*BarkaPay).createLink},
	{"GET", "payment/", "", (*BarkaPay).filterPayments},
	{"GET", "payment/*", "", (*BarkaPay).findPayment},
	{"POST", "transfer/request/mobile", "api", (*BarkaPay).transfer},
	{"GET", "transfer/", "api", (*BarkaPay).filterTransfers},
	{"GET", "transfer/*", "api", (*BarkaPay).findTransfer},
	{"GET", "accounts", "api", (*BarkaPay).accounts},
	{"POST", "accounts/statement", "api", (*BarkaPay).statement},
}

// limited puts the rate limit's headers on every answer, refusals included.
func (b *BarkaPay) limited(r *Request) *answer {
	if strings.HasPrefix(r.Path, barkaLinkPath) {
		return b.linkPage(r)
	}
	remaining, wait, ok := b.limit.take(r.Header.Get("X-Api-Key"), r.At)
	var a *answer
	if ok {
		a = b.route(r)
	} else {
		a = jsonAnswer(429, object{"message", "Too Many Attempts."})
		a.header.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	limit := b.cfg.RateLimit
	if limit < 0 {
		limit, remaining = 60, 59
	}
	a.header["X-RateLimit-Limit"] = []string{strconv.Itoa(limit)}
	a.header["X-RateLimit-Remaining"] = []string{strconv.Itoa(remaining)}
	return a
}

func (b *BarkaPay) route(r *Request) *answer {
	path, ok := strings.CutPrefix(r.Path, barkaBase)
	var found *barkaRoute
	var c call
	for i := range barkaRoutes {
		route := &barkaRoutes[i]
		if id, match := matchRoute(route.path, path); ok && match {
			found, c = route, call{Request: r, id: id}
			if route.method == r.Method {
				break
			}
		}
	}
	if found == nil {
		return jsonAnswer(404, object{"message", "The route " + strings.TrimPrefix(r.Path, "/") + " could not be found."})
	}
	if found.method != r.Method {
		return jsonAnswer(405, object{"message", "The " + r.Method + " method is not supported for this route."})
	}
	if refused := b.checkHeaders(r); refused != nil {
		return refused
	}
	if c.app = b.authenticate(r, found.app); c.app == nil {
		return b.unauthorized()
	}
	if r.RawQuery != "" && !strings.HasSuffix(found.path, "/") {
		return refuse(422, "This endpoint takes no query.")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expire()
	return found.fn(b, &c)
}

func matchRoute(pattern, path string) (id string, ok bool) {
	prefix, wild := strings.CutSuffix(pattern, "*")
	if !wild {
		return "", path == pattern
	}
	id, ok = strings.CutPrefix(path, prefix)
	return id, ok && id != "" && !strings.Contains(id, "/")
}

func (b *BarkaPay) checkHeaders(r *Request) *answer {
	if r.Header.Get("Accept") != "application/json" {
		return refuse(406, "The Accept header must be application/json.")
	}
	if l := r.Header.Get("Accept-Language"); l != "" && l != "fr" && l != "en" {
		return refuse(422, "The Accept-Language header must be fr or en.")
	}
	return nil
}

// authenticate is nil for a wrong pair, and for the right pair of the wrong app.
func (b *BarkaPay) authenticate(r *Request, kind string) *barkaApp {
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

func (b *BarkaPay) unauthorized() *answer {
	var status any = 401
	if b.cfg.UnauthorizedStatusAsString {
		status = "401"
	}
	return jsonAnswer(401, object{"status", status, "error", "Invalid or disabled API credentials"})
}

func refuse(status int, message string) *answer {
	return jsonAnswer(status, object{"status", status, "message", message})
}

// barkaAccount names an account in the ledger as accounts/statement takes it: type, name, label.
func barkaAccount(country, label string) string { return "mobile/" + country + "/" + label }
