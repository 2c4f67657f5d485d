package payhub_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay/payhub"
	"github.com/wapay-go/wapay/internal/testkit"
)

// methods returns the requests that a mock got, in short.
func methods(m *testkit.Mock) (all []string) {
	for _, r := range m.Requests {
		all = append(all, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/proxy/v9/bf/v1/"))
	}
	return all
}

func TestPay(t *testing.T) {
	c, m := newMock(t, reply(200, named(t, "payment looked up, none")), reply(201, named(t, "payment created, with the operator")))
	p, err := c.Pay(ctx, goodPay(t))
	require.NoError(t, err)
	p.Raw = nil
	assert.Equal(t, &wapay.Payment{
		Provider: "payhub", ID: "3f1c2a90-5b7e-4d21-8a64-0c9e7d1b2f35", Reference: "shop-1001", Status: wapay.StatusPending,
		ProviderStatus: "PROCESSING_OPERATOR", Amount: wapay.XOF.Units(7500), Party: "70000001", Action: wapay.ActionConfirm,
		CreatedAt: testkit.Time("2006-01-02T15:04:05Z", "2026-11-20T09:30:00Z"),
	}, p)
	assert.Equal(t, []string{"GET payments/shop-1001", "POST payments"}, methods(m))
}

func TestPayout(t *testing.T) {
	c, m := newMock(t, reply(404, named(t, "error: resource_not_found")), reply(201, named(t, "transfer created, successful at once")))
	p, err := c.Payout(ctx, goodPayout(t))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, p.Status)
	assert.Equal(t, wapay.XOF.Units(250), p.Fee)
	assert.Equal(t, "CI261120.0931.B00001", p.OperatorID)
	assert.False(t, p.Replayed)
	assert.Equal(t, []string{"GET transfers/payout-2001", "POST transfers"}, methods(m))
}

// The client never sends an order that the provider has.
func TestOneOrderPerReference(t *testing.T) {
	found := named(t, "payment by public id")
	for name, x := range map[string]struct {
		status  int
		body    string
		kind    error // nil: the order
		outcome wapay.Outcome
	}{
		"the same":          {200, found, nil, 0},
		"failed":            {200, strings.ReplaceAll(found, "SUCCESSFUL", "FAILED"), nil, 0},
		"another amount":    {200, strings.ReplaceAll(found, "7500", "7501"), wapay.ErrDuplicate, wapay.OutcomeUnknown},
		"another number":    {200, strings.ReplaceAll(found, "70000001", "70000009"), wapay.ErrDuplicate, wapay.OutcomeUnknown},
		"another country":   {200, strings.ReplaceAll(found, `"BF"`, `"SN"`), wapay.ErrDuplicate, wapay.OutcomeUnknown},
		"does not show it":  {200, strings.ReplaceAll(found, "70000001", "70****01"), wapay.ErrDuplicate, wapay.OutcomeUnknown},
		"of another order":  {200, strings.ReplaceAll(found, "shop-1001", "shop-1009"), wapay.ErrDecode, wapay.OutcomeUnknown},
		"the proxy's page":  {404, "<html>", wapay.ErrDecode, wapay.OutcomeUnknown},
		"down":              {503, named(t, "error: service_unavailable"), wapay.ErrUnavailable, wapay.OutcomeNotSent},
		"refused":           {401, named(t, "error: invalid_api_key"), wapay.ErrUnauthorized, wapay.OutcomeNotSent},
		"shown, not found":  {404, `{"status":"failed","code":"resource_not_found","data":{"payments":[{"public_id":"p"}]}}`, wapay.ErrDecode, wapay.OutcomeUnknown},
		"no list":           {200, `{"status":"success","data":{"payments":null}}`, wapay.ErrDecode, wapay.OutcomeUnknown},
		"a list elsewhere":  {200, `{"status":"success","data":[]}`, wapay.ErrDecode, wapay.OutcomeUnknown},
		"a row unreadable":  {200, `{"status":"success","data":{"payments":[{"status":"FAILED"}]}}`, wapay.ErrDecode, wapay.OutcomeUnknown},
		"without its order": {200, `{"status":"success","data":{"payments":[{"public_id":"p"}]}}`, wapay.ErrDecode, wapay.OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, reply(x.status, x.body))
			p, err := c.Pay(ctx, goodPay(t))
			assert.Equal(t, []string{"GET payments/shop-1001"}, methods(m))
			if x.kind == nil {
				require.NoError(t, err)
				assert.True(t, p.Replayed)
				assert.Equal(t, wapay.XOF.Units(7500), p.Amount)
				return
			}
			failure(t, err, x.kind, x.outcome)
		})
	}
	withCode := goodPay(t)
	withCode.OTP = "123456"
	c, _ := newMock(t, reply(401, named(t, "error: invalid_api_key")))
	_, err := c.Pay(ctx, withCode) // an earlier call may have sent the code
	failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeUnknown)
}

