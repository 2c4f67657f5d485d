package token_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/token"
)

// server answers in memory, by the token that it is shown.
type server struct {
	mu     sync.Mutex
	shown  []string
	answer func(token string) (int, string)
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := r.Header.Get("X-Token")
	s.shown = append(s.shown, shown)
	status, body := s.answer(shown)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

var byHeader = token.Scheme{
	Set: func(r *call.Request, t wapay.Secret) {
		r.Header = http.Header{"X-Token": {string(t)}}
	},
	Rejected: func(e *wapay.Error) bool { return e.HTTPStatus == 401 },
}

func newEngine(t *testing.T, s *server) *call.Client {
	t.Helper()
	c, err := call.New("mpp", "https://pay.example.test", func(e *wapay.Error, body []byte) bool {
		e.Message = string(body)
		return e.HTTPStatus >= 400 && len(body) > 0
	}, nil, []wapay.Option{wapay.WithHTTPClient(&http.Client{Transport: s}), wapay.WithMaxRetries(0)})
	require.NoError(t, err)
	return c
}

func order() *call.Request {
	return &call.Request{Op: "Send", Reference: "order-1", Method: "POST", Path: "send", Body: []byte("{}")}
}

func TestDo(t *testing.T) {
	for name, x := range map[string]struct {
		good      string // the token that the server takes
		answer    int
		body      string
		shown     []string
		logins    int32
		attempts  int
		status    int
		outcome   wapay.Outcome
		nextLogin int32 // logins after another call
	}{
		"good":                {good: "t-1", shown: []string{"t-1"}, logins: 1, attempts: 1, status: 200, nextLogin: 1},
		"expired":             {good: "t-2", answer: 401, body: "expired t-1", shown: []string{"t-1", "t-2"}, logins: 2, attempts: 2, status: 200, nextLogin: 2},
		"never good":          {good: "none", answer: 401, body: "expired t-1 t-2", shown: []string{"t-1", "t-2"}, logins: 2, attempts: 2, status: 401, outcome: wapay.OutcomeRejected, nextLogin: 4},
		"another refusal":     {good: "none", answer: 422, body: "no t-1", shown: []string{"t-1"}, logins: 1, attempts: 1, status: 422, outcome: wapay.OutcomeRejected, nextLogin: 1},
		"nobody's 401":        {good: "none", answer: 401, shown: []string{"t-1"}, logins: 1, attempts: 1, status: 401, outcome: wapay.OutcomeUnknown, nextLogin: 1},
		"expired, then fails": {good: "none", answer: 0, shown: []string{"t-1", "t-2"}, logins: 2, attempts: 2, status: 500, outcome: wapay.OutcomeUnknown, nextLogin: 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := &provider{lifetime: time.Hour}
			c := token.New(p.login, p.now)
			s := &server{answer: func(shown string) (int, string) {
				switch {
				case shown == x.good:
					return 200, "{}"
				case x.answer != 0:
					return x.answer, x.body
				case shown == "t-1":
					return 401, "expired"
				}
				return 500, "t-1 t-2"
			}}
			engine, r := newEngine(t, s), order()
			resp, err := c.Do(context.Background(), engine, byHeader, r, &struct{}{})
			assert.Equal(t, x.shown, s.shown)
			assert.Equal(t, x.logins, p.logins.Load())
			assert.Empty(t, r.Header, "the request is the caller's")
			assert.Empty(t, r.Secrets)
			if x.status == 200 {
				require.NoError(t, err)
				assert.Equal(t, x.attempts, resp.Attempts)
			} else {
				var e *wapay.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, x.attempts, e.Attempts)
				assert.Equal(t, x.status, e.HTTPStatus)
				assert.Equal(t, x.outcome.String(), e.Outcome.String())
			}
			_, _ = c.Do(context.Background(), engine, byHeader, order(), &struct{}{})
			assert.Equal(t, x.nextLogin, p.logins.Load())
		})
	}
}

