package mpp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/token"
)

// tokenLife is the documented expires_in, for an answer without one.
const tokenLife = 1740 * time.Second

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
	return call.FailIf(a.Data.V.AccessToken == "", "a login without a token")
}

// login returns the login: POST api/auth/token. It is repeated like a read: a
// second login makes another token and nothing else. No use of the refresh
// token is documented.
func login(calls *call.Client, c Credentials) token.Login {
	return func(ctx context.Context) (wapay.Secret, time.Duration, error) {
		r := call.PostJSON("", "api/auth/token", call.Read, loginBody{string(c.SecretID), string(c.SecretKey)})
		var answer loginAnswer
		if err := token.Ask(ctx, calls, r, &answer); err != nil {
			return "", 0, refusedLogin(err)
		}
		life := time.Duration(min(max(answer.Data.V.ExpiresIn, 0), 1<<30)) * time.Second
		if life == 0 {
			life = tokenLife
		}
		return wapay.Secret(answer.Data.V.AccessToken), life, nil
	}
}

// refusedLogin returns the error of a login in terms of the call that needs the
// token. A refusal that calls something invalid or not found is about the keys.
func refusedLogin(err error) error {
	var e *wapay.Error
	if !errors.As(err, &e) {
		return err
	}
	if (e.Kind == wapay.ErrInvalid || e.Kind == wapay.ErrNotFound) && (e.Code != "" || e.Details != nil) {
		e.Kind = wapay.ErrUnauthorized
	}
	return e
}

// scheme puts the token where it is documented, and knows its refusals. They
// may come with 401, 403, 422 or 404, as documented.
var scheme = token.Scheme{
	Set: token.Bearer,
	Rejected: func(e *wapay.Error) bool {
		switch e.Code {
		case codeUnauthorized, codeCredentials, codePassword:
			return true
		}
		return e.HTTPStatus == http.StatusUnauthorized && !strings.HasPrefix(e.Code, "MPP-AUTH-")
	},
	OlderOnly: true,
	Doubtful: func(e *wapay.Error) bool {
		switch e.HTTPStatus {
		case http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity:
			return (e.Code == "" || strings.HasPrefix(e.Code, "MPP-REQ-")) && e.Details == nil
		}
		return false
	},
}