// A refusal as a duplicate is no rejection.
func TestDuplicate(t *testing.T) {
	none, dup := reply(200, named(t, "transfer looked up, none")), reply(409, named(t, "error: duplicate_transaction"))
	c, m := newMock(t, none, dup, reply(200, named(t, "transfer by order id")))
	p, err := c.Payout(ctx, goodPayout(t))
	require.NoError(t, err)
	assert.True(t, p.Replayed)
	assert.Equal(t, wapay.StatusSucceeded, p.Status)
	assert.Equal(t, []string{"GET transfers/payout-2001", "POST transfers", "GET transfers/payout-2001"}, methods(m))

	c, _ = newMock(t, none, dup, none)
	_, err = c.Payout(ctx, goodPayout(t))
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	assert.False(t, wapay.NotDone(err))
}

// An answer about another order leaves the outcome unknown.
func TestAnswerAboutOtherOrder(t *testing.T) {
	for name, body := range map[string]string{
		"order id": named(t, "payment created, successful at once"),
		"amount":   `{"status":"success","data":{"payment":{"public_id":"p","amount":1,"currency":"XOF"}}}`,
		"number":   `{"status":"success","data":{"payment":{"public_id":"p","phone_number":"22670000009"}}}`,
	} {
		c, _ := newMock(t, reply(201, body))
		_, err := c.CreatePayment(ctx, goodPayment(t))
		failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
		assert.ErrorContains(t, err, "another order", name)
	}
	c, _ := newMock(t, reply(201, named(t, "payment created, only the least")))
	p, err := c.CreatePayment(ctx, goodPayment(t))
	require.NoError(t, err)
	assert.Equal(t, "CREATED", p.ProviderStatus)
}

// The code comes in a second call and confirms the waiting payment.
func TestPayWithCodeInSecondCall(t *testing.T) {
	waits := strings.ReplaceAll(strings.ReplaceAll(named(t, "payment by public id"), "SUCCESSFUL", "AWAITING_OTP"), "shop-1001", "shop-1004")
	waits = strings.ReplaceAll(waits, "3f1c2a90-5b7e-4d21-8a64-0c9e7d1b2f35", "7ad41b58-90ce-4a3f-b6e7-2f8c0d5e1a94")
	r := goodPay(t)
	r.Reference = "shop-1004"
	none := reply(200, named(t, "payment looked up, none"))

	c, m := newMock(t, none, reply(201, named(t, "payment created, awaiting otp")))
	p, err := c.Pay(ctx, r)
	require.NoError(t, err)
	assert.Equal(t, wapay.ActionGiveCode, p.Action)
	assert.Equal(t, "AWAITING_OTP", p.ProviderStatus)
	assert.Equal(t, []string{"GET payments/shop-1004", "POST payments"}, methods(m))

	const look = "GET payments/shop-1004"
	const id, confirm = "7ad41b58-90ce-4a3f-b6e7-2f8c0d5e1a94", "POST payments/7ad41b58-90ce-4a3f-b6e7-2f8c0d5e1a94/confirm-otp"
	r.OTP = "904417"
	c, m = newMock(t, reply(200, waits), reply(200, named(t, "confirm otp, successful")))
	p, err = c.Pay(ctx, r)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, p.Status)
	assert.True(t, p.Replayed)
	assert.Equal(t, []string{look, confirm}, methods(m))

	// A wrong code does not reject the payment.
	c, m = newMock(t, reply(200, waits), reply(422, named(t, "confirm otp, wrong code")), reply(200, waits))
	_, err = c.Pay(ctx, r)
	e := failure(t, err, wapay.ErrInvalid, wapay.OutcomeUnknown)
	assert.Equal(t, []wapay.FieldError{{Field: "otp", Message: "Wrong code."}}, e.Details)
	assert.Equal(t, []string{look, confirm, "GET payments/" + id}, methods(m))

	// The earlier answer was lost, and its code was good.
	c, _ = newMock(t, reply(200, waits), reply(422, named(t, "confirm otp, wrong code")), reply(200, strings.ReplaceAll(waits, "AWAITING_OTP", "SUCCESSFUL")))
	p, err = c.Pay(ctx, r)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, p.Status)

	// Pay confirms only a payment that waits for a code.
	c, m = newMock(t, reply(200, strings.ReplaceAll(waits, "AWAITING_OTP", "PROCESSING_OPERATOR")))
	p, err = c.Pay(ctx, r)
	require.NoError(t, err)
	assert.True(t, p.Replayed)
	assert.Equal(t, []string{look}, methods(m))
}

