package intram_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// An answer about another order leaves the outcome unknown, even if it is
// final.
func TestAnswerAboutAnotherOrder(t *testing.T) {
	type answers []string
	for name, x := range map[string]struct {
		own, others answers // of operations: type, payload and result
	}{
		"Payout": {
			answers{`"type":"payout"`, `"type":"PAYOUT"`, `"type":""`, `"payload":{"reference":"PO-2026-0001"}`, `"payload":"?"`, `"payload":{"amount":"25000.00"}`,
				`"payload":{"amount":25000,"currency":"XOF","destination":{"type":"mobile_money"}}`, `"payload":{"amount":25000,"currency":{"code":"xof"}}`,
				`"type":"payout","result":{"reference":"PO-2026-0001","amount":25000,"currency":"XOF","status":"failed"}`},
			answers{`"type":"refund"`, `"type":"payment_request"`, `"payload":{"reference":"PO-9"}`, `"payload":{"amount":700}`, `"payload":{"amount":25000.5}`,
				`"payload":{"amount":25000,"currency":"EUR"}`, `"payload":{"destination":{"type":"bank_account"}}`,
				`"type":"payout","result":{"reference":"PO-9","status":"completed"}`,
				`"type":"payout","result":{"amount":700,"currency":"XOF","status":"completed"}`},
		},
		"Pay": {
			answers{`"type":"payment_request"`, `"payload":{"webhook_data":{"reference":"order-4521"},"invoice":{"amount":5000,"currency":"XOF"}}`,
				`"payload":{"webhook_data":[]}`, `"type":"payment_request","result":{"amount":5100,"currency":"XOF"}`}, // may include the fees
			answers{`"type":"payout"`, `"payload":{"webhook_data":{"reference":"order-9"}}`, `"payload":{"invoice":{"amount":"5001"}}`,
				`"payload":{"invoice":{"amount":5000,"currency":"XAF"}}`},
		},
		"CreateRefund": {
			answers{`"type":"refund"`, `"payload":{"transaction_reference":"AB12CD34EF","amount":1500,"metadata":{"reference":"refund-7"}}`},
			answers{`"type":"payout"`, `"payload":{"transaction_reference":"ZZ12CD34EF"}`, `"payload":{"amount":1501}`, `"payload":{"metadata":{"reference":"refund-8"}}`},
		},
		"CreateTransfer": {
			answers{`"type":"transfer"`, `"payload":{"amount":700,"metadata":{"reference":"transfer-9"}}`},
			answers{`"type":"refund"`, `"payload":{"amount":7000}`, `"payload":{"metadata":{"reference":"transfer-8"}}`},
		},
	} {
		for _, status := range []string{"queued", "succeeded", "failed", "expired"} {
			answer := func(members string) string {
				return fmt.Sprintf(`{"operation_id":"op_9","status":%q,%s}`, status, members)
			}
			for _, own := range x.own {
				c, _ := newMock(t, data(202, answer(own)))
				_, err := calls(t)[name](context.Background(), c.WithCheckoutWait(0))
				assert.NoError(t, err, "%s, %s: %s", name, status, own)
			}
			for _, other := range x.others {
				c, m := newMock(t, data(202, answer(other)))
				_, err := calls(t)[name](context.Background(), c)
				e := failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
				assert.ErrorContains(t, err, "about another order", "%s, %s: %s", name, status, other)
				assert.Equal(t, writes[name], e.Reference)
				assert.Len(t, m.Requests, 1)
			}
		}
	}
}

// While it waits, Pay accepts only the operation of its own order.
func TestPayWaitsForOwnOperation(t *testing.T) {
	c, _ := newMock(t, data(202, accepted("payment_request")), data(200, `{"operation_id":"op_2f4a8b1c","type":"payment_request",
		"status":"failed","payload":{"webhook_data":{"reference":"order-9"}},"result":null}`))
	p, err := c.Pay(context.Background(), goodPay(t))
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusPending, p.Status)
}

// An answer without the member result does not show whether there was a page. A
// list may leave it out, so the client looks the operation up.
func TestHiddenCheckout(t *testing.T) {
	ctx := context.Background()
	const hidden = `{"operation_id":"op_1","type":"payment_request","status":"%s","payload":` + paymentPayload + `}`
	byReference := wapay.Ref{Reference: "order-4521"}
	for _, status := range []string{"failed", "expired"} {
		short := fmt.Sprintf(hidden, status)
		c, m := newMock(t, operations(`null`, short), data(200, operation("op_1", "payment_request", status, paymentPayload, "")))
		p, err := c.FindPayment(ctx, byReference)
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusFailed, p.Status, "there was nothing to pay")
		m.nth(1, "GET", "/operations/op_1", "", "")

		c, m = newMock(t, operations(`null`, short), data(200, operation("op_1", "payment_request", status, paymentPayload, checkout)),
			data(200, `{"reference":"AB12CD34EF","status":"SUCCESS","type":"CREDIT","amount":5000,"currency":"XOF"}`))
		p, err = c.FindPayment(ctx, byReference)
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusSucceeded, p.Status)
		assert.Len(t, m.Requests, 3)

		c, m = newMock(t, operations(`null`, short), data(200, short))
		p, err = c.FindPayment(ctx, byReference)
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusUnknown, p.Status)
		assert.Len(t, m.Requests, 2)

		c, _ = newMock(t, operations(`null`, short), refusal(403, "merchant_inactive", ""))
		_, err = c.FindPayment(ctx, byReference)
		e := failure(t, err, wapay.ErrForbidden, wapay.OutcomeReadOnly)
		assert.Equal(t, "order-4521", e.Reference)

		// An order that has not failed still counts.
		c, _ = newMock(t, operations(`null`, operation("op_2", "payment_request", "queued", paymentPayload, ""), short),
			data(200, operation("op_1", "payment_request", status, paymentPayload, "")))
		p, err = c.FindPayment(ctx, byReference)
		if status == "failed" {
			require.NoError(t, err)
			assert.Equal(t, "op_2", p.ID)
		} else {
			failure(t, err, wapay.ErrDuplicate, wapay.OutcomeReadOnly)
		}

		// The answer to the order may also leave it out.
		c, m = newMock(t, data(202, short), data(200, operation("op_1", "payment_request", status, paymentPayload, "")))
		p, err = c.Pay(ctx, goodPay(t))
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusFailed, p.Status)
		assert.Len(t, m.Requests, 2)
		c, _ = newMock(t, data(202, short))
		p, err = c.WithCheckoutWait(0).Pay(ctx, goodPay(t))
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusUnknown, p.Status)
	}
}
