package barkapay_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
)

func goodPay(t testing.TB) wapay.PaymentRequest {
	return wapay.PaymentRequest{
		Reference: "order-1", Amount: wapay.XOF.Units(200), Operator: "MOOV", Customer: wapay.Customer{Phone: phone(t, "72929595", "BF")},
	}
}

func goodPayout(t testing.TB) wapay.PayoutRequest {
	return wapay.PayoutRequest{
		Reference: "order-1", Amount: wapay.XOF.Units(1000), Operator: "MOOV", Recipient: wapay.Customer{Phone: phone(t, "72929595", "BF")},
	}
}

func TestPayCharges(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(201, `{"data":{"public_id":"p-1","amount":200,"status":0,"order_id":"order-1","launch_url":"https://w.example/1"}}`))
	r := goodPay(t)
	r.OTP, r.NotifyURL, r.Metadata = "1234", "https://shop.example/ipn", map[string]string{"b": "2", "a": "é<"}
	r.ReturnURL, r.CancelURL, r.Description = "https://shop.example/ok", "https://shop.example/no", "Shoes"
	got, err := c.Pay(context.Background(), r)
	require.NoError(t, err)
	m.only("POST", "payment/mobile/api", apiPair, url.Values{
		"sender_country": {"BFA"}, "operator": {"MOOV"}, "sender_phonenumber": {"72929595"}, "amount": {"200"},
		"order_id": {"order-1"}, "order_id_unicity": {"1"}, "otp": {"1234"}, "callback_url": {"https://shop.example/ipn"},
		"order_data": {`{"a":"é\u003c","b":"2"}`},
	})
	assert.NotEmpty(t, got.Raw)
	got.Raw = nil
	assert.Equal(t, &wapay.Payment{
		Provider: "barkapay", ID: "p-1", Reference: "order-1", Status: wapay.StatusPending, ProviderStatus: "0",
		Amount: wapay.XOF.Units(200), CheckoutURL: "https://w.example/1",
	}, got)
}

func TestPayMakesALink(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(201, sample(t, "link.json")))
	r := goodPay(t)
	r.Amount = wapay.XOF.Units(500)
	r.Operator, r.NotifyURL, r.Metadata = "", "https://shop.example/ipn", map[string]string{"a": "1"}
	r.ReturnURL, r.CancelURL, r.Description = "https://shop.example/ok", "https://shop.example/no", "Shoes"
	r.Customer.Email = "customername@domain.com"
	got, err := c.Pay(context.Background(), r)
	require.NoError(t, err)
	m.only("POST", "payment/mobile/web/create", sciPair, url.Values{
		"set_amount": {"fixed"}, "amount": {"500"}, "order_id": {"order-1"}, "order_id_unicity": {"1"},
		"callback_url": {"https://shop.example/ipn"}, "order_data": {`{"a":"1"}`}, "description": {"Shoes"},
		"pay_url": {"https://shop.example/ok"}, "no_pay_url": {"https://shop.example/no"},
		"payer_notification_email": {"customername@domain.com"},
	})
	const id = "77727e97-85b4-4aa1-999a-8d865751af2a"
	got.Raw = nil
	assert.Equal(t, &wapay.Payment{
		Provider: "barkapay", ID: id, Reference: "order-1", Status: wapay.StatusPending, ProviderStatus: "0",
		Amount: wapay.XOF.Units(500), CheckoutURL: "https://barkapay.com/interfaces/mobile/single-payment/" + id,
	}, got)
}

func TestPayout(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(201, sample(t, "transfer_created.json")))
	r := goodPayout(t)
	r.NotifyURL, r.Metadata, r.Description = "https://shop.example/ipn", map[string]string{"a": "1"}, "Wages"
	got, err := c.Payout(context.Background(), r)
	require.NoError(t, err)
	m.only("POST", "transfer/request/mobile", apiPair, url.Values{
		"receiver_country": {"BFA"}, "operator": {"MOOV"}, "receiver_phonenumber": {"72929595"}, "amount": {"1000"},
		"order_id": {"order-1"}, "order_id_unicity": {"1"}, "callback_url": {"https://shop.example/ipn"},
		"order_data": {`{"a":"1"}`}, "note": {"Wages"},
	})
	got.Raw = nil
	assert.Equal(t, &wapay.Payout{
		Provider: "barkapay", ID: "c6e16250-395e-47ab-920a-6f23ae141067", Reference: "order-1", Status: wapay.StatusPending,
		ProviderStatus: "0", Amount: wapay.XOF.Units(1000),
	}, got)
}

