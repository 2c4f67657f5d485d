package barkapay_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

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
	r.NotifyURL, r.Metadata = "https://shop.example/ipn", map[string]string{"b": "2", "a": "é<"}
	r.ReturnURL, r.CancelURL, r.Description = "https://shop.example/ok", "https://shop.example/no", "Shoes"
	got, err := c.Pay(context.Background(), r)
	require.NoError(t, err)
	m.assertRequest("POST", "payment/mobile/api", apiPair, url.Values{
		"sender_country": {"BFA"}, "operator": {"MOOV"}, "sender_phonenumber": {"72929595"}, "amount": {"200"},
		"order_id": {"order-1"}, "order_id_unicity": {"1"}, "callback_url": {"https://shop.example/ipn"},
		"order_data": {`{"a":"é\u003c","b":"2"}`},
	})
	assert.NotEmpty(t, got.Raw)
	got.Raw = nil
	assert.Equal(t, &wapay.Payment{
		Provider: "barkapay", ID: "p-1", Reference: "order-1", Status: wapay.StatusPending, ProviderStatus: "0",
		Amount: wapay.XOF.Units(200), CheckoutURL: "https://w.example/1", Action: wapay.ActionOpenPage,
	}, got)
}

func TestPayMakesALink(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(201, sample(t, "link.json")))
	r := goodPay(t)
	r.Amount = wapay.XOF.Units(500)
	r.Operator, r.NotifyURL, r.Metadata = "", "https://shop.example/ipn", map[string]string{"a": "1"}
	r.ReturnURL, r.CancelURL, r.Description = "https://shop.example/ok", "https://shop.example/no", "Shoes"
	r.Customer.Email, r.ExpiresIn = "customername@domain.com", 1500*time.Second
	got, err := c.Pay(context.Background(), r)
	require.NoError(t, err)
	m.assertRequest("POST", "payment/mobile/web/create", sciPair, url.Values{
		"set_amount": {"fixed"}, "amount": {"500"}, "order_id": {"order-1"}, "order_id_unicity": {"1"},
		"callback_url": {"https://shop.example/ipn"}, "order_data": {`{"a":"1"}`}, "description": {"Shoes"},
		"pay_url": {"https://shop.example/ok"}, "no_pay_url": {"https://shop.example/no"},
		"payer_notification_email": {"customername@domain.com"}, "period": {"1500"},
	})
	const id = "77727e97-85b4-4aa1-999a-8d865751af2a"
	got.Raw = nil
	assert.Equal(t, &wapay.Payment{
		Provider: "barkapay", ID: id, Reference: "order-1", Status: wapay.StatusPending, ProviderStatus: "0",
		Amount: wapay.XOF.Units(500), CheckoutURL: "https://barkapay.com/interfaces/mobile/single-payment/" + id,
		Action: wapay.ActionOpenPage,
	}, got)
}

func TestPayout(t *testing.T) {
	c, m := newMock(t, bothPairs, reply(201, sample(t, "transfer_created.json")))
	r := goodPayout(t)
	r.NotifyURL, r.Metadata, r.Description = "https://shop.example/ipn", map[string]string{"a": "1"}, "Wages"
	got, err := c.Payout(context.Background(), r)
	require.NoError(t, err)
	m.assertRequest("POST", "transfer/request/mobile", apiPair, url.Values{
		"receiver_country": {"BFA"}, "operator": {"MOOV"}, "receiver_phonenumber": {"72929595"}, "amount": {"1000"},
		"order_id": {"order-1"}, "order_id_unicity": {"1"}, "callback_url": {"https://shop.example/ipn"},
		"order_data": {`{"a":"1"}`}, "note": {"Wages"},
	})
	got.Raw = nil
	assert.Equal(t, &wapay.Payout{
		Provider: "barkapay", ID: "c6e16250-395e-47ab-920a-6f23ae141067", Reference: "order-1", Status: wapay.StatusPending,
		ProviderStatus: "0", Amount: wapay.XOF.Units(1000), Party: "72929595",
	}, got)
}

// Errors name bad fields as in wapay's requests.
func TestPayChecks(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, bothPairs)
	bad := wapay.PaymentRequest{
		Reference: "a:b", Amount: wapay.USD.Units(5), Operator: "MO\nOV", OTP: "\x00", NotifyURL: "http://shop.example",
		Metadata: map[string]string{"a": strings.Repeat("x", 16384)},
	}
	_, err := c.Pay(ctx, bad)
	badFields(t, err, "Reference", "Amount", "Customer.Phone", "Operator", "OTP", "NotifyURL", "Metadata")
	bad = wapay.PaymentRequest{
		Reference: " a", NotifyURL: "http://shop.example", ReturnURL: "x", CancelURL: "ftp://x.example",
		Customer: wapay.Customer{Email: "nobody"}, Description: strings.Repeat("x", 16385), Metadata: map[string]string{"a": strings.Repeat("x", 16384)},
	}
	_, err = c.Pay(ctx, bad)
	badFields(t, err, "Reference", "Amount", "NotifyURL", "ReturnURL", "CancelURL", "Customer.Email", "Description", "Metadata")
	_, err = c.Payout(ctx, wapay.PayoutRequest{
		Reference: "a\n", Recipient: wapay.Customer{Phone: phone(t, "601234567", "GN")}, NotifyURL: "shop.example",
		Description: strings.Repeat("x", 16385), Metadata: map[string]string{"a": strings.Repeat("x", 16384)},
	})
	badFields(t, err, "Reference", "Amount", "Recipient.Phone", "Operator", "NotifyURL", "Description", "Metadata")
	_, err = c.Payout(ctx, wapay.PayoutRequest{})
	badFields(t, err, "Reference", "Amount", "Recipient.Phone", "Operator")

	// Without the SCI pair there are no links, so the operator is required.
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

// If the transport does not tell whether it sent a request, the outcome is
// unknown.
func TestSilentTransport(t *testing.T) {
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
