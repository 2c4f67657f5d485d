package mpp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/mpp"
)

const (
	mockBase = "https://pay.example.test/proxy/v9"

	secretID, secretKey = "SECRET-ID-7f3a91", "SECRET-KEY-5d20e8"
	businessID          = "9b43c8d9-1353-45d7-a0ab-6427227940dc"
)

var creds = mpp.Credentials{SecretID: secretID, SecretKey: secretKey, BusinessID: businessID}

// recorded is one request as the transport saw it.
type recorded struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   string
}

// mock answers logins and lists of channels with the samples, and all else from a list of answers, the last one again
// and again. It keeps the requests, each kind for itself.
type mock struct {
	*httpmock.MockTransport
	t   testing.TB
	mu  sync.Mutex
	all []recorded

	requests, logins, channels []recorded
	answers                    []httpmock.Responder
	channelsAnswer             httpmock.Responder
}

func newMock(t testing.TB, answers ...httpmock.Responder) (*mpp.Client, *mock) {
	t.Helper()
	m := &mock{MockTransport: httpmock.NewMockTransport(), t: t, answers: answers}
	m.channelsAnswer = reply(200, sample(t, "channels.json"))
	m.RegisterNoResponder(m.answer)
	return m.client(creds), m
}

func (m *mock) answer(r *http.Request) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := recorded{Method: r.Method, URL: r.URL, Header: r.Header.Clone()}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		seen.Body = string(body)
	}
	m.all = append(m.all, seen)
	switch {
	case strings.HasSuffix(r.URL.Path, "/auth/token"):
		m.logins = append(m.logins, seen)
		return reply(200, sample(m.t, "token.json"))(r)
	case strings.HasSuffix(r.URL.Path, "/channel") && m.channelsAnswer != nil:
		m.channels = append(m.channels, seen)
		return m.channelsAnswer(r)
	}
	m.requests = append(m.requests, seen)
	return m.answers[min(len(m.requests), len(m.answers))-1](r)
}

func (m *mock) client(c mpp.Credentials, opts ...wapay.Option) *mpp.Client {
	m.t.Helper()
	opts = append([]wapay.Option{wapay.WithHTTPClient(&http.Client{Transport: m}), wapay.WithBaseURL(mockBase + "/")}, opts...)
	client, err := mpp.New(c, opts...)
	require.NoError(m.t, err)
	return client
}

func reply(status int, body string) httpmock.Responder {
	return httpmock.NewStringResponder(status, body)
}

// sample is an answer out of the provider's reference.
func sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}

// only checks the one request that was made beside login and channels, whole: method, escaped path with query,
// headers, body.
func (m *mock) only(method, pathAndQuery, body string) {
	m.t.Helper()
	require.Len(m.t, m.requests, 1, "requests")
	r := m.requests[0]
	assert.Equal(m.t, method, r.Method)
	assert.Equal(m.t, mockBase+"/"+pathAndQuery, r.URL.String())
	want := http.Header{
		"Accept": {"application/json"}, "User-Agent": {"wapay-go"}, "Authorization": {"Bearer your token"},
	}
	if body == "" {
		assert.Empty(m.t, r.Body)
	} else {
		want["Content-Type"] = []string{"application/json"}
		assert.JSONEq(m.t, body, r.Body)
	}
	assert.Equal(m.t, want, r.Header)
}

// failure checks an error's kind and outcome, and returns it.
func failure(t testing.TB, err error, kind error, outcome wapay.Outcome) *wapay.Error {
	t.Helper()
	var e *wapay.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "mpp", e.Provider)
	assert.NotEmpty(t, e.Op)
	assert.Equal(t, kind, e.Kind, "kind of %v", err)
	assert.Equal(t, outcome, e.Outcome, "outcome of %v", err)
	assert.Equal(t, outcome == wapay.OutcomeUnknown, errors.Is(err, wapay.ErrOutcomeUnknown))
	return e
}

// badFields checks that err names exactly these fields, and that nothing was sent.
func badFields(t testing.TB, err error, fields ...string) {
	t.Helper()
	e := failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)
	assert.Zero(t, e.Attempts)
	var got []string
	for _, d := range e.Details {
		got = append(got, d.Field)
		assert.NotEmpty(t, d.Message)
	}
	slices.Sort(got)
	slices.Sort(fields)
	assert.Equal(t, fields, got, "%v", err)
}

func goodTransaction() mpp.TransactionRequest {
	return mpp.TransactionRequest{
		ExternalID: "order-1", Channel: "OM", Category: mpp.CategoryTransfer, Amount: wapay.GNF.Units(2), MSISDN: "080002209",
	}
}

const txID = "9b60b6c4-bdd0-43e7-a529-520845a16281"

