package barkapay_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
)

func goodLink() barkapay.LinkRequest {
	return barkapay.LinkRequest{OrderID: "348bd829213ds", Amount: wapay.XOF.Units(500)}
}

func TestLinkAddress(t *testing.T) {
	for _, link := range []string{`""`, `null`, `"javascript:alert(1)"`, `{"a":1}`, `"/relative"`, `"https://"`} {
		c, _ := newMock(t, sciPair, reply(201, `{"link":`+link+`,"data":{"public_id":"1","order_id":"o1","amount":500,"status":0}}`))
		_, err := c.CreatePaymentLink(context.Background(), barkapay.LinkRequest{OrderID: "o1", Amount: wapay.XOF.Units(500)})
		failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
	}
}

func TestCreatePaymentLink(t *testing.T) {
	body := sample(t, "link.json")
	c, m := newMock(t, bothPairs, reply(201, body))
	got, err := c.CreatePaymentLink(context.Background(), goodLink())
	require.NoError(t, err)
	m.assertRequest("POST", "payment/mobile/web/create", sciPair, url.Values{
		"set_amount": {"fixed"}, "amount": {"500"}, "order_id": {"348bd829213ds"}, "order_id_unicity": {"1"},
	})
	assert.JSONEq(t, body, string(got.Raw))
	got.Raw = nil
	const id = "77727e97-85b4-4aa1-999a-8d865751af2a"
	assert.Equal(t, &barkapay.PaymentLink{
		URL: "https://barkapay.com/interfaces/mobile/single-payment/" + id, ID: id, OrderID: "348bd829213ds",
		Price: barkapay.PriceFixed, Amount: wapay.XOF.Units(500), PayerEmail: "customername@domain.com", Status: wapay.StatusPending, ProviderStatus: "0",
		Message: "Payment request created successfully.",
	}, got)
}

func TestCreatePaymentLinkForms(t *testing.T) {
	for name, x := range map[string]struct {
		request barkapay.LinkRequest
		form    url.Values
	}{
		"everything, fixed": {
			barkapay.LinkRequest{
				OrderID: "o-1", Price: barkapay.PriceFixed, Amount: wapay.XOF.Units(1_000_000), Period: 5000 * time.Second,
				NotifyPayer: true, PayerEmail: "customername@domain.com", Title: "Air force One", Description: "Two\nlines",
				PayURL: "https://shop.example/ok?a=b&c=d", NoPayURL: "https://shop.example/no", CallbackURL: "https://shop.example/ipn",
				OrderData: `{"a":"é"}`, AllowDuplicate: true,
			},
			url.Values{
				"set_amount": {"fixed"}, "amount": {"1000000"}, "order_id": {"o-1"}, "order_id_unicity": {"0"}, "period": {"5000"},
				"notify_payer": {"1"}, "payer_notification_email": {"customername@domain.com"}, "title": {"Air force One"},
				"description": {"Two\nlines"}, "pay_url": {"https://shop.example/ok?a=b&c=d"}, "no_pay_url": {"https://shop.example/no"},
				"callback_url": {"https://shop.example/ipn"}, "order_data": {`{"a":"é"}`},
			},
		},
		"interval": {
			barkapay.LinkRequest{OrderID: "o-1", Price: barkapay.PriceInterval, MinAmount: wapay.XOF.Units(50_000), MaxAmount: wapay.XOF.Units(75_000)},
			url.Values{"set_amount": {"interval"}, "amount_interval": {"[50000,75000]"}, "order_id": {"o-1"}, "order_id_unicity": {"1"}},
		},
		"interval of one": {
			barkapay.LinkRequest{OrderID: "o-1", Price: barkapay.PriceInterval, MinAmount: wapay.XOF.Units(500), MaxAmount: wapay.XOF.Units(500)},
			url.Values{"set_amount": {"interval"}, "amount_interval": {"[500,500]"}, "order_id": {"o-1"}, "order_id_unicity": {"1"}},
		},
		"floating": {
			barkapay.LinkRequest{OrderID: "o-1", Price: barkapay.PriceFloating},
			url.Values{"set_amount": {"floating"}, "order_id": {"o-1"}, "order_id_unicity": {"1"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, bothPairs, reply(201, strings.Replace(sample(t, "link.json"), "348bd829213ds", "o-1", 1)))
			_, err := c.CreatePaymentLink(context.Background(), x.request)
			require.NoError(t, err)
			m.assertRequest("POST", "payment/mobile/web/create", sciPair, x.form)
		})
	}
}

