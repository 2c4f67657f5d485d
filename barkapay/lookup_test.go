package barkapay_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

func TestFindChecks(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, bothPairs)
	for _, ref := range []wapay.Ref{{}, {Reference: strings.Repeat("9", 256)}, {Reference: "a\nb"}, {Reference: " a"}} {
		_, err := c.FindPayment(ctx, ref)
		badFields(t, err, "Reference")
		_, err = c.FindPayout(ctx, ref)
		badFields(t, err, "Reference")
	}
	for _, id := range []string{".", "..", "a\nb"} {
		_, err := c.FindPayout(ctx, wapay.Ref{ID: id, Reference: "order-1"})
		badFields(t, err, "ID")
	}
	m.none()
}

const (
	first  = `{"public_id":"t-1","order_id":"order-1","amount":1000,"status":1,"txid":"OP-1","reason":"Successfully sent.","created_at":"2024-02-16T07:55:34.570000Z","receiver_phonenumber":"72929595","launch_url":null}`
	second = `{"public_id":"t-2","order_id":"order-1","amount":1000,"status":0}`
	other  = `{"public_id":"t-3","order_id":"order-2","amount":1000,"status":1}`
)

func TestFindByReference(t *testing.T) {
	ctx := context.Background()
	want := wapay.Payout{
		Provider: "barkapay", ID: "t-1", Reference: "order-1", Status: wapay.StatusSucceeded, ProviderStatus: "1", Amount: wapay.XOF.Units(1000),
		Reason: "Successfully sent.", OperatorID: "OP-1", Party: "72929595", CreatedAt: at("2024-02-16T07:55:34.57Z"),
	}
	for name, body := range map[string]string{
		"alone": "[" + first + "]", "no list": first, "twice": "[" + first + "," + first + "]",
		"filter ignored": "[" + other + "," + first + "]", "between others": "[" + other + "," + first + "," + other + "," + first + "]",
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, bothPairs, reply(200, body))
			got, err := c.FindPayout(ctx, wapay.Ref{Reference: "order-1"})
			require.NoError(t, err)
			m.assertRequest("GET", "transfer/?order_id=order-1", apiPair, nil)
			assert.JSONEq(t, first, string(got.Raw))
			got.Raw = nil
			assert.Equal(t, &want, got)

			c, m = newMock(t, bothPairs, reply(200, body))
			payment, err := c.FindPayment(ctx, wapay.Ref{Reference: "order-1"})
			require.NoError(t, err)
			m.assertRequest("GET", "payment/?order_id=order-1", apiPair, nil)
			payment.Raw = nil
			assert.Equal(t, &wapay.Payment{
				Provider: "barkapay", ID: "t-1", Reference: "order-1", Status: wapay.StatusSucceeded, ProviderStatus: "1", Amount: wapay.XOF.Units(1000),
				Reason: "Successfully sent.", OperatorID: "OP-1", Party: "72929595", CreatedAt: at("2024-02-16T07:55:34.57Z"),
			}, payment)
		})
	}
	c, m := newMock(t, apiPair, reply(200, "[]"))
	_, err := c.FindPayout(ctx, wapay.Ref{Reference: "order-1"})
	e := failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	assert.Equal(t, "order-1", e.Reference)
	_, err = c.FindPayment(ctx, wapay.Ref{Reference: "order-1"})
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	assert.Len(t, m.Requests, 2)
}

// Only an empty list says that there is no such order.
func TestFindInOtherLists(t *testing.T) {
	ctx := context.Background()
	lost := strings.NewReplacer("t-1", "t-0", `"status":1`, `"status":-1`, `"order-1"`, `"001042"`).Replace(first)
	for name, body := range map[string]string{
		"filter ignored": "[" + other + "]", "part of it": `[{"public_id":"t-1","order_id":"0010420","amount":1}]`, "no order id": `[{"public_id":"t-1","order_id":null,"amount":1}]`,
		"order id a number": `[{"public_id":"t-1","order_id":1042,"amount":1,"status":1}]`, "null": "null", "{}": "{}", "an exponent": `[{"public_id":"t-1","order_id":1.042e3,"amount":1}]`,
		"failed, and no order id": "[" + lost + `,{"public_id":"t-1","amount":1,"status":1}]`,
		"failed, and a number":    "[" + lost + `,{"public_id":"t-1","order_id":1042,"amount":1,"status":1}]`,
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newMock(t, apiPair, reply(200, body))
			_, err := c.FindPayout(ctx, wapay.Ref{Reference: "001042"})
			e := failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
			assert.Equal(t, "001042", e.Reference)
			_, err = c.FindPayment(ctx, wapay.Ref{Reference: "001042"})
			failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)

			// A failed charge beside it is not the answer either.
			c, m := newMock(t, bothPairs, reply(200, "["+lost+"]"), reply(200, body))
			got, err := c.FindPayment(ctx, wapay.Ref{Reference: "001042"})
			assert.Nil(t, got)
			failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
			assert.Len(t, m.Requests, 2)
		})
	}
	c, m := newMock(t, bothPairs, reply(200, "["+lost+"]"), reply(404, `{"message":"no Route matched with those values"}`))
	_, err := c.FindPayment(ctx, wapay.Ref{Reference: "001042"})
	failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	assert.Len(t, m.Requests, 2)
	for _, id := range []string{"null", "1042"} {
		c, _ := newMock(t, apiPair, reply(200, `[{"public_id":"t-1","order_id":`+id+`,"amount":1}]`))
		_, err := c.FindPayout(ctx, wapay.Ref{ID: "t-1", Reference: "001042"})
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
}

