package intram_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/testkit"
	"github.com/wapay-go/wapay/intram"
)

const (
	mockBase  = testkit.Base
	publicKey = "pk_sandbox_7f3a91bc"
	secretKey = "sk_sandbox_5d20e84f"
)

var (
	sandboxKeys = intram.Credentials{PublicKey: publicKey, SecretKey: secretKey}
	liveKeys    = intram.Credentials{PublicKey: "pk_live_7f3a91bc", SecretKey: "sk_live_5d20e84f"}
	start       = time.Date(2026, 5, 20, 10, 30, 0, 123e6, time.UTC)
)

// Short names for the helpers of all tests.
var (
	failure   = testkit.Provider("intram").Failure
	badFields = testkit.Provider("intram").BadFields
	reply     = httpmock.NewStringResponder
	phone     = testkit.Phone
)

// mock has a clock that advances by a second for each request.
type mock struct {
	*testkit.Mock
	t testing.TB
}

func newMock(t testing.TB, answers ...httpmock.Responder) (*intram.Client, *mock) {
	t.Helper()
	m := &mock{testkit.NewMock(answers...), t}
	return m.client(sandboxKeys), m
}

func (m *mock) client(keys intram.Credentials, opts ...wapay.Option) *intram.Client {
	m.t.Helper()
	c, err := intram.New(keys, append(m.Options(wapay.WithClock(m.now)), opts...)...)
	require.NoError(m.t, err)
	return c
}

func (m *mock) now() time.Time { return start.Add(time.Duration(len(m.Requests)) * time.Second) }

// data is an answer in its envelope.
func data(status int, data string) httpmock.Responder {
	return reply(status, fmt.Sprintf(`{"error":false,"http_status":%d,"data":%s}`, status, data))
}

func refusal(status int, code, message string) httpmock.Responder {
	return reply(status, fmt.Sprintf(`{"error":true,"http_status":%d,"code":%q,"message":%q}`, status, code, message))
}