func TestCreatePaymentLinkChecks(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, sciPair)
	for name, x := range map[string]struct {
		change func(*barkapay.LinkRequest)
		bad    []string
	}{
		"nothing set": {func(r *barkapay.LinkRequest) { *r = barkapay.LinkRequest{} }, []string{"OrderID", "Amount"}},
		"all at once": {func(r *barkapay.LinkRequest) {
			*r = barkapay.LinkRequest{
				OrderID: "a:b", Amount: wapay.USD.Units(500), MinAmount: wapay.XOF.Units(100), Period: time.Second / 2, NotifyPayer: true,
				PayerEmail: "no address", Title: strings.Repeat("t", 16385), Description: strings.Repeat("d", 16385),
				PayURL: "ftp://shop.example", NoPayURL: "shop.example", CallbackURL: "ftp://shop.example", OrderData: "\x00",
			}
		}, []string{"OrderID", "Amount", "MinAmount", "Period", "PayerEmail", "Title", "Description", "PayURL", "NoPayURL", "CallbackURL", "OrderData"}},
		"no e-mail to notify":      {func(r *barkapay.LinkRequest) { r.NotifyPayer = true }, []string{"PayerEmail"}},
		"two addresses":            {func(r *barkapay.LinkRequest) { r.PayerEmail = "a@b.c,d@e.f" }, []string{"PayerEmail"}},
		"fraction of a second":     {func(r *barkapay.LinkRequest) { r.Period = 1500 * time.Millisecond }, []string{"Period"}},
		"negative period":          {func(r *barkapay.LinkRequest) { r.Period = -time.Second }, []string{"Period"}},
		"interval without amounts": {func(r *barkapay.LinkRequest) { r.Price, r.Amount = barkapay.PriceInterval, wapay.Money{} }, []string{"MinAmount", "MaxAmount"}},
		"interval upside down": {func(r *barkapay.LinkRequest) {
			*r = barkapay.LinkRequest{OrderID: "o", Price: barkapay.PriceInterval, MinAmount: wapay.XOF.Units(500), MaxAmount: wapay.XOF.Units(499)}
		}, []string{"MaxAmount"}},
		"interval in two currencies": {func(r *barkapay.LinkRequest) {
			*r = barkapay.LinkRequest{OrderID: "o", Price: barkapay.PriceInterval, MinAmount: wapay.XOF.Units(500), MaxAmount: wapay.XAF.Units(900)}
		}, []string{"MaxAmount"}},
		"fixed with an interval":      {func(r *barkapay.LinkRequest) { r.MaxAmount = wapay.XOF.Units(900) }, []string{"MinAmount"}},
		"floating with an amount":     {func(r *barkapay.LinkRequest) { r.Price = barkapay.PriceFloating }, []string{"Amount"}},
		"a price nobody has heard of": {func(r *barkapay.LinkRequest) { r.Price, r.Amount = "free", wapay.Money{} }, []string{"Price"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := goodLink()
			x.change(&r)
			_, err := c.CreatePaymentLink(ctx, r)
			badFields(t, err, x.bad...)
		})
	}
	for name, amount := range badAmounts {
		t.Run("amount "+name, func(t *testing.T) {
			r := goodLink()
			r.Amount = amount
			_, err := c.CreatePaymentLink(ctx, r)
			badFields(t, err, "Amount")
		})
	}
	r := goodLink()
	r.Price, r.Amount = "free", wapay.Money{}
	_, err := c.CreatePaymentLink(ctx, r)
	assert.ErrorContains(t, err, `Price: is "free", want`)
	m.none()
}

func TestCreatePaymentLinkTolerant(t *testing.T) {
	const head = `{"status":201,"link":"https://pay.example/p-1","data":`
	for name, x := range map[string]struct {
		body   string
		amount wapay.Money
		status wapay.Status
		price  barkapay.PriceKind
	}{
		"another order, pending": {head + `{"public_id":"p-1","order_id":"another","amount":500,"status":0,"set_amount":"fixed"}}`,
			wapay.XOF.Units(500), wapay.StatusPending, "fixed"},
		"floating":     {head + `{"public_id":"p-1","amount":null,"status":0,"set_amount":"floating"}}`, wapay.Money{}, wapay.StatusPending, "floating"},
		"no amount":    {head + `{"public_id":"p-1","status":"0","set_amount":null}}`, wapay.Money{}, wapay.StatusPending, ""},
		"strings":      {head + `{"public_id":7,"amount":"500.00","status":"weird","set_amount":1}}`, wapay.XOF.Units(500), wapay.StatusUnknown, "1"},
		"unknown more": {head + `{"public_id":"p-1","amount":500,"status":{},"x":[1]}}`, wapay.XOF.Units(500), wapay.StatusUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newMock(t, sciPair, reply(201, x.body))
			got, err := c.CreatePaymentLink(context.Background(), goodLink())
			require.NoError(t, err)
			assert.Equal(t, "https://pay.example/p-1", got.URL)
			assert.Equal(t, x.amount, got.Amount)
			assert.Equal(t, x.status, got.Status)
			assert.Equal(t, x.price, got.Price)
		})
	}
	for _, body := range []string{
		head + `{"public_id":"p-1","order_id":"another","amount":500,"status":-1}}`,
		head + `{"amount":500,"status":0}}`, head + `[]}`, head + `null}`, head + `{"public_id":"p-1","amount":"abc"}}`,
		`{"link":null,"data":{"public_id":"p-1","amount":500}}`, `{"data":{"public_id":"p-1","amount":500,"status":0}}`,
	} {
		c, m := newMock(t, sciPair, reply(201, body))
		got, err := c.CreatePaymentLink(context.Background(), goodLink())
		assert.Nil(t, got)
		e := failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
		assert.Equal(t, "348bd829213ds", e.Reference)
		assert.Len(t, m.Requests, 1)
	}
}
