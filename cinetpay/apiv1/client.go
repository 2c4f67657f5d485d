package apiv1

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/facts"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/redact"
	"github.com/wapay-go/wapay/internal/token"
)

const (
	provider = "cinetpay-v1"

	sandboxHost, liveHost = "https://api.cinetpay.net", "https://api.cinetpay.co"
	sandboxKey, liveKey   = "sk_test_", "sk_live_"
	version               = "v1"
)

// Credentials are the keys of one account. An account belongs to one country,
// and has its currency. All three are required.
type Credentials struct {
	APIKey      wapay.Secret // sk_test_… or sk_live_…
	APIPassword wapay.Secret // set by the merchant in the provider's panel
	Country     string       // of the account, ISO 3166-1 alpha-2 in either case: "CI"
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls CinetPay's API v1 for one account. It is safe for use by many
// goroutines. It prints as its provider and address.
type Client struct{ hidden }

type hidden = redact.Hidden[client]

type client struct {
	calls    *call.Client
	tokens   *token.Cache
	country  string
	currency wapay.Currency
}

var (
	_ wapay.Payer    = (*Client)(nil)
	_ wapay.Payouter = (*Client)(nil)
)

// New makes a client. It does no I/O. A key sk_test_… calls
// https://api.cinetpay.net, and a key sk_live_… calls https://api.cinetpay.co.
// A key with another prefix needs [wapay.WithBaseURL], which replaces scheme
// and host. The client adds /v1 to its path, so the path must not end in it.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	in := &client{country: strings.ToUpper(c.Country)}
	in.currency = facts.CinetPayV1Currency(in.country)
	var bad check.Fields
	checkKey(&bad, c.APIKey)
	if c.APIPassword == "" {
		bad.Add("APIPassword", "is required")
	}
	if in.currency == "" {
		bad.Add("Country", "is %.10q, want that of the account, such as CI", c.Country)
	}
	base := baseURL(&bad, c.APIKey, opts)
	if base != "" {
		opts = append(slices.Clip(opts), wapay.WithBaseURL(base))
	}
	secrets := []wapay.Secret{c.APIKey, c.APIPassword}
	var err error
	if in.calls, err = call.New(provider, liveHost, judge, bad, secrets, opts); err != nil {
		return nil, err
	}
	in.tokens = token.New(login(in.calls, c), in.calls.Clock)
	return &Client{redact.Hide(in.calls.String(), in)}, nil
}

// olderKey matches the keys of the older products. The provider's examples have
// 24 hexadecimal digits, a point, and eight digits.
var olderKey = regexp.MustCompile(`^[0-9a-f]{16,32}\.[0-9]{6,10}$`)

func checkKey(bad *check.Fields, key wapay.Secret) {
	bad.Credential("APIKey", key)
	switch {
	case olderKey.MatchString(string(key)):
		bad.Add("APIKey", "belongs to CinetPay's older transfers and checkout: use package cinetpay with it")
	case strings.HasPrefix(string(key), "pk_"):
		bad.Add("APIKey", "is a public key, want the secret one, sk_…")
	}
}

// baseURL returns the address with its version. It returns "" if the options
// are wrong, which call.New reports.
func baseURL(bad *check.Fields, key wapay.Secret, opts []wapay.Option) string {
	s, err := wapay.NewSettings(opts...)
	switch {
	case err != nil:
		return ""
	case s.BaseURL != nil:
		if path.Base(strings.TrimRight(s.BaseURL.Path, "/")) == version {
			bad.Add("WithBaseURL", "ends in /v1: leave it out, the client adds it")
		}
		return s.BaseURL.JoinPath(version).String()
	case strings.HasPrefix(string(key), sandboxKey):
		return sandboxHost + "/" + version
	case strings.HasPrefix(string(key), liveKey):
		return liveHost + "/" + version
	case key != "" && len(*bad) == 0:
		bad.Add("APIKey", "begins with neither sk_test_ nor sk_live_, which tell the host: name it with WithBaseURL")
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

// tokenLife is the life of a token if the answer does not show it. The
// provider's SDK uses the same value.
const tokenLife = 5 * time.Minute

// loginAnswer has the token at the top, as documented. The provider's SDK also
// reads it from data.
type loginAnswer struct {
	loginToken
	Data loose.Object[struct {
		loginToken
		Token loose.String `json:"token"`
	}] `json:"data"`
}

type loginToken struct {
	AccessToken loose.String `json:"access_token"`
	ExpiresIn   loose.String `json:"expires_in"` // seconds
}

// Check rejects an answer without a token.
func (a *loginAnswer) Check() error {
	if a.AccessToken == "" {
		a.AccessToken, a.ExpiresIn = a.Data.V.Token, a.Data.V.ExpiresIn
	}
	if a.AccessToken == "" {
		return errors.New("a login without a token")
	}
	return nil
}

func (a *loginAnswer) life() time.Duration {
	if seconds, err := strconv.ParseInt(string(a.ExpiresIn), 10, 32); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	return tokenLife
}

// login sends POST oauth/login. Its effect is that of a read, because a second
// login only makes another token.
func login(calls *call.Client, c Credentials) token.Login {
	body := map[string]string{"api_key": string(c.APIKey), "api_password": string(c.APIPassword)}
	return func(ctx context.Context) (wapay.Secret, time.Duration, error) {
		var answer loginAnswer
		err := token.Ask(ctx, calls, call.PostJSON("", "oauth/login", call.Read, body), &answer)
		return wapay.Secret(answer.AccessToken), answer.life(), err
	}
}

// scheme puts the token into the header. A wrong password is no rejected token,
// because another login would not help.
var scheme = token.Scheme{
	Set:      token.Bearer,
	Rejected: func(e *wapay.Error) bool { return e.Kind == wapay.ErrUnauthorized && e.Code != codeCredentials },
}

func (c *client) do(ctx context.Context, r *call.Request) (*answer, *call.Response, error) {
	a := new(answer)
	resp, err := c.tokens.Do(ctx, c.calls, scheme, r, a)
	if err != nil {
		var e *wapay.Error
		if errors.As(err, &e) {
			e.Body = withoutToken(e.Body)
		}
		return nil, nil, err
	}
	resp.Body = withoutToken(resp.Body)
	return a, resp, nil
}