func TestPayWithCodeInFirstCall(t *testing.T) {
	r := goodPay(t)
	r.Reference, r.Operator, r.OTP = "shop-1002", "ORANGE", "904417"
	c, m := newMock(t, reply(200, named(t, "payment looked up, none")), reply(201, named(t, "payment created, successful at once")))
	p, err := c.Pay(ctx, r)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusSucceeded, p.Status)
	assert.Equal(t, wapay.ActionNone, p.Action)
	assert.Contains(t, m.Requests[1].Body, `"otp":"904417"`)

	r.Reference = "shop-1003"
	c, _ = newMock(t, reply(200, named(t, "payment looked up, none")), reply(201, named(t, "payment created, failed at once")))
	p, err = c.Pay(ctx, r)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, p.Status)
	assert.Equal(t, "The code is wrong or has expired.", p.Reason)
}

// The client sends a write once, and the request for another code, too. It
// repeats them only after a 429 with an envelope.
func TestNoWriteTwice(t *testing.T) {
	for _, body := range []string{``, `<html>`, `{"message":"Too Many Attempts."}`} {
		m := testkit.NewMock(reply(429, body))
		c, err := payhub.New(keys, m.Options()...)
		require.NoError(t, err)
		_, err = c.CreateTransfer(ctx, goodTransfer(t))
		failure(t, err, wapay.ErrRateLimited, wapay.OutcomeUnknown)
		_, err = c.ConfirmOTP(ctx, "p-1", "904417")
		failure(t, err, wapay.ErrRateLimited, wapay.OutcomeUnknown)
		failure(t, c.ResendOTP(ctx, "p-1"), wapay.ErrRateLimited, wapay.OutcomeReadOnly)
		assert.Len(t, m.Requests, 3)
	}
	for _, status := range []int{302, 408, 500, 502, 503} {
		m := testkit.NewMock(reply(status, named(t, "error: service_unavailable")))
		c, err := payhub.New(keys, m.Options()...)
		require.NoError(t, err)
		_, err = c.CreateTransfer(ctx, goodTransfer(t))
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		assert.Len(t, m.Requests, 1, status)
		_, err = c.ConfirmOTP(ctx, "p-1", "904417")
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		assert.Len(t, m.Requests, 2, status)
		assert.Error(t, c.ResendOTP(ctx, "p-1"))
		assert.Len(t, m.Requests, 3, status)
	}
	limited := func(r *http.Request) (*http.Response, error) {
		resp, err := reply(429, named(t, "error: too_many_requests"))(r)
		resp.Header.Set("Retry-After", "0")
		return resp, err
	}
	m := testkit.NewMock(httpmock.Responder(limited), reply(201, named(t, "transfer created")))
	c, err := payhub.New(keys, m.Options()...)
	require.NoError(t, err)
	_, err = c.CreateTransfer(ctx, goodTransfer(t))
	require.NoError(t, err)
	require.Len(t, m.Requests, 2)
	assert.Equal(t, m.Requests[0].Header.Get("X-Request-Id"), m.Requests[1].Header.Get("X-Request-Id"))
}

