package apiv1_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/cinetpay/apiv1"
	"github.com/wapay-go/wapay/internal/testkit"
)

type sample struct {
	Name, Request, Response, Webhook, Note string
	Status                                 int
	Body                                   json.RawMessage
	ContentType                            string `json:"content_type"`
}

// text returns the body: JSON, or the text in a JSON string.
func (s sample) text() string {
	var text string
	if s.ContentType != "" && json.Unmarshal(s.Body, &text) == nil {
		return text
	}
	return string(s.Body)
}

func samples(t testing.TB) map[string]sample {
	t.Helper()
	data, err := os.ReadFile("testdata/cinetpay-v1.json")
	require.NoError(t, err)
	var list []sample
	require.NoError(t, json.Unmarshal(data, &list))
	byName := map[string]sample{}
	for _, s := range list {
		byName[s.Name] = s
	}
	require.Len(t, byName, len(list))
	return byName
}

// want is the expected result or error of an answer.
type want struct {
	status  wapay.Status
	kind    error
	outcome wapay.Outcome
}

func is(s wapay.Status) want                 { return want{status: s} }
func fails(kind error, o wapay.Outcome) want { return want{0, kind, o} }

var (
	pending, succeeded, failed, unknownStatus = is(wapay.StatusPending), is(wapay.StatusSucceeded), is(wapay.StatusFailed), is(wapay.StatusUnknown)
	odd                                       = fails(wapay.ErrDecode, wapay.OutcomeUnknown)
	notFound                                  = fails(wapay.ErrNotFound, wapay.OutcomeReadOnly)
)

// sampleWants holds the expectation for each sample of an answer about an
// order.
var sampleWants = map[string]want{
	"payment_created_redirect": pending, "payment_created_redirect_string_flag": pending, "payment_created_direct_push": pending,
	"payment_created_direct_no_url": pending, "payment_created_direct_failed": failed,
	"payment_created_direct_success": pending, // until a lookup confirms it
	"payment_created_minimal":        pending, "payment_created_no_ids": odd,
	"payment_1004_http422": fails(wapay.ErrInvalid, wapay.OutcomeRejected), "payment_1004_http400": fails(wapay.ErrInvalid, wapay.OutcomeRejected),
	"payment_1200_http200": fails(wapay.ErrDuplicate, wapay.OutcomeUnknown), "payment_1200_http400": fails(wapay.ErrDuplicate, wapay.OutcomeUnknown),
	"payment_2011_http403":    fails(wapay.ErrForbidden, wapay.OutcomeRejected),
	"payment_operation_error": fails(wapay.ErrUnavailable, wapay.OutcomeUnknown), "payment_unknown_word": odd, "payment_contradiction": odd,
	"payment_http500_empty": fails(wapay.ErrUnavailable, wapay.OutcomeUnknown), "payment_cloudflare_1010": fails(wapay.ErrForbidden, wapay.OutcomeUnknown),

	"payment_status_success": succeeded, "payment_status_success_no_user": succeeded, "payment_status_success_string_code": succeeded,
	"payment_status_success_with_amount": succeeded, "payment_status_success_wrong_amount": succeeded, // Amount shows the difference
	"payment_status_success_other_id": fails(wapay.ErrDecode, wapay.OutcomeReadOnly),
	"payment_status_initiated":        pending, "payment_status_pending": pending, "payment_status_expired": pending, "payment_status_failed": failed,
	"payment_status_insufficient_balance": failed, "payment_status_otp_error": pending, "payment_status_otp_expired": pending,
	"payment_status_user_not_found": pending, "payment_status_user_is_blocked": pending, "payment_status_cancelled": unknownStatus,
	"payment_status_operation_error": unknownStatus, "payment_status_failed_with_details": failed, "payment_status_code_without_word": failed,
	"payment_not_found_http422": notFound, "payment_not_found_http404": notFound, "payment_not_found_http200": notFound,
	"payment_lookup_1004_http422": fails(wapay.ErrInvalid, wapay.OutcomeReadOnly),

	"transfer_pending": pending, "transfer_initiated": pending, "transfer_ok_200": pending, "transfer_pending_code_200": pending,
	"transfer_success_numbers_no_token": succeeded, "transfer_failed_details_2005": failed,
	"transfer_2005_http400": fails(wapay.ErrInsufficientFunds, wapay.OutcomeRejected), "transfer_2005_http200": fails(wapay.ErrInsufficientFunds, wapay.OutcomeRejected),
	"transfer_2011_http403": fails(wapay.ErrForbidden, wapay.OutcomeRejected), "transfer_2006_http400": fails(wapay.ErrInvalid, wapay.OutcomeRejected),
	"transfer_1200_http200": fails(wapay.ErrDuplicate, wapay.OutcomeUnknown), "transfer_operation_error": fails(wapay.ErrUnavailable, wapay.OutcomeUnknown),
	"transfer_pending_no_id": odd, "transfer_http502_html": fails(wapay.ErrUnavailable, wapay.OutcomeUnknown),
	"transfer_status_success": succeeded, "transfer_status_success_no_currency": succeeded, "transfer_status_pending": pending,
	"transfer_status_failed": failed, "transfer_status_insufficient_balance": failed, "transfer_status_expired": pending,
	"transfer_status_wrong_amount": succeeded, "transfer_not_found_http422": notFound,
}

