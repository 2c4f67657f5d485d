package cinetpay_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
)

const (
	mockBase = "https://pay.example.test/proxy/v9"

	apiKey, password, siteID = "API-KEY-7f3a.81bc", "PASSWORD-91bc", "445160"
	tokenPrefix              = "TOKEN/+&="
)

var (
	transferKeys = cinetpay.Credentials{APIKey: apiKey, Password: password}
	checkoutKeys = cinetpay.Credentials{APIKey: apiKey, SiteID: siteID}
	allKeys      = cinetpay.Credentials{APIKey: apiKey, Password: password, SiteID: siteID}
)

// recorded is one request as the transport saw it.
type recorded struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   string
}

// mock gives tokens to those who log in, and answers the other requests from a list of answers, the last one again
// and again. It keeps the requests.
type mock struct {
	*httpmock.MockTransport
	t     testing.TB
	login httpmock.Responder // nil: TOKEN/+&=1, TOKEN/+&=2 …

	mu       sync.Mutex
	requests []recorded
	logins   []recorded
	answers  []httpmock.Responder
}

func newMock(t testing.TB, answers ...httpmock.Responder) (*cinetpay.Client, *mock) {
	t.Helper()
	m := &mock{MockTransport: httpmock.NewMockTransport(), t: t, answers: answers}
	m.RegisterNoResponder(m.answer)
	return m.client(allKeys), m
}

func (m *mock) answer(r *http.Request) (*http.Response, error) {
	seen := recorded{Method: r.Method, URL: r.URL, Header: r.Header.Clone()}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		seen.Body = string(body)
	}
	m.mu.Lock()
	if strings.HasSuffix(r.URL.Path, "/auth/login") {
		m.logins = append(m.logins, seen)
		n := len(m.logins)
		m.mu.Unlock()
		if m.login != nil {
			return m.login(r)
		}
		return reply(200, `{"code":0,"message":"OPERATION_SUCCES","data":{"token":"`+tokenPrefix+strconv.Itoa(n)+`"}}`)(r)
	}
	m.requests = append(m.requests, seen)
	next := m.answers[min(len(m.requests), len(m.answers))-1]
	m.mu.Unlock()
	return next(r)
}

func (m *mock) client(keys cinetpay.Credentials, opts ...wapay.Option) *cinetpay.Client {
	m.t.Helper()
	opts = append([]wapay.Option{wapay.WithHTTPClient(&http.Client{Transport: m}), wapay.WithBaseURL(mockBase + "/")}, opts...)
	c, err := cinetpay.New(keys, opts...)
	require.NoError(m.t, err)
	return c
}

func reply(status int, body string) httpmock.Responder {
	return httpmock.NewStringResponder(status, body)
}

// sample is an answer, or the data of a request, out of the provider's documents.
func sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}

// nth checks one of the requests about transfers, whole: method, path, query, headers, and the JSON in its form.
func (m *mock) nth(i int, method, path string, query url.Values, data string) {
	m.t.Helper()
	require.Greater(m.t, len(m.requests), i, "requests")
	r := m.requests[i]
	assert.Equal(m.t, method, r.Method)
	assert.Equal(m.t, mockBase+"/v1/"+path, strings.TrimSuffix(r.URL.String(), "?"+r.URL.RawQuery))
	assert.Equal(m.t, query, r.URL.Query())
	want := http.Header{"Accept": {"application/json"}, "User-Agent": {"wapay-go"}}
	if data == "" {
		assert.Empty(m.t, r.Body)
	} else {
		want["Content-Type"] = []string{"application/x-www-form-urlencoded"}
		form, err := url.ParseQuery(r.Body)
		require.NoError(m.t, err)
		assert.Len(m.t, form, 1)
		assert.JSONEq(m.t, data, form.Get("data"))
	}
	assert.Equal(m.t, want, r.Header)
}

