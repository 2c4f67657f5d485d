package payhub_test

import (
	"context"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay/payhub"
	"github.com/wapay-go/wapay/internal/testkit"
)

var (
	keys    = payhub.Credentials{KeyID: "pk_live_7f3a91bc", Secret: "sk_live_5d20e84f", Country: "bf"}
	failure = testkit.Provider("payhub").Failure
	bad     = testkit.Provider("payhub").BadFields
	reply   = httpmock.NewStringResponder
	ctx     = context.Background()
)

func newMock(t testing.TB, answers ...httpmock.Responder) (*payhub.Client, *testkit.Mock) {
	t.Helper()
	return mockIn(t, "bf", answers...)
}

func mockIn(t testing.TB, country string, answers ...httpmock.Responder) (*payhub.Client, *testkit.Mock) {
	t.Helper()
	m := testkit.NewMock(answers...)
	k := keys
	k.Country = country
	c, err := payhub.New(k, m.Options(wapay.WithMaxRetries(0))...)
	require.NoError(t, err)
	return c, m
}

func goodPay(t testing.TB) wapay.PaymentRequest {
	return wapay.PaymentRequest{
		Reference: "shop-1001", Amount: wapay.XOF.Units(7500), Operator: "MOOV",
		Customer: wapay.Customer{Phone: testkit.Phone(t, "70000001", "BF")},
	}
}

func goodPayout(t testing.TB) wapay.PayoutRequest {
	return wapay.PayoutRequest{
		Reference: "payout-2001", Amount: wapay.XOF.Units(25000), Operator: "ORANGE",
		Recipient: wapay.Customer{Phone: testkit.Phone(t, "70000002", "BF")},
	}
}

func goodPayment(t testing.TB) payhub.PaymentRequest {
	return payhub.PaymentRequest{
		OrderID: "shop-1001", Amount: wapay.XOF.Units(7500), Operator: "MOOV", Phone: testkit.Phone(t, "70000001", "BF"),
	}
}

func goodTransfer(t testing.TB) payhub.TransferRequest {
	return payhub.TransferRequest{
		OrderID: "payout-2001", Amount: wapay.XOF.Units(25000), Operator: "ORANGE", Phone: testkit.Phone(t, "70000002", "BF"),
	}
}

// orderOf returns the order id that a sample shows first, or "".
func orderOf(s sample) string {
	if found := regexp.MustCompile(`"order_id": ?"?([a-z0-9-]+)`).FindSubmatch(s.Body); found != nil {
		return string(found[1])
	}
	return ""
}

// calls holds each call of the client, with valid arguments for the order.
func calls(t testing.TB, order string) map[string]func(context.Context, *payhub.Client) (any, error) {
	type client = *payhub.Client
	type ctx = context.Context
	const id = "7ad41b58-90ce-4a3f-b6e7-2f8c0d5e1a94"
	payment, transfer, pay, payout := goodPayment(t), goodTransfer(t), goodPay(t), goodPayout(t)
	if order != "" {
		payment.OrderID, transfer.OrderID, pay.Reference, payout.Reference = order, order, order, order
	}
	from, to := testkit.Time(time.DateOnly, "2026-11-01"), testkit.Time(time.DateOnly, "2026-11-20")
	return map[string]func(ctx, client) (any, error){
		"CreatePayment":         func(x ctx, c client) (any, error) { return c.CreatePayment(x, payment) },
		"CreateTransfer":        func(x ctx, c client) (any, error) { return c.CreateTransfer(x, transfer) },
		"Pay":                   func(x ctx, c client) (any, error) { return c.Pay(x, pay) },
		"Payout":                func(x ctx, c client) (any, error) { return c.Payout(x, payout) },
		"ConfirmOTP":            func(x ctx, c client) (any, error) { return c.ConfirmOTP(x, id, "904417") },
		"ResendOTP":             func(x ctx, c client) (any, error) { return nil, c.ResendOTP(x, id) },
		"Ping":                  func(x ctx, c client) (any, error) { return nil, c.Ping(x) },
		"Me":                    func(x ctx, c client) (any, error) { return c.Me(x) },
		"Balance":               func(x ctx, c client) (any, error) { return c.Balance(x) },
		"Balances":              func(x ctx, c client) (any, error) { return c.Balances(x) },
		"OperatorsAvailability": func(x ctx, c client) (any, error) { return c.OperatorsAvailability(x) },
		"OperatorsInfo":         func(x ctx, c client) (any, error) { return c.OperatorsInfo(x) },
		"Payment":               func(x ctx, c client) (any, error) { return c.Payment(x, id) },
		"Payments":              func(x ctx, c client) (any, error) { return c.Payments(x, payhub.Filter{}) },
		"Transfer":              func(x ctx, c client) (any, error) { return c.Transfer(x, id) },
		"Transfers":             func(x ctx, c client) (any, error) { return c.Transfers(x, payhub.Filter{}) },
		"FindPayment":           func(x ctx, c client) (any, error) { return c.FindPayment(x, testkit.ByReference(payment.OrderID)) },
		"FindPayout":            func(x ctx, c client) (any, error) { return c.FindPayout(x, testkit.ByReference(transfer.OrderID)) },
		"ListPayments":          func(x ctx, c client) (any, error) { return testkit.First(c.ListPayments(x, from, to)) },
		"ListPayouts":           func(x ctx, c client) (any, error) { return testkit.First(c.ListPayouts(x, from, to)) },
	}
}

