package cinetpay_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/internal/testkit"
)

const (
	mockBase = testkit.Base

	apiKey, password, siteID = "API-KEY-7f3a.81bc", "PASSWORD-91bc", "445160"
	tokenPrefix              = "TOKEN/+&="
)

var (
	transferKeys = cinetpay.Credentials{APIKey: apiKey, Password: password}
	checkoutKeys = cinetpay.Credentials{APIKey: apiKey, SiteID: siteID}
	allKeys      = cinetpay.Credentials{APIKey: apiKey, Password: password, SiteID: siteID}
)

// Short names for the helpers of all tests.
var (
	failure     = testkit.Provider("cinetpay").Failure
	badFields   = testkit.Provider("cinetpay").BadFields
	reply       = httpmock.NewStringResponder
	sample      = testkit.Sample
	phone       = testkit.Phone
	byReference = testkit.ByReference
)

// mock answers logins with tokens, and records them apart from the other calls.
type mock struct {
	*testkit.Mock
	t      testing.TB
	login  httpmock.Responder // nil: TOKEN/+&=1, TOKEN/+&=2 …
	logins []testkit.Request
}

func newMock(t testing.TB, answers ...httpmock.Responder) (*cinetpay.Client, *mock) {
	t.Helper()
	m := &mock{Mock: testkit.NewMock(answers...), t: t}
	m.Aside = func(r testkit.Request) httpmock.Responder {
		if !strings.HasSuffix(r.URL.Path, "/auth/login") {
			return nil
		}
		m.logins = append(m.logins, r)
		if m.login != nil {
			return m.login
		}
		return reply(200, `{"code":0,"message":"OPERATION_SUCCES","data":{"token":"`+tokenPrefix+strconv.Itoa(len(m.logins))+`"}}`)
	}
	return m.client(allKeys), m
}

func (m *mock) client(keys cinetpay.Credentials, opts ...wapay.Option) *cinetpay.Client {
	m.t.Helper()
	c, err := cinetpay.New(keys, m.Options(opts...)...)
	require.NoError(m.t, err)
	return c
}

// nth checks the whole of a request about transfers: method, path, query,
// headers, and the JSON in its form.
func (m *mock) nth(i int, method, path string, query url.Values, data string) {
	m.t.Helper()
	require.Greater(m.t, len(m.Requests), i, "requests")
	r := m.Requests[i]
	assert.Equal(m.t, method, r.Method)
	assert.Equal(m.t, mockBase+"/v1/"+path, strings.TrimSuffix(r.URL.String(), "?"+r.URL.RawQuery))
	assert.Equal(m.t, query, r.URL.Query())
	want := http.Header{"Accept": {"application/json"}, "User-Agent": {"wapay-go/" + wapay.Version}}
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
	assert.Empty(m.t, m.Requests, "no request may be made")
	assert.Empty(m.t, m.logins, "and no login")
}

func at(s string) time.Time { return testkit.Time(time.DateTime, s) }

// calls holds each call of the client, with valid arguments.
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

func TestEndpoints(t *testing.T) {
	c, m := newMock(t, reply(400, "{}"))
	testkit.Endpoints(t, c, m.Mock, calls(t))
}

var reads = map[string]bool{"Balance": true, "CheckTransfer": true, "FindPayout": true, "CheckPayment": true, "FindPayment": true}

// outcomeUnsent returns the outcome of a call that was not sent.
func outcomeUnsent(name string) wapay.Outcome {
	if reads[name] {
		return wapay.OutcomeReadOnly
	}
	return wapay.OutcomeNotSent
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

// The client refuses a call without its credential before it sends anything.
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
		assert.Equal(t, transfer+"/v1/transfer/check/money?"+query("client_transaction_id", "MYMERCHANTID1").Encode(), m.Requests[0].URL.String())
		assert.Equal(t, checkout+"/v2/payment", m.Requests[1].URL.String())
	}
	for _, base := range []string{"https://client.cinetpay.com/v1", "https://x.example/a/v2/"} {
		_, err := cinetpay.New(allKeys, wapay.WithBaseURL(base))
		badFields(t, err, "WithBaseURL")
	}
	_, err := cinetpay.New(allKeys, wapay.WithBaseURL("http://client.cinetpay.com"))
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)
}

// Each call rejects a text that is not the provider's.
func TestRejectsForeignAnswers(t *testing.T) {
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
				case "Payout": // ended at the contact, before any money bookings
					assert.Equal(t, wapay.OutcomeNotSent.String(), e.Outcome.String())
				}
				assert.Len(t, m.Requests, 1, name)
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
		failure(t, err, nil, outcomeUnsent(name))
		assert.ErrorIs(t, err, context.Canceled, name)
	}
	m.none()
}
