package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// CinetPayConfig is what the merchant has set up with CinetPay. Everything left out gets a made-up value. Amounts are
// whole units of the currency.
type CinetPayConfig struct {
	APIKey, Password string // transfers; the checkout takes the same key
	SiteID           string // checkout
	SecretKey        string // checkout notifications
	AllowListed      bool   // transfers need no confirmation by mail
	Currency         string // of check/balance, which has none; "" is XOF
	Balances         map[string]int64
	Limits           map[string]CinetPayLimits // of transfers, by prefix; one that is missing is made up
	TokenLife        time.Duration             // 0 is the documented five minutes
	RateLimit        int                       // of transfer requests a minute; 0 is the documented 60, negative is none
	Clock            func() time.Time
	RedeliverAfter   []time.Duration // waits between attempts to notify; nil is 1 m, 5 m, 15 m, 1 h
	AutoSettle       bool            // transfers are confirmed and arrive, and customers pay, right after the answer

	FlatData         bool // "data":[…] for "data":[[…]]
	Codes            CinetPayCodes
	PhoneErrorsAs417 bool // a wrong phone fails the whole request with HTTP 417, as an integrator saw it
	RefusalsAs200    bool // a refusal of the whole request comes with HTTP 200, wrong credentials excepted
	NotifyJSON       bool // transfer notifications as JSON, as an integrator saw them, for a form
}

// CinetPayLimits bound one transfer.
type CinetPayLimits struct{ Min, Max int64 }

// CinetPayCodes is how the answers about transfers spell a code. The samples have numbers for success and for items,
// and strings for a refusal of the whole request.
type CinetPayCodes string

const (
	CinetPayCodesMixed   CinetPayCodes = ""
	CinetPayCodesStrings CinetPayCodes = "strings"
	CinetPayCodesNumbers CinetPayCodes = "numbers"
)

// CinetPay stands in for client.cinetpay.com, under /v1/, and api-checkout.cinetpay.com, under /v2/.
//
// The ledger's accounts are "transfer/XOF", "checkout/XOF" and so on. A transfer is debited when it is sent: until it
// is over the money is inUsing, and a refused one gives it back.
//
// Not documented, and chosen here. Transfers: the HTTP statuses other than that of a failed login (705 and 706 401,
// 708 404 and 405, 723 404, the rest of the refusals 400; an item that fails leaves it at 200); that a new token
// leaves the older ones alone; the limits of the countries, and that each currency has a balance of its own; that an
// id whose transfer was refused at once is free again; that 805 is found before a missing contact or a low balance;
// that every step is notified, after one ping when the transfer is made, whose answer changes nothing; that "not sent"
// (NOS) is a state a test brings about. Checkout: HTTP 200 for a success; 608 for a body that is not in order and for a
// transaction_id that is taken; 609, with 403, for wrong credentials; 723, with 404, for a payment nobody knows. Both:
// the redelivery schedule.
//
// Refused although the provider may take it: unknown and repeated fields and parameters, a transfer without the
// merchant's id, phones that are not mobile numbers of today's plan, a checkout's amount as a string. Allowed although
// the provider refuses it: plain http URLs of this machine, so that a test can receive.
type CinetPay struct {
	*Server
	cfg   CinetPayConfig
	limit limiter

	mu        sync.Mutex
	logins    int
	tokens    []*cinetToken
	contacts  []CinetPayContact
	failing   map[string]int // code by phone, or by prefix alone
	transfers []*cinetTransfer
	checkouts []*cinetCheckout
}

const (
	cinetTransferBase = "/v1/"
	cinetCheckoutBase = "/v2/"
	cinetPagePath     = "/payment/"
)

// NewCinetPay starts a sandbox. Close it.
func NewCinetPay(c CinetPayConfig) *CinetPay {
	c = c.withDefaults()
	p := &CinetPay{cfg: c, limit: limiter{limit: c.RateLimit}, failing: map[string]int{}}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Server = start(serverConfig{
		clock: c.Clock, base: "/", handle: p.route, redelivery: c.RedeliverAfter,
		faulting: faultRules{
			expireToken: p.expireToken, isStatus: isCinetStatus, oddStatus: "XYZ", errorAnswer: p.failure,
		},
	})
	for _, currency := range cinetCurrencies {
		p.mustBook(Entry{
			Account: "transfer/" + currency, Kind: Credit, Amount: c.Balances[currency] * cinetUnit(currency),
			Currency: currency, ID: "opening", Why: "funding",
		})
	}
	return p
}

