package payhub

import (
	"bytes"
	"context"
	"crypto/rand"
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
	provider = "payhub"
	baseURL  = "https://hub.barkapay.com"
)

// Credentials are a merchant's pair of keys, and the client's country. The
// dashboard shows the pair joined by a colon.
//
// The signing secret of a webhook ("whsec_…") is another secret: see package
// ipn.
type Credentials struct {
	KeyID  wapay.Secret // pk_live_…
	Secret wapay.Secret // sk_live_…
	// Country is the code in the path of each call, in either letter case. The
	// documents have "bf", "bj" and "sn", and "cc" for crypto, which can only
	// be read. The client also accepts the other countries with the XOF, which
	// the provider may refuse.
	Country string
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls the PayHub API in one country. It is safe for use by many
// goroutines. It prints as its provider and address.
type Client struct{ hidden }

type hidden = redact.Hidden[client]

type client struct {
	calls         *call.Client
	country       string // lower case
	authorization []string
}

var (
	_ wapay.Payer    = (*Client)(nil)
	_ wapay.Payouter = (*Client)(nil)
)

// New makes a client. It does no I/O. The base URL is https://hub.barkapay.com
// unless [wapay.WithBaseURL] replaces it. The client adds the country and v1.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	var bad check.Fields
	checkKey(&bad, "KeyID", c.KeyID, "pk_")
	checkKey(&bad, "Secret", c.Secret, "sk_")
	country := strings.ToLower(c.Country)
	bad.OneOf("Country", country, countries...)
	calls, err := call.New(provider, baseURL, judge, bad, []wapay.Secret{c.KeyID, c.Secret}, opts)
	if err != nil {
		return nil, err
	}
	in := &client{
		calls: calls, country: country, authorization: []string{"Bearer " + string(c.KeyID) + ":" + string(c.Secret)},
	}
	return &Client{redact.Hide(calls.String(), in)}, nil
}

// crypto stands in the path in place of a country.
const crypto = "cc"

var countries = []string{"bf", "bj", "ci", "gw", "ml", "ne", "sn", "tg", crypto}

// checkKey checks the form of a key. It takes a key without a known prefix for
// one of the older platform, whose keys have no documented form.
func checkKey(bad *check.Fields, field string, key wapay.Secret, prefix string) {
	s := string(key)
	has := func(prefix string) bool { return strings.HasPrefix(s, prefix) }
	before := len(*bad)
	bad.Credential(field, key)
	switch {
	case len(*bad) > before, has(prefix) && !strings.Contains(s, ":"):
	case strings.Contains(s, ":"):
		bad.Add(field, "has a colon: it is the whole pair, whose parts belong in KeyID and Secret")
	case has("pk_"):
		bad.Add(field, "is a key id, which belongs in KeyID")
	case has("sk_"):
		bad.Add(field, "is a secret, which belongs in Secret")
	case has("whsec_"):
		bad.Add(field, "is the signing secret of a webhook, which belongs in ipn.PayHub")
	default:
		bad.Add(field, "does not begin with %slive_: "+
			"keys of the older platform, api.barkapay.com, belong in package barkapay", prefix)
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

func (c *Client) send(ctx context.Context, r *call.Request, bad check.Fields, out any) (*call.Response, error) {
	in := c.in()
	if err := in.calls.Check(ctx, r.Effect, r.Reference, bad); err != nil {
		return nil, err
	}
	r.Path = in.country + "/v1/" + r.Path
	r.Header = http.Header{"Authorization": in.authorization, "X-Request-Id": {newRequestID()}}
	return in.calls.Do(ctx, r, out)
}

// newRequestID returns a random UUID. All attempts of a call have the same.
func newRequestID() string {
	var u [16]byte
	_, _ = rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// get returns a GET request for a path of elements.
func get(elements ...string) *call.Request {
	return call.Get("", call.Path(elements...), "")
}

// post returns a POST request with write effect.
func post(reference string, body any, elements ...string) *call.Request {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // like the provider's SDKs
	_ = e.Encode(body)     // structs of texts and numbers always have a JSON form
	return &call.Request{
		Reference: reference, Method: http.MethodPost, Path: call.Path(elements...),
		Body: bytes.TrimSuffix(b.Bytes(), []byte("\n")), ContentType: "application/json",
	}
}
