package mpp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/redact"
	"github.com/wapay-go/wapay/internal/token"
)

const (
	provider = "mpp"
	baseURL  = "https://gateway.mpp.bnbcash.app"

	// tokenLife is S: the sample's expires_in, for an answer without one.
	tokenLife = 1740 * time.Second
)

// Credentials are a merchant's keys, and the business that they are for.
type Credentials struct {
	SecretID, SecretKey wapay.Secret
	// BusinessID is the business's id, a UUID. [Client.Business] tells it, and works without it, as do lookups;
	// what moves money or lists channels does not.
	BusinessID string
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (c Credentials) Format(f fmt.State, _ rune) { redact.Format(f, c) }

// Client calls the MPP API. It is safe for use by many goroutines.
type Client struct {
	calls *call.Client
	// What is secret is two pointers away: a verb that does not fit a pointer, as %s, has package fmt print what
	// the first one points to.
	tokens   *token.Cache
	channels *channelCache
	business string
}

var (
	_ wapay.Payer    = (*Client)(nil)
	_ wapay.Payouter = (*Client)(nil)
)

// New makes a client. It does no I/O. The base URL is https://gateway.mpp.bnbcash.app (S shows the host in one answer;
// F) unless [wapay.WithBaseURL] replaces it: S says that there is a sandbox, and not where.
func New(c Credentials, opts ...wapay.Option) (*Client, error) {
	var bad check.Fields
	checkSecret(&bad, "SecretID", c.SecretID)
	checkSecret(&bad, "SecretKey", c.SecretKey)
	if c.BusinessID != "" {
		bad.ID("BusinessID", c.BusinessID)
	}
	if err := bad.Err(provider, "New", ""); err != nil {
		return nil, err
	}
	calls, err := call.New(provider, baseURL, judge, []wapay.Secret{c.SecretID, c.SecretKey}, opts)
	if err != nil {
		return nil, err
	}
	client := &Client{calls: calls, tokens: token.New(login(calls, c), calls.Clock), business: c.BusinessID}
	client.channels = newChannelCache(calls.Clock, client.subscribed)
	return client, nil
}

// checkSecret checks a key that travels in a JSON body.
func checkSecret(bad *check.Fields, field string, s wapay.Secret) {
	bad.Reference(field, string(s), 1024, "") // says what is wrong, and not what it is
}

type loginBody struct {
	SecretID  string `json:"secret_id"`
	SecretKey string `json:"secret_key"`
}

type loginAnswer struct {
	Data loose.Object[struct {
		AccessToken loose.String `json:"access_token"`
		ExpiresIn   loose.Int    `json:"expires_in"`
	}] `json:"data"`
}

// Check makes an answer without a token undecodable.
func (a *loginAnswer) Check() error {
	if a.Data.V.AccessToken == "" {
		return errors.New("a login without a token")
	}
	return nil
}

// login is POST api/auth/token, which the prose of S calls GET /auth/token. It is repeated like a read: all that a
// second one does is make another token. No use of the refresh token is documented.
func login(calls *call.Client, c Credentials) token.Login {
	return func(ctx context.Context) (wapay.Secret, time.Duration, error) {
		r, err := post("Login", "", "api/auth/token", call.Read, loginBody{string(c.SecretID), string(c.SecretKey)})
		if err != nil {
			return "", 0, err
		}
		var answer loginAnswer
		if _, err := calls.Do(ctx, r, &answer); err != nil {
			return "", 0, refusedLogin(err)
		}
		life := time.Duration(min(max(answer.Data.V.ExpiresIn, 0), 1<<30)) * time.Second
		if life == 0 {
			life = tokenLife
		}
		return wapay.Secret(answer.Data.V.AccessToken), life, nil
	}
}

// refusedLogin makes of a refusal what it is about, the keys, whatever it says was wrong or was not found: the error
// becomes that of a call about something else.
func refusedLogin(err error) error {
	var e *wapay.Error
	if !errors.As(err, &e) {
		return err
	}
	e.Body = nil // of an answer that broke off it may hold a good token
	if e.Outcome == wapay.OutcomeRejected && e.Kind != wapay.ErrRateLimited && e.Kind != wapay.ErrForbidden {
		e.Kind = wapay.ErrUnauthorized
	}
	return e
}

// do makes a call with the token.
func (c *Client) do(ctx context.Context, r *call.Request, out any) (*call.Response, error) {
	resp, err := c.tokens.Do(ctx, c.calls, scheme, r, out)
	return resp, c.judge(err, r.Effect)
}

// get is a GET request.
func get(op, reference, path string, query url.Values) *call.Request {
	return &call.Request{
		Op: op, Reference: reference, Effect: call.Read, Method: http.MethodGet, Path: path, Query: query.Encode(),
	}
}

// post is a POST request with a body in JSON.
func post(op, reference, path string, effect call.Effect, body any) (*call.Request, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return &call.Request{
		Op: op, Reference: reference, Effect: effect, Method: http.MethodPost, Path: path,
		Body: data, ContentType: "application/json",
	}, nil
}

// element escapes one element of a path.
func element(s string) string { return url.PathEscape(s) }

// needBusiness adds what is wrong if there is no BusinessID.
func (c *Client) needBusiness(bad *check.Fields) {
	if c.business == "" {
		bad.Add("Credentials.BusinessID", "is required for this call; Business tells it")
	}
}

// undecodable is the error of an answer that makes no sense.
func (c *Client) undecodable(r *call.Request, resp *call.Response, cause error) error {
	return c.judge(c.calls.Undecodable(r, resp, cause), r.Effect)
}
