package mpp_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

// An answer about another transaction leaves the outcome unknown, even if it is
// final.
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
			if other != `"currency":"GNF"` { // the right currency here
				failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
			}
		}
	}
}

// A refusal that shows a transaction contradicts itself. The client does not
// repeat the order, and the outcome is unknown.
func TestRefusalWithATransaction(t *testing.T) {
	ctx := context.Background()
	made := reply(200, sample(t, "created.json"))
	for name, x := range map[string]struct {
		status int
		body   string
		kind   error
		again  bool // the refusal is clear, and the client repeats the order
	}{
		"a bad token":            {200, `{"success":false,"code":"MPP-AUTH-4401","data":{"id":"t1","status":"initiated"}}`, wapay.ErrUnauthorized, false},
		"a bad token, 401":       {401, `{"success":false,"code":"MPP-AUTH-4401","data":{"id":"t1"}}`, wapay.ErrUnauthorized, false},
		"a bad token, a list":    {401, `{"success":false,"code":"MPP-AUTH-4402","data":[{"id":7}]}`, wapay.ErrUnauthorized, false},
		"limited":                {429, `{"success":false,"code":"MPP-REQ-4000","message":"m","data":{"id":"t1","status":"initiated"}}`, wapay.ErrRateLimited, false},
		"limited, and a success": {429, `{"success":true,"code":"MPP-REQ-0000","data":{"id":"t1","status":"initiated"}}`, wapay.ErrRateLimited, false},
		"limited, bare":          {429, `{"data":{"id":"t1"}}`, wapay.ErrRateLimited, false},
		"not found":              {404, `{"success":false,"code":"MPP-REQ-4008","data":{"id":"t1"}}`, wapay.ErrDecode, false},
		"bad parameters":         {422, `{"success":false,"code":"MPP-REQ-4022","data":{"id":"t1","status":"initiated"}}`, wapay.ErrInvalid, false},

		"a bad token, no data":    {401, `{"success":false,"code":"MPP-AUTH-4401","data":null}`, nil, true},
		"a bad token, empty data": {401, `{"success":false,"code":"MPP-AUTH-4401","data":[]}`, nil, true},
		"a bad token, no id":      {401, `{"success":false,"code":"MPP-AUTH-4401","data":{"id":null}}`, nil, true},
		"a bad token, a field":    {401, `{"success":false,"code":"MPP-AUTH-4401","data":{"id":["missing"]}}`, nil, true},
		"limited, empty data":     {429, `{"success":true,"data":{}}`, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, reply(x.status, x.body), made)
			p, err := c.Payout(ctx, goodPayout(t)) // the channels have a token already
			if x.again {
				require.NoError(t, err)
				assert.Equal(t, txID, p.ID)
				assert.Len(t, m.Requests, 2)
				return
			}
			e := failure(t, err, x.kind, wapay.OutcomeUnknown)
			assert.Len(t, m.Requests, 1, "sent again")
			assert.Equal(t, x.status, e.HTTPStatus)
			assert.ErrorContains(t, err, "the refusal shows an order")
		})
	}

	// After an ambiguous 429, or one that names the order, the outcome is
	// unknown.
	for _, body := range []string{`{"message":"a","message":"b"}`, `{"message":"too many requests for order-1"}`} {
		c, m := newMock(t, reply(429, body), made)
		_, err := c.Payout(ctx, goodPayout(t))
		failure(t, err, wapay.ErrRateLimited, wapay.OutcomeUnknown)
		assert.Len(t, m.Requests, 1, "sent again")
	}

	// The client repeats a lookup with a new token, even if the refusal shows a
	// transaction.
	bad := reply(401, `{"success":false,"code":"MPP-AUTH-4401","data":{"id":"t1"}}`)
	c, m := newMock(t, reply(200, listOf()), bad, reply(200, listOf()))
	for range 2 {
		_, err := c.FindPayout(ctx, byReference("order-1"))
		failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	}
	assert.Len(t, m.Requests, 3)

	// An error about a field named id is no transaction.
	c, _ = newMock(t, reply(422, `{"success":false,"code":"MPP-REQ-4022","data":{"id":"is missing"}}`))
	_, err := c.Payout(ctx, goodPayout(t))
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
}