// signature computes the documented signature with the test's own code.
func signature(secret, timestamp, method, endpoint, query, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s\n%s\n/api/v1/merchant%s\n%s\n%s", timestamp, method, endpoint, query, body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// assertRequest checks the whole of the only request.
func (m *mock) assertRequest(method, pathAndQuery, key, body string) {
	m.t.Helper()
	require.Len(m.t, m.Requests, 1, "requests")
	m.nth(0, method, pathAndQuery, key, body)
}

// nth checks a request: method, escaped path with query, headers, signature and
// body. key is "" for a read.
func (m *mock) nth(i int, method, pathAndQuery, key, body string) {
	m.t.Helper()
	r := m.Requests[i]
	assert.Equal(m.t, method, r.Method)
	assert.Equal(m.t, mockBase+pathAndQuery, r.URL.String())
	timestamp := start.Add(time.Duration(i) * time.Second).Format("2006-01-02T15:04:05.000Z")
	want := http.Header{
		"Accept": {"application/json"}, "User-Agent": {"wapay-go/" + wapay.Version}, "X-Api-Key": {publicKey}, "X-Timestamp": {timestamp},
		"X-Signature": {signature(secretKey, timestamp, method,
			strings.TrimPrefix(r.URL.EscapedPath(), "/proxy/v9"), r.URL.RawQuery, r.Body)},
	}
	if key == "" {
		assert.Empty(m.t, r.Body)
	} else {
		want["Idempotency-Key"], want["Content-Type"] = []string{key}, []string{"application/json"}
		assert.Equal(m.t, body, r.Body)
	}
	assert.Equal(m.t, want, r.Header)
	assert.NotContains(m.t, r.URL.String()+r.Body+fmt.Sprint(r.Header), secretKey)
}

func (m *mock) none() {
	m.t.Helper()
	assert.Empty(m.t, m.Requests, "no request may be made")
}

func at(s string) time.Time { return testkit.Time(time.RFC3339Nano, s) }

// deriveKey computes the key that the package comment describes with the test's
// own code.
func deriveKey(kind, reference string) string {
	sum := sha256.Sum256([]byte("sandbox\n" + kind + "\n" + reference))
	return "wapay-" + kind + "-" + hex.EncodeToString(sum[:])[:40]
}

// calls holds each call of the client, with valid arguments.
func calls(t testing.TB) map[string]func(context.Context, *intram.Client) (any, error) {
	type call = func(context.Context, *intram.Client) (any, error)
	return map[string]call{
		"Balance":      func(ctx context.Context, c *intram.Client) (any, error) { return c.Balance(ctx) },
		"CreatePayout": func(ctx context.Context, c *intram.Client) (any, error) { return c.CreatePayout(ctx, goodPayout(t)) },
		"CreatePaymentRequest": func(ctx context.Context, c *intram.Client) (any, error) {
			return c.CreatePaymentRequest(ctx, goodPayment(t))
		},
		"CreateRefund":   func(ctx context.Context, c *intram.Client) (any, error) { return c.CreateRefund(ctx, goodRefund()) },
		"CreateTransfer": func(ctx context.Context, c *intram.Client) (any, error) { return c.CreateTransfer(ctx, goodTransfer()) },
		"CreateWebhook":  func(ctx context.Context, c *intram.Client) (any, error) { return c.CreateWebhook(ctx, goodWebhook()) },
		"DeleteWebhook":  func(ctx context.Context, c *intram.Client) (any, error) { return nil, c.DeleteWebhook(ctx, "whs_1") },
		"TestWebhook":    func(ctx context.Context, c *intram.Client) (any, error) { return nil, c.TestWebhook(ctx, "whs_1") },
		"Webhooks":       func(ctx context.Context, c *intram.Client) (any, error) { return c.Webhooks(ctx) },
		"Transfer":       func(ctx context.Context, c *intram.Client) (any, error) { return c.Transfer(ctx, "TR12CD34EF") },
		"Transfers": func(ctx context.Context, c *intram.Client) (any, error) {
			return c.Transfers(ctx, intram.TransferFilter{})
		},
		"Transaction": func(ctx context.Context, c *intram.Client) (any, error) { return c.Transaction(ctx, "AB12CD34EF") },
		"Transactions": func(ctx context.Context, c *intram.Client) (any, error) {
			return c.Transactions(ctx, intram.TransactionFilter{})
		},
		"Operation": func(ctx context.Context, c *intram.Client) (any, error) { return c.Operation(ctx, "op_1") },
		"Operations": func(ctx context.Context, c *intram.Client) (any, error) {
			return c.Operations(ctx, intram.OperationFilter{})
		},
		"AllOperations": func(ctx context.Context, c *intram.Client) (any, error) {
			return testkit.First(c.AllOperations(ctx, intram.OperationFilter{}))
		},
		"AllTransactions": func(ctx context.Context, c *intram.Client) (any, error) {
			return testkit.First(c.AllTransactions(ctx, intram.TransactionFilter{}))
		},
		"AllTransfers": func(ctx context.Context, c *intram.Client) (any, error) {
			return testkit.First(c.AllTransfers(ctx, intram.TransferFilter{}))
		},
		"ListPayments": func(ctx context.Context, c *intram.Client) (any, error) {
			return testkit.First(c.ListPayments(ctx, start, start.Add(time.Hour)))
		},
		"ListPayouts": func(ctx context.Context, c *intram.Client) (any, error) {
			return testkit.First(c.ListPayouts(ctx, start, start.Add(time.Hour)))
		},
		"Balances": func(ctx context.Context, c *intram.Client) (any, error) { return c.Balances(ctx) },
		"Refund": func(ctx context.Context, c *intram.Client) (any, error) {
			return c.Refund(ctx, wapay.RefundRequest{Reference: "refund-7", Payment: wapay.Ref{ID: "op_1"}})
		},
		"Pay":    func(ctx context.Context, c *intram.Client) (any, error) { return c.Pay(ctx, goodPay(t)) },
		"Payout": func(ctx context.Context, c *intram.Client) (any, error) { return c.Payout(ctx, goodPayoutOrder(t)) },
		"FindPayment": func(ctx context.Context, c *intram.Client) (any, error) {
			return c.FindPayment(ctx, wapay.Ref{ID: "op_1"})
		},
		"FindPayout": func(ctx context.Context, c *intram.Client) (any, error) {
			return c.FindPayout(ctx, wapay.Ref{ID: "op_1"})
		},
	}
}

func TestEndpoints(t *testing.T) {
	c, m := newMock(t, reply(400, "{}"))
	testkit.Endpoints(t, c, m.Mock, calls(t))
}

// writes holds the reference of each call that changes something.
var writes = map[string]string{
	"CreatePayout": "PO-2026-0001", "CreatePaymentRequest": "order-4521", "CreateRefund": "refund-7", "CreateTransfer": "transfer-9",
	"CreateWebhook": "", "DeleteWebhook": "", "TestWebhook": "", "Pay": "order-4521", "Payout": "PO-2026-0001",
	"Refund": "refund-7",
}

// outcomeOf returns the outcome of a call whose first request failed. It is the
// given one for a write, and that of a read otherwise. A refund looks its
// payment up first.
func outcomeOf(name string, write wapay.Outcome) wapay.Outcome {
	switch _, isWrite := writes[name]; {
	case !isWrite:
		return wapay.OutcomeReadOnly
	case name == "Refund":
		return wapay.OutcomeNotSent
	}
	return write
}

func TestNewKeys(t *testing.T) {
	for name, x := range map[string]struct {
		public, secret wapay.Secret
		bad            []string
	}{
		"none":                      {"", "", []string{"PublicKey", "SecretKey"}},
		"no secret key":             {publicKey, "", []string{"SecretKey"}},
		"no public key":             {"", secretKey, []string{"PublicKey"}},
		"another prefix":            {"pk_test_1", secretKey, []string{"PublicKey"}},
		"the other way about":       {secretKey, publicKey, []string{"PublicKey", "SecretKey"}},
		"public twice":              {publicKey, publicKey, []string{"SecretKey"}},
		"live secret":               {publicKey, "sk_live_1", []string{"SecretKey"}},
		"sandbox secret":            {"pk_live_1", secretKey, []string{"SecretKey"}},
		"a newline":                 {publicKey, secretKey + "\n", []string{"SecretKey"}},
		"a header":                  {publicKey + "\r\nX-Evil: 1", secretKey, []string{"PublicKey"}},
		"a letter that is not ours": {publicKey, "sk_sandbox_é", []string{"SecretKey"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := intram.New(intram.Credentials{PublicKey: x.public, SecretKey: x.secret})
			badFields(t, err, x.bad...)
			assert.Nil(t, c)
			for _, s := range []wapay.Secret{x.public, x.secret} {
				if s != "" {
					assert.NotContains(t, err.Error(), string(s))
				}
			}
		})
	}
	for _, secret := range []wapay.Secret{secretKey, "sk_sandbox_test", "an-undocumented-prefix"} {
		c, err := intram.New(intram.Credentials{PublicKey: publicKey, SecretKey: secret})
		require.NoError(t, err)
		assert.False(t, c.Live())
	}
	c, err := intram.New(liveKeys)
	require.NoError(t, err)
	assert.True(t, c.Live())
	assert.True(t, c.WithCheckoutWait(0).Live())
	_, err = intram.New(sandboxKeys, wapay.WithBaseURL("http://api.intram.org/v1"))
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)
}

