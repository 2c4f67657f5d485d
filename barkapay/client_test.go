package barkapay_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/internal/testkit"
)

const (
	mockBase = testkit.Base

	apiKey, apiSecret = "API-KEY-7f3a", "API-SECRET-91bc"
	sciKey, sciSecret = "SCI-KEY-5d20", "SCI-SECRET-e84f"
)

var (
	apiPair   = barkapay.Credentials{APIKey: apiKey, APISecret: apiSecret}
	sciPair   = barkapay.Credentials{SCIKey: sciKey, SCISecret: sciSecret}
	bothPairs = barkapay.Credentials{APIKey: apiKey, APISecret: apiSecret, SCIKey: sciKey, SCISecret: sciSecret}
)

// Short names for the helpers of all tests.
var (
	failure     = testkit.Provider("barkapay").Failure
	badFields   = testkit.Provider("barkapay").BadFields
	reply       = httpmock.NewStringResponder
	sample      = testkit.Sample
	phone       = testkit.Phone
	byReference = testkit.ByReference
)

type mock struct {
	*testkit.Mock
	t testing.TB
}

// newMock makes a client with the keys, and a transport that gives the answers.
func newMock(t testing.TB, creds barkapay.Credentials, answers ...httpmock.Responder) (*barkapay.Client, *mock) {
	t.Helper()
	m := &mock{testkit.NewMock(answers...), t}
	return m.client(creds), m
}

func (m *mock) client(creds barkapay.Credentials, opts ...wapay.Option) *barkapay.Client {
	m.t.Helper()
	c, err := barkapay.New(creds, m.Options(opts...)...)
	require.NoError(m.t, err)
	return c
}

// assertRequest checks the whole of the only request: method, escaped path with
// query, headers and form.
func (m *mock) assertRequest(method, pathAndQuery string, c barkapay.Credentials, form url.Values) {
	m.t.Helper()
	require.Len(m.t, m.Requests, 1, "requests")
	m.nth(0, method, pathAndQuery, c, form)
}

func (m *mock) nth(i int, method, pathAndQuery string, c barkapay.Credentials, form url.Values) {
	m.t.Helper()
	r := m.Requests[i]
	assert.Equal(m.t, method, r.Method)
	assert.Equal(m.t, mockBase+"/"+pathAndQuery, r.URL.String())
	key, secret := c.APIKey, c.APISecret
	if key == "" {
		key, secret = c.SCIKey, c.SCISecret
	}
	want := http.Header{
		"Accept": {"application/json"}, "Accept-Language": {"fr"}, "User-Agent": {"wapay-go/" + wapay.Version},
		"X-Api-Key": {string(key)}, "X-Api-Secret": {string(secret)},
	}
	if form == nil {
		assert.Empty(m.t, r.Body)
	} else {
		want["Content-Type"] = []string{"application/x-www-form-urlencoded"}
		got, err := url.ParseQuery(r.Body)
		require.NoError(m.t, err)
		assert.Equal(m.t, form, got)
	}
	assert.Equal(m.t, want, r.Header)
	for _, s := range []string{apiKey, apiSecret, sciKey, sciSecret} {
		assert.NotContains(m.t, r.URL.String()+r.Body, s, "a secret outside the headers")
	}
}

func (m *mock) none() {
	m.t.Helper()
	assert.Empty(m.t, m.Requests, "no request may be made")
}

func at(s string) time.Time { return testkit.Time(time.RFC3339Nano, s) }

