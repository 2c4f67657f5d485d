package apiv1_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay"
	"github.com/wapay-go/wapay/cinetpay/apiv1"
	"github.com/wapay-go/wapay/internal/testkit"
)

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

func TestEndpoints(t *testing.T) {
	c, m := newMock(t, reply(400, "{}"))
	testkit.Endpoints(t, c, m.Mock, calls(t))
}

var writes = map[string]bool{"CreatePayment": true, "CreateTransfer": true, "Pay": true, "Payout": true}

func TestNewKeys(t *testing.T) {
	for name, x := range map[string]struct {
		keys apiv1.Credentials
		bad  []string
		says string
	}{
		"none":         {apiv1.Credentials{}, []string{"APIKey", "APIPassword", "Country"}, "is required"},
		"no password":  {apiv1.Credentials{APIKey: apiKey, Country: "CI"}, []string{"APIPassword"}, "is required"},
		"no country":   {apiv1.Credentials{APIKey: apiKey, APIPassword: "p"}, []string{"Country"}, "such as CI"},
		"elsewhere":    {apiv1.Credentials{APIKey: apiKey, APIPassword: "p", Country: "GH"}, []string{"Country"}, "GH"},
		"a newline":    {apiv1.Credentials{APIKey: "sk_test_a\n", APIPassword: "p", Country: "CI"}, []string{"APIKey"}, "control character"},
		"no prefix":    {apiv1.Credentials{APIKey: "something", APIPassword: "p", Country: "CI"}, []string{"APIKey"}, "WithBaseURL"},
		"public":       {apiv1.Credentials{APIKey: "pk_test_x", APIPassword: "p", Country: "CI"}, []string{"APIKey"}, "public"},
		"older":        {apiv1.Credentials{APIKey: "0123456789abcdef01234567.01234567", APIPassword: "p", Country: "CI"}, []string{"APIKey"}, "use package cinetpay"},
		"older, short": {apiv1.Credentials{APIKey: "0123456789abcdef01.0123456", APIPassword: "p", Country: "CI"}, []string{"APIKey"}, "use package cinetpay"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := apiv1.New(x.keys)
			badFields(t, err, x.bad...)
			assert.ErrorContains(t, err, x.says)
			assert.Nil(t, c)
		})
	}
	_, err := apiv1.New(apiv1.Credentials{APIKey: apiKey, APIPassword: "p", Country: "ci"})
	require.NoError(t, err)
	_, err = apiv1.New(apiv1.Credentials{APIKey: "0123456789abcdef01234567.01234567", APIPassword: "p", Country: "CI"}, wapay.WithBaseURL("https://gw.example"))
	badFields(t, err, "APIKey")
	_, err = apiv1.New(apiv1.Credentials{APIKey: "something", APIPassword: "p", Country: "CI"}, wapay.WithBaseURL("https://gw.example"))
	require.NoError(t, err)

	// The client for the older products refuses the keys of the API v1.
	for _, key := range []wapay.Secret{"sk_test_made_up", "sk_live_made_up"} {
		_, err = cinetpay.New(cinetpay.Credentials{APIKey: key, Password: "p"})
		testkit.Provider("cinetpay").BadFields(t, err, "APIKey")
		assert.ErrorContains(t, err, "cinetpay/apiv1")
		assert.NotContains(t, err.Error(), "made_up")
	}
}

func TestHosts(t *testing.T) {
	for _, x := range []struct{ key, base, want string }{
		{"sk_test_x", "", "https://api.cinetpay.net/v1"},
		{"sk_live_x", "", "https://api.cinetpay.co/v1"},
		{"sk_live_x", "https://gw.example/a%2Fb/", "https://gw.example/a%2Fb/v1"},
		{"other", "http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"},
	} {
		_, m := newMock(t, reply(200, `{"code":200,"status":"OK","available_balance":"5"}`))
		opts := []wapay.Option{wapay.WithHTTPClient(&http.Client{Transport: m})}
		if x.base != "" {
			opts = append(opts, wapay.WithBaseURL(x.base))
		}
		c, err := apiv1.New(apiv1.Credentials{APIKey: wapay.Secret(x.key), APIPassword: "p", Country: "CI"}, opts...)
		require.NoError(t, err)
		_, err = c.Balance(bg)
		require.NoError(t, err)
		assert.Equal(t, x.want+"/balances", m.Requests[0].URL.String())
		assert.Equal(t, x.want+"/oauth/login", m.logins[0].URL.String())
	}
	_, err := apiv1.New(keys, wapay.WithBaseURL("https://api.cinetpay.co/v1/"))
	badFields(t, err, "WithBaseURL")
	_, err = apiv1.New(keys, wapay.WithBaseURL("http://api.cinetpay.co"))
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeNotSent)
}