// Each answer gives the result in its note, in the provider's call and in
// wapay's.
func TestSampleAnswers(t *testing.T) {
	for name, s := range samples(t) {
		if s.Response == "" || strings.Contains(s.Response, "login") || strings.Contains(s.Response, "balances") || strings.HasPrefix(name, "token_") {
			continue
		}
		x, ok := sampleWants[name]
		require.True(t, ok, "%s has no test", name)
		t.Run(name, func(t *testing.T) {
			var ids struct {
				Reference loose `json:"merchant_transaction_id"`
			}
			_ = json.Unmarshal(s.Body, &ids)
			ref := string(ids.Reference)
			if name == "payment_status_success_other_id" || ref == "" {
				ref = "ORDER-0001"
			}
			c, m := newMock(t, reply(s.Status, s.text()), reply(422, `{"code":404,"status":"NOT_FOUND"}`))
			c2 := m.client(keys, wapay.WithMaxRetries(0))
			_ = c
			var status wapay.Status
			var err error
			switch s.Response {
			case "POST /v1/payment":
				q := goodPayment(t)
				q.MerchantTransactionID = ref
				var p *apiv1.NewPayment
				if p, err = c2.CreatePayment(bg, q); err == nil {
					status = p.Status
					assert.Equal(t, "0f1e2d3c4b5a69788796a5b4c3d2e1f0", p.ID)
				}
			case "GET /v1/payment/{id}":
				var p *apiv1.CheckoutPayment
				if p, err = c2.CheckPayment(bg, byReference(ref)); err == nil {
					status = p.Status
					assert.Equal(t, ref, p.MerchantTransactionID)
				}
			case "POST /v1/transfer":
				q := goodTransfer(t)
				q.MerchantTransactionID = ref
				var p *apiv1.Transfer
				if p, err = c2.CreateTransfer(bg, q); err == nil {
					status = p.Status
					assert.Equal(t, wapay.XOF.Units(500), p.Amount)
					assert.Equal(t, wapay.XOF.Units(10), p.Fee)
				}
			case "GET /v1/transfer/{id}":
				var p *apiv1.Transfer
				if p, err = c2.CheckTransfer(bg, byReference(ref)); err == nil {
					status = p.Status
					assert.Equal(t, "+2250707000001", p.PhoneNumber)
				}
			}
			if x.kind != nil {
				failure(t, err, x.kind, x.outcome)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, x.status.String(), status.String())
		})
	}
}

type loose string

func (l *loose) UnmarshalJSON(data []byte) error {
	*l = loose(strings.Trim(string(data), `"`))
	return nil
}

func TestSampleRequests(t *testing.T) {
	all := samples(t)
	direct := goodPayment(t)
	direct.MerchantTransactionID, direct.DirectPay, direct.PaymentMethod, direct.ClientPhone = "ORDER-0002", true, "MTN_CI", phone(t, "+2250707070701", "")
	withCode := direct
	withCode.MerchantTransactionID, withCode.PaymentMethod, withCode.ClientPhone, withCode.OTP = "ORDER-0003", "OM_CI", phone(t, "+2250707070700", ""), "1234"
	channel := goodPayment(t)
	channel.Channel = apiv1.ChannelPush
	for name, q := range map[string]apiv1.PaymentRequest{
		"payment_request_hosted": goodPayment(t), "payment_request_hosted_channel": channel,
		"payment_request_direct": direct, "payment_request_direct_otp": withCode,
	} {
		c, m := newMock(t, reply(200, `{"code":200,"status":"OK","merchant_transaction_id":"`+q.MerchantTransactionID+`","transaction_id":"1"}`))
		_, err := c.CreatePayment(bg, q)
		require.NoError(t, err, name)
		testkit.WantJSON(t, m.Requests[0], "POST", mockBase+"/v1/payment", "Bearer "+tokenPrefix+"1", string(all[name].Body))
		testkit.WantJSON(t, m.logins[0], "POST", mockBase+"/v1/oauth/login", "", string(all["login_request"].Body))
	}
	for _, viaPayout := range []bool{false, true} {
		c, m := newMock(t, reply(200, string(all["transfer_pending"].Body)))
		var err error
		if viaPayout {
			_, err = c.Payout(bg, goodPayout(t))
		} else {
			_, err = c.CreateTransfer(bg, goodTransfer(t))
		}
		require.NoError(t, err)
		testkit.WantJSON(t, m.Requests[0], "POST", mockBase+"/v1/transfer", "Bearer "+tokenPrefix+"1", string(all["transfer_request"].Body))
	}
	c, m := newMock(t, reply(200, `{"code":100,"status":"SUCCESS","merchant_transaction_id":"A","transaction_id":"a/b?c d"}`))
	_, err := c.CheckPayment(bg, wapay.Ref{ID: "a/b?c d"})
	require.NoError(t, err)
	testkit.WantJSON(t, m.Requests[0], "GET", mockBase+"/v1/payment/a%2Fb%3Fc%20d", "Bearer "+tokenPrefix+"1", "")
}

