package intram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-querystring/query"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/redact"
)

const (
	provider = "intram"
	baseURL  = "https://api.intram.org/v1"

	sandboxPrefix = "pk_sandbox_"
	livePrefix    = "pk_live_"
)

// Credentials are a merchant's API keys. The secret by which notifications are verified is another one, and each
// webhook has its own: see [Client.CreateWebhook] and package ipn.
type Credentials struct {
	PublicKey wapay.Secret // pk_sandbox_… or pk_live_…
	SecretKey wapay.Secret // signs requests, and is never sent
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls the Intram API. It is safe for use by many goroutines.
type Client struct {
	calls        *call.Client
	keys         *keys // behind a pointer, out of sight of package fmt
	live         bool
	checkoutWait time.Duration
}

var (
	_ wapay.Payer    = (*Client)(nil)
	_ wapay.Payouter = (*Client)(nil)
)

// New makes a client. It does no I/O. Live keys work from allow-listed addresses only.
//
// The base URL is the documented one (S, V), https://api.intram.org/v1. An integrator found (F) that the live
// server answers 404 there, and answers under https://api.intram.org/api/v1/merchant: where calls end in a 404 that
// is [wapay.ErrDecode], set that one with [wapay.WithBaseURL]. The path that is signed is /api/v1/merchant and the
// endpoint, whatever the base URL.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	live := strings.HasPrefix(string(c.PublicKey), livePrefix)
	if err := c.check(live).Err(provider, "New", ""); err != nil {
		return nil, err
	}
	settings, err := wapay.NewSettings(opts...)
	if err != nil {
		return nil, err
	}
	judge := func(e *wapay.Error, a call.Answer) call.Ruling {
		ruling := judge(e, a)
		explainClock(settings.Clock, e, a.Header)
		return ruling
	}
	calls, err := call.New(provider, baseURL, judge, []wapay.Secret{c.PublicKey, c.SecretKey}, opts)
	if err != nil {
		return nil, err
	}
	return &Client{
		calls: calls, keys: newKeys(c), live: live, checkoutWait: 10 * time.Second,
	}, nil
}

// check refuses keys that cannot be right. What a secret key begins with is not documented (V shows sk_sandbox_…),
// so it is refused only where it is a public key, or says that it belongs to the other mode.
func (c Credentials) check(live bool) check.Fields {
	var bad check.Fields
	bad.Credential("PublicKey", c.PublicKey)
	bad.Credential("SecretKey", c.SecretKey)
	if c.PublicKey != "" && !live && !strings.HasPrefix(string(c.PublicKey), sandboxPrefix) {
		bad.Add("PublicKey", "must begin with %s or %s", sandboxPrefix, livePrefix)
	}
	secret := string(c.SecretKey)
	switch {
	case strings.HasPrefix(secret, "pk_"):
		bad.Add("SecretKey", "begins with pk_: that is a public key")
	case live && strings.HasPrefix(secret, "sk_sandbox_"):
		bad.Add("SecretKey", "is for the sandbox, and PublicKey is live")
	case strings.HasPrefix(string(c.PublicKey), sandboxPrefix) && strings.HasPrefix(secret, "sk_live_"):
		bad.Add("SecretKey", "is live, and PublicKey is for the sandbox")
	}
	return bad
}

// Live tells whether the keys move real money.
func (c *Client) Live() bool { return c.live }

// WithCheckoutWait returns a client that shares everything with c, but in which [Client.Pay] waits at most d
// for the checkout URL: 10 seconds unless set, and not at all where d is 0 or less.
func (c *Client) WithCheckoutWait(d time.Duration) *Client {
	other := *c
	other.checkoutWait = d
	return &other
}

// get makes a signed GET request with an optional struct of query parameters. The query is sorted by key and
// percent-encoded, a space as %20, and sent as it is signed: V does not say whether the signature covers the
// encoded form, F does.
func (c *Client) get(ctx context.Context, op, path string, params, out any) (*call.Response, error) {
	r := &call.Request{Op: op, Effect: call.Read, Method: http.MethodGet, Path: path}
	if params != nil {
		values, err := query.Values(params)
		if err != nil {
			return nil, c.calls.NotSent(ctx, r, wapay.ErrInvalid, err)
		}
		r.Query = strings.ReplaceAll(values.Encode(), "+", "%20") // a plus in a value is %2B by now
	}
	c.sign(r, "")
	return c.calls.Do(ctx, r, out)
}

// post makes a signed POST request under an idempotency key.
func (c *Client) post(ctx context.Context, op, reference, path, key string, body, out any) (*call.Response, error) {
	r := &call.Request{
		Op: op, Reference: reference, Effect: call.IdempotentWrite, Method: http.MethodPost, Path: path,
	}
	var err error
	if r.Body, err = json.Marshal(body); err != nil {
		return nil, c.calls.NotSent(ctx, r, wapay.ErrInvalid, err)
	}
	c.sign(r, key)
	resp, err := c.calls.Do(ctx, r, out)
	return resp, inDoubt(err)
}

// inDoubt makes unknown what a conflict means: the key is that of an order which the provider has, or is still at work on
// (V does not say what it answers in the meantime), and that may be this one, sent by a call before, by an attempt
// before, or by net/http, which repeats by itself what carries an Idempotency-Key when a connection dies.
func inDoubt(err error) error {
	var e *wapay.Error
	if errors.As(err, &e) && (e.Code == "idempotency_conflict" || e.HTTPStatus == http.StatusConflict) {
		e.Outcome = wapay.OutcomeUnknown
	}
	return err
}

// element escapes one element of a path.
func element(s string) string { return url.PathEscape(s) }

// checkID checks an id of the provider's that becomes part of a path.
func checkID(op, id string) error {
	var bad check.Fields
	bad.ID("ID", id)
	return bad.Err(provider, op, "")
}
