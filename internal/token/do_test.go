package token_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/token"
)

// TestRejections checks which rejections cause a login and another attempt, for
// each option of a Scheme. The server accepts only the newest token. It rejects
// the others with the status in the path.
func TestRejections(t *testing.T) {
	type want struct {
		err              error // nil is a result
		requests, logins int
	}
	for _, x := range []struct {
		name   string
		scheme token.Scheme
		effect call.Effect
		status int
		age    time.Duration // of the token in the cache; negative is none
		want   want
	}{
		{"new token, repeated", token.Scheme{}, call.Write, 401, -1, want{nil, 2, 2}},
		{"new token, not repeated", token.Scheme{OlderOnly: true}, call.Write, 401, -1, want{wapay.ErrUnauthorized, 1, 1}},
		{"older token", token.Scheme{OlderOnly: true}, call.Write, 401, 0, want{nil, 2, 2}},
		{"in doubt", token.Scheme{Doubtful: notFound}, call.Read, 404, time.Minute + 1, want{nil, 2, 2}},
		{"in doubt, but for a minute", token.Scheme{Doubtful: notFound}, call.Read, 404, time.Minute, want{wapay.ErrNotFound, 1, 1}},
		{"in doubt, new token", token.Scheme{Doubtful: notFound}, call.Read, 404, -1, want{wapay.ErrNotFound, 1, 1}},
		{"in doubt, a write", token.Scheme{Doubtful: notFound}, call.Write, 404, time.Hour, want{wapay.ErrNotFound, 1, 1}},
		{"no doubt", token.Scheme{Doubtful: notFound}, call.Read, 422, time.Hour, want{wapay.ErrInvalid, 1, 1}},
		{"doubt is not asked for", token.Scheme{}, call.Read, 404, time.Hour, want{wapay.ErrNotFound, 1, 1}},
	} {
		t.Run(x.name, func(t *testing.T) {
			p := &provider{lifetime: 24 * time.Hour}
			requests := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests++
				if r.Header.Get("Authorization") != "t-2" {
					w.WriteHeader(x.status)
					fmt.Fprint(w, `{"code":"no"}`)
					return
				}
				fmt.Fprint(w, `{"code":"yes"}`)
			}))
			defer s.Close()
			calls, err := call.New("p", s.URL, func(e *wapay.Error, a call.Answer) call.Ruling {
				if strings.Contains(string(a.Body), "no") {
					return call.Refusal(e.Kind, a.Earlier)
				}
				return call.ByStatus(a.Status)
			}, nil, nil, nil)
			require.NoError(t, err)
			x.scheme.Set = func(r *call.Request, token wapay.Secret) { r.Header = http.Header{"Authorization": {string(token)}} }
			x.scheme.Rejected = func(e *wapay.Error) bool { return e.HTTPStatus == 401 }
			c := token.New(p.login, p.now)
			if x.age >= 0 {
				_, err := c.Get(context.Background())
				require.NoError(t, err)
				p.pass(x.age)
			}
			var out json.RawMessage
			r := &call.Request{Op: "Op", Effect: x.effect, Method: "POST", Path: "x", Body: []byte("{}")}
			resp, err := c.Do(context.Background(), calls, x.scheme, r, &out)
			if x.want.err == nil {
				require.NoError(t, err)
				assert.Equal(t, x.want.requests, resp.Attempts)
			} else {
				require.ErrorIs(t, err, x.want.err)
			}
			assert.Equal(t, x.want.requests, requests)
			assert.EqualValues(t, x.want.logins, p.logins.Load())
			if x.scheme.OlderOnly && x.want.err != nil { // the rejected token was dropped, so the next call gets another
				_, err = c.Do(context.Background(), calls, x.scheme, r, &out)
				assert.NoError(t, err)
			}
		})
	}
}

func notFound(e *wapay.Error) bool { return e.HTTPStatus == 404 }

// TestTokenIsKeptOutOfUndecodable checks that the caller's own error about an
// answer shows no token.
func TestTokenIsKeptOutOfUndecodable(t *testing.T) {
	p := &provider{lifetime: time.Hour}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", r.Header.Get("Authorization"))
		fmt.Fprint(w, `{}`)
	}))
	defer s.Close()
	calls, err := call.New("p", s.URL, func(_ *wapay.Error, a call.Answer) call.Ruling { return call.ByStatus(a.Status) }, nil, nil, nil)
	require.NoError(t, err)
	scheme := token.Scheme{
		Set: func(r *call.Request, token wapay.Secret) {
			r.Header = http.Header{"Authorization": {"secret-" + string(token)}}
		},
		Rejected: func(*wapay.Error) bool { return false },
	}
	r := &call.Request{Op: "Op", Effect: call.Read, Method: "GET", Path: "x", Secrets: []wapay.Secret{"secret-another"}}
	login := func(ctx context.Context) (wapay.Secret, time.Duration, error) {
		return "token-of-the-test", time.Hour, nil
	}
	c := token.New(login, p.now)
	var out struct{}
	resp, err := c.Do(context.Background(), calls, scheme, r, &out)
	require.NoError(t, err)
	e := calls.Undecodable(r, resp, fmt.Errorf("odd: %s", "token-of-the-test"))
	assert.Equal(t, "secret-[redacted]", e.RequestID)
	assert.NotContains(t, e.Error(), "token-of-the-test")
	assert.Equal(t, []wapay.Secret{"secret-another", "token-of-the-test"}, r.Secrets)
}

// TestLoginIsNotTheOrder checks that a login that finds nothing, or something
// twice, says neither of the order.
func TestLoginIsNotTheOrder(t *testing.T) {
	calls, err := call.New("p", "https://api.provider.invalid", nil, nil, nil, nil)
	require.NoError(t, err)
	for _, x := range []struct {
		kind    error
		effect  call.Effect
		outcome wapay.Outcome
	}{
		{wapay.ErrNotFound, call.Read, wapay.OutcomeReadOnly},
		{wapay.ErrDuplicate, call.Read, wapay.OutcomeReadOnly},
		{wapay.ErrDuplicate, call.Write, wapay.OutcomeNotSent},
	} {
		c := token.New(func(context.Context) (wapay.Secret, time.Duration, error) {
			return "", 0, &wapay.Error{Op: "Login", Kind: x.kind, Outcome: wapay.OutcomeReadOnly, HTTPStatus: 404}
		}, time.Now)
		_, err := c.Do(context.Background(), calls, token.Scheme{}, &call.Request{Op: "FindPayment", Effect: x.effect}, nil)
		var e *wapay.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, wapay.ErrUnavailable, e.Kind)
		assert.Equal(t, x.outcome, e.Outcome)
		assert.NotErrorIs(t, err, x.kind)
		assert.ErrorIs(t, err, token.ErrLogin)
	}
}