// The client refuses a request that does not fit the account or the documented
// limits before any I/O.
func TestChecks(t *testing.T) {
	c, m := newMock(t)
	ci, cm := phone(t, "+2250707070701", ""), phone(t, "+237670000001", "")
	for name, x := range map[string]struct {
		change func(*wapay.PaymentRequest)
		bad    []string
	}{
		"nothing": {func(r *wapay.PaymentRequest) { *r = wapay.PaymentRequest{} }, []string{
			"Reference", "Amount", "Description", "Customer.Email", "Customer.FirstName", "Customer.LastName", "ReturnURL", "CancelURL", "NotifyURL"}},
		"currency of another country": {func(r *wapay.PaymentRequest) { r.Amount = wapay.XAF.Units(1000) }, []string{"Amount"}},
		"dollars":                     {func(r *wapay.PaymentRequest) { r.Amount = wapay.USD.Units(1000) }, []string{"Amount"}},
		"too little":                  {func(r *wapay.PaymentRequest) { r.Amount = wapay.XOF.Units(99) }, []string{"Amount"}},
		"too much":                    {func(r *wapay.PaymentRequest) { r.Amount = wapay.XOF.Units(2_500_001) }, []string{"Amount"}},
		"number of another country":   {func(r *wapay.PaymentRequest) { r.Operator, r.Customer.Phone = "OM_CI", cm }, []string{"Customer.Phone"}},
		"a number on the page, too":   {func(r *wapay.PaymentRequest) { r.Customer.Phone = cm }, []string{"Customer.Phone"}},
		"operator of another country": {func(r *wapay.PaymentRequest) { r.Operator, r.Customer.Phone = "OM_CM", ci }, []string{"Operator"}},
		"operator alone":              {func(r *wapay.PaymentRequest) { r.Operator, r.Customer.Phone = "OM", ci }, []string{"Operator"}},
		"direct without a number":     {func(r *wapay.PaymentRequest) { r.Operator = "OM_CI" }, []string{"Customer.Phone"}},
		"code for a page":             {func(r *wapay.PaymentRequest) { r.OTP = "1234" }, []string{"OTP"}},
		"no code":                     {func(r *wapay.PaymentRequest) { r.Operator, r.Customer.Phone, r.OTP = "OM_CI", ci, "12a4" }, []string{"OTP"}},
		"long reference":              {func(r *wapay.PaymentRequest) { r.Reference = strings.Repeat("A", 31) }, []string{"Reference"}},
		"underscore":                  {func(r *wapay.PaymentRequest) { r.Reference = "a_b" }, []string{"Reference"}},
		"dots":                        {func(r *wapay.PaymentRequest) { r.Reference = ".." }, []string{"Reference"}},
		"short name":                  {func(r *wapay.PaymentRequest) { r.Customer.FirstName = " A " }, []string{"Customer.FirstName"}},
		"long URL":                    {func(r *wapay.PaymentRequest) { r.NotifyURL = "https://shop.example/" + strings.Repeat("a", 100) }, []string{"NotifyURL"}},
		"plain http":                  {func(r *wapay.PaymentRequest) { r.CancelURL = "http://shop.example/" }, []string{"CancelURL"}},
	} {
		r := goodPay(t)
		x.change(&r)
		_, err := c.Pay(bg, r)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		badFields(t, err, x.bad...)
	}
	for name, x := range map[string]struct {
		change func(*wapay.PayoutRequest)
		bad    []string
	}{
		"nothing":  {func(r *wapay.PayoutRequest) { *r = wapay.PayoutRequest{} }, []string{"Reference", "Amount", "Recipient.Phone", "Operator", "Description", "NotifyURL"}},
		"currency": {func(r *wapay.PayoutRequest) { r.Amount = wapay.GNF.Units(500) }, []string{"Amount"}},
		"number":   {func(r *wapay.PayoutRequest) { r.Recipient.Phone = cm }, []string{"Recipient.Phone"}},
		"operator": {func(r *wapay.PayoutRequest) { r.Operator = "OM_SN" }, []string{"Operator"}},
		"spelling": {func(r *wapay.PayoutRequest) { r.Operator = "om_CI" }, []string{"Operator"}},
		"reason":   {func(r *wapay.PayoutRequest) { r.Description = "  " }, []string{"Description"}},
	} {
		r := goodPayout(t)
		x.change(&r)
		_, err := c.Payout(bg, r)
		require.Error(t, err, name)
		badFields(t, err, x.bad...)
	}
	for _, ref := range []wapay.Ref{{}, {ID: ".."}, {Reference: "."}, {Reference: strings.Repeat("a", 31)}} {
		_, err := c.FindPayment(bg, ref)
		require.ErrorIs(t, err, wapay.ErrInvalid)
		_, err = c.FindPayout(bg, ref)
		require.ErrorIs(t, err, wapay.ErrInvalid)
	}
	congo := m.client(apiv1.Credentials{APIKey: apiKey, APIPassword: "p", Country: "CD"})
	r := goodPayout(t)
	r.Amount, r.Recipient.Phone, r.Operator = wapay.CDF.Units(500), phone(t, "+243810000001", ""), "OM_CD"
	_, err := congo.Payout(bg, r)
	badFields(t, err, "Amount")
	assert.ErrorContains(t, err, "CDF")
	p := goodPay(t)
	p.Amount = wapay.CDF.Minor(100_050)
	_, err = congo.Pay(bg, p)
	badFields(t, err, "Amount")
	m.none()
}