// Bad fields have the names that the caller knows.
func TestPayChecks(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, bothPairs)
	bad := wapay.PaymentRequest{
		Reference: "a:b", Amount: wapay.USD.Units(5), Operator: "MO\nOV", OTP: "\x00", NotifyURL: "http://shop.example",
		Metadata: map[string]string{"a": strings.Repeat("x", 5000)},
	}
	_, err := c.Pay(ctx, bad)
	badFields(t, err, "Reference", "Amount", "Customer.Phone", "Operator", "OTP", "NotifyURL", "Metadata")
	bad = wapay.PaymentRequest{
		Reference: " a", NotifyURL: "http://shop.example", ReturnURL: "x", CancelURL: "ftp://x.example",
		Customer: wapay.Customer{Email: "nobody"}, Description: strings.Repeat("x", 2001), Metadata: map[string]string{"a": strings.Repeat("x", 5000)},
	}
	_, err = c.Pay(ctx, bad)
	badFields(t, err, "Reference", "Amount", "NotifyURL", "ReturnURL", "CancelURL", "Customer.Email", "Description", "Metadata")
	_, err = c.Payout(ctx, wapay.PayoutRequest{
		Reference: "a\n", Recipient: wapay.Customer{Phone: phone(t, "601234567", "GN")}, NotifyURL: "shop.example",
		Description: strings.Repeat("x", 501), Metadata: map[string]string{"a": strings.Repeat("x", 5000)},
	})
	badFields(t, err, "Reference", "Amount", "Recipient.Phone", "Operator", "NotifyURL", "Description", "Metadata")
	_, err = c.Payout(ctx, wapay.PayoutRequest{})
	badFields(t, err, "Reference", "Amount", "Recipient.Phone", "Operator")

	// Without the SCI pair there are no links, so an operator is required beside all else.
	api := m.client(apiPair)
	_, err = api.Pay(ctx, wapay.PaymentRequest{})
	badFields(t, err, "Reference", "Amount", "Customer.Phone", "Operator")
	assert.ErrorContains(t, err, "SCI")

	for name, reference := range badReferences {
		t.Run(name, func(t *testing.T) {
			p, q := goodPay(t), goodPayout(t)
			p.Reference, q.Reference = reference, reference
			_, err := c.Pay(ctx, p)
			badFields(t, err, "Reference")
			_, err = c.Payout(ctx, q)
			badFields(t, err, "Reference")
		})
	}
	for name, amount := range badAmounts {
		t.Run(name, func(t *testing.T) {
			p, q := goodPay(t), goodPayout(t)
			p.Amount, q.Amount = amount, amount
			_, err := c.Pay(ctx, p)
			badFields(t, err, "Amount")
			_, err = c.Payout(ctx, q)
			badFields(t, err, "Amount")
		})
	}
	m.none()
}

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
		Reason: "Successfully sent.", OperatorID: "OP-1", CreatedAt: at("2024-02-16T07:55:34.57Z"),
	}
	for name, body := range map[string]string{
		"alone": "[" + first + "]", "no list": first, "twice": "[" + first + "," + first + "]",
		"filter ignored": "[" + other + "," + first + "]", "between others": "[" + other + "," + first + "," + other + "," + first + "]",
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, bothPairs, reply(200, body))
			got, err := c.FindPayout(ctx, wapay.Ref{Reference: "order-1"})
			require.NoError(t, err)
			m.only("GET", "transfer/?order_id=order-1", apiPair, nil)
			assert.JSONEq(t, first, string(got.Raw))
			got.Raw = nil
			assert.Equal(t, &want, got)

			c, m = newMock(t, bothPairs, reply(200, body))
			payment, err := c.FindPayment(ctx, wapay.Ref{Reference: "order-1"})
			require.NoError(t, err)
			m.only("GET", "payment/?order_id=order-1", apiPair, nil)
			payment.Raw = nil
			assert.Equal(t, &wapay.Payment{
				Provider: "barkapay", ID: "t-1", Reference: "order-1", Status: wapay.StatusSucceeded, ProviderStatus: "1", Amount: wapay.XOF.Units(1000),
				Reason: "Successfully sent.", OperatorID: "OP-1", CreatedAt: at("2024-02-16T07:55:34.57Z"),
			}, payment)
		})
	}
	c, m := newMock(t, apiPair, reply(200, "[]"))
	_, err := c.FindPayout(ctx, wapay.Ref{Reference: "order-1"})
	e := failure(t, err, wapay.ErrNotFound, wapay.OutcomeRejected)
	assert.Equal(t, "order-1", e.Reference)
	_, err = c.FindPayment(ctx, wapay.Ref{Reference: "order-1"})
	failure(t, err, wapay.ErrNotFound, wapay.OutcomeRejected)
	assert.Len(t, m.Requests, 2)
}

