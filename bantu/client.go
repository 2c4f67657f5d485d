package bantu

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/redact"
)

const (
	provider   = "bantu"
	sandboxURL = "https://sandbox.bantu.dev"
	liveURL    = "https://api.bantu.dev"
)

// Credentials are a merchant's keys. Each is optional. The client refuses a
// call whose key is missing.
type Credentials struct {
	AccountKey wapay.Secret // account-admin: rak_… or ak_…
	SecretKey  wapay.Secret // of an application: sk_…, sk_test_… or sk_live_…
	PublicKey  wapay.Secret // of an application: pk_…, pk_test_… or pk_live_…
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls the Bantu API. It is safe for use by many goroutines. It prints
// as its provider and address.
type Client struct{ hidden }

type hidden = redact.Hidden[client]

type client struct {
	calls *call.Client
	keys  map[keyKind]http.Header // the headers that each key is sent in
}

// keyKind is the kind of key that a call needs.
type keyKind struct{ field, name string }

var (
	noKey      = keyKind{}
	accountKey = keyKind{"AccountKey", "account-admin key, rak_… or ak_…"}
	secretKey  = keyKind{"SecretKey", "application's secret key, sk_…"}
	publicKey  = keyKind{"PublicKey", "application's public key, pk_…"}
)

// New makes a client. It does no I/O. The base URL is
// https://sandbox.bantu.dev. With a live key (sk_live_… or pk_live_…) it is
// https://api.bantu.dev, which the documents announce for later.
// [wapay.WithBaseURL] replaces it. The client adds /payments and /accounts.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	var bad check.Fields
	checkKey(&bad, "AccountKey", c.AccountKey, "rak_", "ak_")
	checkKey(&bad, "SecretKey", c.SecretKey, "sk_")
	checkKey(&bad, "PublicKey", c.PublicKey, "pk_")
	secret, public := modeOf(c.SecretKey), modeOf(c.PublicKey)
	if secret != "" && public != "" && secret != public {
		bad.Add("PublicKey", "is of the mode %s, and SecretKey of the mode %s", public, secret)
	}
	baseURL := sandboxURL
	if secret == live || public == live {
		baseURL = liveURL
	}
	in := &client{keys: map[keyKind]http.Header{}}
	var secrets []wapay.Secret
	for kind, key := range map[keyKind]wapay.Secret{
		accountKey: c.AccountKey, secretKey: c.SecretKey, publicKey: c.PublicKey,
	} {
		if key == "" {
			continue
		}
		basic := base64.StdEncoding.EncodeToString([]byte(key + ":")) // with an empty password, as documented
		in.keys[kind] = http.Header{"Authorization": {"Basic " + basic}}
		secrets = append(secrets, key, wapay.Secret(basic))
	}
	var err error
	if in.calls, err = call.New(provider, baseURL, judge, bad, secrets, opts); err != nil {
		return nil, err
	}
	return &Client{redact.Hide(in.calls.String(), in)}, nil
}

// kindNames names the kinds of key by their prefixes.
var kindNames = []struct{ prefix, name string }{
	{"rak_", "an account key"}, {"ak_", "an account key"}, {"sk_", "a secret key"}, {"pk_", "a public key"},
}

// checkKey checks that an optional key begins with one of the prefixes.
func checkKey(bad *check.Fields, field string, key wapay.Secret, prefixes ...string) {
	if key == "" {
		return
	}
	bad.Credential(field, key)
	if strings.Contains(string(key), ":") {
		bad.Add(field, "must not contain a colon")
	}
	for _, prefix := range prefixes {
		if strings.HasPrefix(string(key), prefix) {
			return
		}
	}
	is := ""
	for _, k := range kindNames {
		if strings.HasPrefix(string(key), k.prefix) {
			is = ", and is " + k.name
			break
		}
	}
	bad.Add(field, "must begin with %s%s", strings.Join(prefixes, " or "), is)
}

const live = "live"

// modeOf returns the mode of a key: "test", "live", or "" if the key names
// none.
func modeOf(key wapay.Secret) string {
	parts := strings.SplitN(string(key), "_", 3)
	if len(parts) == 3 && (parts[1] == "test" || parts[1] == live) {
		return parts[1]
	}
	return ""
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

// do makes a call with the key that it needs. It sends a body in JSON unless
// body is nil. bad holds what is wrong with the request.
func (c *client) do(
	ctx context.Context, r *call.Request, key keyKind, bad check.Fields, body, out any,
) (*call.Response, error) {
	if r.Header = c.keys[key]; r.Header == nil && key != noKey {
		bad.Add("Credentials."+key.field, "is required: this call needs the %s", key.name)
	}
	if err := c.calls.Check(ctx, r.Effect, "", bad); err != nil {
		return nil, err
	}
	if body != nil {
		r.Body, _ = json.Marshal(body) // texts always have a JSON form
		r.ContentType = "application/json"
	}
	return c.calls.Do(ctx, r, out)
}
