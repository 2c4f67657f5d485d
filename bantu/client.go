package bantu

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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

// Credentials are a merchant's keys. Each may be left out; a call that needs it is then refused.
type Credentials struct {
	AccountKey wapay.Secret // rak_… or ak_…: account-admin
	SecretKey  wapay.Secret // sk_…, sk_test_… or sk_live_…: an application's secret
	PublicKey  wapay.Secret // pk_…, pk_test_… or pk_live_…: an application's public one
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls the Bantu API. It is safe for use by many goroutines.
type Client struct {
	calls *call.Client
	keys  *keys
}

// keys are the headers that each key is sent in, nil for one that there is not. They are two pointers away from the
// client: a verb that does not fit a pointer, as %s, has package fmt print what the first one points to.
type keys struct{ account, secret, public *http.Header }

// New makes a client. It does no I/O. The base URL is https://sandbox.bantu.dev, and with a key that says that it is
// live (sk_live_…, pk_live_…) https://api.bantu.dev, of which S says that it comes later. [wapay.WithBaseURL] replaces
// it; /payments and /accounts are added.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	var bad check.Fields
	checkKey(&bad, "AccountKey", c.AccountKey, "rak_", "ak_")
	checkKey(&bad, "SecretKey", c.SecretKey, "sk_")
	checkKey(&bad, "PublicKey", c.PublicKey, "pk_")
	if secret, public := modeOf(c.SecretKey), modeOf(c.PublicKey); secret != "" && public != "" && secret != public {
		bad.Add("PublicKey", "is of the mode %s, and SecretKey of the mode %s", public, secret)
	}
	if err := bad.Err(provider, "New", ""); err != nil {
		return nil, err
	}
	baseURL := sandboxURL
	if modeOf(c.SecretKey) == live || modeOf(c.PublicKey) == live {
		baseURL = liveURL
	}
	k := &keys{}
	var secrets []wapay.Secret
	for _, x := range []struct {
		key wapay.Secret
		to  **http.Header
	}{{c.AccountKey, &k.account}, {c.SecretKey, &k.secret}, {c.PublicKey, &k.public}} {
		if x.key == "" {
			continue
		}
		basic := base64.StdEncoding.EncodeToString([]byte(x.key + ":")) // the password is empty (S)
		*x.to = &http.Header{"Authorization": {"Basic " + basic}}
		secrets = append(secrets, x.key, wapay.Secret(basic))
	}
	calls, err := call.New(provider, baseURL, judge, secrets, opts)
	if err != nil {
		return nil, err
	}
	return &Client{calls: calls, keys: k}, nil
}

// kinds of key, by what they begin with.
var kindNames = []struct{ prefix, name string }{
	{"rak_", "an account key"}, {"ak_", "an account key"}, {"sk_", "a secret key"}, {"pk_", "a public key"},
}

// checkKey checks an optional key, which must be of the kind that its field is for.
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

// modeOf is "test" or "live", or "" for a key that does not say.
func modeOf(key wapay.Secret) string {
	parts := strings.SplitN(string(key), "_", 3)
	if len(parts) == 3 && (parts[1] == "test" || parts[1] == live) {
		return parts[1]
	}
	return ""
}

// need is the key that a call wants.
type need int

const (
	noKey need = iota
	accountKey
	secretKey
	publicKey
)

// authorize adds the key to the request, or says which one is missing.
func (c *Client) authorize(r *call.Request, n need) error {
	var header *http.Header
	var field, kind string
	switch n {
	case noKey:
		return nil
	case accountKey:
		header, field, kind = c.keys.account, "AccountKey", "account-admin key, rak_… or ak_…,"
	case secretKey:
		header, field, kind = c.keys.secret, "SecretKey", "application's secret key, sk_…,"
	case publicKey:
		header, field, kind = c.keys.public, "PublicKey", "application's public key, pk_…,"
	}
	if header == nil {
		var bad check.Fields
		bad.Add("Credentials."+field, "is required: the %s is what this call needs", kind)
		return bad.Err(provider, r.Op, r.Reference)
	}
	r.Header = *header
	return nil
}

// do makes a call with the key that it wants, and a body in JSON unless that is nil.
func (c *Client) do(ctx context.Context, r *call.Request, n need, body, out any) (*call.Response, error) {
	if err := c.authorize(r, n); err != nil {
		return nil, err
	}
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, c.calls.NotSent(ctx, r, wapay.ErrInvalid, err)
		}
		r.Body, r.ContentType = data, "application/json"
	}
	return c.calls.Do(ctx, r, out)
}

// element escapes one element of a path.
func element(s string) string { return url.PathEscape(s) }