func TestDefaultBaseURL(t *testing.T) {
	_, m := newMock(t, data(200, `{"currency":"XOF","payment_method_balances":[]}`))
	c, err := intram.New(sandboxKeys, wapay.WithHTTPClient(&http.Client{Transport: m}))
	require.NoError(t, err)
	_, err = c.Balance(context.Background())
	require.NoError(t, err)
	assert.Equal(t, "https://api.intram.org/v1/balance", m.Requests[0].URL.String())
}

type vector struct {
	Name      string `json:"name"`
	SecretKey string `json:"secret_key"`
	Timestamp string `json:"timestamp"`
	Method    string `json:"method"`
	Endpoint  string `json:"endpoint"`
	Query     string `json:"query"`
	Body      string `json:"body"`
	Signature string `json:"signature"`
}

// The client's calls produce each vector.
func TestVectors(t *testing.T) {
	file, err := os.ReadFile("testdata/intram_request.json")
	require.NoError(t, err)
	var vectors []vector
	require.NoError(t, json.Unmarshal(file, &vectors))
	ctx := context.Background()
	make := map[string]func(*intram.Client) error{
		"balance": func(c *intram.Client) error { _, err := c.Balance(ctx); return err },
		"payout": func(c *intram.Client) error {
			_, err := c.Payout(ctx, wapay.PayoutRequest{
				Reference: "PO-2026-0001", Amount: wapay.XOF.Units(25000), Operator: "MTN_BENIN_229",
				Recipient: wapay.Customer{Phone: phone(t, "61234567", "BJ")},
			})
			return err
		},
		"list, query sorted and encoded": func(c *intram.Client) error {
			_, err := c.Transactions(ctx, intram.TransactionFilter{
				Limit: 100, Status: wapay.StatusSucceeded, Before: "2026-05-19T12:34:56.000Z",
			})
			return err
		},
		"delete": func(c *intram.Client) error { return c.DeleteWebhook(ctx, "whs_b4c3a2") },
	}
	require.Len(t, vectors, len(make))
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			_, m := newMock(t, data(200, `null`))
			c := m.client(intram.Credentials{PublicKey: publicKey, SecretKey: wapay.Secret(v.SecretKey)},
				wapay.WithClock(func() time.Time { return at(v.Timestamp) }))
			_ = make[v.Name](c) // its answer does not matter
			require.Len(t, m.Requests, 1)
			r := m.Requests[0]
			assert.Equal(t, v.Method, r.Method)
			assert.Equal(t, "/proxy/v9"+v.Endpoint, r.URL.EscapedPath())
			assert.Equal(t, v.Query, r.URL.RawQuery)
			assert.Equal(t, v.Body, r.Body)
			assert.Equal(t, []string{v.Timestamp}, r.Header["X-Timestamp"])
			assert.Equal(t, []string{v.Signature}, r.Header["X-Signature"])
		})
	}
}

