package barkapay

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/redact"
)

const (
	provider = "barkapay"
	baseURL  = "https://api.barkapay.com/api/client"
	// language is the language of the provider's messages in all documented
	// samples.
	language = "fr"
)

// Credentials are the keys of a merchant's apps. An API app charges customers
// and makes transfers. An SCI app creates payment links. Each app has a pair of
// keys: the API pair or the SCI pair. One pair is enough.
//
// The IPN encryption key, which verifies notifications, is another secret: see
// package ipn.
type Credentials struct {
	APIKey, APISecret wapay.Secret
	SCIKey, SCISecret wapay.Secret
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls the BarkaPay API. It is safe for use by many goroutines. It
// prints as its provider and address.
type Client struct{ hidden }

type hidden = redact.Hidden[client]

type client struct {
	calls    *call.Client
	api, sci http.Header // the keys of each app; nil without the pair
}

var (
	_ wapay.Payer    = (*Client)(nil)
	_ wapay.Payouter = (*Client)(nil)
)

// New makes a client. It does no I/O. The base URL is
// https://api.barkapay.com/api/client unless [wapay.WithBaseURL] replaces it.
// No sandbox host is documented, so the client moves real money.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	var bad check.Fields
	pair(&bad, "API", c.APIKey, c.APISecret)
	pair(&bad, "SCI", c.SCIKey, c.SCISecret)
	if c == (Credentials{}) {
		bad.Add("APIKey", "is required, with APISecret, unless there are an SCIKey and an SCISecret")
	}
	secrets := []wapay.Secret{c.APIKey, c.APISecret, c.SCIKey, c.SCISecret}
	calls, err := call.New(provider, baseURL, judge, bad, secrets, opts)
	if err != nil {
		return nil, err
	}
	in := &client{calls: calls, api: headers(c.APIKey, c.APISecret), sci: headers(c.SCIKey, c.SCISecret)}
	return &Client{redact.Hide(calls.String(), in)}, nil
}

// pair checks that a key and its secret come together.
func pair(bad *check.Fields, app string, key, secret wapay.Secret) {
	if key == "" && secret == "" {
		return
	}
	bad.Credential(app+"Key", key)
	bad.Credential(app+"Secret", secret)
	for i, s := range []wapay.Secret{key, secret} {
		if strings.HasPrefix(string(s), "pk_live_") || strings.HasPrefix(string(s), "sk_live_") {
			bad.Add(app+[]string{"Key", "Secret"}[i],
				"is a key of PayHub, hub.barkapay.com, which belongs in package barkapay/payhub")
		}
	}
}

func headers(key, secret wapay.Secret) http.Header {
	if key == "" {
		return nil
	}
	return http.Header{
		"X-Api-Key": {string(key)}, "X-Api-Secret": {string(secret)}, "Accept-Language": {language},
	}
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

// Pace returns the provider's limit: the one in its last answer, or the
// documented 60 requests a minute. A payout is one request.
func (c *Client) Pace() (int, time.Duration) { return c.in().calls.Pace(60) }

// app is one of the two kinds of app that a merchant has.
type app int

const (
	apiApp app = iota
	sciApp
	anyApp // the API app if there is one, else the SCI app
)

// ready puts the keys into r. It returns an error if the request has bad
// fields, or if the client lacks the keys that it needs.
func (c *Client) ready(ctx context.Context, r *call.Request, a app, bad check.Fields) error {
	in := c.in()
	if err := in.calls.Check(ctx, r.Effect, r.Reference, bad); err != nil {
		return err
	}
	name := "API"
	r.Header = in.api
	if a == sciApp || a == anyApp && in.api == nil {
		r.Header, name = in.sci, "SCI"
	}
	if r.Header == nil {
		bad.Add("Credentials."+name+"Key", "is required for this call")
	}
	return in.calls.Check(ctx, r.Effect, r.Reference, bad)
}

// send makes a call with the keys of an app.
func (c *Client) send(ctx context.Context, a app, r *call.Request, bad check.Fields, out any) (*call.Response, error) {
	if err := c.ready(ctx, r, a, bad); err != nil {
		return nil, err
	}
	return c.in().calls.Do(ctx, r, out)
}

// ask sends a GET request for the method op, with the keys of either app.
func (c *Client) ask(ctx context.Context, op, path string, out any) (*call.Response, error) {
	return c.send(call.Start(ctx, op, nil), anyApp, call.Get("", path, ""), nil, out)
}

// form holds the values of a request. encode leaves out the empty ones.
type form map[string]string

func (f form) encode() string {
	values := url.Values{}
	for name, value := range f {
		if value != "" {
			values.Set(name, value)
		}
	}
	return values.Encode()
}

func bit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// post returns a POST request with write effect.
func post(path, reference string, values form) *call.Request {
	return &call.Request{
		Reference: reference, Method: http.MethodPost, Path: path,
		Body: []byte(values.encode()), ContentType: "application/x-www-form-urlencoded",
	}
}