// calls holds each call of the client, with valid arguments.
func calls(t testing.TB) map[string]func(context.Context, *barkapay.Client) (any, error) {
	return map[string]func(context.Context, *barkapay.Client) (any, error){
		"Ping":    func(ctx context.Context, c *barkapay.Client) (any, error) { return nil, c.Ping(ctx) },
		"PingSCI": func(ctx context.Context, c *barkapay.Client) (any, error) { return nil, c.PingSCI(ctx) },
		"Charge":  func(ctx context.Context, c *barkapay.Client) (any, error) { return c.Charge(ctx, goodCharge(t)) },
		"CreatePaymentLink": func(ctx context.Context, c *barkapay.Client) (any, error) {
			return c.CreatePaymentLink(ctx, goodLink())
		},
		"CreateTransfer": func(ctx context.Context, c *barkapay.Client) (any, error) {
			return c.CreateTransfer(ctx, goodTransfer(t))
		},
		"Pay":      func(ctx context.Context, c *barkapay.Client) (any, error) { return c.Pay(ctx, goodPay(t)) },
		"Payout":   func(ctx context.Context, c *barkapay.Client) (any, error) { return c.Payout(ctx, goodPayout(t)) },
		"Payment":  func(ctx context.Context, c *barkapay.Client) (any, error) { return c.Payment(ctx, "p-1") },
		"Transfer": func(ctx context.Context, c *barkapay.Client) (any, error) { return c.Transfer(ctx, "t-1") },
		"Payments": func(ctx context.Context, c *barkapay.Client) (any, error) { return c.Payments(ctx, barkapay.Filter{}) },
		"Transfers": func(ctx context.Context, c *barkapay.Client) (any, error) {
			return c.Transfers(ctx, barkapay.Filter{})
		},
		"FindPayment": func(ctx context.Context, c *barkapay.Client) (any, error) {
			return c.FindPayment(ctx, wapay.Ref{Reference: "order-1"})
		},
		"FindPayout": func(ctx context.Context, c *barkapay.Client) (any, error) {
			return c.FindPayout(ctx, wapay.Ref{Reference: "order-1"})
		},
		"Accounts":  func(ctx context.Context, c *barkapay.Client) (any, error) { return c.Accounts(ctx) },
		"Statement": func(ctx context.Context, c *barkapay.Client) (any, error) { return c.Statement(ctx, goodStatement) },
		"Merchant":  func(ctx context.Context, c *barkapay.Client) (any, error) { return c.Merchant(ctx) },
		"Operators": func(ctx context.Context, c *barkapay.Client) (any, error) { return c.Operators(ctx) },
		"OperatorsAvailability": func(ctx context.Context, c *barkapay.Client) (any, error) {
			return c.OperatorsAvailability(ctx)
		},
		"OperatorStates": func(ctx context.Context, c *barkapay.Client) (any, error) { return c.OperatorStates(ctx) },
		"Balances":       func(ctx context.Context, c *barkapay.Client) (any, error) { return c.Balances(ctx) },
		"ListPayments": func(ctx context.Context, c *barkapay.Client) (any, error) {
			return testkit.First(c.ListPayments(ctx, at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z")))
		},
		"ListPayouts": func(ctx context.Context, c *barkapay.Client) (any, error) {
			return testkit.First(c.ListPayouts(ctx, at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z")))
		},
	}
}

func TestEndpoints(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(400, "{}"))
	testkit.Endpoints(t, c, m.Mock, calls(t))
}

// writes holds the reference of each call that creates an order.
var writes = map[string]string{
	"Charge": "23839488238", "CreatePaymentLink": "348bd829213ds", "CreateTransfer": "iweidiewd743kwedk",
	"Pay": "order-1", "Payout": "order-1",
}

func TestNewKeys(t *testing.T) {
	for name, x := range map[string]struct {
		keys barkapay.Credentials
		bad  []string
	}{
		"none":                      {barkapay.Credentials{}, []string{"APIKey"}},
		"API key alone":             {barkapay.Credentials{APIKey: "k"}, []string{"APISecret"}},
		"API secret alone":          {barkapay.Credentials{APISecret: "s"}, []string{"APIKey"}},
		"SCI key alone":             {barkapay.Credentials{SCIKey: "k"}, []string{"SCISecret"}},
		"SCI secret alone":          {barkapay.Credentials{SCISecret: "s"}, []string{"SCIKey"}},
		"half of each":              {barkapay.Credentials{APIKey: "k", SCISecret: "s"}, []string{"APISecret", "SCIKey"}},
		"API pair and half an SCI":  {barkapay.Credentials{APIKey: "k", APISecret: "s", SCIKey: "k"}, []string{"SCISecret"}},
		"a newline in a key":        {barkapay.Credentials{APIKey: "k\n", APISecret: "s"}, []string{"APIKey"}},
		"a header in a secret":      {barkapay.Credentials{SCIKey: "k", SCISecret: "s\r\nX-Evil: 1"}, []string{"SCISecret"}},
		"PayHub's pair":             {barkapay.Credentials{APIKey: "pk_live_1", APISecret: "sk_live_1"}, []string{"APIKey", "APISecret"}},
		"a space before":            {barkapay.Credentials{APIKey: " k", APISecret: "s"}, []string{"APIKey"}},
		"a letter that is not ours": {barkapay.Credentials{APIKey: "ké", APISecret: "s"}, []string{"APIKey"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := barkapay.New(x.keys)
			badFields(t, err, x.bad...)
			assert.Nil(t, c)
		})
	}
	for _, keys := range []barkapay.Credentials{apiPair, sciPair, bothPairs} {
		_, err := barkapay.New(keys)
		assert.NoError(t, err)
	}
	_, err := barkapay.New(apiPair, wapay.WithBaseURL("http://api.barkapay.com/api/client"))
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)
}

// Each call uses its pair of keys, and sends nothing without it.
func TestWhichPair(t *testing.T) {
	needs := map[string]string{
		"Charge": "API", "CreateTransfer": "API", "Payout": "API", "Transfer": "API", "Transfers": "API",
		"FindPayout": "API", "ListPayouts": "API", "CreatePaymentLink": "SCI", "PingSCI": "SCI", "Pay": "API",
	}
	for name, fn := range calls(t) {
		for _, x := range []struct {
			name string
			have barkapay.Credentials
		}{{"API", apiPair}, {"SCI", sciPair}, {"both", bothPairs}} {
			t.Run(fmt.Sprintf("%s with %s", name, x.name), func(t *testing.T) {
				c, m := newMock(t, x.have, reply(401, `{"error":"no"}`))
				_, err := fn(context.Background(), c)
				need := needs[name]
				if need != "" && x.name != "both" && x.name != need {
					badFields(t, err, "Credentials."+need+"Key")
					m.none()
					return
				}
				outcome := wapay.OutcomeReadOnly
				if writes[name] != "" {
					outcome = wapay.OutcomeRejected
				}
				e := failure(t, err, wapay.ErrUnauthorized, outcome)
				assert.Equal(t, name, e.Op)
				want := apiKey
				if need == "SCI" || x.name == "SCI" {
					want = sciKey
				}
				require.Len(t, m.Requests, 1)
				assert.Equal(t, []string{want}, m.Requests[0].Header["X-Api-Key"])
			})
		}
	}
}

func TestPayUsesThePairOfItsKind(t *testing.T) {
	r := goodPay(t)
	r.Operator = "" // a link
	r.Amount = wapay.XOF.Units(500)
	c, m := newMock(t, bothPairs, reply(201, sample(t, "link.json")))
	_, err := c.Pay(context.Background(), r)
	require.NoError(t, err)
	assert.Equal(t, []string{sciKey}, m.Requests[0].Header["X-Api-Key"])

	c, m = newMock(t, apiPair, reply(201, sample(t, "link.json")))
	_, err = c.Pay(context.Background(), r)
	badFields(t, err, "Operator")
	m.none()
}

func TestErrorAnswers(t *testing.T) {
	for _, x := range []struct {
		name    string
		status  int
		body    string
		kind    error
		verdict bool // a refusal of the provider, which rejects a write
		message string
	}{
		{"401, number", 401, sample(t, "unauthorized_number.json"), wapay.ErrUnauthorized, true, "Invalid or disabled API credentials"},
		{"401, string", 401, sample(t, "unauthorized_string.json"), wapay.ErrUnauthorized, true, "Invalid or disabled API credentials"},
		{"404", 404, sample(t, "transfer_not_found.json"), wapay.ErrNotFound, true, "No transfer found with this identifier"},
		{"404 from a gateway", 404, `{"message":"no Route matched with those values"}`, wapay.ErrDecode, false, "no Route matched with those values"},
		{"404 from the router", 404, `{"message":"The route api/client/payment could not be found."}`, wapay.ErrDecode, false, "The route api/client/payment could not be found."},
		{"404, any", 404, `{"message":"Not Found"}`, wapay.ErrDecode, false, "Not Found"},
		{"404, in the provider's form", 404, `{"status":404,"error":"Not Found"}`, wapay.ErrDecode, false, "Not Found"},
		{"422", 422, sample(t, "link_unprocessable.json"), wapay.ErrInvalid, true, "The set amount field is required."},
		{"403", 403, `{"status":"403","message":"Forbidden"}`, wapay.ErrForbidden, true, "Forbidden"},
		{"duplicate", 422, `{"status":422,"message":"The order id has already been taken."}`, wapay.ErrDuplicate, true, "The order id has already been taken."},
		{"duplicate, in French", 422, `{"status":422,"message":"Cette commande existe d\u00e9j\u00e0."}`, wapay.ErrDuplicate, true, "Cette commande existe déjà."},
		{"duplicate, by field", 422, `{"message":"The given data was invalid.","errors":{"order_id":["The order id has already been taken."]}}`, wapay.ErrDuplicate, true, "The given data was invalid."},
		{"insufficient", 422, `{"status":422,"message":"Solde insuffisant."}`, wapay.ErrInsufficientFunds, true, "Solde insuffisant."},
		{"errors in another form", 422, `{"message":"No.","errors":"amount"}`, wapay.ErrInvalid, true, "No."},
		{"errors is a list", 400, `{"message":"No.","errors":[]}`, wapay.ErrInvalid, true, "No."},
		{"both texts", 400, `{"message":"M","error":"E"}`, wapay.ErrInvalid, true, "M"},
		{"texts are null", 400, `{"message":null,"error":null}`, wapay.ErrInvalid, false, ""},
		{"400 from a proxy", 400, "<html>Bad Request</html>", wapay.ErrInvalid, false, ""},
		{"404 from a proxy", 404, "", wapay.ErrDecode, false, ""}, // says nothing about the order
		{"408", 408, `{"message":"Request Timeout"}`, wapay.ErrUnavailable, false, "Request Timeout"},
		{"500", 500, `{"message":"Server Error"}`, wapay.ErrUnavailable, false, "Server Error"},
		{"501, HTML", 501, "<html>", wapay.ErrUnavailable, false, ""},
		{"301", 301, "", wapay.ErrDecode, false, ""},
		{"304", 304, "", wapay.ErrDecode, false, ""},
		{"200, empty", 200, "", wapay.ErrDecode, false, ""},
		{"200, HTML", 200, "<html>", wapay.ErrDecode, false, ""},
		{"200 that says no", 200, `{"status":422,"message":"The order id has already been taken."}`, wapay.ErrDecode, false, ""},
		{"200, a number", 200, "7", wapay.ErrDecode, false, ""},
		{"200, null", 200, "null", wapay.ErrDecode, false, ""},
		{"204", 204, "", wapay.ErrDecode, false, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			for name, fn := range calls(t) {
				_, m := newMock(t, bothPairs, reply(x.status, x.body))
				_, err := fn(context.Background(), m.client(bothPairs, wapay.WithMaxRetries(0)))
				outcome := wapay.OutcomeReadOnly
				switch {
				case writes[name] == "":
				case x.verdict && x.kind != wapay.ErrDuplicate:
					outcome = wapay.OutcomeRejected
				default:
					outcome = wapay.OutcomeUnknown
				}
				kind := x.kind
				if strings.HasPrefix(name, "ListP") && kind == wapay.ErrNotFound {
					kind = wapay.ErrUnavailable // the list was not found
				}
				e := failure(t, err, kind, outcome)
				assert.Equal(t, x.status, e.HTTPStatus, name)
				assert.Equal(t, x.message, e.Message, name)
				want := 1
				if (name == "FindPayment" || name == "Payment") && x.kind == wapay.ErrNotFound || name == "Payment" && x.status == 404 {
					want = 2 // the client also asks with the other pair
				}
				assert.LessOrEqual(t, e.Attempts, want, name)
				if ref := writes[name]; ref != "" {
					assert.Equal(t, ref, e.Reference, name)
				}
				if x.kind == wapay.ErrDuplicate && (name == "Pay" || name == "Payout") {
					want = 2
				}
				assert.Len(t, m.Requests, want, name)
				assert.NotContains(t, err.Error(), "<html>", name)
			}
		})
	}
}

func TestDetailsOfTheProvider(t *testing.T) {
	c, _ := newMock(t, apiPair, reply(422, `{"message":"The given data was invalid.","errors":{"operator":["unknown"],"amount":["too small","not round"]}}`))
	_, err := c.Charge(context.Background(), goodCharge(t))
	e := failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
	assert.Equal(t, []wapay.FieldError{
		{Field: "amount", Message: "too small"}, {Field: "amount", Message: "not round"},
		{Field: "operator", Message: "unknown"},
	}, e.Details)
}