// The client does not choose between two orders with one reference.
func TestFindTwoOrders(t *testing.T) {
	for _, body := range []string{"[" + first + "," + second + "]", "[" + second + "," + other + "," + first + "]"} {
		c, m := newMock(t, bothPairs, reply(200, body))
		for _, find := range []func() (any, error){
			func() (any, error) { return c.FindPayout(context.Background(), wapay.Ref{Reference: "order-1"}) },
			func() (any, error) { return c.FindPayment(context.Background(), wapay.Ref{Reference: "order-1"}) },
		} {
			got, err := find()
			assert.Nil(t, got)
			e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeReadOnly)
			assert.Equal(t, "order-1", e.Reference)
			assert.ErrorContains(t, err, "t-1")
			assert.ErrorContains(t, err, "t-2")
			assert.NotContains(t, err.Error(), "t-3")
		}
		assert.Len(t, m.Requests, 2, "a duplicate is an answer, so the other pair is not asked")
	}
}

func TestFindByID(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, apiPair, reply(200, "["+first+"]"))
	got, err := c.FindPayout(ctx, wapay.Ref{ID: "t-1"})
	require.NoError(t, err)
	m.assertRequest("GET", "transfer/t-1", apiPair, nil)
	assert.Equal(t, "order-1", got.Reference, "the provider's, where the caller gave none")

	got, err = c.FindPayout(ctx, wapay.Ref{ID: "t-1", Reference: "order-1"})
	require.NoError(t, err)
	assert.Equal(t, "order-1", got.Reference)

	_, err = c.FindPayout(ctx, wapay.Ref{ID: "t-1", Reference: "order-9"})
	e := failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	assert.Equal(t, "order-9", e.Reference)
}

// With both pairs, the client also asks the SCI app for a payment that the API
// app does not have.
func TestFindPaymentWithBothPairs(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, bothPairs, reply(200, "[]"), reply(200, "["+first+"]"))
	got, err := c.FindPayment(ctx, wapay.Ref{Reference: "order-1"})
	require.NoError(t, err)
	assert.Equal(t, "t-1", got.ID)
	require.Len(t, m.Requests, 2)
	m.nth(0, "GET", "payment/?order_id=order-1", apiPair, nil)
	m.nth(1, "GET", "payment/?order_id=order-1", sciPair, nil)

	c, m = newMock(t, bothPairs, reply(404, `{"error":"No payment found with this identifier"}`), reply(200, "["+first+"]"))
	_, err = c.FindPayment(ctx, wapay.Ref{ID: "t-1"})
	require.NoError(t, err)
	m.nth(1, "GET", "payment/t-1", sciPair, nil)

	// No sample shows the message for a payment that an app does not have.
	strange := reply(404, `{"error":"Aucun paiement trouvé avec cet identifiant"}`)
	c, m = newMock(t, bothPairs, strange, reply(200, "["+first+"]"))
	_, err = c.FindPayment(ctx, wapay.Ref{ID: "t-1"})
	require.NoError(t, err)
	m.nth(1, "GET", "payment/t-1", sciPair, nil)
	for _, second := range []httpmock.Responder{strange, reply(404, `{"error":"No payment found with this identifier"}`)} {
		c, _ = newMock(t, bothPairs, strange, second)
		_, err = c.FindPayment(ctx, wapay.Ref{ID: "t-1"})
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}

	// A failed charge does not exclude a link with the same reference.
	failed := strings.NewReplacer("t-1", "t-0", `"status":1`, `"status":-1`).Replace(first)
	same := strings.Replace(first, "t-1", "t-0", 1)
	for _, x := range []struct {
		status int
		link   string
		id     string
		kind   error
	}{
		{200, first, "t-1", nil}, {200, second, "t-2", nil}, {200, "[]", "t-0", nil}, {200, failed, "t-0", nil},
		{200, strings.Replace(failed, "t-0", "t-9", 1), "t-0", nil}, {200, same, "", wapay.ErrDecode},
		{200, "[" + first + "," + second + "]", "", wapay.ErrDuplicate}, {401, sample(t, "unauthorized_number.json"), "", wapay.ErrUnauthorized},
	} {
		c, m = newMock(t, bothPairs, reply(200, "["+failed+"]"), reply(x.status, x.link))
		got, err = c.FindPayment(ctx, wapay.Ref{Reference: "order-1"})
		require.Len(t, m.Requests, 2)
		m.nth(1, "GET", "payment/?order_id=order-1", sciPair, nil)
		if x.kind != nil {
			assert.ErrorIs(t, err, x.kind, x.link)
			assert.Nil(t, got)
			continue
		}
		require.NoError(t, err, x.link)
		assert.Equal(t, x.id, got.ID, x.link)
	}
	c, m = newMock(t, bothPairs, reply(200, "["+failed+"]"))
	got, err = c.FindPayment(ctx, wapay.Ref{ID: "t-0"})
	require.NoError(t, err)
	assert.Equal(t, wapay.StatusFailed, got.Status)
	assert.Len(t, m.Requests, 1, "an id is one payment's")

	// If the client cannot ask the API app, the SCI app's answer alone decides
	// nothing.
	c, m = newMock(t, bothPairs, reply(401, sample(t, "unauthorized_number.json")))
	_, err = c.FindPayment(ctx, wapay.Ref{Reference: "order-1"})
	failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeReadOnly)
	assert.Len(t, m.Requests, 1)
}