func TestEndedContexts(t *testing.T) {
	ctx, cancel := context.WithCancel(bg)
	cancel()
	c, m := newMock(t)
	for name, fn := range calls(t) {
		_, err := fn(ctx, c)
		want := wapay.OutcomeReadOnly
		if writes[name] {
			want = wapay.OutcomeNotSent
		}
		e := failure(t, err, nil, want)
		assert.Equal(t, name, e.Op)
		assert.ErrorIs(t, err, context.Canceled, name)
	}
	m.none()
}

// After a rejected token, the client logs in and repeats the call once. The
// second rejection is an error.
func TestTokenIsRejected(t *testing.T) {
	for _, x := range []struct {
		status int
		body   string
	}{
		{200, `{"code":1003,"status":"EXPIRED_TOKEN","message":"token too old"}`},
		{401, `{"code":1003,"status":"EXPIRED_TOKEN"}`},
		{401, `{}`},
		{422, `{"code":1002,"status":"INVALID_TOKEN"}`},
		{422, `{"code":1004,"status":"INVALID_TOKEN"}`}, // the number of another source
		{422, `{"details":{"code":1002,"status":"INVALID_TOKEN"}}`},
		{422, `{"code":2010,"status":"FAILED","details":{"code":1002,"status":"INVALID_TOKEN"}}`},
	} {
		rejected := reply(x.status, x.body)
		c, m := newMock(t, rejected, reply(200, `{"code":2002,"status":"PENDING","merchant_transaction_id":"PO-0001","transaction_id":"1111"}`))
		p, err := c.Payout(bg, goodPayout(t))
		require.NoError(t, err, x.body)
		assert.Equal(t, "1111", p.ID)
		require.Len(t, m.Requests, 2)
		assert.Equal(t, m.Requests[0].Body, m.Requests[1].Body, "the very same request")
		assert.Equal(t, "Bearer "+tokenPrefix+"1", m.Requests[0].Header.Get("Authorization"))
		assert.Equal(t, "Bearer "+tokenPrefix+"2", m.Requests[1].Header.Get("Authorization"))

		c, m = newMock(t, rejected)
		_, err = c.Payout(bg, goodPayout(t))
		e := failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeRejected)
		assert.Equal(t, 2, e.Attempts)
		assert.Len(t, m.Requests, 2)
		assert.Len(t, m.logins, 2)
	}
	// A proxy's page with 401 does not reject the token.
	c, m := newMock(t, reply(401, "<html>"))
	_, err := c.Payout(bg, goodPayout(t))
	failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeUnknown)
	assert.Len(t, m.Requests, 1)
	// A wrong password does not reject the token.
	c, m = newMock(t, reply(401, `{"code":1005,"status":"INVALID_CREDENTIALS"}`))
	_, err = c.Payout(bg, goodPayout(t))
	failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeRejected)
	assert.Len(t, m.Requests, 1)
}

