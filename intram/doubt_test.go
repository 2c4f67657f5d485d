package intram_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
)

// What a repeat is refused with says what became of the attempt before it only where it follows from the request alone.
func TestRefusalInDoubt(t *testing.T) {
	for _, x := range []struct {
		status      int
		code        string
		first, then wapay.Outcome // of a refusal of the first attempt, and of one after an answer that was lost
	}{
		{400, "validation_error", wapay.OutcomeRejected, wapay.OutcomeRejected},
		{400, "invalid_body", wapay.OutcomeRejected, wapay.OutcomeRejected},
		{400, "unknown_currency", wapay.OutcomeRejected, wapay.OutcomeRejected},
		{400, "amount_too_small", wapay.OutcomeRejected, wapay.OutcomeRejected},
		{400, "missing_invoice", wapay.OutcomeRejected, wapay.OutcomeRejected},
		{400, "invalid_idempotency_key", wapay.OutcomeRejected, wapay.OutcomeRejected},
		{400, "amount_too_large", wapay.OutcomeRejected, wapay.OutcomeUnknown}, // perhaps of what is left of a limit
		{400, "missing_idempotency_key", wapay.OutcomeRejected, wapay.OutcomeUnknown},
		{400, "insufficient_balance", wapay.OutcomeRejected, wapay.OutcomeUnknown},
		{402, "something_new", wapay.OutcomeRejected, wapay.OutcomeUnknown},
		{400, "amount_exceeds_transaction", wapay.OutcomeRejected, wapay.OutcomeUnknown},
		{400, "not_refundable", wapay.OutcomeRejected, wapay.OutcomeUnknown},
		{404, "transaction_not_found", wapay.OutcomeRejected, wapay.OutcomeUnknown},
		{400, "something_new", wapay.OutcomeRejected, wapay.OutcomeUnknown},
		{422, "", wapay.OutcomeRejected, wapay.OutcomeUnknown},
		{403, "merchant_inactive", wapay.OutcomeRejected, wapay.OutcomeUnknown},
		// The order may be at work, from a call before.
		{400, "request_in_progress", wapay.OutcomeUnknown, wapay.OutcomeUnknown},
		{422, "IDEMPOTENCY_KEY_REUSED", wapay.OutcomeUnknown, wapay.OutcomeUnknown},
		{423, "locked", wapay.OutcomeUnknown, wapay.OutcomeUnknown},
		{425, "too_early", wapay.OutcomeUnknown, wapay.OutcomeUnknown},
		{409, "idempotency_conflict", wapay.OutcomeUnknown, wapay.OutcomeUnknown},
	} {
		t.Run(fmt.Sprint(x.status, x.code), func(t *testing.T) {
			t.Parallel()
			for name, fn := range calls(t) {
				if writes[name] == "" {
					continue
				}
				c, m := newMock(t, refusal(x.status, x.code, "Words."))
				_, err := fn(context.Background(), c)
				var e *wapay.Error
				if assert.ErrorAs(t, err, &e, name) {
					assert.Equal(t, x.first, e.Outcome, name)
				}
				assert.Len(t, m.Requests, 1, name)

				c, m = newMock(t, reply(504, "<html>"), refusal(x.status, x.code, "Words."))
				_, err = fn(context.Background(), c)
				if assert.ErrorAs(t, err, &e, name) {
					assert.Equal(t, x.then, e.Outcome, name)
					assert.Equal(t, x.code, e.Code, name)
				}
				assert.Len(t, m.Requests, 2, name)
			}
		})
	}
}
