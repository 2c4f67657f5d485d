package cinetpay

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/token"
)

const (
	// language is the one of every documented sample. Only the provider's
	// messages depend on it.
	language = "fr"
	// tokenLife is documented. The answer to a login does not have it.
	tokenLife = 5 * time.Minute
)

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

// login makes POST auth/login. It is repeated like a read: a second login only
// makes another token.
func login(calls *call.Client, c Credentials) token.Login {
	return func(ctx context.Context) (wapay.Secret, time.Duration, error) {
		r := post("", "auth/login", call.Read, url.Values{
			"apikey": {string(c.APIKey)}, "password": {string(c.Password)},
		})
		r.Op = "Login"
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

// get returns a GET request about transfers.
func get(reference, path string, params url.Values) *call.Request {
	params.Set("lang", language)
	return &call.Request{
		Reference: reference, Effect: call.Read, Method: http.MethodGet, Path: path, Query: params.Encode(),
	}
}

// post returns a POST request about transfers.
func post(reference, path string, effect call.Effect, form url.Values) *call.Request {
	return &call.Request{
		Reference: reference, Effect: effect, Method: http.MethodPost, Path: path, Query: "lang=" + language,
		Body: []byte(form.Encode()), ContentType: "application/x-www-form-urlencoded",
	}
}

// postList returns a POST request with a list, which travels as JSON in one
// field of the form.
func postList(reference, path string, effect call.Effect, list any) *call.Request {
	data, _ := json.Marshal(list) // of strings alone
	return post(reference, path, effect, url.Values{"data": {string(data)}})
}

// scheme puts the token into the query.
var scheme = token.Scheme{
	Set: func(r *call.Request, t wapay.Secret) {
		query, _, _ := strings.Cut(r.Query, "&token=") // r may have an older one
		r.Query = query + "&token=" + url.QueryEscape(string(t))
	},
	Rejected: func(e *wapay.Error) bool { return e.Code == codeExpiredToken || e.Code == codeInvalidToken },
}

// withToken makes a call about transfers.
func (p *product) withToken(ctx context.Context, r *call.Request, out any) (*call.Response, error) {
	return p.tokens.Do(ctx, p.calls, scheme, r, out)
}

// postJSON makes a call about the checkout.
func (p *product) postJSON(ctx context.Context, r *call.Request, body, out any) (*call.Response, error) {
	r.Method, r.ContentType = http.MethodPost, "application/json"
	r.Body, _ = json.Marshal(body) // of strings and numbers that were checked
	return p.calls.Do(ctx, r, out)
}