// Pay returns the customer's next action.
func TestSamplesThroughPay(t *testing.T) {
	all := samples(t)
	for name, x := range map[string]struct {
		direct bool
		action wapay.Action
		url    bool
	}{
		"payment_created_redirect":             {false, wapay.ActionOpenPage, true},
		"payment_created_redirect_string_flag": {true, wapay.ActionOpenPage, true},
		"payment_created_minimal":              {false, wapay.ActionPageLost, false},
		"payment_created_direct_push":          {true, wapay.ActionConfirm, false},
		"payment_created_direct_no_url":        {true, wapay.ActionConfirm, false},
		"payment_created_direct_failed":        {true, wapay.ActionNone, false},
		"payment_created_direct_success":       {true, wapay.ActionNone, false},
		"payment_created_redirect, no address": {false, wapay.ActionPageLost, false},
	} {
		name, changed, _ := strings.Cut(name, ", ")
		body := string(all[name].Body)
		if changed != "" {
			body = strings.ReplaceAll(body, "https://", "https:")
		}
		c, _ := newMock(t, reply(200, body))
		r := goodPay(t)
		if x.direct {
			r = goodDirect(t)
		}
		var ids struct {
			Reference string `json:"merchant_transaction_id"`
		}
		require.NoError(t, json.Unmarshal(all[name].Body, &ids))
		r.Reference = ids.Reference
		p, err := c.Pay(bg, r)
		require.NoError(t, err, name)
		assert.Equal(t, x.action.String(), p.Action.String(), name)
		assert.Equal(t, x.url, p.CheckoutURL != "", name)
		assert.Equal(t, r.Amount, p.Amount)
		assert.Equal(t, r.Reference, p.Reference)
		assert.NotEmpty(t, p.Raw)
		assert.NotContains(t, string(p.Raw), "ntok-made-up")
	}
}

func TestSampleAmounts(t *testing.T) {
	all := samples(t)
	c, _ := newMock(t, reply(200, string(all["payment_status_success_wrong_amount"].Body)))
	p, err := c.FindPayment(bg, byReference("ORDER-0001"))
	require.NoError(t, err)
	assert.Equal(t, wapay.XOF.Units(900), p.Amount, "for the merchant to compare")
	c, _ = newMock(t, reply(200, string(all["payment_status_success"].Body)))
	p, err = c.FindPayment(bg, byReference("ORDER-0001"))
	require.NoError(t, err)
	assert.Zero(t, p.Amount, "the provider does not tell it")
	c, _ = newMock(t, reply(200, string(all["transfer_status_success"].Body)))
	o, err := c.FindPayout(bg, byReference("PO-0001"))
	require.NoError(t, err)
	assert.Equal(t, wapay.XOF.Units(500), o.Amount)
	assert.Equal(t, wapay.XOF.Units(10), o.Fee)
	c, _ = newMock(t, reply(200, string(all["transfer_status_wrong_amount"].Body)))
	_, err = c.CreateTransfer(bg, goodTransfer(t))
	failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)

	for _, odd := range []string{`"user":"Test"`, `"user":[]`, `"user":null,"details":"a text"`, `"details":[1]`} {
		c, _ = newMock(t, reply(200, `{"code":100,"status":"SUCCESS","merchant_transaction_id":"A","transaction_id":"T",`+odd+`}`))
		p, err = c.FindPayment(bg, byReference("A"))
		require.NoError(t, err, odd)
		assert.Equal(t, wapay.StatusSucceeded, p.Status)
	}

	c, _ = newMock(t, reply(200, string(all["transfer_failed_details_2005"].Body)))
	r := goodPayout(t)
	r.Reference = "PO-0002"
	o, err = c.Payout(bg, r)
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, o.Status)
	assert.Equal(t, "balance too low", o.Reason)
	assert.Equal(t, "ER-T-1-PO-0002", o.ID)
}