func (c CinetPayConfig) withDefaults() CinetPayConfig {
	for _, d := range []struct {
		field *string
		value string
	}{
		{&c.APIKey, "sandbox-api-key"}, {&c.Password, "sandbox-password"}, {&c.SiteID, "445160"},
		{&c.SecretKey, "sandbox-secret-key"}, {&c.Currency, "XOF"},
	} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	if c.Balances == nil {
		c.Balances = map[string]int64{"XOF": 1_000_000, "XAF": 1_000_000, "GNF": 10_000_000, "CDF": 1_000_000}
	}
	if c.TokenLife == 0 {
		c.TokenLife = 5 * time.Minute
	}
	if c.RateLimit == 0 {
		c.RateLimit = 60
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.RedeliverAfter == nil {
		c.RedeliverAfter = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	}
	return c
}

// Config is the configuration in use, made-up values included.
func (p *CinetPay) Config() CinetPayConfig { return p.cfg }

// URL is scheme and host, which is what changes between the provider's two hosts and the sandbox. Paths for Count and
// Fault are relative to it: "v1/auth/login".
func (p *CinetPay) URL() string { return p.Root() }

// isCinetStatus leaves an item's own status alone, which is "success" or the name of its code.
func isCinetStatus(key string, v any) bool {
	return key == "treatment_status" ||
		key == "status" && slices.Contains([]any{cinetAccepted, cinetRefused, cinetWaiting}, v)
}

type cinetRoute struct {
	method, path string
	query        string // parameters besides lang
	fn           func(*CinetPay, *Request) *answer
}

var cinetRoutes = []cinetRoute{
	{"POST", "auth/login", "", (*CinetPay).login},
	{"GET", "transfer/check/balance", "token", (*CinetPay).balance},
	{"GET", "transfer/check/balance/", "token", (*CinetPay).balance},
	{"POST", "transfer/contact", "token", (*CinetPay).addContacts},
	{"POST", "transfer/money/send/contact", "token", (*CinetPay).send},
	{"GET", "transfer/check/money", "token transaction_id client_transaction_id", (*CinetPay).checkTransfer},
}

func (p *CinetPay) route(r *Request) *answer {
	switch {
	case strings.HasPrefix(r.Path, cinetTransferBase):
		return p.limited(r)
	case strings.HasPrefix(r.Path, cinetCheckoutBase):
		return p.routeCheckout(r)
	case strings.HasPrefix(r.Path, cinetPagePath):
		return p.checkoutPage(r)
	}
	return p.refuse(404, 708, "No such route")
}

// limited puts the rate limit's headers on every answer about transfers, refusals included (S: the samples of the
// login). There is one merchant and one machine, so there is one count.
func (p *CinetPay) limited(r *Request) *answer {
	remaining, wait, ok := p.limit.take("", r.At)
	var a *answer
	if ok {
		a = p.routeTransfer(r)
	} else {
		a = jsonAnswer(429, object{"message", "Too Many Attempts."})
		a.header.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	limit := p.cfg.RateLimit
	if limit < 0 {
		limit, remaining = 60, 59
	}
	a.header["X-RateLimit-Limit"] = []string{strconv.Itoa(limit)}
	a.header["X-RateLimit-Remaining"] = []string{strconv.Itoa(remaining)}
	return a
}

func (p *CinetPay) routeTransfer(r *Request) *answer {
	path := strings.TrimPrefix(r.Path, cinetTransferBase)
	i := slices.IndexFunc(cinetRoutes, func(route cinetRoute) bool { return route.path == path })
	if i < 0 {
		return p.refuse(404, 708, "No such route")
	}
	route := cinetRoutes[i]
	if route.method != r.Method {
		return p.refuse(405, 708, "The method is not "+route.method)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if route.query != "" {
		if code := p.checkToken(r); code != 0 {
			return p.refuse(401, code, "")
		}
	}
	if complaint := checkCinetQuery(r, "lang "+route.query); complaint != "" {
		return p.refuse(400, 704, complaint)
	}
	if r.Method == http.MethodGet && len(r.Body) > 0 {
		return p.refuse(400, 704, "A GET has no body")
	}
	return route.fn(p, r)
}

func checkCinetQuery(r *Request, known string) string {
	for name, v := range r.Query {
		if !slices.Contains(strings.Fields(known), name) {
			return "The parameter " + name + " is not documented"
		}
		if len(v) != 1 || v[0] == "" {
			return "The parameter " + name + " is empty or given twice"
		}
	}
	if lang := r.Query.Get("lang"); lang != "fr" && lang != "en" {
		return "The parameter lang must be fr or en"
	}
	return ""
}

func cinetTime(t time.Time) string { return t.UTC().Format(time.DateTime) }
