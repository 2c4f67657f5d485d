package barkapay_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
)

// The answer to an order may have another order id or none, but not also
// another amount or number.
func TestAnswerAboutOtherOrder(t *testing.T) {
	ctx := context.Background()
	for name, x := range map[string]struct {
		data string // the order has the amount 1000 and the number 72929595
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
	// The answer shows a number with a leading zero as a JSON number.
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

const taken = `{"status":422,"message":"The order id has already been taken."}`

// Four countries have numbers of the same eight digits.
func TestDuplicateInAnotherCountry(t *testing.T) {
	ctx := context.Background()
	for country, want := range map[string]bool{"BFA": true, "TGO": false, "TOG": false, "bfa": true, "": true, "Burkina Faso": true} {
		found := "[" + strings.Replace(first, `"launch_url":null`, `"receiver_country":"`+country+`"`, 1) + "]"
		c, _ := newMock(t, apiPair, reply(422, taken), reply(200, found))
		p, err := c.Payout(ctx, goodPayout(t))
		if want {
			require.NoError(t, err, country)
			assert.Equal(t, "t-1", p.ID)
			continue
		}
		failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	}
}

// A 429 that shows the order contradicts itself. Another attempt might make a
// second order.
func TestLimitThatShowsAnOrder(t *testing.T) {
	c, m := newMock(t, apiPair, reply(429, `{"message":"Too Many Attempts.","data":{"public_id":"t-1","order_id":"order-1","status":0}}`))
	_, err := c.Payout(context.Background(), goodPayout(t))
	failure(t, err, wapay.ErrRateLimited, wapay.OutcomeUnknown)
	assert.Len(t, m.Requests, 1)
}

// A first attempt with the answer 429 took effect all the same. The refusal of
// the second one is not a failure of the order.
func TestRefusalAfterRateLimit(t *testing.T) {
	ctx := context.Background()
	limited := httpmock.NewStringResponder(429, `{"message":"Too Many Attempts."}`)
	c, m := newMock(t, apiPair, limited, reply(422, taken), reply(200, "["+first+"]"))
	got, err := c.Payout(ctx, goodPayout(t))
	require.NoError(t, err)
	assert.Equal(t, "t-1", got.ID)
	require.Len(t, m.Requests, 3)
	assert.Equal(t, m.Requests[0], m.Requests[1])
	m.nth(2, "GET", "transfer/?order_id=order-1", apiPair, nil)

	pay := goodPay(t)
	pay.Amount = wapay.XOF.Units(1000)
	c, m = newMock(t, apiPair, limited, reply(422, taken), reply(200, strings.ReplaceAll("["+first+"]", "receiver", "sender")))
	p, err := c.Pay(ctx, pay)
	require.NoError(t, err)
	assert.Equal(t, "t-1", p.ID)
	assert.Len(t, m.Requests, 3)

	pay.Operator = "" // an unpaid link has no phone
	c, m = newMock(t, bothPairs, limited, reply(422, taken), reply(200, "[]"), reply(200, "["+strings.Replace(first, "72929595", "", 1)+"]"))
	p, err = c.Pay(ctx, pay)
	require.NoError(t, err)
	assert.Equal(t, "t-1", p.ID)
	assert.Len(t, m.Requests, 4)

	// The client does not take another order for this one.
	for name, body := range map[string]string{
		"nothing": "[]", "another amount": "[" + strings.Replace(first, "1000", "2000", 1) + "]", "two": "[" + first + "," + second + "]",
		"another receiver": "[" + strings.Replace(first, "72929595", "70000000", 1) + "]",
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, apiPair, limited, reply(422, taken), reply(200, body))
			got, err := c.Payout(ctx, goodPayout(t))
			assert.Nil(t, got)
			e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
			assert.Equal(t, "order-1", e.Reference)
			assert.Equal(t, 2, e.Attempts)
			assert.Len(t, m.Requests, 3)
		})
	}

	// The provider's own methods do not report a rejection either: an earlier
	// attempt may have made the order.
	for name, fn := range calls(t) {
		if writes[name] == "" || name == "Pay" || name == "Payout" {
			continue
		}
		c, _ := newMock(t, bothPairs, limited, reply(422, taken))
		_, err := fn(ctx, c)
		failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
		c, _ = newMock(t, bothPairs, reply(422, taken))
		_, err = fn(ctx, c)
		failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	}
}

// A process died after it had sent the order. The next call is refused, because
// the reference is used.
func TestDuplicateIsLookedUp(t *testing.T) {
	ctx := context.Background()
	lost := strings.Replace(first, `"status":1`, `"status":-1`, 1)
	const unknown = wapay.OutcomeUnknown
	for name, x := range map[string]struct {
		status int
		body   string
		want   any // the payout's status, or the error's outcome
	}{
		"made":             {200, "[" + first + "]", wapay.StatusSucceeded},
		"failed":           {200, "[" + lost + "]", wapay.StatusFailed},
		"another amount":   {200, "[" + strings.Replace(first, "1000", "2000", 1) + "]", unknown},
		"another receiver": {200, "[" + strings.Replace(first, "72929595", "70000000", 1) + "]", unknown},
		"no receiver":      {200, "[" + strings.Replace(first, `"72929595"`, "null", 1) + "]", unknown},
		"masked receiver":  {200, "[" + strings.Replace(first, "72929595", "72****95", 1) + "]", unknown},
		"no amount":        {200, "[" + strings.Replace(first, "1000", "null", 1) + "]", unknown},
		"two":              {200, "[" + first + "," + second + "]", unknown},
		"nothing":          {200, "[]", unknown},
		"forbidden":        {403, `{"status":403,"message":"Forbidden"}`, unknown},
		"undecodable":      {200, "null", unknown},
		"a proxy":          {404, "<html>", unknown},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, apiPair, reply(422, taken), reply(x.status, x.body))
			got, err := c.Payout(ctx, goodPayout(t))
			require.Len(t, m.Requests, 2)
			m.nth(1, "GET", "transfer/?order_id=order-1", apiPair, nil)
			pay := goodPay(t)
			pay.Amount = wapay.XOF.Units(1000)
			c, m = newMock(t, apiPair, reply(422, taken), reply(x.status, x.body))
			p, payErr := c.Pay(ctx, pay)
			require.Len(t, m.Requests, 2)
			if status, ok := x.want.(wapay.Status); ok {
				require.NoError(t, err)
				assert.Equal(t, status, got.Status)
				assert.Equal(t, "order-1", got.Reference)
				assert.True(t, got.Replayed)
				assert.True(t, p.Replayed)
				require.NoError(t, payErr)
				assert.Equal(t, status, p.Status)
				return
			}
			assert.Nil(t, got)
			assert.Nil(t, p)
			for op, err := range map[string]error{"Payout": err, "Pay": payErr} {
				e := failure(t, err, wapay.ErrDuplicate, x.want.(wapay.Outcome))
				assert.Equal(t, op, e.Op)
				assert.Equal(t, "order-1", e.Reference)
				assert.NotErrorIs(t, err, wapay.ErrNotFound)
				assert.NotErrorIs(t, err, wapay.ErrForbidden)
			}
		})
	}
	gone, cancel := context.WithCancel(ctx)
	c, m := newMock(t, apiPair, func(r *http.Request) (*http.Response, error) {
		cancel()
		return reply(422, taken)(r)
	})
	_, err := c.Payout(gone, goodPayout(t))
	assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Len(t, m.Requests, 1)
}