// calls is every call of the client, each with arguments that pass its checks.
func calls(t testing.TB) map[string]func(context.Context, *mpp.Client) (any, error) {
	return map[string]func(context.Context, *mpp.Client) (any, error){
		"Business": func(ctx context.Context, c *mpp.Client) (any, error) { return c.Business(ctx) },
		"Balance":  func(ctx context.Context, c *mpp.Client) (any, error) { return c.Balance(ctx) },
		"Channels": func(ctx context.Context, c *mpp.Client) (any, error) { return c.Channels(ctx, mpp.PageRequest{}) },
		"AllChannels": func(ctx context.Context, c *mpp.Client) (any, error) {
			for _, err := range c.AllChannels(ctx) {
				return nil, err
			}
			return nil, nil
		},
		"ValidateAccount": func(ctx context.Context, c *mpp.Client) (any, error) {
			return c.ValidateAccount(ctx, "om", phone(t, "+22394996021", ""))
		},
		"CreateTransaction": func(ctx context.Context, c *mpp.Client) (any, error) {
			return c.CreateTransaction(ctx, goodTransaction())
		},
		"Transaction": func(ctx context.Context, c *mpp.Client) (any, error) { return c.Transaction(ctx, txID) },
		"Status":      func(ctx context.Context, c *mpp.Client) (any, error) { return c.Status(ctx, txID) },
		"Transactions": func(ctx context.Context, c *mpp.Client) (any, error) {
			return c.Transactions(ctx, mpp.PageRequest{})
		},
		"AllTransactions": func(ctx context.Context, c *mpp.Client) (any, error) {
			for _, err := range c.AllTransactions(ctx) {
				return nil, err
			}
			return nil, nil
		},
		"Pay":    func(ctx context.Context, c *mpp.Client) (any, error) { return c.Pay(ctx, goodPay(t)) },
		"Payout": func(ctx context.Context, c *mpp.Client) (any, error) { return c.Payout(ctx, goodPayout(t)) },
		"PayoutAs": func(ctx context.Context, c *mpp.Client) (any, error) {
			return c.PayoutAs(ctx, mpp.CategoryTransfer, goodPayout(t))
		},
		"FindPayment": func(ctx context.Context, c *mpp.Client) (any, error) {
			return c.FindPayment(ctx, byReference("order-1"))
		},
		"FindPayout": func(ctx context.Context, c *mpp.Client) (any, error) { return c.FindPayout(ctx, wapay.Ref{ID: txID}) },
	}
}

// writes are the calls that move money, all under the reference order-1.
var writes = []string{"CreateTransaction", "Pay", "Payout", "PayoutAs"}

func TestNew(t *testing.T) {
	for _, x := range []struct {
		name string
		keys mpp.Credentials
		bad  []string
	}{
		{"none", mpp.Credentials{}, []string{"SecretID", "SecretKey"}},
		{"no key", mpp.Credentials{SecretID: "i"}, []string{"SecretKey"}},
		{"a newline at the end", mpp.Credentials{SecretID: "i\n", SecretKey: "k", BusinessID: "b"}, []string{"SecretID"}},
		{"a business that is a path", mpp.Credentials{SecretID: "i", SecretKey: "k", BusinessID: ".."}, []string{"BusinessID"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, err := mpp.New(x.keys)
			badFields(t, err, x.bad...)
			assert.Nil(t, c)
		})
	}
	_, err := mpp.New(creds, wapay.WithBaseURL("http://gateway.mpp.bnbcash.app"))
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)

	m := httpmock.NewMockTransport()
	var hosts []string
	m.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.URL.Scheme+"://"+r.URL.Host)
		return nil, io.ErrUnexpectedEOF
	})
	c, err := mpp.New(creds, wapay.WithMaxRetries(0), wapay.WithHTTPClient(&http.Client{Transport: m}))
	require.NoError(t, err)
	_, err = c.Business(context.Background())
	require.Error(t, err)
	assert.Equal(t, []string{"https://gateway.mpp.bnbcash.app"}, hosts)
}

// Which calls do without a BusinessID.
func TestBusinessID(t *testing.T) {
	need := []string{"Balance", "Channels", "AllChannels", "CreateTransaction", "Pay", "Payout", "PayoutAs"}
	for name, fn := range calls(t) {
		_, m := newMock(t, reply(200, sample(t, "business.json")))
		_, err := fn(context.Background(), m.client(mpp.Credentials{SecretID: secretID, SecretKey: secretKey}))
		if slices.Contains(need, name) {
			badFields(t, err, "Credentials.BusinessID")
			assert.Empty(t, m.all)
		} else {
			assert.NotEmpty(t, m.requests, name)
		}
	}
}

