// Package mpptest runs a sandbox of MPP for tests and demos: a server on a
// loopback port that answers as MPP's documents say.
//
// # What the sandbox chooses
//
// The documents leave these points open, and the sandbox chooses. For requests:
//
//   - The order of checks is rate limit, route, token, query, body, business,
//     external_id, balance.
//   - A new token does not end the older ones. The rate limit counts all
//     requests.
//   - A used external_id stays used (409, MPP-TX-REQ-4091).
//   - Each currency may have two decimals.
//
// For money:
//
//   - The categories transfer, payout, cashin and topup are debits, booked when
//     the transaction is created. So a low balance is refused at once (400,
//     MPP-REQ-4000).
//   - payment and deposit are credits, booked when the transaction is
//     completed.
//   - failed, rejected and cancelled give a debit back at once, as the figures
//     of a sample suggest. refunded gives a completed debit back, and takes a
//     completed credit back.
//   - If the merchant pays the fee, it is debited beside the amount. If the end
//     user pays it, a payer is debited both, and a recipient gets less.
//
// For answers and callbacks:
//
//   - Errors have data null. The newest transaction comes first.
//   - page_size goes from 1 to 100. As in the samples, the page's URLs lack it.
//   - Each change after initiated causes a callback to the transaction's own
//     URL, or else to the channel's. It has the transaction as in its details.
//   - The redelivery schedule is made up.
//
// It refuses unknown fields and parameters, an amount as a string, and a body
// with other GETs, which the provider may accept. For a field with mimes: it
// accepts a data URL, because the form of a file is not documented. It accepts
// plain http URLs of this machine, which the provider refuses, so that a test
// can receive notifications.
package mpptest

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/mpp"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Config has the merchant's settings at MPP. Zero values get made-up ones.
// Amounts are hundredths in each currency: a sample has a balance of 76738.84
// GNF.
type Config struct {
	SecretID, SecretKey string
	BusinessID          string
	Currency            string                                    // of the business, which has one; "" is SLE
	Balance             int64                                     // opening; 0 is 1,000,000.00, negative is none
	LimitOverdraft      int64                                     // how far below zero the balance may go
	Fee                 func(category string, amount int64) int64 // nil is none
	Channels            []Channel                                 // nil is OM, AFM and CDT
	AllowDuplicates     bool                                      // the same external_id any number of times
	TokenLife           time.Duration                             // 0 is the documented 1740 s
	RateLimit           int                                       // requests a minute; 0 is none: no figure is documented
	Clock               func() time.Time
	StepAfter           time.Duration   // how long each open status lasts; 0 is until a test says so
	RedeliverAfter      []time.Duration // waits between attempts to call back; nil is 1 m, 5 m, 15 m, 1 h
	AutoSettle          bool            // transactions go all the way by themselves, right after the answer

	AuthStatus    int     // of a refused token or login: 0 is 401; 403, 422, 404, and 200
	AuthCode      string  // of a refused token; "" is MPP-AUTH-4401
	RefusalsAs200 bool    // every other refusal but 429 comes with HTTP 200
	Details       Details // where a 422 lists what is wrong
	EndlessPages  bool    // next_page_url is never null: the last page's is its own, as in a sample
}

// Details is where the refusal of a wrong body lists the fields:
// {"amount":["…"]}.
type Details string

const (
	DetailsBeside Details = ""        // errors, beside code and message, as Laravel has it
	DetailsInData Details = "in data" // data
	DetailsNone   Details = "none"    // the message has the first
)

// Server stands in for gateway.mpp.bnbcash.app. The ledger has one account,
// named as the currency.
type Server struct {
	*sandbox.Server
	sandbox.Merchant[mpp.Credentials, mpp.Client]
	sandbox.TokenStore
	cfg     Config
	records *sandbox.List[tx]

	mu           sync.Mutex
	channels     []Channel
	transactions []*tx
	external     map[string]bool
}

