package mpp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/mpp"
)

const (
	mockBase = testkit.Base

	secretID, secretKey = "SECRET-ID-7f3a91", "SECRET-KEY-5d20e8"
	businessID          = "9b43c8d9-1353-45d7-a0ab-6427227940dc"
)

var creds = mpp.Credentials{SecretID: secretID, SecretKey: secretKey, BusinessID: businessID}

// Short names for the helpers of all tests.
var (
	failure     = testkit.Provider("mpp").Failure
	badFields   = testkit.Provider("mpp").BadFields
	reply       = httpmock.NewStringResponder
	sample      = testkit.Sample
	phone       = testkit.Phone
	byReference = testkit.ByReference
)

// mock answers logins and lists of channels with the samples, and records them
// apart from the other calls.
type mock struct {
	*testkit.Mock
	t                     testing.TB
	all, logins, channels []testkit.Request
	channelsAnswer        httpmock.Responder
}

func newMock(t testing.TB, answers ...httpmock.Responder) (*mpp.Client, *mock) {
	t.Helper()
	m := &mock{Mock: testkit.NewMock(answers...), t: t, channelsAnswer: reply(200, sample(t, "channels.json"))}
	m.Aside = func(r testkit.Request) httpmock.Responder {
		m.all = append(m.all, r)
		switch {
		case strings.HasSuffix(r.URL.Path, "/auth/token"):
			m.logins = append(m.logins, r)
			return reply(200, sample(t, "token.json"))
		case strings.HasSuffix(r.URL.Path, "/channel") && m.channelsAnswer != nil:
			m.channels = append(m.channels, r)
			return m.channelsAnswer
		}
		return nil
	}
	return m.client(creds), m
}

func (m *mock) client(c mpp.Credentials, opts ...wapay.Option) *mpp.Client {
	m.t.Helper()
	client, err := mpp.New(c, m.Options(opts...)...)
	require.NoError(m.t, err)
	return client
}

// assertRequest checks the whole of the only request beside login and channels.
func (m *mock) assertRequest(method, pathAndQuery, body string) {
	m.t.Helper()
	require.Len(m.t, m.Requests, 1, "requests")
	testkit.WantJSON(m.t, m.Requests[0], method, mockBase+"/"+pathAndQuery, "Bearer your-token", body)
}

func goodTransaction() mpp.TransactionRequest {
	return mpp.TransactionRequest{
		ExternalID: "order-1", Channel: "OM", Category: mpp.CategoryTransfer, Amount: wapay.GNF.Units(2), MSISDN: "080002209",
	}
}

const txID = "9b60b6c4-bdd0-43e7-a529-520845a16281"