// The transaction with a used reference may be the order itself, from a dead
// process or an attempt with the answer 429. It counts as the order only if a
// lookup shows that.
func TestDuplicate(t *testing.T) {
	ctx := context.Background()
	const found = `{"id":"a","external_id":"order-1","category":"transfer","status":"pending","amount":76738.84,"currency":{"iso3":"SLE"},"channel":{"code":"OM"},"details":{"msisdn":"080002209"}}`
	list := func(old, replacement string) httpmock.Responder {
		return reply(200, listOf(strings.Replace(found, old, replacement, 1)))
	}
	for refused, duplicate := range map[string]httpmock.Responder{
		"a code":          reply(409, refusal("MPP-TX-REQ-4091", "Conflict over the treatment of resources")),
		"a code with 200": reply(200, refusal("MPP-TX-REQ-4091", "Conflict over the treatment of resources")),
		"a status":        reply(409, refusal("MPP-NEW-1", "New.")),
		"a field":         reply(422, `{"success":false,"code":"MPP-REQ-4022","data":{"external_id":["The external id has already been taken."]}}`),
	} {
		for name, x := range map[string]struct {
			list httpmock.Responder
			id   string // of the payout, or the text of the error
			says string
		}{
			"it":             {list("", ""), "a", ""},
			"it, refunded":   {list("pending", "refunded"), "a", ""},
			"it failed":      {list("pending", "failed"), "a", ""},
			"another amount": {list("84", "85"), "", "has the amount 76738.85 SLE"},
			"no amount":      {list("76738.84", "null"), "", "has the amount none SLE"},
			"another number": {list("2209", "2208"), "", "does not show the same msisdn"},
			"no number":      {list("msisdn", "x"), "", "does not show the same msisdn"},
			"another type":   {list("transfer", "payout"), "", "has the category payout"},
			"another way":    {list("OM", "AFM"), "", "goes through the channel AFM"},
			"as a number":    {list(`"order-1"`, `1`), "", "no payout with this reference"},
			"none":           {reply(200, listOf()), "", "no payout with this reference"},
			"no list":        {reply(403, refusal("MPP-AUTH-4407", "")), "", "forbidden"},
		} {
			for _, first := range [][]httpmock.Responder{nil, {reply(429, "")}} {
				if first != nil && refused != "a code" {
					continue
				}
				t.Run(fmt.Sprint(refused, ", ", name, ", attempts before: ", len(first)), func(t *testing.T) {
					t.Parallel()
					c, m := newMock(t, slices.Concat(first, []httpmock.Responder{duplicate, x.list})...)
					p, err := c.Payout(ctx, goodPayout(t))
					require.Len(t, m.Requests, len(first)+2)
					assert.Equal(t, "GET", m.Requests[len(first)+1].Method)
					if x.id != "" {
						require.NoError(t, err)
						assert.Equal(t, x.id, p.ID)
						assert.True(t, p.Replayed)
						return
					}
					e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
					assert.ErrorContains(t, err, x.says)
					assert.NotErrorIs(t, err, wapay.ErrNotFound)
					assert.Equal(t, "order-1", e.Reference)

					c, m = newMock(t, slices.Concat(first, []httpmock.Responder{duplicate, x.list})...)
					_, err = c.CreateTransaction(ctx, goodTransaction())
					failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
					assert.Len(t, m.Requests, len(first)+1, "which asks nothing")
				})
			}
		}
	}

	// The existing transaction is not the order, so there is no lookup.
	for name, refused := range map[string]httpmock.Responder{
		"an account":    reply(409, refusal("MPP-ACC-1001", "Username already exists")),
		"a business":    reply(409, refusal("MPP-BS-4506", "Account already linked to a business")),
		"another field": reply(422, `{"success":false,"code":"MPP-REQ-4022","data":{"email":["has already been taken"]}}`),
		"a bad one":     reply(422, `{"success":false,"code":"MPP-REQ-4022","data":{"external_id":["The external id is too long."]}}`),
	} {
		c, m := newMock(t, refused)
		_, err := c.Payout(ctx, goodPayout(t))
		var e *wapay.Error
		require.ErrorAs(t, err, &e, name)
		assert.Equal(t, wapay.OutcomeRejected, e.Outcome, name)
		assert.Len(t, m.Requests, 1, name)
	}
}
