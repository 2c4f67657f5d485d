package bantu_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/bantu"
	"github.com/wapay-go/wapay/internal/testkit"
)

const (
	mockBase = testkit.Base

	accountKey, secretKey, publicKey = "rak_7f3a91bc", "sk_test_5d20e84f", "pk_test_0c6e11aa"
)

var creds = bantu.Credentials{AccountKey: accountKey, SecretKey: secretKey, PublicKey: publicKey}

// The client is neither a Payer nor a Payouter. If it had one of their methods,
// the selector would be ambiguous and this file would not compile.
type neither struct {
	*bantu.Client
	both
}

type both interface {
	wapay.Payer
	wapay.Payouter
}

var (
	_ wapay.Payer    = neither{}
	_ wapay.Payouter = neither{}
)

var (
	failure   = testkit.Provider("bantu").Failure
	badFields = testkit.Provider("bantu").BadFields
	sample    = testkit.Sample
)

type mock struct {
	*testkit.Mock
	t testing.TB
}

// newMock makes a client and a server that gives one answer to all requests.
func newMock(t testing.TB, c bantu.Credentials, status int, body string) (*bantu.Client, *mock) {
	t.Helper()
	m := &mock{testkit.NewMock(httpmock.NewStringResponder(status, body)), t}
	client, err := bantu.New(c, m.Options(wapay.WithMaxRetries(0))...)
	require.NoError(t, err)
	return client, m
}

// assertRequest checks the whole of the only request. key is "" if it had none.
func (m *mock) assertRequest(method, path, key, body string) {
	m.t.Helper()
	require.Len(m.t, m.Requests, 1)
	if key != "" {
		key = "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"))
	}
	testkit.WantJSON(m.t, m.Requests[0], method, mockBase+"/"+path, key, body)
}

var goodConfig = bantu.PartnerConfig{ClientID: "client-1", ClientSecret: `s3cr&t"/<client>`, MerchantID: "merchant-1", Token: `t0k&n"/<partner>`}

// calls holds each call of the client, with valid arguments.
var calls = map[string]func(context.Context, *bantu.Client) (any, error){
	"EnablePartner": func(ctx context.Context, c *bantu.Client) (any, error) {
		return c.EnablePartner(ctx, bantu.OrangeMoney, "https://url-partner")
	},
	"PartnerStatus": func(ctx context.Context, c *bantu.Client) (any, error) {
		return c.PartnerStatus(ctx, bantu.OrangeMoney)
	},
	"ConfigurePartner": func(ctx context.Context, c *bantu.Client) (any, error) {
		return c.ConfigurePartner(ctx, bantu.OrangeMoney, goodConfig)
	},
	"CheckPartner": func(ctx context.Context, c *bantu.Client) (any, error) { return c.CheckPartner(ctx, bantu.OrangeMoney) },
	"CreateAccount": func(ctx context.Context, c *bantu.Client) (any, error) {
		return c.CreateAccount(ctx, "Shop", "a@b.example")
	},
	"CreateApplication": func(ctx context.Context, c *bantu.Client) (any, error) {
		return c.CreateApplication(ctx, "shop", "The shop")
	},
}

func TestEndpoints(t *testing.T) {
	c, m := newMock(t, creds, 400, "{}")
	testkit.Endpoints(t, c, m.Mock, calls)
}

func TestRequests(t *testing.T) {
	for name, x := range map[string]struct{ method, path, key, body string }{
		"EnablePartner": {"PUT", "payments/v1/partners/orange-money", accountKey, `{"url": "https://url-partner"}`},
		"PartnerStatus": {"GET", "payments/v1/partners/orange-money/status", "", ""},
		"ConfigurePartner": {"PUT", "payments/v1/partners/orange-money/config", secretKey,
			`{"clientId":"client-1","clientSecret":"s3cr&t\"/<client>","merchantId":"merchant-1","token":"t0k&n\"/<partner>"}`},
		"CheckPartner":      {"GET", "payments/v1/partners/orange-money/check", publicKey, ""},
		"CreateAccount":     {"POST", "accounts/v1", "", `{"name":"Shop","email":"a@b.example"}`},
		"CreateApplication": {"POST", "accounts/v1/applications", accountKey, `{"name":"shop","description":"The shop"}`},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, creds, 200, `{"accountId":"a","application":{"id":"x","skTest":"sk_test_x"}}`)
			_, err := calls[name](context.Background(), c)
			require.NoError(t, err)
			m.assertRequest(x.method, x.path, x.key, x.body)

			// With the other keys alone the client refuses the call, and names
			// the missing key.
			others, field := creds, ""
			switch x.key {
			case accountKey:
				others.AccountKey, field = "", "AccountKey"
			case secretKey:
				others.SecretKey, field = "", "SecretKey"
			case publicKey:
				others.PublicKey, field = "", "PublicKey"
			default:
				others = bantu.Credentials{}
			}
			c, m = newMock(t, others, 200, `{"accountId":"a"}`)
			_, err = calls[name](context.Background(), c)
			if field == "" {
				require.NoError(t, err)
				return
			}
			e := badFields(t, err, "Credentials."+field)
			assert.Equal(t, name, e.Op)
			assert.Contains(t, err.Error(), map[string]string{"AccountKey": "rak_… or ak_…", "SecretKey": "sk_…", "PublicKey": "pk_…"}[field])
			assert.Empty(t, m.Requests)
		})
	}
}