// A used reference is a replay if the lookup shows the same order. Otherwise
// the outcome is unknown.
func TestUsedReference(t *testing.T) {
	used := reply(200, `{"code":1200,"status":"TRANSACTION_EXIST","description":"id used before"}`)
	found := func(more string) httpmock.Responder {
		return reply(200, `{"code":2010,"status":"FAILED","merchant_transaction_id":"PO-0001","transaction_id":"1111"`+more+`}`)
	}
	same := `,"amount":"500","fee_amount":5,"currency":"XOF","phone_number":"+2250707000001"`
	c, m := newMock(t, used, found(same))
	p, err := c.Payout(bg, goodPayout(t))
	require.NoError(t, err)
	assert.True(t, p.Replayed)
	assert.Equal(t, wapay.StatusFailed, p.Status)
	assert.Equal(t, wapay.XOF.Units(5), p.Fee)
	assert.Equal(t, mockBase+"/v1/transfer/PO-0001", m.Requests[1].URL.String())

	for name, x := range map[string]struct {
		answer httpmock.Responder
		says   string
	}{
		"other amount":   {found(`,"amount":400,"phone_number":"+2250707000001"`), "is of 400 XOF"},
		"other number":   {found(`,"amount":500,"phone_number":"+2250707000002"`), "another number"},
		"masked number":  {found(`,"amount":500,"phone_number":"+22507****0001"`), "does not show its receiver"},
		"no amount":      {found(``), "does not show its amount"},
		"other currency": {found(`,"amount":500,"currency":"XAF"`), "XAF"},
		"not found":      {reply(422, `{"code":404,"status":"NOT_FOUND"}`), "looked up"},
		"down":           {reply(200, `{"code":-1,"status":"OPERATION_ERROR"}`), "looked up"},
	} {
		c, m := newMock(t, used, x.answer)
		_, err := c.Payout(bg, goodPayout(t))
		e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
		assert.Equal(t, "Payout", e.Op, name)
		assert.ErrorContains(t, err, x.says, name)
		assert.False(t, wapay.NotDone(err))
		posts := 0
		for _, r := range m.Requests {
			if r.Method == "POST" {
				posts++
			}
		}
		assert.Equal(t, 1, posts, "never a second POST")
	}

	// A payment shows no amount, so it may be another order.
	state := `{"code":2001,"status":"INITIATED","merchant_transaction_id":"ORDER-0001","transaction_id":"0f1e"`
	c, _ = newMock(t, used, reply(200, state+`}`))
	_, err = c.Pay(bg, goodPay(t))
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	c, _ = newMock(t, used, reply(200, state+`,"amount":"1000","currency":"XOF"}`))
	paid, err := c.Pay(bg, goodPay(t))
	require.NoError(t, err)
	assert.True(t, paid.Replayed)
	assert.Equal(t, wapay.ActionPageLost, paid.Action)
}

func TestSecretsInClientAndCredentials(t *testing.T) {
	l := testkit.Leaks{T: t, Secrets: []string{apiKey, password, "ntok-made-up-0001", "918273"}}
	c, err := apiv1.New(keys)
	require.NoError(t, err)
	testkit.PrintsAs(l, c, "cinetpay-v1 client for https://api.cinetpay.net/v1")
	testkit.NeedsClientAndContext(t, c)
	testkit.Held(l, "credentials", &keys)
	q := goodPayment(t)
	q.OTP = "918273"
	testkit.Held(l, "request", &q)

	c, m := newMock(t, reply(200, `{"code":200,"status":"OK","merchant_transaction_id":"ORDER-0001","transaction_id":"0f1e","notify_token":"ntok-made-up-0001","otp_code":"918273"}`))
	q.DirectPay, q.PaymentMethod, q.ClientPhone = true, "OM_CI", phone(t, "+2250707070701", "")
	p, err := c.CreatePayment(bg, q)
	require.NoError(t, err)
	assert.Contains(t, m.Requests[0].Body, "918273")
	assert.EqualValues(t, "ntok-made-up-0001", p.NotifyToken)
	testkit.Held(l, "payment", p)
	l.Text("Raw", string(p.Raw))
	c.Close()
	(*apiv1.Client)(nil).Close()
}
