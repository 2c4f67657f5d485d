package barkapay_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
)

// The answer to an order may have another order id, or none, but not another's amount or number too.
func TestAnswerAboutAnother(t *testing.T) {
	ctx := context.Background()
	for name, x := range map[string]struct {
		data string // with 1000 for an amount and 72929595 for a number of our own
		ok   bool
	}{
		"our own":                  {`"order_id":"order-1","amount":1000,"receiver_phonenumber":"72929595","status":1`, true},
		"our own, with fees":       {`"order_id":"order-1","amount":1010,"status":1`, true},
		"another id":               {`"order_id":"order-9","amount":1000,"receiver_phonenumber":"72929595","status":1`, true},
		"another id, pending":      {`"order_id":"order-9","amount":1000,"status":0`, true},
		"another id, failed":       {`"order_id":"order-9","amount":1000,"receiver_phonenumber":"72929595","status":-1`, false},
		"another id and amount":    {`"order_id":"order-9","amount":700,"status":1`, false},
		"another id and number":    {`"order_id":"order-9","amount":1000,"receiver_phonenumber":"71111111","status":1`, false},
		"another, pending":         {`"order_id":"order-9","amount":700,"receiver_phonenumber":"71111111","status":0`, false},
		"no id":                    {`"order_id":null,"amount":1000,"receiver_phonenumber":72929595,"status":0`, true},
		"no id, calling code":      {`"amount":"1000.00","receiver_phonenumber":"+226 72 92 95 95","status":1`, true},
		"no id, masked number":     {`"amount":1000,"receiver_phonenumber":"72****95","status":0`, true},
		"no id, another amount":    {`"order_id":null,"amount":700,"receiver_phonenumber":"72929595","status":1`, false},
		"no id, another number":    {`"order_id":null,"amount":1000,"receiver_phonenumber":"71111111","status":1`, false},
		"no id, another's failure": {`"order_id":null,"amount":700,"receiver_phonenumber":"71111111","status":-1`, false},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, apiPair, reply(201, `{"data":{"public_id":"p9",`+x.data+`}}`))
			got, err := c.Payout(ctx, goodPayout(t))
			assert.Len(t, m.Requests, 1)
			if x.ok {
				require.NoError(t, err)
				assert.Equal(t, "p9", got.ID)
				return
			}
			assert.Nil(t, got)
			e := failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
			assert.Equal(t, "order-1", e.Reference)
		})
	}
	// A number that begins with a zero, echoed as one in JSON.
	r := goodPayout(t)
	r.Recipient.Phone = phone(t, "05123456", "BF")
	c, _ := newMock(t, apiPair, reply(201, `{"data":{"public_id":"p9","amount":1000,"receiver_phonenumber":5123456,"status":0}}`))
	_, err := c.Payout(ctx, r)
	require.NoError(t, err)

	c, _ = newMock(t, sciPair, reply(201, `{"link":"https://pay.example/1","data":{"public_id":"p9","order_id":"order-9","amount":700,"status":0}}`))
	_, err = c.CreatePaymentLink(ctx, goodLink())
	failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
	_, err = c.CreatePaymentLink(ctx, barkapay.LinkRequest{OrderID: "order-1", Price: barkapay.PriceFloating})
	require.NoError(t, err)
}
