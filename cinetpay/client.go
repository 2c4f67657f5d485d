package cinetpay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/go-querystring/query"

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

	// language is the one of every sample in S. It is that of the provider's messages, nothing else.
	language = "fr"
	// tokenLife is V: "Its lifetime is 5min". The answer does not say it.
	tokenLife = 5 * time.Minute
)

// Credentials are a merchant's keys. APIKey is required; Password, for transfers, and SiteID, for the checkout, are
// so only for what they are for, but one of them has to be there.
//
// The secret key, by which notifications of the checkout are verified, is another secret: see package ipn.
type Credentials struct {
	APIKey   wapay.Secret
	Password wapay.Secret // of the API, set in the dashboard; not that of the account (S)
	SiteID   string
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls the CinetPay API. It is safe for use by many goroutines.
type Client struct {
	// What is secret is two pointers away: a verb that does not fit a pointer, as %s, has package fmt print
	// what the first one points to.
	transfers *transfers // nil without a Password
	checkout  *checkout  // nil without a SiteID
}

type transfers struct {
	calls  *call.Client
	tokens *token.Cache
}

type checkout struct {
	calls *call.Client
	site  *site
}

// site is the part of a request's body that says who asks.
type site struct {
	APIKey string `json:"apikey"`
	SiteID string `json:"site_id"`
}

var (
	_ wapay.Payer    = (*Client)(nil)
	_ wapay.Payouter = (*Client)(nil)
)

// New makes a client. It does no I/O. Transfers go to https://client.cinetpay.com/v1 and the checkout is at
// https://api-checkout.cinetpay.com/v2. [wapay.WithBaseURL] replaces scheme and host of both; a path in it
// comes before /v1 and /v2, which are added, and must not end in either.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	var bad check.Fields
	bad.Credential("APIKey", c.APIKey)
	if c.Password != "" {
		bad.Reference("Password", string(c.Password), 255, "") // says what is wrong, and not what it is
	}
	if c.SiteID != "" {
		bad.Reference("SiteID", c.SiteID, 255, "")
	}
	if c.Password == "" && c.SiteID == "" {
		bad.Add("Password", "is required, unless there is a SiteID")
	}
	if err := bad.Err(provider, "New", ""); err != nil {
		return nil, err
	}
	secrets := []wapay.Secret{c.APIKey, c.Password}
	client := &Client{}
	if c.Password != "" {
		calls, err := newCalls(transferHost, transferPath, judgeTransfer, secrets, opts)
		if err != nil {
			return nil, err
		}
		client.transfers = &transfers{calls, token.New(login(calls, c), calls.Clock)}
	}
	if c.SiteID != "" {
		calls, err := newCalls(checkoutHost, checkoutPath, judgeCheckout, secrets, opts)
		if err != nil {
			return nil, err
		}
		client.checkout = &checkout{calls, &site{string(c.APIKey), c.SiteID}}
	}
	return client, nil
}

// newCalls makes the engine of one of the hosts.
func newCalls(host, version string, v call.Judge, secrets []wapay.Secret, opts []wapay.Option) (*call.Client, error) {
	// What is wrong with the options call.New says.
	if s, err := wapay.NewSettings(opts...); err == nil && s.BaseURL != nil {
		if last := path.Base(strings.TrimRight(s.BaseURL.Path, "/")); last == transferPath || last == checkoutPath {
			var bad check.Fields
			bad.Add("WithBaseURL", "ends in /%s: leave it out, /v1 or /v2 is added by each product", last)
			return nil, bad.Err(provider, "New", "")
		}
		opts = append(slices.Clip(opts), wapay.WithBaseURL(s.BaseURL.JoinPath(version).String()))
	}
	return call.New(provider, host+"/"+version, v, secrets, opts)
}

type loginForm struct {
	APIKey   string `url:"apikey"`
	Password string `url:"password"`
}

type loginAnswer struct {
	Data loose.Object[struct {
		Token loose.String `json:"token"`
	}] `json:"data"`
}

// Check makes an answer without a token undecodable.
func (a *loginAnswer) Check() error {
	if a.Data.V.Token == "" {
		return errors.New("a login without a token")
	}
	return nil
}

// login is POST auth/login. It is repeated like a read: all that a second one does is make another token.
func login(calls *call.Client, c Credentials) token.Login {
	return func(ctx context.Context) (wapay.Secret, time.Duration, error) {
		r, err := post("Login", "", "auth/login", call.Read, loginForm{string(c.APIKey), string(c.Password)})
		if err != nil {
			return "", 0, err
		}
		var answer loginAnswer
		if _, err := calls.Do(ctx, r, &answer); err != nil {
			var e *wapay.Error
			if errors.As(err, &e) {
				e.Body = nil // of an answer that broke off it may hold a good token
			}
			return "", 0, err
		}
		return wapay.Secret(answer.Data.V.Token), tokenLife, nil
	}
}

type languageParam struct {
	Lang string `url:"lang"`
}

// get is a GET request with a struct of query parameters.
func get(op, reference, path string, params any) (*call.Request, error) {
	values, err := query.Values(params)
	if err != nil {
		return nil, err
	}
	return &call.Request{
		Op: op, Reference: reference, Effect: call.Read, Method: http.MethodGet, Path: path, Query: values.Encode(),
	}, nil
}

// post is a POST request with a form made of a struct.
func post(op, reference, path string, effect call.Effect, form any) (*call.Request, error) {
	values, err := query.Values(form)
	if err != nil {
		return nil, err
	}
	params, err := query.Values(languageParam{language})
	if err != nil {
		return nil, err
	}
	return &call.Request{
		Op: op, Reference: reference, Effect: effect, Method: http.MethodPost, Path: path, Query: params.Encode(),
		Body: []byte(values.Encode()), ContentType: "application/x-www-form-urlencoded",
	}, nil
}

// listForm is the form of calls that send a list: as JSON in one field (S).
type listForm struct {
	Data string `url:"data"`
}

func postList(op, reference, path string, effect call.Effect, list any) (*call.Request, error) {
	data, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	return post(op, reference, path, effect, listForm{string(data)})
}

// scheme puts the token where it is documented, into the query.
var scheme = token.Scheme{
	Set: func(r *call.Request, t wapay.Secret) {
		r.Query += "&token=" + url.QueryEscape(string(t))
	},
	// A refusal that lists a transfer as made contradicts itself, and repeating the call might make it again.
	Rejected: func(e *wapay.Error) bool {
		return (e.Code == codeExpiredToken || e.Code == codeInvalidToken) && !mayList(e.Body)
	},
}

// transfer makes a call about transfers.
func (c *Client) transfer(ctx context.Context, r *call.Request, out any) (*call.Response, error) {
	if c.transfers == nil {
		var bad check.Fields
		bad.Add("Credentials.Password", "is required for this call")
		return nil, bad.Err(provider, r.Op, r.Reference)
	}
	resp, err := c.transfers.tokens.Do(ctx, c.transfers.calls, scheme, r, out)
	return resp, doubt(err, transferCodes, r.Effect)
}