func TestLogin(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "business.json")))
	_, err := c.Business(context.Background())
	require.NoError(t, err)
	require.Len(t, m.logins, 1)
	r := m.logins[0]
	assert.Equal(t, "POST", r.Method)
	assert.Equal(t, mockBase+"/api/auth/token", r.URL.String())
	assert.JSONEq(t, `{"secret_id":"`+secretID+`","secret_key":"`+secretKey+`"}`, r.Body)
	assert.Equal(t, http.Header{
		"Accept": {"application/json"}, "User-Agent": {"wapay-go"}, "Content-Type": {"application/json"},
	}, r.Header)
}

// A token is used for its 1740 seconds but the last half minute, also if the answer does not say how long it lives.
func TestTokenLife(t *testing.T) {
	for _, login := range []string{
		sample(t, "token.json"), strings.Replace(sample(t, "token.json"), "1740", `"1740"`, 1),
		strings.Replace(sample(t, "token.json"), "1740", "null", 1), `{"data":{"access_token":"t"},"success":true}`,
	} {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		logins := 0
		tr := httpmock.NewMockTransport()
		tr.RegisterResponder("POST", mockBase+"/api/auth/token", func(r *http.Request) (*http.Response, error) {
			logins++
			return reply(200, login)(r)
		})
		tr.RegisterResponder("GET", mockBase+"/api/v1/business", reply(200, sample(t, "business.json")))
		c, err := mpp.New(creds, wapay.WithBaseURL(mockBase), wapay.WithHTTPClient(&http.Client{Transport: tr}),
			wapay.WithClock(func() time.Time { return now }))
		require.NoError(t, err)
		for _, x := range []struct {
			pass   time.Duration
			logins int
		}{{0, 1}, {1709 * time.Second, 1}, {2 * time.Second, 2}} {
			now = now.Add(x.pass)
			_, err := c.Business(context.Background())
			require.NoError(t, err)
			assert.Equal(t, x.logins, logins)
		}
	}
}

func TestLoginErrors(t *testing.T) {
	for _, x := range []struct {
		name    string
		status  int
		body    string
		kind    error
		outcome wapay.Outcome
	}{
		{"401", 401, refusal("MPP-AUTH-4402", "Username or password incorrect"), wapay.ErrUnauthorized, wapay.OutcomeNotSent},
		{"403", 403, refusal("MPP-AUTH-4403", "Email not verified"), wapay.ErrForbidden, wapay.OutcomeNotSent},
		{"404", 404, refusal("MPP-REQ-4004", "Resouce not found."), wapay.ErrUnauthorized, wapay.OutcomeNotSent},
		{"422", 422, refusal("MPP-REQ-4022", "Bad parameters."), wapay.ErrUnauthorized, wapay.OutcomeNotSent},
		{"200", 200, refusal("MPP-AUTH-4402", "Username or password incorrect"), wapay.ErrUnauthorized, wapay.OutcomeNotSent},
		{"429", 429, `{"message":"Too Many Attempts."}`, wapay.ErrRateLimited, wapay.OutcomeNotSent},
		{"502", 502, "<html>", wapay.ErrUnavailable, wapay.OutcomeNotSent},
		{"404, HTML", 404, "<html>", wapay.ErrDecode, wapay.OutcomeNotSent},
		{"no token", 200, `{"data":{},"code":"MPP-REQ-0000","success":true}`, wapay.ErrDecode, wapay.OutcomeNotSent},
	} {
		t.Run(x.name, func(t *testing.T) {
			tr := httpmock.NewMockTransport()
			n := 0
			tr.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
				n++
				assert.True(t, strings.HasSuffix(r.URL.Path, "/api/auth/token"))
				return reply(x.status, x.body)(r)
			})
			for name, fn := range calls(t) {
				c, err := mpp.New(creds, wapay.WithBaseURL(mockBase), wapay.WithMaxRetries(0), wapay.WithHTTPClient(&http.Client{Transport: tr}))
				require.NoError(t, err)
				n = 0
				_, err = fn(context.Background(), c)
				e := failure(t, err, x.kind, x.outcome)
				assert.Equal(t, name, e.Op)
				assert.Equal(t, 1, n, name)
				assert.Nil(t, e.Body)
				if slices.Contains(writes, name) {
					assert.Equal(t, "order-1", e.Reference)
				}
			}
		})
	}
}

func refusal(code, message string) string {
	data, _ := json.Marshal(map[string]any{
		"data": nil, "code": code, "message": message, "trace_request_id": "trace-1", "success": false,
	})
	return string(data)
}

func ExampleNew() {
	_, err := mpp.New(mpp.Credentials{SecretID: "id"})
	fmt.Println(err)
	// Output: mpp: New: not sent: invalid request: SecretKey: is required
}