// A call that has no token is not made, and one whose token was rejected was not looked at, whatever the login says.
func TestDoWithoutToken(t *testing.T) {
	details := []wapay.FieldError{{Field: "secret_id", Message: "bad"}}
	for name, x := range map[string]struct {
		err  error
		kind error
		code string
	}{
		"refused": {&wapay.Error{
			Provider: "mpp", Op: "Login", HTTPStatus: 401, Code: "4402", Kind: wapay.ErrUnauthorized, Outcome: wapay.OutcomeRejected, Attempts: 1, Details: details,
		}, wapay.ErrUnauthorized, "4402"},
		"no answer": {&wapay.Error{
			Provider: "mpp", Op: "Login", Kind: wapay.ErrUnavailable, Outcome: wapay.OutcomeReadOnly, Attempts: 3, Err: io.ErrUnexpectedEOF,
		}, wapay.ErrUnavailable, ""},
		"its time was up": {&wapay.Error{
			Provider: "mpp", Op: "Login", Outcome: wapay.OutcomeReadOnly, Attempts: 1, Err: context.DeadlineExceeded,
		}, wapay.ErrUnavailable, ""},
		"no *wapay.Error": {errors.New("odd"), wapay.ErrUnavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := &provider{lifetime: time.Hour, err: x.err}
			c := token.New(p.login, p.now)
			s := &server{answer: func(string) (int, string) { return 401, "expired" }}
			check := func(err error, outcome wapay.Outcome, before int) {
				t.Helper()
				var e *wapay.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, "mpp", e.Provider)
				assert.Equal(t, "Send", e.Op)
				assert.Equal(t, "order-1", e.Reference)
				assert.Equal(t, x.kind, e.Kind)
				assert.Equal(t, x.code, e.Code)
				assert.Equal(t, outcome.String(), e.Outcome.String())
				assert.ErrorIs(t, err, token.ErrLogin)
				var login *wapay.Error
				if errors.As(x.err, &login) {
					assert.Equal(t, login.Attempts+before, e.Attempts)
					assert.Equal(t, login.Details, e.Details)
					assert.NotSame(t, login, e, "it is shared by all who waited")
					if login.Err != nil {
						assert.ErrorIs(t, err, login.Err)
					}
				}
			}
			_, err := c.Do(context.Background(), newEngine(t, s), byHeader, order(), &struct{}{})
			check(err, wapay.OutcomeNotSent, 0)
			assert.Empty(t, s.shown)

			p.err = nil
			_, err = c.Get(context.Background())
			require.NoError(t, err)
			p.err = x.err
			_, err = c.Do(context.Background(), newEngine(t, s), byHeader, order(), &struct{}{})
			check(err, wapay.OutcomeRejected, 1)
			assert.Len(t, s.shown, 1)
		})
	}
	assert.Equal(t, "secret_id", details[0].Field)
}

func TestDoContexts(t *testing.T) {
	p := &provider{lifetime: time.Hour, gate: make(chan struct{})}
	c := token.New(p.login, p.now)
	s := &server{answer: func(string) (int, string) { return 401, "expired" }}
	var e *wapay.Error
	_, err := c.Do(nil, newEngine(t, s), byHeader, order(), &struct{}{}) //nolint:staticcheck // on purpose
	require.ErrorAs(t, err, &e)
	assert.Equal(t, wapay.ErrInvalid, e.Kind)

	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	for range 2 { // ends while it waits for the login, and before
		_, err = c.Do(ctx, newEngine(t, s), byHeader, order(), &struct{}{})
		require.ErrorAs(t, err, &e)
		assert.ErrorIs(t, err, context.Canceled)
		assert.NoError(t, e.Kind)
		assert.Equal(t, wapay.OutcomeNotSent, e.Outcome)
	}
	close(p.gate)
	_, err = c.Get(context.Background())
	require.NoError(t, err)

	p.gate = make(chan struct{}) // the second login hangs
	defer close(p.gate)
	ctx, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err = c.Do(ctx, newEngine(t, s), byHeader, order(), &struct{}{})
	require.ErrorAs(t, err, &e)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Equal(t, wapay.OutcomeRejected, e.Outcome)
	assert.Equal(t, 1, e.Attempts)
	assert.NotErrorIs(t, err, wapay.ErrOutcomeUnknown)
	assert.Len(t, s.shown, 1)
}