// answersTo names the call for the answer of each endpoint in the samples.
var answersTo = map[string]string{
	"POST payments": "CreatePayment", "POST payments/{public_id}/confirm-otp": "ConfirmOTP",
	"POST payments/{public_id}/resend-otp": "ResendOTP", "GET payments": "Payments", "GET payments/{id}": "FindPayment",
	"POST transfers": "CreateTransfer", "GET transfers": "Transfers", "GET transfers/{id}": "FindPayout",
	"GET ping": "Ping", "GET me": "Me", "GET balance": "Balance",
	"GET operators/availability": "OperatorsAvailability", "GET operators/info": "OperatorsInfo",
}

func TestEndpoints(t *testing.T) {
	c, m := newMock(t, reply(400, "{}"))
	testkit.Endpoints(t, c, m, calls(t, ""))
}

func TestNew(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*payhub.Credentials)
		bad    []string
		says   string
	}{
		"nothing":              {func(c *payhub.Credentials) { *c = payhub.Credentials{} }, []string{"Country", "KeyID", "Secret"}, "required"},
		"a key of the old API": {func(c *payhub.Credentials) { c.KeyID = "a1b2c3d4" }, []string{"KeyID"}, "belong in package barkapay"},
		"old secret":           {func(c *payhub.Credentials) { c.Secret = "a1b2c3d4" }, []string{"Secret"}, "belong in package barkapay"},
		"swapped":              {func(c *payhub.Credentials) { c.KeyID, c.Secret = c.Secret, c.KeyID }, []string{"KeyID", "Secret"}, "belongs in KeyID"},
		"the pair":             {func(c *payhub.Credentials) { c.KeyID += ":" + c.Secret }, []string{"KeyID"}, "whole pair"},
		"the webhook's secret": {func(c *payhub.Credentials) { c.Secret = "whsec_demo" }, []string{"Secret"}, "ipn.PayHub"},
		"a header in it":       {func(c *payhub.Credentials) { c.Secret = "sk_live_\r\nX: 1" }, []string{"Secret"}, "control character"},
		"no country":           {func(c *payhub.Credentials) { c.Country = "" }, []string{"Country"}, "want one of"},
		"another currency":     {func(c *payhub.Credentials) { c.Country = "gh" }, []string{"Country"}, "want one of"},
		"an old API's country": {func(c *payhub.Credentials) { c.Country = "BFA" }, []string{"Country"}, "want one of"},
		"a path for a country": {func(c *payhub.Credentials) { c.Country = "../x" }, []string{"Country"}, "want one of"},
	} {
		t.Run(name, func(t *testing.T) {
			k := keys
			x.change(&k)
			c, err := payhub.New(k)
			assert.Nil(t, c)
			e := bad(t, err, x.bad...)
			assert.Contains(t, e.Error(), x.says)
			assert.NotContains(t, e.Error(), "a1b2c3d4")
			assert.NotContains(t, e.Error(), "5d20e84f")
		})
	}
	k := keys
	k.Country = "SN"
	c, err := payhub.New(k)
	require.NoError(t, err)
	assert.Equal(t, "payhub client for https://hub.barkapay.com", c.String())
}

