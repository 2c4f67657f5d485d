package intram

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/redact"
)

const (
	// DefaultBaseURL is the documented address.
	DefaultBaseURL = "https://api.intram.org/v1"
	// MerchantBaseURL is the address that works for integrators when the
	// documented one answers 404.
	MerchantBaseURL = "https://api.intram.org/api/v1/merchant"

	provider      = "intram"
	sandboxPrefix = "pk_sandbox_"
	livePrefix    = "pk_live_"
)

// Credentials are a merchant's API keys. Each webhook has its own secret for
// notifications: see [Client.CreateWebhook] and package ipn.
type Credentials struct {
	PublicKey wapay.Secret // pk_sandbox_… or pk_live_…
	SecretKey wapay.Secret // signs requests; the client does not send it
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls the Intram API. It is safe for use by many goroutines. It prints
// as its provider and address.
type Client struct{ hidden }

type hidden = redact.Hidden[client]

type client struct {
	calls        *call.Client
	publicKey    string
	secretKey    []byte
	live         bool
	checkoutWait time.Duration
}

var (
	_ wapay.Payer    = (*Client)(nil)
	_ wapay.Payouter = (*Client)(nil)
)

// New makes a client. It does no I/O. Live keys work only from allow-listed
// addresses.
//
// The base URL is [DefaultBaseURL] unless [wapay.WithBaseURL] replaces it. If
// calls end in a 404 that is [wapay.ErrDecode], use [MerchantBaseURL]. With any
// base URL, the signed path is /api/v1/merchant, followed by the endpoint.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	live := strings.HasPrefix(string(c.PublicKey), livePrefix)
	settings, _ := wapay.NewSettings(opts...) // call.New reports bad options
	documented := settings.BaseURL == nil || strings.TrimRight(settings.BaseURL.String(), "/") == DefaultBaseURL
	judge := func(e *wapay.Error, a call.Answer) call.Ruling {
		ruling := judge(e, a)
		explainClock(settings.Clock, e, a.Header)
		if documented {
			explainAddress(e, a.Status, ruling)
		}
		return ruling
	}
	calls, err := call.New(provider, DefaultBaseURL, judge, c.check(live), []wapay.Secret{c.PublicKey, c.SecretKey},
		opts)
	if err != nil {
		return nil, err
	}
	in := &client{
		calls: calls, publicKey: string(c.PublicKey), secretKey: []byte(c.SecretKey), live: live,
		checkoutWait: 10 * time.Second,
	}
	return in.public(), nil
}

// check refuses wrong keys. The prefix of a secret key is not documented; an
// example has sk_sandbox_…. So check refuses a secret key only if it is a
// public key or names the other mode.
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

func (in *client) public() *Client {
	return &Client{redact.Hide(in.calls.String(), in)}
}

// in returns the hidden part. In a client that New did not make it is empty,
// and each method reports that.
func (c *Client) in() *client {
	if c == nil {
		return new(client)
	}
	return redact.Open(&c.hidden)
}

// Close closes the idle connections, unless the transport is the caller's. The
// client can still be used.
func (c *Client) Close() { c.in().calls.Close() }

// Live reports whether the keys move real money.
func (c *Client) Live() bool { return c.in().live }

// RepeatSafe implements [wapay.RepeatSafer]. It returns 23 hours. The provider
// documents that it remembers a reference for 24 hours, and the attempts of a
// call may take one of them.
func (c *Client) RepeatSafe() time.Duration { return 23 * time.Hour }

// WithCheckoutWait returns a client whose [Client.Pay] waits at most d for the
// checkout URL. It shares everything else with c. It does not wait if d is 0 or
// less. The default is 10 seconds.
func (c *Client) WithCheckoutWait(d time.Duration) *Client {
	in := *c.in()
	in.checkoutWait = d
	return in.public()
}

// get sends a signed GET request. get sorts the query by key, and encodes a
// space as %20. It signs the query in the form that it sends. The documents do
// not say whether the signature covers the encoded form; in integrations it
// does.
func (c *Client) get(ctx context.Context, path string, params query, out any) (*call.Response, error) {
	values := url.Values{}
	for name, value := range params {
		if value != "" {
			values.Set(name, value)
		}
	}
	r := call.Get("", path, "")
	r.Query = strings.ReplaceAll(values.Encode(), "+", "%20") // a plus in a value is already %2B
	return c.in().do(ctx, r, "", out)
}

// query holds the parameters of a list. get leaves out the empty ones.
type query map[string]string

func (in *client) do(ctx context.Context, r *call.Request, key string, out any) (*call.Response, error) {
	in.sign(r, key)
	return in.calls.Do(ctx, r, out)
}

// startRead begins a public method that makes a lookup by an id of the
// provider. It checks the id as an element of a path.
func (c *Client) startRead(ctx context.Context, op, id string) (context.Context, error) {
	var bad check.Fields
	bad.ID("ID", id)
	ctx = call.Start(ctx, op, nil)
	return ctx, c.in().calls.Check(ctx, call.Read, "", bad)
}
