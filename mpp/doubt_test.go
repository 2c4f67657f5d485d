package mpp_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// An answer that is about another transaction says nothing of the one that was sent, however final it is.
func TestAnswerAboutAnotherTransaction(t *testing.T) {
	ctx := context.Background()
	for _, status := range []string{"initiated", "completed", "failed", "cancelled"} {
		answer := func(members string) string {
			return fmt.Sprintf(`{"data":{"id":"t9","status":%q,%s},"code":"MPP-REQ-0000","success":true}`, status, members)
		}
		for _, own := range []string{
			`"external_id":"order-1"`, `"external_id":null`, `"category":"TRANSFER"`, `"amount":76738.84`, `"amount":"76738.840","currency":"SLE"`,
			`"amount":76738.84,"currency":{"id":4,"iso3":"sle"}`, `"amount":null,"currency":[]`, `"amount":76738.84,"currency":4`,
		} {
			c, _ := newMock(t, reply(200, answer(own)))
			p, err := c.Payout(ctx, goodPayout(t))
			require.NoError(t, err, own)
			assert.Equal(t, "t9", p.ID)
		}
		for _, other := range []string{
			`"external_id":"order-9"`, `"category":"topup"`, `"amount":7`, `"amount":76738.84,"currency":{"iso3":"GNF"}`, `"currency":"GNF"`,
		} {
			c, m := newMock(t, reply(200, answer(other)))
			_, err := c.Payout(ctx, goodPayout(t))
			e := failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
			assert.ErrorContains(t, err, "about another transaction", other)
			assert.Equal(t, "order-1", e.Reference)
			assert.Len(t, m.Requests, 1)

			c, _ = newMock(t, reply(200, answer(other)))
			_, err = c.Pay(ctx, goodPay(t))
			failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
			c, _ = newMock(t, reply(200, answer(other)))
			_, err = c.CreateTransaction(ctx, goodTransaction())
			if other != `"currency":"GNF"` { // which is right here
				failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
			}
		}
	}
}