// calls holds each call of the client, with valid arguments.
func calls(t testing.TB) map[string]func(context.Context, *mpp.Client) (any, error) {
	return map[string]func(context.Context, *mpp.Client) (any, error){
		"Business":    func(ctx context.Context, c *mpp.Client) (any, error) { return c.Business(ctx) },
		"Balance":     func(ctx context.Context, c *mpp.Client) (any, error) { return c.Balance(ctx) },
		"Channels":    func(ctx context.Context, c *mpp.Client) (any, error) { return c.Channels(ctx, mpp.PageRequest{}) },
		"AllChannels": func(ctx context.Context, c *mpp.Client) (any, error) { return testkit.First(c.AllChannels(ctx)) },
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
			return testkit.First(c.AllTransactions(ctx))
		},
		"ListPayments": func(ctx context.Context, c *mpp.Client) (any, error) {
			return testkit.First(c.ListPayments(ctx, at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z")))
		},
		"ListPayouts": func(ctx context.Context, c *mpp.Client) (any, error) {
			return testkit.First(c.ListPayouts(ctx, at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z")))
		},
		"Balances":       func(ctx context.Context, c *mpp.Client) (any, error) { return c.Balances(ctx) },
		"OperatorStates": func(ctx context.Context, c *mpp.Client) (any, error) { return c.OperatorStates(ctx) },
		"CheckAccount": func(ctx context.Context, c *mpp.Client) (any, error) {
			return c.CheckAccount(ctx, "om", phone(t, "+22394996021", ""))
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

func TestEndpoints(t *testing.T) {
	c, m := newMock(t, reply(400, "{}"))
	m.channelsAnswer = nil
	testkit.Endpoints(t, c, m.Mock, calls(t))
}

// writes holds the calls that move money, with the reference order-1.
var writes = []string{"CreateTransaction", "Pay", "Payout", "PayoutAs"}

// outcomeOf returns the given outcome for a write, and that of a read
// otherwise.
func outcomeOf(name string, write wapay.Outcome) wapay.Outcome {
	if slices.Contains(writes, name) {
		return write
	}
	return wapay.OutcomeReadOnly
}

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

func TestNeedsClientAndContext(t *testing.T) {
	c, m := newMock(t, reply(200, ""))
	testkit.NeedsClientAndContext(t, c)
	assert.Empty(t, m.all)
	var none context.Context
	_, err := c.Payout(none, goodPayout(t))
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)
	m.Answers[0] = reply(200, sample(t, "created.json"))
	_, err = c.Payout(context.Background(), goodPayout(t))
	assert.NoError(t, err, "and the client goes on working")
	c.Close()
	(*mpp.Client)(nil).Close()
}

// The client replaces a token that no header can carry at once.
func TestUnsendableToken(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "created.json")))
	aside, logins := m.Aside, 0
	m.Aside = func(r testkit.Request) httpmock.Responder {
		if strings.HasSuffix(r.URL.Path, "/auth/token") {
			if logins++; logins != 2 {
				return reply(200, `{"data":{"access_token":"token-4f9z\n","expires_in":86400},"success":true}`)
			}
		}
		return aside(r)
	}
	_, err := c.Payout(context.Background(), goodPayout(t))
	require.NoError(t, err)
	assert.Equal(t, 2, logins)

	_, err = m.client(creds).Payout(context.Background(), goodPayout(t))
	failure(t, err, wapay.ErrDecode, wapay.OutcomeNotSent)
	assert.Equal(t, 4, logins)
	assert.NotContains(t, err.Error(), "4f9z")
}

// Some calls need no BusinessID.
func TestBusinessID(t *testing.T) {
	need := []string{"Balance", "Balances", "Channels", "AllChannels", "OperatorStates", "CreateTransaction", "Pay", "Payout", "PayoutAs"}
	for name, fn := range calls(t) {
		_, m := newMock(t, reply(200, sample(t, "business.json")))
		_, err := fn(context.Background(), m.client(mpp.Credentials{SecretID: secretID, SecretKey: secretKey}))
		if slices.Contains(need, name) {
			e := badFields(t, err, "Credentials.BusinessID")
			assert.Equal(t, outcomeOf(name, wapay.OutcomeNotSent), e.Outcome)
			assert.Empty(t, m.all)
		} else {
			assert.NotEmpty(t, m.Requests, name)
		}
	}
}

func TestLogin(t *testing.T) {
	c, m := newMock(t, reply(200, sample(t, "business.json")))
	_, err := c.Business(context.Background())
	require.NoError(t, err)
	require.Len(t, m.logins, 1)
	testkit.WantJSON(t, m.logins[0], "POST", mockBase+"/api/auth/token", "",
		`{"secret_id":"`+secretID+`","secret_key":"`+secretKey+`"}`)
}

// The client uses a token for its 1740 seconds but the last half minute, even
// if the answer does not show its life.
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
		name   string
		status int
		body   string
		kind   error
	}{
		{"401", 401, refusal("MPP-AUTH-4402", "Username or password incorrect"), wapay.ErrUnauthorized},
		{"403", 403, refusal("MPP-AUTH-4403", "Email not verified"), wapay.ErrForbidden},
		{"404", 404, refusal("MPP-REQ-4004", "Resouce not found."), wapay.ErrUnauthorized},
		{"422", 422, refusal("MPP-REQ-4022", "Bad parameters."), wapay.ErrUnauthorized},
		{"200", 200, refusal("MPP-AUTH-4402", "Username or password incorrect"), wapay.ErrUnauthorized},
		{"429", 429, `{"message":"Too Many Attempts."}`, wapay.ErrRateLimited},
		{"502", 502, "<html>", wapay.ErrUnavailable},
		{"404, HTML", 404, "<html>", wapay.ErrDecode},
		{"no token", 200, `{"data":{},"code":"MPP-REQ-0000","success":true}`, wapay.ErrDecode},
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
				e := failure(t, err, x.kind, outcomeOf(name, wapay.OutcomeNotSent))
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
