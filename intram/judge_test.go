package intram

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// TestJudge checks the ruling of each answer: with no earlier attempt, after a
// 429, and after a lost answer.
func TestJudge(t *testing.T) {
	const (
		refused, maybe, not = call.Refused, call.MaybeDone, call.NotTheirs
		code                = `{"error":true,"code":%q,"message":"Words."}`
	)
	type rulings [3]call.Ruling
	same := func(r call.Ruling) rulings { return rulings{r, r, r} }
	afterLost := rulings{refused, refused, maybe}
	for _, x := range []struct {
		status int
		code   string
		kind   error
		want   rulings
	}{
		// These follow from the request alone.
		{400, "validation_error", wapay.ErrInvalid, same(refused)},
		{400, "invalid_body", wapay.ErrInvalid, same(refused)},
		{400, "unknown_currency", wapay.ErrInvalid, same(refused)},
		{400, "amount_too_small", wapay.ErrInvalid, same(refused)},
		{400, "missing_invoice", wapay.ErrInvalid, same(refused)},
		{400, "invalid_idempotency_key", wapay.ErrInvalid, same(refused)},
		{200, "validation_error", wapay.ErrInvalid, same(refused)},
		// These may be about the order of an earlier attempt.
		{400, "amount_too_large", wapay.ErrInvalid, afterLost},
		{400, "missing_idempotency_key", wapay.ErrInvalid, afterLost},
		{401, "missing_api_key", wapay.ErrUnauthorized, afterLost},
		{401, "invalid_api_key", wapay.ErrUnauthorized, afterLost},
		{401, "signature_invalid", wapay.ErrUnauthorized, afterLost},
		{403, "merchant_inactive", wapay.ErrForbidden, afterLost},
		{403, "ip_allowlist_empty", wapay.ErrForbidden, afterLost},
		{403, "ip_not_allowed", wapay.ErrForbidden, afterLost},
		{404, "transaction_not_found", wapay.ErrNotFound, afterLost},
		{404, "operation_not_found", wapay.ErrNotFound, afterLost},
		{404, "transfer_not_found", wapay.ErrNotFound, afterLost},
		{404, "subscription_not_found", wapay.ErrNotFound, afterLost},
		{404, "webhook_not_found", wapay.ErrNotFound, afterLost},
		{400, "transaction_not_found", wapay.ErrNotFound, afterLost},
		{400, "recipient_not_found", wapay.ErrNotFound, afterLost},
		{400, "insufficient_balance", wapay.ErrInsufficientFunds, rulings{refused, maybe, maybe}},
		{402, "something_new", wapay.ErrInsufficientFunds, rulings{refused, maybe, maybe}},
		{400, "something_new", wapay.ErrInvalid, afterLost},
		{403, "something_new", wapay.ErrForbidden, afterLost},
		{422, "", wapay.ErrInvalid, afterLost},
		{400, "route_not_found", wapay.ErrInvalid, afterLost},
		{403, "merchant_not_found", wapay.ErrForbidden, afterLost},
		// A 404 that may be about the address does not rule on an order.
		{404, "route_not_found", wapay.ErrDecode, same(not)},
		{404, "not_found", wapay.ErrDecode, same(not)},
		{404, "merchant_not_found", wapay.ErrDecode, same(not)},
		{404, "recipient_not_found", wapay.ErrDecode, same(not)},
		{404, "_not_found", wapay.ErrDecode, same(not)},
		{404, "", wapay.ErrDecode, same(not)},
		// The reference is used, or an earlier request is in progress.
		{409, "idempotency_conflict", wapay.ErrDuplicate, same(maybe)},
		{400, "idempotency_conflict", wapay.ErrDuplicate, same(maybe)},
		{400, "not_refundable", wapay.ErrDuplicate, same(maybe)},
		{409, "something_new", wapay.ErrDuplicate, same(maybe)},
		{400, "request_in_progress", wapay.ErrDuplicate, same(maybe)},
		{422, "IDEMPOTENCY_KEY_REUSED", wapay.ErrDuplicate, same(maybe)},
		{423, "locked", wapay.ErrDuplicate, same(maybe)},
		{425, "too_early", wapay.ErrDuplicate, same(maybe)},
		// The server failed, and says nothing about the order.
		{500, "internal_error", wapay.ErrUnavailable, same(not)},
		{500, "idempotency_error", wapay.ErrUnavailable, same(not)},
		{500, "auth_error", wapay.ErrUnavailable, same(not)},
		{400, "internal_error", wapay.ErrUnavailable, same(not)},
		{200, "internal_error", wapay.ErrUnavailable, same(not)},
		{429, "internal_error", wapay.ErrUnavailable, same(maybe)},
		{429, "idempotency_conflict", wapay.ErrDuplicate, same(maybe)},
		{503, "something_new", wapay.ErrUnavailable, same(not)},
		// An unknown error.
		{200, "something_new", wapay.ErrDecode, same(maybe)},
		{200, "", wapay.ErrDecode, same(maybe)},
		// A "not found" with a server error is not final.
		{500, "transaction_not_found", wapay.ErrUnavailable, same(not)},
	} {
		t.Run(fmt.Sprint(x.status, " ", x.code), func(t *testing.T) {
			t.Parallel()
			body := fmt.Sprintf(code, x.code)
			for before, ruling := range x.want {
				e, got := callError(t, call.IdempotentWrite, x.status, body, call.Earlier(before))
				assert.Equal(t, ruling, got, "after %d", before)
				assert.Equal(t, x.kind, e.Kind, "after %d", before)
				assert.Equal(t, x.code, e.Code)
				assert.Equal(t, "Words.", e.Message)
				want := wapay.OutcomeUnknown
				if ruling == refused {
					want = wapay.OutcomeRejected
				}
				assert.Equal(t, want, e.Outcome, "after %d", before)
			}
			e, _ := callError(t, call.Read, x.status, body, call.NoneBefore)
			assert.Equal(t, x.kind, e.Kind)
			assert.Equal(t, wapay.OutcomeReadOnly, e.Outcome)
		})
	}
}

