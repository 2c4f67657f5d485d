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

func goodPayment(t testing.TB) apiv1.PaymentRequest {
	return apiv1.PaymentRequest{
		MerchantTransactionID: "ORDER-0001", Amount: wapay.XOF.Units(1000), Designation: "Order 1", ClientEmail: "payer@example.com",
		ClientFirstName: "Test", ClientLastName: "Payer", SuccessURL: "https://shop.example/ok", FailedURL: "https://shop.example/failed",
		NotifyURL: "https://shop.example/hooks/cinetpay/payment",
	}
}

func goodPay(t testing.TB) wapay.PaymentRequest {
	return wapay.PaymentRequest{
		Reference: "ORDER-0001", Amount: wapay.XOF.Units(1000), Description: "Order 1",
		Customer:  wapay.Customer{FirstName: "Test", LastName: "Payer", Email: "payer@example.com"},
		ReturnURL: "https://shop.example/ok", CancelURL: "https://shop.example/failed", NotifyURL: "https://shop.example/hooks/cinetpay/payment",
	}
}

func goodDirect(t testing.TB) wapay.PaymentRequest {
	r := goodPay(t)
	r.Reference, r.Operator, r.Customer.Phone = "ORDER-0002", "MTN_CI", phone(t, "+2250707070701", "")
	return r
}

func goodTransfer(t testing.TB) apiv1.TransferRequest {
	return apiv1.TransferRequest{
		MerchantTransactionID: "PO-0001", PhoneNumber: phone(t, "+2250707000001", ""), Amount: wapay.XOF.Units(500),
		PaymentMethod: "OM_CI", Reason: "Payout 1", NotifyURL: "https://shop.example/hooks/cinetpay/transfer",
	}
}

func goodPayout(t testing.TB) wapay.PayoutRequest {
	return wapay.PayoutRequest{
		Reference: "PO-0001", Amount: wapay.XOF.Units(500), Recipient: wapay.Customer{Phone: phone(t, "+2250707000001", "")},
		Operator: "OM_CI", Description: "Payout 1", NotifyURL: "https://shop.example/hooks/cinetpay/transfer",
	}
}

// calls holds each call of the client, with valid arguments.
func calls(t testing.TB) map[string]func(context.Context, *apiv1.Client) (any, error) {
	type ctx = context.Context
	return map[string]func(ctx, *apiv1.Client) (any, error){
		"Balances":       func(x ctx, c *apiv1.Client) (any, error) { return c.Balances(x) },
		"Balance":        func(x ctx, c *apiv1.Client) (any, error) { return c.Balance(x) },
		"CreatePayment":  func(x ctx, c *apiv1.Client) (any, error) { return c.CreatePayment(x, goodPayment(t)) },
		"CheckPayment":   func(x ctx, c *apiv1.Client) (any, error) { return c.CheckPayment(x, byReference("ORDER-0001")) },
		"CreateTransfer": func(x ctx, c *apiv1.Client) (any, error) { return c.CreateTransfer(x, goodTransfer(t)) },
		"CheckTransfer":  func(x ctx, c *apiv1.Client) (any, error) { return c.CheckTransfer(x, byReference("PO-0001")) },
		"Pay":            func(x ctx, c *apiv1.Client) (any, error) { return c.Pay(x, goodPay(t)) },
		"FindPayment":    func(x ctx, c *apiv1.Client) (any, error) { return c.FindPayment(x, wapay.Ref{ID: "0f1e2d"}) },
		"Payout":         func(x ctx, c *apiv1.Client) (any, error) { return c.Payout(x, goodPayout(t)) },
		"FindPayout":     func(x ctx, c *apiv1.Client) (any, error) { return c.FindPayout(x, wapay.Ref{ID: "1111"}) },
	}
}