// The client refuses a bad request before it sends anything.
func TestRefusedBeforeSending(t *testing.T) {
	c, m := newMock(t, reply(500, ""))
	for name, x := range map[string]struct {
		change func(*wapay.PaymentRequest)
		bad    string
	}{
		"no reference":        {func(r *wapay.PaymentRequest) { r.Reference = "" }, "Reference"},
		"a slash":             {func(r *wapay.PaymentRequest) { r.Reference = "a/b" }, "Reference"},
		"dots":                {func(r *wapay.PaymentRequest) { r.Reference = ".." }, "Reference"},
		"other currency":      {func(r *wapay.PaymentRequest) { r.Amount = wapay.XAF.Units(500) }, "Amount"},
		"nothing":             {func(r *wapay.PaymentRequest) { r.Amount = wapay.XOF.Units(0) }, "Amount"},
		"no operator":         {func(r *wapay.PaymentRequest) { r.Operator = "" }, "Operator"},
		"no number":           {func(r *wapay.PaymentRequest) { r.Customer.Phone = wapay.Phone{} }, "Customer.Phone"},
		"number of elsewhere": {func(r *wapay.PaymentRequest) { r.Customer.Phone = testkit.Phone(t, "771234567", "SN") }, "Customer.Phone"},
	} {
		t.Run(name, func(t *testing.T) {
			r := goodPay(t)
			x.change(&r)
			_, err := c.Pay(ctx, r)
			assert.Equal(t, wapay.OutcomeNotSent, bad(t, err, x.bad).Outcome)
		})
	}
	r := goodPayout(t)
	r.Recipient.Phone = testkit.Phone(t, "771234567", "SN")
	_, err := c.Payout(ctx, r)
	bad(t, err, "Recipient.Phone")
	coins, _ := mockIn(t, "cc", reply(500, ""))
	_, err = coins.Payout(ctx, goodPayout(t))
	bad(t, err, "Credentials.Country")
	_, err = c.FindPayment(ctx, wapay.Ref{})
	bad(t, err, "Reference")
	_, err = c.FindPayment(ctx, wapay.Ref{ID: ".."})
	bad(t, err, "ID")
	_, err = c.ConfirmOTP(ctx, "", "")
	bad(t, err, "ID", "OTP")
	bad(t, c.ResendOTP(ctx, ""), "ID")
	_, err = c.Payments(ctx, payhub.Filter{Page: -1, PerPage: -1, From: time.Now(), To: time.Unix(1, 0)})
	bad(t, err, "Page", "PerPage", "To")
	assert.Empty(t, m.Requests)
}

func TestClientsAndContexts(t *testing.T) {
	c, m := newMock(t, reply(500, ""))
	testkit.NeedsClientAndContext(t, c)
	assert.Empty(t, m.Requests)
	testkit.PrintsAs(testkit.Leaks{T: t, Secrets: []string{string(keys.KeyID), string(keys.Secret)}}, c, "payhub client for "+testkit.Base)
	testkit.Held(testkit.Leaks{T: t, Secrets: []string{string(keys.KeyID), string(keys.Secret)}}, "credentials", &keys)
	c.Close()
}

func TestSecretsStaySecret(t *testing.T) {
	l := testkit.Leaks{T: t, Secrets: []string{string(keys.KeyID), string(keys.Secret), "904417"}}
	echo := func(status int) httpmock.Responder {
		return func(r *http.Request) (*http.Response, error) {
			all := r.Header.Get("Authorization") + " otp 904417"
			return reply(status, testkit.JSON(map[string]any{
				"status": "failed", "code": all, "message": all, "request_id": r.Header.Get("Authorization"), "errors": map[string]any{"otp": []string{all}},
				"data": map[string]any{"payment": map[string]any{"reason": all}},
			}))(r)
		}
	}
	for _, status := range []int{200, 401, 422, 500} {
		c, _ := newMock(t, echo(status))
		r := goodPayment(t)
		r.OTP = "904417"
		l.Value("request", r)
		_, err := c.CreatePayment(ctx, r)
		require.Error(t, err)
		l.Chain("create", err)
		_, err = c.ConfirmOTP(ctx, "p-1", "904417")
		require.Error(t, err)
		l.Chain("confirm", err)
	}
}
