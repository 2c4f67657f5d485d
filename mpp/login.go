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

// Check rejects an answer without a token.
func (a *loginAnswer) Check() error {
	return call.FailIf(a.Data.V.AccessToken == "", "a login without a token")
}

// login sends POST api/auth/token. Its effect is that of a read, because a
// second login only makes another token. The documents show no use of the
// refresh token.
func login(calls *call.Client, c Credentials) token.Login {
	return func(ctx context.Context) (wapay.Secret, time.Duration, error) {
		r := call.PostJSON("", "api/auth/token", call.Read, loginBody{string(c.SecretID), string(c.SecretKey)})
		var answer loginAnswer
		if err := token.Ask(ctx, calls, r, &answer); err != nil {
			return "", 0, loginRefusal(err)
		}
		life := time.Duration(min(max(answer.Data.V.ExpiresIn, 0), 1<<30)) * time.Second
		if life == 0 {
			life = tokenLife
		}
		return wapay.Secret(answer.Data.V.AccessToken), life, nil
	}
}

// loginRefusal returns the error of a login for the call that needs the token.
// If something is invalid or not found, it is the keys.
func loginRefusal(err error) error {
	var e *wapay.Error
	if !errors.As(err, &e) {
		return err
	}
	if (e.Kind == wapay.ErrInvalid || e.Kind == wapay.ErrNotFound) && (e.Code != "" || e.Details != nil) {
		e.Kind = wapay.ErrUnauthorized
	}
	return e
}

// scheme puts the token into the header, and recognises a rejected token. The
// documented statuses of a rejection are 401, 403, 422 and 404.
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