// The client escapes odd ids in the path, and signs the escaped form. A space
// in a query is %20.
func TestEscaping(t *testing.T) {
	c, m := newMock(t, refusal(404, "operation_not_found", "No"))
	_, err := c.Operation(context.Background(), "op_1/../é ?#%2F")
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	m.assertRequest("GET", "/operations/op_1%2F..%2F%C3%A9%20%3F%23%252F", "", "")

	c, m = newMock(t, reply(200, `{"error":false,"data":[]}`))
	_, err = c.Operations(context.Background(), intram.OperationFilter{Before: "a b+c&d=é"})
	require.NoError(t, err)
	m.assertRequest("GET", "/operations?before=a%20b%2Bc%26d%3D%C3%A9", "", "")

	for _, id := range []string{"", ".", "..", "a\nb", strings.Repeat("x", 101)} {
		c, m = newMock(t)
		_, err = c.Operation(context.Background(), id)
		badFields(t, err, "ID")
		_, err = c.Transaction(context.Background(), id)
		badFields(t, err, "ID")
		_, err = c.Transfer(context.Background(), id)
		badFields(t, err, "ID")
		badFields(t, c.DeleteWebhook(context.Background(), id), "ID")
		badFields(t, c.TestWebhook(context.Background(), id), "ID")
		_, err = c.WaitOperation(context.Background(), id)
		badFields(t, err, "ID")
		m.none()
	}
}