func query(pairs ...string) url.Values {
	v := url.Values{"lang": {"fr"}, "token": {tokenPrefix + "1"}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func (m *mock) none() {
	m.t.Helper()
	assert.Empty(m.t, m.requests, "no request may be made")
	assert.Empty(m.t, m.logins, "and no login")
}

// failure checks an error's kind and outcome, and returns it.
func failure(t testing.TB, err error, kind error, outcome wapay.Outcome) *wapay.Error {
	t.Helper()
	var e *wapay.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "cinetpay", e.Provider)
	assert.NotEmpty(t, e.Op)
	assert.Equal(t, kind, e.Kind, "kind of %v", err)
	assert.Equal(t, outcome.String(), e.Outcome.String(), "outcome of %v", err)
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

func phone(t testing.TB, number, country string) wapay.Phone {
	t.Helper()
	p, err := wapay.ParsePhone(number, country)
	require.NoError(t, err)
	return p
}

func at(s string) time.Time {
	v, err := time.Parse(time.DateTime, s)
	if err != nil {
		panic(err)
	}
	return v
}

// calls is every call of the client, each with arguments that pass its checks.
func calls(t testing.TB) map[string]func(context.Context, *cinetpay.Client) (any, error) {
	return map[string]func(context.Context, *cinetpay.Client) (any, error){
		"Balance": func(ctx context.Context, c *cinetpay.Client) (any, error) { return c.Balance(ctx, wapay.XOF) },
		"AddContacts": func(ctx context.Context, c *cinetpay.Client) (any, error) {
			return c.AddContacts(ctx, goodContacts(t))
		},
		"Send": func(ctx context.Context, c *cinetpay.Client) (any, error) { return c.Send(ctx, goodTransfers(t)[0]) },
		"CheckTransfer": func(ctx context.Context, c *cinetpay.Client) (any, error) {
			return c.CheckTransfer(ctx, wapay.Ref{Reference: "MYMERCHANTID1"})
		},
		"Payout": func(ctx context.Context, c *cinetpay.Client) (any, error) { return c.Payout(ctx, goodPayout(t)) },
		"FindPayout": func(ctx context.Context, c *cinetpay.Client) (any, error) {
			return c.FindPayout(ctx, wapay.Ref{ID: "EA201122.135600.200001"})
		},
		"CreatePayment": func(ctx context.Context, c *cinetpay.Client) (any, error) {
			return c.CreatePayment(ctx, goodCheckout())
		},
		"CheckPayment": func(ctx context.Context, c *cinetpay.Client) (any, error) {
			return c.CheckPayment(ctx, wapay.Ref{Reference: "order-1"})
		},
		"Pay": func(ctx context.Context, c *cinetpay.Client) (any, error) { return c.Pay(ctx, goodPay(t)) },
		"FindPayment": func(ctx context.Context, c *cinetpay.Client) (any, error) {
			return c.FindPayment(ctx, wapay.Ref{ID: "97ae21"})
		},
	}
}

var atCheckout = map[string]bool{"CreatePayment": true, "CheckPayment": true, "Pay": true, "FindPayment": true}

func TestNewKeys(t *testing.T) {
	for name, x := range map[string]struct {
		keys cinetpay.Credentials
		bad  []string
	}{
		"none":                   {cinetpay.Credentials{}, []string{"APIKey", "Password"}},
		"API key alone":          {cinetpay.Credentials{APIKey: "k"}, []string{"Password"}},
		"password alone":         {cinetpay.Credentials{Password: "p"}, []string{"APIKey"}},
		"site id alone":          {cinetpay.Credentials{SiteID: "1"}, []string{"APIKey"}},
		"a newline in the key":   {cinetpay.Credentials{APIKey: "k\n", SiteID: "1"}, []string{"APIKey"}},
		"a newline after":        {cinetpay.Credentials{APIKey: "k", Password: "p\n"}, []string{"Password"}},
		"a site id with a space": {cinetpay.Credentials{APIKey: "k", SiteID: " 1"}, []string{"SiteID"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := cinetpay.New(x.keys)
			badFields(t, err, x.bad...)
			assert.Nil(t, c)
		})
	}
	for _, keys := range []cinetpay.Credentials{transferKeys, checkoutKeys, allKeys, {APIKey: "k", Password: "deux mots, é"}} {
		_, err := cinetpay.New(keys)
		assert.NoError(t, err)
	}
}

// A call without its credential says so before anything is sent.
func TestCallsNeedTheirKeys(t *testing.T) {
	_, m := newMock(t)
	for name, fn := range calls(t) {
		keys, missing := checkoutKeys, "Credentials.Password"
		if atCheckout[name] {
			keys, missing = transferKeys, "Credentials.SiteID"
		}
		_, err := fn(context.Background(), m.client(keys))
		badFields(t, err, missing)
		assert.ErrorContains(t, err, name)
	}
	m.none()
}

func TestBaseURL(t *testing.T) {
	for base, want := range map[string]string{
		"":                              "",
		"https://gw.example":            "https://gw.example",
		"https://gw.example/":           "https://gw.example",
		"https://gw.example:8443/a%2Fb": "https://gw.example:8443/a%2Fb",
		"https://gw.example/a/b//":      "https://gw.example/a/b",
		"http://127.0.0.1:8080":         "http://127.0.0.1:8080",
	} {
		_, m := newMock(t, reply(200, sample(t, "transfer.json")), reply(200, sample(t, "payment_created.json")))
		opts := []wapay.Option{wapay.WithHTTPClient(&http.Client{Transport: m})}
		transfer, checkout := "https://client.cinetpay.com", "https://api-checkout.cinetpay.com"
		if base != "" {
			opts = append(opts, wapay.WithBaseURL(base))
			transfer, checkout = want, want
		}
		c, err := cinetpay.New(allKeys, opts...)
		require.NoError(t, err)
		_, err = c.CheckTransfer(context.Background(), wapay.Ref{Reference: "MYMERCHANTID1"})
		require.NoError(t, err)
		_, err = c.Pay(context.Background(), goodPay(t))
		require.NoError(t, err)
		assert.Equal(t, transfer+"/v1/auth/login?lang=fr", m.logins[0].URL.String())
		assert.Equal(t, transfer+"/v1/transfer/check/money?"+query("client_transaction_id", "MYMERCHANTID1").Encode(), m.requests[0].URL.String())
		assert.Equal(t, checkout+"/v2/payment", m.requests[1].URL.String())
	}
	for _, base := range []string{"https://client.cinetpay.com/v1", "https://x.example/a/v2/"} {
		_, err := cinetpay.New(allKeys, wapay.WithBaseURL(base))
		badFields(t, err, "WithBaseURL")
	}
	_, err := cinetpay.New(allKeys, wapay.WithBaseURL("http://client.cinetpay.com"))
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)
}

// Whatever is no answer of the provider's is none for any call.
func TestOddAnswers(t *testing.T) {
	for _, x := range []struct {
		name   string
		status int
		body   string
		kind   error
	}{
		{"empty", 200, "", wapay.ErrDecode},
		{"no content", 204, "", wapay.ErrDecode},
		{"HTML", 200, "<html>ok</html>", wapay.ErrDecode},
		{"null", 200, "null", wapay.ErrDecode},
		{"a number", 200, "7", wapay.ErrDecode},
		{"a list", 200, "[]", wapay.ErrDecode},
		{"no code", 200, `{"message":"OPERATION_SUCCES","data":[]}`, wapay.ErrDecode},
		{"code null", 200, `{"code":null,"data":[[{"code":0,"transaction_id":"x"}]]}`, wapay.ErrDecode},
		{"data is text", 200, `{"code":0,"data":"x"}`, wapay.ErrDecode},
		{"half", 200, `{"code":0,"message":"OPERATION_SUCCES","data":[[{"prefix":"225","pho`, wapay.ErrDecode},
		{"a new code", 200, `{"code":"999","message":"NEWS","data":[]}`, wapay.ErrDecode},
		{"redirect", 302, "", wapay.ErrDecode},
		{"404 from a proxy", 404, "not here", wapay.ErrDecode},
		{"404 without a known code", 404, `{"code":404,"message":"Not Found"}`, wapay.ErrDecode},
		{"400 from a proxy", 400, "<html>", wapay.ErrInvalid},
		{"500", 500, `{"code":"602","message":"INSUFFICIENT_BALANCE"}`, wapay.ErrInsufficientFunds},
		{"502", 502, "<html>", wapay.ErrUnavailable},
		{"code 0 with 400", 400, `{"code":0,"message":"OPERATION_SUCCES","data":[]}`, wapay.ErrInvalid},
	} {
		t.Run(x.name, func(t *testing.T) {
			for name, fn := range calls(t) {
				_, m := newMock(t, reply(x.status, x.body))
				c := m.client(allKeys, wapay.WithMaxRetries(0))
				_, err := fn(context.Background(), c)
				var e *wapay.Error
				require.ErrorAs(t, err, &e, name)
				assert.Equal(t, x.kind, e.Kind, "%s: %v", name, err)
				assert.NotEqual(t, wapay.OutcomeRejected.String(), e.Outcome.String(), "%s: %v", name, err)
				switch name {
				case "Send", "CreatePayment", "Pay", "AddContacts":
					assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown, name)
				case "Payout": // broke off at the contact, before any money
					assert.Equal(t, wapay.OutcomeNotSent.String(), e.Outcome.String())
				}
				assert.Len(t, m.requests, 1, name)
				assert.NotContains(t, err.Error(), "<html>")
			}
		})
	}
}

func TestEndedContexts(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c, m := newMock(t)
	for name, fn := range calls(t) {
		_, err := fn(ctx, c)
		failure(t, err, nil, wapay.OutcomeNotSent)
		assert.ErrorIs(t, err, context.Canceled, name)
		_, err = fn(nil, c) //nolint:staticcheck // on purpose
		failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)
	}
	m.none()
}
