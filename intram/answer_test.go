package intram_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/intram"
)

// Each error names the call and has the provider's message.
func TestRefusals(t *testing.T) {
	for _, x := range []struct {
		code   string
		status int
		kind   error
	}{
		{"invalid_api_key", 401, wapay.ErrUnauthorized}, {"merchant_inactive", 403, wapay.ErrForbidden},
		{"validation_error", 200, wapay.ErrInvalid}, {"transaction_not_found", 404, wapay.ErrNotFound},
		{"something_new", 429, wapay.ErrRateLimited}, {"", 404, wapay.ErrDecode},
	} {
		for name, fn := range calls(t) {
			_, m := newMock(t, refusal(x.status, x.code, "Words."))
			_, err := fn(context.Background(), m.client(sandboxKeys, wapay.WithMaxRetries(0)))
			outcome := wapay.OutcomeRejected
			if x.kind == wapay.ErrDecode { // may be about the address
				outcome = wapay.OutcomeUnknown
			}
			kind := x.kind
			if strings.HasPrefix(name, "ListP") && kind == wapay.ErrNotFound {
				kind = wapay.ErrUnavailable // the list was not found
			}
			e := failure(t, err, kind, outcomeOf(name, outcome))
			assert.Equal(t, name, e.Op)
			assert.Equal(t, x.code, e.Code)
			assert.Equal(t, "Words.", e.Message)
			assert.Equal(t, writes[name], e.Reference)
			assert.Len(t, m.Requests, 1, name)
		}
	}
}

// These answers do not rule on the order. The outcome of a write is unknown.
func TestAnswersWithoutRuling(t *testing.T) {
	for _, x := range []struct {
		name   string
		status int
		body   string
		kind   error
	}{
		{"internal_error", 500, `{"error":true,"http_status":500,"code":"internal_error","message":"Oops"}`, wapay.ErrUnavailable},
		{"idempotency_error", 500, `{"error":true,"http_status":500,"code":"idempotency_error"}`, wapay.ErrUnavailable},
		{"auth_error", 500, `{"error":true,"http_status":500,"code":"auth_error"}`, wapay.ErrUnavailable},
		{"internal_error as 400", 400, `{"error":true,"code":"internal_error"}`, wapay.ErrUnavailable},
		{"internal_error as 200", 200, `{"error":true,"code":"internal_error"}`, wapay.ErrUnavailable},
		{"a new code as 200", 200, `{"error":true,"code":"something_new"}`, wapay.ErrDecode},
		{"502, HTML", 502, "<html>Bad Gateway</html>", wapay.ErrUnavailable},
		{"400, HTML", 400, "<html>Bad Request</html>", wapay.ErrInvalid},
		{"404, HTML", 404, "<html>Not Found</html>", wapay.ErrDecode},
		{"404, another server's", 404, `{"statusCode":404,"message":"Cannot GET /v1/balance","error":"Not Found"}`, wapay.ErrDecode},
		{"301", 301, "", wapay.ErrDecode},
		{"200, empty", 200, "", wapay.ErrDecode},
		{"200, HTML", 200, "<html>", wapay.ErrDecode},
		{"200, null", 200, "null", wapay.ErrDecode},
		{"200, {}", 200, "{}", wapay.ErrDecode},
		{"200, no data", 200, `{"error":"true"}`, wapay.ErrDecode},
		{"200, half", 200, `{"error":false,"data":{"operation_id":"op_1","sta`, wapay.ErrDecode},
		{"204", 204, "", wapay.ErrDecode},
	} {
		t.Run(x.name, func(t *testing.T) {
			for name, fn := range calls(t) {
				_, m := newMock(t, reply(x.status, x.body))
				c := m.client(sandboxKeys, wapay.WithMaxRetries(0))
				_, err := fn(context.Background(), c)
				e := failure(t, err, x.kind, outcomeOf(name, wapay.OutcomeUnknown))
				assert.Equal(t, x.status, e.HTTPStatus)
				assert.Equal(t, writes[name], e.Reference)
				assert.NotContains(t, err.Error(), "<html>")
			}
		})
	}
}