func TestFind(t *testing.T) {
	row := func(id, order, status string) string {
		return `{"public_id":"` + id + `","order_id":"` + order + `","status":"` + status + `","created_at":"2026-11-20T09:3` + id + `:00Z"}`
	}
	of := func(rows ...string) string {
		return `{"status":"success","data":{"payments":[` + strings.Join(rows, ",") + `]}}`
	}
	for name, x := range map[string]struct {
		ref  wapay.Ref
		body string
		id   string
		kind error
	}{
		"one":                         {testkit.ByReference("a"), of(row("1", "a", "FAILED")), "1", nil},
		"one alive":                   {testkit.ByReference("a"), of(row("1", "a", "FAILED"), row("2", "a", "ON_HOLD"), row("3", "a", "CANCELED")), "2", nil},
		"none alive":                  {testkit.ByReference("a"), of(row("1", "a", "FAILED"), row("2", "a", "CANCELED")), "2", nil},
		"two alive":                   {testkit.ByReference("a"), of(row("1", "a", "SUCCESSFUL"), row("2", "a", "AWAITING_OTP")), "", wapay.ErrDuplicate},
		"the same twice":              {testkit.ByReference("a"), of(row("1", "a", "CREATED"), row("1", "a", "CREATED")), "1", nil},
		"one in two states":           {testkit.ByReference("a"), of(row("1", "a", "CREATED"), row("1", "a", "FAILED")), "", wapay.ErrDecode},
		"an unreadable beside":        {testkit.ByReference("a"), of(row("1", "a", "FAILED"), `7`), "", wapay.ErrDecode},
		"a number for the reference":  {testkit.ByReference("000123"), of(`{"public_id":"1","order_id":123}`), "", wapay.ErrDecode},
		"others":                      {testkit.ByReference("a"), of(row("1", "b", "CREATED")), "", wapay.ErrDecode},
		"by id":                       {wapay.Ref{ID: "1"}, of(row("1", "b", "CREATED")), "1", nil},
		"by id, another's order id":   {wapay.Ref{ID: "b"}, of(row("1", "b", "CREATED")), "", wapay.ErrDecode},
		"by both":                     {wapay.Ref{ID: "1", Reference: "b"}, of(row("1", "b", "CREATED")), "1", nil},
		"by both, another's":          {wapay.Ref{ID: "1", Reference: "a"}, of(row("1", "b", "CREATED")), "", wapay.ErrNotFound},
		"by both, it is not shown":    {wapay.Ref{ID: "1", Reference: "a"}, of(row("1", "", "CREATED")), "", wapay.ErrDecode},
		"an error envelope, HTTP 200": {testkit.ByReference("a"), `{"status":"failed","code":"resource_not_found"}`, "", wapay.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newMock(t, reply(200, x.body))
			p, err := c.FindPayment(ctx, x.ref)
			if x.kind != nil {
				failure(t, err, x.kind, wapay.OutcomeReadOnly)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, x.id, p.ID)
		})
	}
	c, _ := newMock(t, reply(200, named(t, "payment looked up, two")))
	_, err := c.FindPayment(ctx, testkit.ByReference("shop-1001"))
	assert.True(t, err == nil || assert.ErrorIs(t, err, wapay.ErrDuplicate))

	c, _ = newMock(t, reply(200, named(t, "payment with numbers and strings swapped")))
	p, err := c.FindPayment(ctx, testkit.ByReference("1001"))
	require.NoError(t, err)
	assert.Equal(t, wapay.XOF.Units(7500), p.Amount)

	c, _ = newMock(t, reply(200, named(t, "payment in crypto")))
	x, err := c.Payment(ctx, "shop-1010")
	require.NoError(t, err)
	assert.Equal(t, []any{wapay.Money{}, "12.345678", "0.05", "USDT", wapay.StatusSucceeded}, []any{x.Amount, x.AmountText, x.FeesText, x.Currency, x.Status})

	for name, want := range map[string]string{
		"payment whose order data is a list": "", "payment with order data": `{"basket":"B-7","lines":2}`,
	} {
		c, _ = newMock(t, reply(200, named(t, name)))
		x, err = c.Payment(ctx, "shop-1001")
		require.NoError(t, err)
		if want == "" {
			assert.Empty(t, x.OrderData)
		} else {
			assert.JSONEq(t, want, x.OrderData)
		}
	}
}