// callError returns the error of a call with the answer, and the ruling.
func callError(t *testing.T, effect call.Effect, status int, body string, earlier call.Earlier) (*wapay.Error, call.Ruling) {
	t.Helper()
	var ruling call.Ruling
	transport := httpmock.NewMockTransport()
	transport.RegisterNoResponder(httpmock.NewStringResponder(status, body))
	calls, err := call.New(provider, DefaultBaseURL, func(e *wapay.Error, a call.Answer) call.Ruling {
		ruling = judge(e, a)
		return ruling
	}, nil, nil, []wapay.Option{wapay.WithHTTPClient(&http.Client{Transport: transport}), wapay.WithMaxRetries(0)})
	require.NoError(t, err)
	r := &call.Request{Op: "Payout", Effect: effect, Method: "POST", Path: "payouts", Body: []byte("{}"), Earlier: earlier}
	_, err = calls.Do(context.Background(), r, &answer[Operation]{read: readOperation})
	var e *wapay.Error
	require.ErrorAs(t, err, &e)
	return e, ruling
}

// TestRefusalWithAnOperation checks that a refusal beside an operation is no
// rejection.
func TestRefusalWithAnOperation(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		status int
		body   string
		kind   error
	}{
		{429, `{"error":false,"data":{"operation_id":"op_1","status":"queued"}}`, wapay.ErrRateLimited},
		{429, `{"error":true,"code":"rate_limited","message":"m","data":{"operation_id":7}}`, wapay.ErrRateLimited},
		{400, `{"error":true,"code":"validation_error","message":"m","data":{"operation_id":"op_1"}}`, wapay.ErrInvalid},
		{200, `{"error":true,"code":"validation_error","message":"m","data":{"operation_id":"op_1"}}`, wapay.ErrDecode},
		{404, `{"error":true,"code":"operation_not_found","message":"m","data":{"operation_id":"op_1"}}`, wapay.ErrDecode},
	} {
		e, ruling := callError(t, call.IdempotentWrite, x.status, x.body, call.NoneBefore)
		assert.Equal(t, call.MaybeDone, ruling, x.body)
		assert.Equal(t, wapay.OutcomeUnknown, e.Outcome, x.body)
		assert.Equal(t, x.kind, e.Kind, x.body)
		assert.ErrorContains(t, e, "the refusal shows an order", x.body)
	}
	_, ruling := callError(t, call.IdempotentWrite, 400, `{"error":true,"code":"validation_error","data":{"operation_id":null}}`, call.NoneBefore)
	assert.Equal(t, call.Refused, ruling)
}
