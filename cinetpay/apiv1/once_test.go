package apiv1_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/testkit"
)

// A 429 is not documented. The client does not repeat an order after it, and
// the outcome is unknown.
func TestNoOrderAgainAfterA429(t *testing.T) {
	for _, body := range []string{``, `<html>`, `{}`, `{"code":1004,"status":"INVALID_PARAMS"}`, `{"code":1002,"status":"INVALID_TOKEN"}`} {
		_, m := newMock(t, reply(429, body))
		_, err := m.client(keys).Payout(bg, goodPayout(t))
		failure(t, err, wapay.ErrRateLimited, wapay.OutcomeUnknown)
		assert.Len(t, m.Requests, 1, body)
	}
	_, m := newMock(t, reply(429, ``), reply(200, `{"code":200,"status":"OK","available_balance":1,"currency":"XOF"}`))
	_, err := m.client(keys, wapay.WithMaxRetries(2)).Balance(bg)
	require.NoError(t, err)
	assert.Len(t, m.Requests, 2, "a read is repeated")
}

// No error shows the notify_token or a one-time code.
func TestErrorsShowNoToken(t *testing.T) {
	l := testkit.Leaks{T: t, Secrets: []string{"ntok-secret", "904417"}}
	for _, body := range []string{
		`{"code":299,"status":"NEW","transaction_id":"T","message":"code 904417","notify_token":"ntok-secret"}`,
		`{"code":200,"status":"OK","transaction_id":"T","merchant_transaction_id":"904417","message":"904417","notify_token" : "ntok-secret"}`,
		`{"code":1004,"status":"INVALID_PARAMS","notify_token":"ntok-secret`,
	} {
		for _, status := range []int{200, 400, 429, 500} {
			c, _ := newMock(t, reply(status, body))
			r := goodDirect(t)
			r.OTP = "904417"
			_, err := c.Pay(bg, r)
			require.Error(t, err)
			l.Chain(body, err)
		}
	}
}