func TestSampleBalances(t *testing.T) {
	all := samples(t)
	for name, x := range map[string]struct {
		country   string
		available wapay.Money
		real      wapay.Money
	}{
		"balance_strings":          {"CM", wapay.XAF.Units(150_000), wapay.XAF.Units(290_000)},
		"balance_numbers":          {"CI", wapay.XOF.Units(150_000), wapay.XOF.Units(290_000)},
		"balance_decimals_no_real": {"CM", wapay.XAF.Units(150_000), wapay.Money{}},
	} {
		_, m := newMock(t, reply(200, string(all[name].Body)))
		c := m.client(apiv1.Credentials{APIKey: apiKey, APIPassword: password, Country: x.country})
		b, err := c.Balance(bg)
		require.NoError(t, err, name)
		assert.Equal(t, x.available, b.Available, name)
		assert.Equal(t, x.real, b.Real, name)
		all, err := c.Balances(bg)
		require.NoError(t, err)
		assert.Equal(t, []wapay.Balance{{Available: x.available}}, all)
	}
	c, _ := newMock(t, reply(200, string(all["balance_strings"].Body)))
	_, err := c.Balance(bg) // the account is in another country
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
}

func TestSampleLogins(t *testing.T) {
	all := samples(t)
	ok := reply(200, string(all["balance_numbers"].Body))
	for name, token := range map[string]string{
		"login_ok": "made.up.jwt1", "login_ok_string_code": "made.up.jwt2", "login_ok_no_expires_in": "made.up.jwt3", "login_ok_nested_token": "made.up.jwt4",
	} {
		c, m := newMock(t, ok)
		m.login = reply(200, string(all[name].Body))
		_, err := c.Balance(bg)
		require.NoError(t, err, name)
		assert.Equal(t, "Bearer "+token, m.Requests[0].Header.Get("Authorization"))
	}
	for name, kind := range map[string]error{
		"login_no_token": wapay.ErrDecode, "login_1005_http200": wapay.ErrUnauthorized, "login_1005_http401": wapay.ErrUnauthorized,
	} {
		c, m := newMock(t, ok)
		m.login = reply(all[name].Status, string(all[name].Body))
		_, err := c.Payout(bg, goodPayout(t))
		e := failure(t, err, kind, wapay.OutcomeNotSent)
		assert.Equal(t, "Payout", e.Op)
		assert.ErrorContains(t, err, "login failed")
		assert.Empty(t, m.Requests)
		assert.Len(t, m.logins, 1)
	}
	for name, s := range all {
		if !strings.HasPrefix(name, "token_") {
			continue
		}
		c, m := newMock(t, reply(s.Status, string(s.Body)), ok)
		_, err := c.Balance(bg)
		require.NoError(t, err, name)
		assert.Len(t, m.logins, 2, name)
	}
}

// FuzzAnswer checks that any answer gives a result or an error. An order is
// rejected only by a word of the provider.
func FuzzAnswer(f *testing.F) {
	for _, s := range samples(f) {
		if s.Response != "" {
			f.Add(s.Status, s.text())
		}
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		status = 200 + (status%400+400)%400
		for name, fn := range calls(t) {
			_, m := newMock(t, reply(status, body))
			got, err := fn(bg, m.client(keys, wapay.WithMaxRetries(0)))
			if err == nil {
				if got == nil {
					t.Fatalf("%s: neither result nor error", name)
				}
				continue
			}
			var e *wapay.Error
			if !errors.As(err, &e) || e.Provider != "cinetpay-v1" {
				t.Fatalf("%s: %v", name, err)
			}
			if writes[name] && e.Outcome == wapay.OutcomeRejected && (e.Code == "" && status != 429 && status != 401 || status >= 500) {
				t.Fatalf("%s: refused without a code: %v", name, err)
			}
		}
	})
}

// An answer that shows an order does not say that there is none.
func TestNotFoundWithAnOrder(t *testing.T) {
	for _, status := range []int{400, 404, 410} {
		c, _ := newMock(t, reply(status, `{"code":2002,"status":"PENDING","transaction_id":"T1","merchant_transaction_id":"order-1"}`))
		_, err := c.FindPayment(bg, wapay.Ref{Reference: "order-1"})
		e := failure(t, err, map[bool]error{true: wapay.ErrDecode, false: wapay.ErrInvalid}[status == 404], wapay.OutcomeReadOnly)
		assert.ErrorContains(t, e, "shows an order")
	}
}