// A list that does not show the order does not say either that there is none, unless it is empty.
func TestFindWithoutAWord(t *testing.T) {
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

			// Nor does it make a charge that failed the whole story.
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

// Two orders with one reference: the library does not choose.
func TestFindTwo(t *testing.T) {
	for _, body := range []string{"[" + first + "," + second + "]", "[" + second + "," + other + "," + first + "]"} {
		c, m := newMock(t, bothPairs, reply(200, body))
		for _, find := range []func() (any, error){
			func() (any, error) { return c.FindPayout(context.Background(), wapay.Ref{Reference: "order-1"}) },
			func() (any, error) { return c.FindPayment(context.Background(), wapay.Ref{Reference: "order-1"}) },
		} {
			got, err := find()
			assert.Nil(t, got)
			e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeRejected)
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
	m.only("GET", "transfer/t-1", apiPair, nil)
	assert.Equal(t, "order-1", got.Reference, "the provider's, where the caller gave none")

	got, err = c.FindPayout(ctx, wapay.Ref{ID: "t-1", Reference: "order-1"})
	require.NoError(t, err)
	assert.Equal(t, "order-1", got.Reference)

	_, err = c.FindPayout(ctx, wapay.Ref{ID: "t-1", Reference: "order-9"})
	e := failure(t, err, wapay.ErrNotFound, wapay.OutcomeRejected)
	assert.Equal(t, "order-9", e.Reference)
}

// A merchant with both pairs: what the API app does not know, the SCI app may.
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

	// A charge that failed says nothing of a link with the same reference.
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

	// An API app that cannot be asked says nothing about the payment, and the SCI app alone does not either.
	c, m = newMock(t, bothPairs, reply(401, sample(t, "unauthorized_number.json")))
	_, err = c.FindPayment(ctx, wapay.Ref{Reference: "order-1"})
	failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeRejected)
	assert.Len(t, m.Requests, 1)
}

const taken = `{"status":422,"message":"The order id has already been taken."}`

// A first attempt that was answered 429 and had arrived all the same: the refusal of the second one is no failure.
func TestRepeatThatWasRefused(t *testing.T) {
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

	pay.Operator = "" // a link knows no phone before it is paid
	c, m = newMock(t, bothPairs, limited, reply(422, taken), reply(200, "[]"), reply(200, "["+strings.Replace(first, "72929595", "", 1)+"]"))
	p, err = c.Pay(ctx, pay)
	require.NoError(t, err)
	assert.Equal(t, "t-1", p.ID)
	assert.Len(t, m.Requests, 4)

	// Another order than the one that was asked for is not taken for it.
	for name, body := range map[string]string{
		"nothing": "[]", "another amount": "[" + strings.Replace(first, "1000", "2000", 1) + "]", "two": "[" + first + "," + second + "]",
		"another receiver": "[" + strings.Replace(first, "72929595", "70000000", 1) + "]",
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, apiPair, limited, reply(422, taken), reply(200, body))
			got, err := c.Payout(ctx, goodPayout(t))
			assert.Nil(t, got)
			outcome := wapay.OutcomeRejected
			if name == "nothing" || name == "two" { // then it is not known whose order there is
				outcome = wapay.OutcomeUnknown
			}
			e := failure(t, err, wapay.ErrDuplicate, outcome)
			assert.Equal(t, "order-1", e.Reference)
			assert.Equal(t, 2, e.Attempts)
			assert.Len(t, m.Requests, 3)
		})
	}

	// On the first attempt it is what it says: an order of before.
	c, m = newMock(t, apiPair, reply(422, taken))
	_, err = c.Payout(ctx, goodPayout(t))
	failure(t, err, wapay.ErrDuplicate, wapay.OutcomeRejected)
	assert.Len(t, m.Requests, 1)
}

// A transport that does not say whether a request has left gets no benefit of the doubt.
func TestMuteTransport(t *testing.T) {
	ctx := context.Background()
	broken := httpmock.NewErrorResponder(assert.AnError)
	for name, fn := range calls(t) {
		if writes[name] == "" {
			continue
		}
		c, m := newMock(t, bothPairs, broken)
		_, err := fn(ctx, c)
		e := failure(t, err, wapay.ErrUnavailable, wapay.OutcomeUnknown)
		assert.ErrorIs(t, err, assert.AnError)
		assert.Equal(t, writes[name], e.Reference)
		assert.Len(t, m.Requests, 1, "%s was sent again", name)
	}
}

var _ interface {
	wapay.Payer
	wapay.Payouter
} = (*barkapay.Client)(nil)
