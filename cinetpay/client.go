package cinetpay

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/redact"
	"github.com/wapay-go/wapay/internal/token"
)

const (
	provider = "cinetpay"

	transferHost, transferPath = "https://client.cinetpay.com", "v1"
	checkoutHost, checkoutPath = "https://api-checkout.cinetpay.com", "v2"
)

// Credentials are a merchant's keys. APIKey is required. Transfers also need
// Password, and the checkout also needs SiteID. At least one of Password and
// SiteID is required.
//
// Another secret key verifies the notifications of the checkout: see package
// ipn.
type Credentials struct {
	APIKey   wapay.Secret
	Password wapay.Secret // the API's password, set in the dashboard; not the account's
	SiteID   string
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls the CinetPay API. It is safe for use by many goroutines. It
// prints as its provider and addresses.
type Client struct{ hidden }

type hidden = redact.Hidden[client]

type client struct{ transfers, checkout product }

// product is one of the provider's two products.
type product struct {
	calls  *call.Client
	needs  string       // the name of the missing credential
	tokens *token.Cache // of transfers
	site   site         // of the checkout
}

// missing returns the missing credential as a bad field.
func (p *product) missing() (bad check.Fields) {
	if p.needs != "" {
		bad.Add("Credentials."+p.needs, "is required for this call")
	}
	return bad
}

// site is the part of a request's body that identifies the merchant.
type site struct {
	APIKey string `json:"apikey"`
	SiteID string `json:"site_id"`
}

var (
	_ wapay.Payer    = (*Client)(nil)
	_ wapay.Payouter = (*Client)(nil)
)

// New makes a client. It does no I/O. Transfers go to
// https://client.cinetpay.com/v1, and the checkout is at
// https://api-checkout.cinetpay.com/v2. [wapay.WithBaseURL] replaces scheme and
// host of both. The client adds /v1 or /v2 to the path of that URL, so the path
// must end in neither.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	var bad check.Fields
	in := &client{}
	bad.Credential("APIKey", c.APIKey)
	if k := string(c.APIKey); strings.HasPrefix(k, "sk_test_") || strings.HasPrefix(k, "sk_live_") {
		bad.Add("APIKey", "belongs to CinetPay's API v1: use package cinetpay/apiv1 with it")
	}
	if c.Password != "" {
		bad.Reference("Password", string(c.Password), 255, "") // the error does not show it
	} else {
		in.transfers.needs = "Password"
	}
	if c.SiteID != "" {
		bad.Reference("SiteID", c.SiteID, 255, "")
	} else {
		in.checkout.needs = "SiteID"
	}
	if c.Password == "" && c.SiteID == "" {
		bad.Add("Password", "is required, unless there is a SiteID")
	}
	var err error
	if in.transfers.calls, err = newCalls(transferHost, transferPath, judgeTransfer, bad, c, opts); err != nil {
		return nil, err
	}
	if in.checkout.calls, err = newCalls(checkoutHost, checkoutPath, judgeCheckout, bad, c, opts); err != nil {
		return nil, err
	}
	in.transfers.tokens = token.New(login(in.transfers.calls, c), in.transfers.calls.Clock)
	in.checkout.site = site{string(c.APIKey), c.SiteID}
	addresses := in.transfers.calls.String() + ", " + in.checkout.calls.String()
	return &Client{redact.Hide(addresses, in)}, nil
}

// newCalls makes the engine for one of the hosts.
func newCalls(
	host, version string, judge call.Judge, bad check.Fields, c Credentials, opts []wapay.Option,
) (*call.Client, error) {
	// call.New reports what is wrong with the options.
	if s, err := wapay.NewSettings(opts...); err == nil && s.BaseURL != nil {
		if last := path.Base(strings.TrimRight(s.BaseURL.Path, "/")); last == transferPath || last == checkoutPath {
			bad.Add("WithBaseURL", "ends in /%s: leave it out, each product adds /v1 or /v2", last)
		}
		opts = append(slices.Clip(opts), wapay.WithBaseURL(s.BaseURL.JoinPath(version).String()))
	}
	return call.New(provider, host+"/"+version, judge, bad, []wapay.Secret{c.APIKey, c.Password}, opts)
}

// in returns the hidden part. In a client that New did not make it is empty,
// and each method reports that.
func (c *Client) in() *client {
	if c == nil {
		return new(client)
	}
	return redact.Open(&c.hidden)
}

// Pace returns how many payouts fit into the provider's limit: the one in its
// last answer, or the documented 60 requests a minute. A payout is two
// requests: one for the contact and one for the transfer.
func (c *Client) Pace() (int, time.Duration) {
	n, per := c.in().transfers.calls.Pace(60)
	return max(n/2, 1), per
}

// Close closes the idle connections, unless the transport is the caller's. The
// client can still be used.
func (c *Client) Close() {
	c.in().transfers.calls.Close()
	c.in().checkout.calls.Close()
}

const (
	// language is the language of the documented samples. Only the provider's
	// messages depend on it.
	language = "fr"
	// tokenLife is documented. The answer to a login does not show it.
	tokenLife = 5 * time.Minute
)

type loginAnswer struct {
	Data loose.Object[struct {
		Token loose.String `json:"token"`
	}] `json:"data"`
}

// Check rejects an answer without a token.
func (a *loginAnswer) Check() error {
	return call.FailIf(a.Data.V.Token == "", "a login without a token")
}

// login sends POST auth/login. Its effect is that of a read, because a second
// login only makes another token.
func login(calls *call.Client, c Credentials) token.Login {
	return func(ctx context.Context) (wapay.Secret, time.Duration, error) {
		r := post("", "auth/login", call.Read, url.Values{
			"apikey": {string(c.APIKey)}, "password": {string(c.Password)},
		})
		var answer loginAnswer
		err := token.Ask(ctx, calls, r, &answer)
		return wapay.Secret(answer.Data.V.Token), tokenLife, err
	}
}

// get returns a GET request about transfers.
func get(reference, path string, params url.Values) *call.Request {
	params.Set("lang", language)
	return call.Get(reference, path, params.Encode())
}

// post returns a POST request about transfers.
func post(reference, path string, effect call.Effect, form url.Values) *call.Request {
	return &call.Request{
		Reference: reference, Effect: effect, Method: http.MethodPost, Path: path, Query: "lang=" + language,
		Body: []byte(form.Encode()), ContentType: "application/x-www-form-urlencoded",
	}
}

// postList returns a POST request with a list as JSON in one field of the form.
func postList(reference, path string, effect call.Effect, list any) *call.Request {
	data, _ := json.Marshal(list) // lists of strings always have a JSON form
	return post(reference, path, effect, url.Values{"data": {string(data)}})
}

// scheme puts the token into the query.
var scheme = token.Scheme{
	Set: func(r *call.Request, t wapay.Secret) {
		query, _, _ := strings.Cut(r.Query, "&token=") // r may have an older token
		r.Query = query + "&token=" + url.QueryEscape(string(t))
	},
	Rejected: func(e *wapay.Error) bool { return e.Code == codeExpiredToken || e.Code == codeInvalidToken },
}

func (p *product) withToken(ctx context.Context, r *call.Request, out any) (*call.Response, error) {
	return p.tokens.Do(ctx, p.calls, scheme, r, out)
}
