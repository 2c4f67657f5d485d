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

// A refusal that lists a transaction contradicts itself: it is not repeated, and does not say that nothing was made.
func TestRefusalThatListsATransaction(t *testing.T) {
	ctx := context.Background()
	made := reply(200, sample(t, "created.json"))
	for name, x := range map[string]struct {
		status int
		body   string
		kind   error
		again  bool // the refusal is one, and the order is sent again
	}{
		"a bad token":            {200, `{"success":false,"code":"MPP-AUTH-4401","data":{"id":"t1","status":"initiated"}}`, wapay.ErrUnauthorized, false},
		"a bad token, 401":       {401, `{"success":false,"code":"MPP-AUTH-4401","data":{"id":"t1"}}`, wapay.ErrUnauthorized, false},
		"a bad token, a list":    {401, `{"success":false,"code":"MPP-AUTH-4402","data":[{"id":7}]}`, wapay.ErrUnauthorized, false},
		"limited":                {429, `{"success":false,"code":"MPP-REQ-4000","message":"m","data":{"id":"t1","status":"initiated"}}`, wapay.ErrRateLimited, false},
		"limited, and a success": {429, `{"success":true,"code":"MPP-REQ-0000","data":{"id":"t1","status":"initiated"}}`, wapay.ErrRateLimited, false},
		"limited, bare":          {429, `{"data":{"id":"t1"}}`, wapay.ErrRateLimited, false},
		"not found":              {404, `{"success":false,"code":"MPP-REQ-4008","data":{"id":"t1"}}`, wapay.ErrNotFound, false},
		"bad parameters":         {422, `{"success":false,"code":"MPP-REQ-4022","data":{"id":"t1","status":"initiated"}}`, wapay.ErrInvalid, false},

		"a bad token, no data":    {401, `{"success":false,"code":"MPP-AUTH-4401","data":null}`, nil, true},
		"a bad token, empty data": {401, `{"success":false,"code":"MPP-AUTH-4401","data":[]}`, nil, true},
		"a bad token, no id":      {401, `{"success":false,"code":"MPP-AUTH-4401","data":{"id":null}}`, nil, true},
		"a bad token, a field":    {401, `{"success":false,"code":"MPP-AUTH-4401","data":{"id":["missing"]}}`, nil, true},
		"limited, empty data":     {429, `{"success":true,"data":{}}`, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, reply(x.status, x.body), made)
			p, err := c.Payout(ctx, goodPayout(t)) // the channels took a token before
			if x.again {
				require.NoError(t, err)
				assert.Equal(t, txID, p.ID)
				assert.Len(t, m.Requests, 2)
				return
			}
			e := failure(t, err, x.kind, wapay.OutcomeUnknown)
			assert.Len(t, m.Requests, 1, "sent again")
			assert.Equal(t, x.status, e.HTTPStatus)
			assert.ErrorContains(t, err, "lists a transaction")
		})
	}

	// What is wrong with a field named id is no transaction.
	c, _ := newMock(t, reply(422, `{"success":false,"code":"MPP-REQ-4022","data":{"id":"is missing"}}`))
	_, err := c.Payout(ctx, goodPayout(t))
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
}