func TestLists(t *testing.T) {
	c, _ := newMock(t, reply(200, named(t, "payments, page 2 of 2")))
	p, err := c.Payments(ctx, payhub.Filter{Page: 2})
	require.NoError(t, err)
	assert.Equal(t, []int{2, 2, 2, 3, 1, 0}, []int{p.CurrentPage, p.LastPage, p.PerPage, p.Total, len(p.Transactions), p.Unreadable})
	_, err = c.Payments(ctx, payhub.Filter{Page: 3}) // the provider ignores page
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)

	c, _ = newMock(t, reply(200, named(t, "payments, meta as strings")))
	p, err = c.Payments(ctx, payhub.Filter{})
	require.NoError(t, err)
	assert.Equal(t, []int{1, 1, 50, 0}, []int{p.CurrentPage, p.LastPage, p.PerPage, p.Total})

	c, _ = newMock(t, reply(200, named(t, "payments, none, without meta")))
	p, err = c.Payments(ctx, payhub.Filter{})
	require.NoError(t, err)
	assert.Zero(t, p.LastPage)

	c, _ = newMock(t, reply(200, `{"data":{"transfers":[{"public_id":"a"},"x"]}}`))
	p, err = c.Transfers(ctx, payhub.Filter{})
	require.NoError(t, err)
	assert.Equal(t, []any{2, 1, `"x"`}, []any{len(p.Transactions), p.Unreadable, p.Transactions[1].Raw.String()})
}

func TestBalances(t *testing.T) {
	c, _ := newMock(t, reply(200, named(t, "balance")))
	b, err := c.Balance(ctx)
	require.NoError(t, err)
	assert.Equal(t, []any{"BF", "XOF", wapay.Money{}, "84210.50", wapay.XOF.Units(7500), "7500.00"},
		[]any{b.Country, b.Currency, b.Available, b.AvailableText, b.Holds, b.HoldsText})

	c, _ = newMock(t, reply(200, named(t, "balance as numbers")))
	b, err = c.Balance(ctx)
	require.NoError(t, err)
	assert.Equal(t, []any{"84210.5", wapay.XOF.Units(91710), wapay.XOF.Units(0)}, []any{b.AvailableText, b.Total, b.Holds})

	c, _ = newMock(t, reply(200, named(t, "balance crypto")))
	b, err = c.Balance(ctx)
	require.NoError(t, err)
	require.Len(t, b.Assets, 2)
	assert.Equal(t, []string{"USDT", "TRC20", "42.75"}, []string{b.Assets[0].Asset, b.Assets[0].Network, b.Assets[0].Available})

	c, _ = newMock(t, reply(200, `{"status":"success","data":{}}`))
	_, err = c.Balance(ctx)
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	c, _ = newMock(t, reply(200, `<html>`))
	failure(t, c.Ping(ctx), wapay.ErrDecode, wapay.OutcomeReadOnly)
}

// The client sends an order after a lookup that finds none. So the lookup has a
// connection of its own, on which no answer to another one can come.
func TestLookupsAreAlone(t *testing.T) {
	none, looked := named(t, "error: resource_not_found"), 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		looked++
		assert.True(t, r.Close)
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(none))
	}))
	defer s.Close()
	c, err := payhub.New(keys, wapay.WithBaseURL(s.URL))
	require.NoError(t, err)
	_, err = c.FindPayment(ctx, wapay.Ref{Reference: "shop-1001"})
	assert.ErrorIs(t, err, wapay.ErrNotFound)
	_, err = c.FindPayout(ctx, wapay.Ref{ID: "3f1c2a90"})
	assert.ErrorIs(t, err, wapay.ErrNotFound)
	assert.Equal(t, 2, looked)
}