func TestDetails(t *testing.T) {
	for _, x := range []struct {
		details string
		want    []wapay.FieldError
	}{
		{`[{"path":"amount","msg":"must be positive"},{"path":"destination.msisdn","msg":"is required"}]`,
			[]wapay.FieldError{{Field: "amount", Message: "must be positive"}, {Field: "destination.msisdn", Message: "is required"}}},
		{`[{"path":["destination","swift",0],"msg":"no"}]`, []wapay.FieldError{{Field: "destination.swift.0", Message: "no"}}},
		{`[{"field":"amount","message":"no"}]`, []wapay.FieldError{{Field: "amount", Message: "no"}}},
		{`[{"path":null,"msg":7}]`, []wapay.FieldError{{Message: "7"}}},
		{`{"required":500,"available":"100"}`, []wapay.FieldError{{Field: "available", Message: "100"}, {Field: "required", Message: "500"}}},
		{`{"provider_response":{"responsecode":"91"}}`, []wapay.FieldError{{Field: "provider_response", Message: `{"responsecode":"91"}`}}},
		{`[]`, nil}, {`{}`, nil}, {`null`, nil}, {`"amount"`, nil}, {`["amount"]`, nil}, {`7`, nil},
	} {
		c, _ := newMock(t, reply(400, `{"error":true,"code":"validation_error","message":"No.","details":`+x.details+`}`))
		_, err := c.Balance(context.Background())
		e := failure(t, err, wapay.ErrInvalid, wapay.OutcomeReadOnly)
		assert.Equal(t, x.want, e.Details, x.details)
	}
}

func TestClientIP(t *testing.T) {
	c, _ := newMock(t, reply(403, `{"error":true,"code":"ip_not_allowed","message":"Not allowed.","client_ip":"203.0.113.7"}`))
	_, err := c.Balance(context.Background())
	e := failure(t, err, wapay.ErrForbidden, wapay.OutcomeReadOnly)
	assert.Equal(t, "Not allowed. (this machine's address: 203.0.113.7)", e.Message)
}

func TestClockIsOff(t *testing.T) {
	const refused = `{"error":true,"code":"signature_invalid","message":"Invalid signature: timestamp_out_of_window"}`
	for _, x := range []struct {
		date, want string
		body       string
	}{
		{"Wed, 20 May 2026 10:20:00 GMT", "clock is 10m1s ahead of the provider's", refused},
		{"Wed, 20 May 2026 12:30:00 GMT", "clock is 1h59m59s behind the provider's", refused},
		{"", "", refused},
		{"yesterday", "", refused},
		{"Wed, 20 May 2026 12:30:00 GMT", "", `{"error":true,"code":"signature_invalid","message":"Invalid signature: signature_mismatch"}`},
		{"Wed, 20 May 2026 12:30:00 GMT", "", `{"error":true,"code":"invalid_api_key","message":"timestamp_out_of_window"}`},
	} {
		c, _ := newMock(t, func(r *http.Request) (*http.Response, error) {
			resp, err := reply(401, x.body)(r)
			if x.date != "" {
				resp.Header.Set("Date", x.date)
			}
			return resp, err
		})
		_, err := c.Balance(context.Background())
		e := failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeReadOnly)
		if x.want == "" {
			assert.NoError(t, e.Err)
			continue
		}
		assert.ErrorContains(t, e.Err, x.want)
		assert.ErrorContains(t, err, x.want)
	}
}

func TestOperationError(t *testing.T) {
	for code, kind := range map[string]error{
		"insufficient_balance": wapay.ErrInsufficientFunds, "merchant_wallet_missing": wapay.ErrForbidden,
		"provider_rejected": nil, "provider_unavailable": wapay.ErrUnavailable, "provider_error": wapay.ErrUnavailable,
		"missing_provider_code": wapay.ErrInvalid, "amount_exceeds_transaction": wapay.ErrInvalid,
		"recipient_not_found": wapay.ErrNotFound, "transaction_not_settled": wapay.ErrInvalid,
		"stripe_unavailable": wapay.ErrUnavailable, "unsupported_payment_method": wapay.ErrInvalid, "something_new": nil,
		"route_not_found": nil, "not_found": nil, "transaction_not_found": wapay.ErrNotFound,
	} {
		c, _ := newMock(t, data(200, `{"operation_id":"op_1","type":"payout","status":"failed","error":{"code":"`+code+
			`","message":"Words.","details":{"available":5}}}`))
		o, err := c.Operation(context.Background(), "op_1")
		require.NoError(t, err)
		require.NotNil(t, o.Error)
		assert.Equal(t, code, o.Error.Code)
		assert.EqualError(t, o.Error, code+": Words.")
		assert.Equal(t, []wapay.FieldError{{Field: "available", Message: "5"}}, o.Error.Details)
		assert.Equal(t, kind, errors.Unwrap(o.Error), code)
	}
	assert.EqualError(t, &intram.OperationError{Code: "x"}, "x")
}

// The check of the time uses the injected clock.
func TestTimestampIsUTC(t *testing.T) {
	_, m := newMock(t, data(200, `{"currency":"XOF","available":1}`))
	zone := time.FixedZone("WAT", 3600)
	c := m.client(sandboxKeys, wapay.WithClock(func() time.Time { return time.Date(2026, 1, 1, 0, 30, 0, 999999999, zone) }))
	_, err := c.Balance(context.Background())
	require.NoError(t, err)
	assert.Equal(t, []string{"2025-12-31T23:30:00.999Z"}, m.Requests[0].Header["X-Timestamp"])
}
