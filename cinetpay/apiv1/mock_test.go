package apiv1_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay/apiv1"
	"github.com/wapay-go/wapay/internal/testkit"
)

const (
	mockBase         = testkit.Base
	apiKey, password = "sk_test_made_up", "made-up-password"
	tokenPrefix      = "made.up.jwt"
)

var (
	bg   = context.Background()
	keys = apiv1.Credentials{APIKey: apiKey, APIPassword: password, Country: "CI"}

	failure     = testkit.Provider("cinetpay-v1").Failure
	badFields   = testkit.Provider("cinetpay-v1").BadFields
	reply       = httpmock.NewStringResponder
	phone       = testkit.Phone
	byReference = testkit.ByReference
)

// mock answers logins with tokens, and records them apart from the other calls.
type mock struct {
	*testkit.Mock
	t      testing.TB
	login  httpmock.Responder // nil: made.up.jwt1, made.up.jwt2 …
	logins []testkit.Request
}

func newMock(t testing.TB, answers ...httpmock.Responder) (*apiv1.Client, *mock) {
	t.Helper()
	m := &mock{Mock: testkit.NewMock(answers...), t: t}
	m.Aside = func(r testkit.Request) httpmock.Responder {
		if !strings.HasSuffix(r.URL.Path, "/v1/oauth/login") {
			return nil
		}
		m.logins = append(m.logins, r)
		if m.login != nil {
			return m.login
		}
		return reply(200, `{"code":200,"status":"OK","access_token":"`+tokenPrefix+strconv.Itoa(len(m.logins))+`","expires_in":86400}`)
	}
	return m.client(keys), m
}

func (m *mock) client(k apiv1.Credentials, opts ...wapay.Option) *apiv1.Client {
	m.t.Helper()
	c, err := apiv1.New(k, m.Options(opts...)...)
	require.NoError(m.t, err)
	return c
}

func (m *mock) none() {
	m.t.Helper()
	assert.Empty(m.t, m.Requests, "no request may be made")
	assert.Empty(m.t, m.logins, "and no login")
}