func TestNeedsClientAndContext(t *testing.T) {
	c, m := newMock(t, creds, 200, "")
	testkit.NeedsClientAndContext(t, c)
	assert.Empty(t, m.Requests)
	c.Close()
	(*bantu.Client)(nil).Close()
}

func TestNew(t *testing.T) {
	for _, x := range []struct {
		keys bantu.Credentials
		bad  []string
		says string
	}{
		{bantu.Credentials{}, nil, ""}, {creds, nil, ""}, {bantu.Credentials{AccountKey: "ak_1", SecretKey: "sk_1", PublicKey: "pk_live_1"}, nil, ""},
		{bantu.Credentials{AccountKey: "sk_test_1"}, []string{"AccountKey"}, "must begin with rak_ or ak_, and is a secret key"},
		{bantu.Credentials{SecretKey: "pk_test_1"}, []string{"SecretKey"}, "must begin with sk_, and is a public key"},
		{bantu.Credentials{PublicKey: "rak_1"}, []string{"PublicKey"}, "must begin with pk_, and is an account key"},
		{bantu.Credentials{SecretKey: "hello"}, []string{"SecretKey"}, "must begin with sk_"},
		{bantu.Credentials{SecretKey: "sk_test_1\n", PublicKey: "pk_test_1:x"}, []string{"PublicKey", "SecretKey"}, ""},
		{bantu.Credentials{SecretKey: "sk_test_1", PublicKey: "pk_live_1"}, []string{"PublicKey"}, "is of the mode live"},
	} {
		_, err := bantu.New(x.keys)
		if x.bad == nil {
			assert.NoError(t, err)
			continue
		}
		badFields(t, err, x.bad...)
		assert.ErrorContains(t, err, x.says)
	}
	for key, host := range map[wapay.Secret]string{
		"": "sandbox.bantu.dev", "pk_test_1": "sandbox.bantu.dev", "pk_1": "sandbox.bantu.dev", "pk_live_1": "api.bantu.dev",
	} {
		m := httpmock.NewMockTransport()
		var url string
		m.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
			url = r.URL.String()
			return httpmock.NewStringResponder(204, "")(r)
		})
		c, err := bantu.New(bantu.Credentials{PublicKey: key}, wapay.WithHTTPClient(&http.Client{Transport: m}))
		require.NoError(t, err)
		_, err = c.PartnerStatus(context.Background(), "sama-money")
		require.NoError(t, err)
		assert.Equal(t, "https://"+host+"/payments/v1/partners/sama-money/status", url)
	}
}

func TestChecks(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, creds, 200, "")
	for _, x := range []struct {
		partner bantu.Partner
		config  bantu.PartnerConfig
		bad     []string
	}{
		{bantu.OrangeMoney, bantu.PartnerConfig{}, []string{"Config.ClientID", "Config.ClientSecret", "Config.MerchantID"}},
		{bantu.OrangeMoney, bantu.PartnerConfig{ClientSecret: "x", Token: "x"}, []string{"Config.ClientID", "Config.MerchantID"}},
		{bantu.SamaMoney, bantu.PartnerConfig{}, []string{"Config.ClientID", "Config.ClientSecret", "Config.MerchantID", "Config.Token"}},
		{bantu.PayPal, bantu.PartnerConfig{}, []string{"Config"}},
		{bantu.PayPal, bantu.PartnerConfig{Token: " x"}, []string{"Config.Token"}},
		{"..", goodConfig, []string{"Partner"}}, {"", bantu.PartnerConfig{}, []string{"Config", "Partner"}},
	} {
		_, err := c.ConfigurePartner(ctx, x.partner, x.config)
		badFields(t, err, x.bad...)
	}
	_, err := c.EnablePartner(ctx, "", "")
	badFields(t, err, "Partner", "URL")
	_, err = c.EnablePartner(ctx, bantu.OrangeMoney, "http://url-partner")
	badFields(t, err, "URL")
	_, err = c.CreateAccount(ctx, "", "")
	badFields(t, err, "Email", "Name")
	_, err = c.CreateApplication(ctx, "", "\x00")
	badFields(t, err, "Description", "Name")
	assert.Empty(t, m.Requests)

	_, err = c.ConfigurePartner(ctx, bantu.PayPal, bantu.PartnerConfig{ClientID: "x"}) // what it requires is not stated
	require.NoError(t, err)
	_, err = c.CheckPartner(ctx, "a/b?c ü")
	require.NoError(t, err)
	assert.Equal(t, mockBase+"/payments/v1/partners/a%2Fb%3Fc%20%C3%BC/check", m.Requests[1].URL.String())
}