// New starts a sandbox. Close it.
func New(c Config) *Server {
	c = c.withDefaults()
	m := &Server{cfg: c, channels: slices.Clone(c.Channels), external: map[string]bool{}}
	m.records = sandbox.RecordsOf(&m.mu, &m.transactions, sandbox.Form[tx]{
		Order: (*tx).order, Alter: (*tx).alter, Tick: m.tick,
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Server = sandbox.NewServer(sandbox.Spec{
		Clock: c.Clock, Base: "/", Handle: m.route, Lock: &m.mu,
		Records: []sandbox.Records{m.records}, RedeliverAfter: c.RedeliverAfter,
		RateLimit: sandbox.RateLimit{
			PerMinute: c.RateLimit, Key: func(*sandbox.Request) (string, bool) { return "", true },
			Refuse: func(r *sandbox.Request) *sandbox.Answer {
				return m.envelope(r, 429, nil, "MPP-REQ-4000", "Too Many Attempts.", false)
			},
		},
		Faults: sandbox.FaultRules{
			ExpireToken: func(r *sandbox.Request) { m.ExpireToken(kit.Bearer(r.Header)) },
			IsStatus:    isStatus, OddStatus: "on_hold", ErrorAnswer: m.fault,
		},
	})
	m.Merchant = sandbox.MerchantOf(mpp.New, mpp.Credentials{
		SecretID: wapay.Secret(c.SecretID), SecretKey: wapay.Secret(c.SecretKey), BusinessID: c.BusinessID,
	}, m.Server)
	m.LimitOverdraft(c.Currency, c.LimitOverdraft)
	m.Open(c.Currency, c.Currency, max(c.Balance, 0))
	return m
}

func (c Config) withDefaults() Config {
	c.SecretID, c.SecretKey = cmp.Or(c.SecretID, "sandbox-secret-id"), cmp.Or(c.SecretKey, "sandbox-secret-key")
	c.BusinessID, c.Currency = cmp.Or(c.BusinessID, "9ad49c94-6983-477b-ad48-20b33ea66bbf"), cmp.Or(c.Currency, "SLE")
	c.AuthCode = cmp.Or(c.AuthCode, "MPP-AUTH-4401")
	c.Balance, c.TokenLife = cmp.Or(c.Balance, 1_000_000_00), cmp.Or(c.TokenLife, 1740*time.Second)
	c.RateLimit, c.AuthStatus = cmp.Or(c.RateLimit, -1), cmp.Or(c.AuthStatus, 401)
	if c.Channels == nil {
		c.Channels = channels()
	}
	return c
}

// Start starts a sandbox that is closed when the test ends.
func Start(tb sandbox.TB, c Config) *Server { return sandbox.Start(tb, New(c)) }

// Config returns the configuration in use, made-up values included.
func (m *Server) Config() Config { return m.cfg }

// call is a request that found its endpoint.
type call struct {
	*sandbox.Request
	id string // the path element that stands for *
}

type endpoint struct {
	open   bool   // without a token
	params string // the query's
	fn     func(*Server, *call) *sandbox.Answer
}

const paging = "page page_size"

// routes has each path with the samples' slash at the end and without it.
var routes = map[string]endpoint{
	"POST /api/auth/token":                 {true, "", (*Server).login},
	"GET /api/v1/business":                 {false, "", (*Server).business},
	"GET /api/v1/business/":                {false, "", (*Server).business},
	"GET /api/v1/business/*/balance":       {false, "", (*Server).balance},
	"GET /api/v1/business/*/channel":       {false, paging, (*Server).listChannels},
	"GET /api/v1/channel/account/validate": {false, "", (*Server).validateAccount},
	"POST /api/v1/transaction":             {false, "", (*Server).create},
	"GET /api/v1/transaction":              {false, paging, (*Server).list},
	"GET /api/v1/transaction/":             {false, paging, (*Server).list},
	"GET /api/v1/transaction/*":            {false, "", (*Server).find},
	"GET /api/v1/transaction/*/get-status": {false, "", (*Server).status},
}

func (m *Server) route(r *sandbox.Request) *sandbox.Answer {
	found, id, status := kit.Find(routes, r.Method, r.Path)
	switch status {
	case 404:
		return m.refuse(r, "MPP-REQ-4004", "")
	case 405:
		return m.refuse(r, "MPP-REQ-4005", "")
	}
	c := &call{Request: r, id: id}
	if known, expired := m.CheckToken(kit.Bearer(r.Header), r.At); !found.open && (!known || expired) {
		return m.unauthorized(r, m.cfg.AuthCode)
	}
	if name := kit.BadParam(r.Query, found.params); name != "" {
		return m.refuse(r, "MPP-REQ-4022", "The parameter "+name+" is not documented, or empty, or given twice.")
	}
	if r.Method == "GET" && !asksAccount(r) && len(r.Body) > 0 {
		return m.refuse(r, "MPP-REQ-4022", "This endpoint takes no body.")
	}
	return found.fn(m, c)
}
