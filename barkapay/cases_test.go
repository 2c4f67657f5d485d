package barkapay_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

func TestAmountInItsCurrency(t *testing.T) {
	c, _ := newMock(t, apiPair, reply(200, sample(t, "filter_currency_gnf.json")))
	got, err := c.Payments(context.Background(), barkapay.Filter{})
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, wapay.XOF.Units(200), got[0].Amount)
	assert.Equal(t, wapay.GNF.Units(50000), got[1].Amount)
	assert.Equal(t, "GNF", got[1].Currency)

	found, err := c.FindPayment(context.Background(), byReference("1002"))
	require.NoError(t, err)
	assert.Equal(t, wapay.GNF.Units(50000), found.Amount)
}

func TestInexactAmount(t *testing.T) {
	c, _ := newMock(t, apiPair, reply(200, sample(t, "filter_with_crypto.json")))
	got, err := c.Payments(context.Background(), barkapay.Filter{})
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, wapay.XOF.Units(200), got[0].Amount)
	got[1].Raw = nil
	assert.Equal(t, barkapay.Transaction{
		ID: "b736d4b5-ea47-4244-b209-83371047a058", OrderID: "1003", Currency: "USDT", Type: "crypto", Address: "TXabcdefexample",
		Status: wapay.StatusSucceeded, ProviderStatus: "1", CoderNote: "Ambition is priceless.", OriginSource: "1",
		CreatedAt: at("2024-01-24T12:29:25.41Z"),
	}, got[1])

	for _, currency := range []string{"XOF", "xof", "FCFA", "CFA", ""} {
		c, _ := newMock(t, apiPair, reply(200, `[{"public_id":"p-1","amount":"5000.00","currency":"`+currency+`"}]`))
		got, err := c.Payment(context.Background(), "p-1")
		require.NoError(t, err)
		assert.Equal(t, wapay.XOF.Units(5000), got.Amount, currency)
		assert.Equal(t, currency, got.Currency)
	}

	// The client takes neither a coin nor another country's currency for
	// francs.
	for _, row := range []string{
		`{"public_id":"p-1","amount":12,"type":"crypto","currency":null}`, `{"public_id":"p-1","amount":12,"currency":"USDT"}`,
		`{"public_id":"p-1","amount":50000,"sender_country":"GIN","currency":null}`, `{"public_id":"p-1","amount":12.5}`,
	} {
		c, _ := newMock(t, apiPair, reply(200, "["+row+"]"))
		got, err := c.Payment(context.Background(), "p-1")
		require.NoError(t, err)
		assert.Equal(t, wapay.Money{}, got.Amount, row)
	}
}

// Integrations show lookups' answers in two more forms.
func TestFindAnswerShapes(t *testing.T) {
	const id = "d275a941-e1f8-4c6d-9ddb-99765fc3b10d"
	for _, file := range []string{"find_answer_status_success_data_object.json", "find_answer_bare_object.json"} {
		for _, pair := range []barkapay.Credentials{apiPair, sciPair} {
			c, _ := newMock(t, pair, reply(200, sample(t, file)))
			got, err := c.Payment(context.Background(), id)
			require.NoError(t, err, file)
			assert.Equal(t, wapay.StatusSucceeded, got.Status)
			assert.Equal(t, wapay.XOF.Units(200), got.Amount)
			assert.Equal(t, "CHKTRANS240201.1615.B15593", got.TxID)
			assert.True(t, strings.HasPrefix(string(got.Raw), `{"public_id"`), string(got.Raw))
			found, err := c.FindPayment(context.Background(), byReference("23839488238"))
			require.NoError(t, err, file)
			assert.Equal(t, id, found.ID)
			assert.JSONEq(t, string(got.Raw), string(found.Raw))
		}
	}
}

// A lookup finds a reference that the provider shows as a number, or its error
// leaves the order open.
func TestNumericReference(t *testing.T) {
	for reference, x := range map[string]struct {
		shown string
		found bool
	}{
		"1042": {"1042", true}, "001042": {"1042", false}, "20251125223849000001234": {"2.0251125223849e+22", false},
	} {
		c, _ := newMock(t, apiPair, reply(200, `[{"public_id":"t-1","order_id":`+x.shown+`,"amount":1000,"status":1}]`))
		p, err := c.FindPayout(context.Background(), byReference(reference))
		if x.found {
			require.NoError(t, err)
			assert.Equal(t, reference, p.Reference)
			continue
		}
		failure(t, err, wapay.ErrDecode, wapay.OutcomeReadOnly)
	}
}

// With both pairs, a lookup asks for the payments of each app.
func TestPaymentsOfBothApps(t *testing.T) {
	ctx := context.Background()
	rowA, rowB := paymentRow("p-1", 0), paymentRow("l-1", 1)
	c, m := newMock(t, bothPairs, reply(200, "["+rowA+"]"), reply(200, "["+strings.Replace(rowA, `"status":0`, `"status":1`, 1)+","+rowB+"]"))
	got, err := c.Payments(ctx, barkapay.Filter{Operator: "MOOV"})
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, "p-1", got[0].ID)
	assert.Equal(t, wapay.StatusSucceeded, got[0].Status, "the later answer")
	assert.Equal(t, "l-1", got[1].ID)
	m.nth(0, "GET", "payment/?operator=MOOV", apiPair, nil)
	m.nth(1, "GET", "payment/?operator=MOOV", sciPair, nil)

	none := reply(404, `{"error":"No payment found with this identifier"}`)
	c, m = newMock(t, bothPairs, none, reply(200, "["+rowB+"]"))
	one, err := c.Payment(ctx, "l-1")
	require.NoError(t, err)
	assert.Equal(t, "l-1", one.ID)
	m.nth(1, "GET", "payment/l-1", sciPair, nil)

	c, m = newMock(t, bothPairs, none)
	_, err = c.Payment(ctx, "l-1")
	e := failure(t, err, wapay.ErrNotFound, wapay.OutcomeReadOnly)
	assert.Equal(t, 2, e.Attempts, "of both lookups")
	assert.Len(t, m.Requests, 2)

	c, _ = newMock(t, bothPairs, reply(200, "[]"), reply(401, `{"status":401,"error":"Invalid or disabled API credentials"}`))
	_, err = c.Payments(ctx, barkapay.Filter{})
	failure(t, err, wapay.ErrUnauthorized, wapay.OutcomeReadOnly)

	live, b := live(t, barkapaytest.Config{OwnPaymentsOnly: true})
	_, err = live.Pay(ctx, goodPay(t))
	require.NoError(t, err)
	link := goodPay(t)
	link.Reference, link.Operator = "order-2", ""
	p, err := live.Pay(ctx, link)
	require.NoError(t, err)
	all, err := live.Payments(ctx, barkapay.Filter{})
	require.NoError(t, err)
	assert.Len(t, all, 2)
	one, err = live.Payment(ctx, p.ID)
	require.NoError(t, err)
	assert.Equal(t, "order-2", one.OrderID)
	assert.Len(t, b.Orders(), 2)
}

// These limits are documented for another call only.
func TestAmountsWithoutLimit(t *testing.T) {
	ctx := context.Background()
	for _, n := range []int64{1, 99, 1_000_001, 250_000_000} {
		r := goodPayout(t)
		r.Amount = wapay.XOF.Units(n)
		c, m := newMock(t, apiPair, reply(422, `{"message":"no"}`))
		_, err := c.Payout(ctx, r)
		failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
		assert.Len(t, m.Requests, 1)

		link := goodLink()
		link.Amount = wapay.XOF.Units(n)
		c, m = newMock(t, sciPair, reply(422, `{"message":"no"}`))
		_, err = c.CreatePaymentLink(ctx, link)
		failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
		assert.Len(t, m.Requests, 1)
	}
	charge := goodCharge(t)
	charge.OrderData, charge.OTP = strings.Repeat("x", 16<<10), wapay.Secret(strings.Repeat("1", 40))
	c, m := newMock(t, apiPair, reply(422, `{"message":"no"}`))
	_, err := c.Charge(ctx, charge)
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
	assert.Len(t, m.Requests, 1)

	link := goodLink()
	link.PayURL, link.NoPayURL, link.Title = "http://shop.example/ok", "http://shop.example/no", strings.Repeat("t", 300)
	c, m = newMock(t, sciPair, reply(422, `{"message":"no"}`))
	_, err = c.CreatePaymentLink(ctx, link)
	failure(t, err, wapay.ErrInvalid, wapay.OutcomeRejected)
	assert.Equal(t, "http://shop.example/ok", form(t, m.Requests[0].Body).Get("pay_url"))
}

// The client's requests equal those of the provider's SDK, of its shop plugin
// and of two integrations, up to the differences in this table.
func TestRequestsOfIntegrations(t *testing.T) {
	ctx := context.Background()
	plain := func(file string) url.Values {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(sample(t, file)), &fields))
		out := url.Values{}
		for name, v := range fields {
			switch v := v.(type) {
			case string:
				out.Set(name, v)
			case float64:
				data, _ := json.Marshal(v)
				out.Set(name, string(data))
			}
		}
		return out
	}
	c, m := newMock(t, bothPairs, reply(422, `{"message":"no"}`))
	sent := func() url.Values { return form(t, m.Requests[len(m.Requests)-1].Body) }

	_, _ = c.CreatePaymentLink(ctx, barkapay.LinkRequest{
		OrderID: "1042", Amount: wapay.XOF.Units(12500), Period: 1500e9, Title: "Order 1042", NotifyPayer: true, PayerEmail: "client@example.com",
		CallbackURL: "https://shop.example/?wc-api=wc_gateway_barkapay", PayURL: "https://shop.example/checkout/order-received/1042/?key=wc_order_x",
		NoPayURL:  "https://shop.example/cart/?cancel_order=true&order_id=1042",
		OrderData: `{"customer_id":7,"items":[{"product_id":55,"quantity":1,"total":"12500"}]}`,
	})
	want := plain("link_request_woocommerce.json")
	want.Set("amount", "12500") // without decimals
	want.Set("order_id_unicity", "1")
	assert.Equal(t, want, sent())

	_, _ = c.CreateTransfer(ctx, barkapay.TransferRequest{
		OrderID: "iweidiewd743kwedk", Amount: wapay.XOF.Units(1000), Receiver: phone(t, "72000001", "BF"), Operator: "MOOV",
		Note: "Ambition is priceless.", CallbackURL: "https://shop.example/barkapay-71737188", OrderData: `{"order_data":"no-data"}`,
	})
	want = plain("transfer_request_official_php.json")
	want.Del("ignore_double_spend_risk") // "0", the default
	want.Set("order_id_unicity", "1")
	assert.Equal(t, want, sent())

	_, _ = c.Charge(ctx, barkapay.ChargeRequest{
		OrderID: "ORDER123", Amount: wapay.XOF.Units(5000), Sender: phone(t, "76000001", "BF"), Operator: "ORANGE", OTP: "123456",
	})
	want = plain("charge_request_official_php.json")
	want.Del("set_amount")   // of a link
	want.Del("callback_url") // "N/A"
	want.Set("order_id_unicity", "1")
	assert.Equal(t, want, sent())

	_, _ = c.Charge(ctx, barkapay.ChargeRequest{
		OrderID: "ORDER456", Amount: wapay.XOF.Units(5000), Sender: phone(t, "70000001", "BF"), Operator: "MOOV", CallbackURL: "https://shop.example/callback",
	})
	want = plain("charge_request_laravel_readme_phone_with_calling_code.json")
	want.Del("set_amount")
	want.Set("sender_phonenumber", "70000001") // without calling code, as documented
	want.Set("order_id_unicity", "1")
	assert.Equal(t, want, sent())

	_, _ = c.Charge(ctx, barkapay.ChargeRequest{
		OrderID: "1731000000123", Amount: wapay.XOF.Units(5000), Sender: phone(t, "70000001", "BF"), Operator: "MOOV",
		CallbackURL: "https://shop.example/api/payments/webhooks/barkapay", OrderData: `{"description":"Panier"}`,
	})
	assert.Equal(t, form(t, strings.TrimSpace(sample(t, "charge_request_node.form"))), sent())
}

// The answer to a link has each documented field.
func TestLinkFields(t *testing.T) {
	c, _ := newMock(t, sciPair, reply(201, `{"link":"https://pay.example/1","data":{"public_id":"p-1","amount":null,"status":0,"order_id":"348bd829213ds",
		"agent":{"id":7},"set_amount":"interval","amount_interval":"[100,900]","period":"1500","payer_notification_email":"a@b.example","title":"T","description":"D"}}`))
	r := goodLink()
	r.Price, r.Amount, r.MinAmount, r.MaxAmount = barkapay.PriceInterval, wapay.Money{}, wapay.XOF.Units(100), wapay.XOF.Units(900)
	got, err := c.CreatePaymentLink(context.Background(), r)
	require.NoError(t, err)
	got.Raw = nil
	assert.Equal(t, &barkapay.PaymentLink{
		URL: "https://pay.example/1", ID: "p-1", OrderID: "348bd829213ds", Price: barkapay.PriceInterval, AmountInterval: "[100,900]",
		Period: 1500e9, PayerEmail: "a@b.example", Title: "T", Description: "D", Agent: `{"id":7}`,
		Status: wapay.StatusPending, ProviderStatus: "0",
	}, got)
}

// A payment names the customer's next action, even if the address of a page is
// lost.
func TestActions(t *testing.T) {
	ctx := context.Background()
	for name, x := range map[string]struct {
		row  string
		want wapay.Action
	}{
		"a charge waits":  {paymentRow("p-1", 0), wapay.ActionConfirm},
		"a link waits":    {strings.Replace(paymentRow("p-1", 0), `"72929595"`, "null", 1), wapay.ActionPageLost},
		"a page is shown": {strings.Replace(paymentRow("p-1", 0), `"amount"`, `"launch_url":"https://w.example/1","amount"`, 1), wapay.ActionOpenPage},
		"no page":         {strings.Replace(paymentRow("p-1", 0), `"amount"`, `"launch_url":false,"amount"`, 1), wapay.ActionConfirm},
		"paid":            {paymentRow("p-1", 1), wapay.ActionNone},
		"failed":          {paymentRow("p-1", -1), wapay.ActionNone},
		"unknown":         {paymentRow("p-1", 7), wapay.ActionNone},
	} {
		c, _ := newMock(t, apiPair, reply(200, "["+x.row+"]"))
		p, err := c.FindPayment(ctx, byReference("order-1"))
		require.NoError(t, err)
		assert.Equal(t, x.want, p.Action, name)
	}
	c, _ := newMock(t, apiPair, reply(201, `{"data":{"public_id":"p-1","amount":200,"status":0}}`))
	p, err := c.Pay(ctx, goodPay(t))
	require.NoError(t, err)
	assert.Equal(t, wapay.ActionConfirm, p.Action)
	assert.False(t, p.Replayed)

	live, _ := live(t, barkapaytest.Config{})
	link := goodPay(t)
	link.Operator = ""
	for status, want := range map[string]wapay.Action{"0": wapay.ActionOpenPage, "7": wapay.ActionOpenPage, "-1": wapay.ActionNone} {
		c, _ = newMock(t, sciPair, reply(201, `{"link":"https://pay.example/1","data":{"public_id":"p-1","order_id":"`+link.Reference+`","status":`+status+`}}`))
		p, err = c.Pay(ctx, link)
		require.NoError(t, err)
		assert.Equal(t, want, p.Action, status)
	}
	p, err = live.Pay(ctx, link)
	require.NoError(t, err)
	assert.Equal(t, wapay.ActionOpenPage, p.Action)
	p, err = live.Pay(ctx, link)
	require.NoError(t, err)
	assert.True(t, p.Replayed)
	assert.Equal(t, wapay.ActionPageLost, p.Action)
	assert.Empty(t, p.CheckoutURL)
}

// A failed payment stays the answer for its reference.
func TestSandboxAfterADecline(t *testing.T) {
	ctx := context.Background()
	c, b := live(t, barkapaytest.Config{})
	p, err := c.Pay(ctx, goodPay(t))
	require.NoError(t, err)
	require.NoError(t, b.Decline(p.ID, ""))
	for range 2 {
		again, err := c.Pay(ctx, goodPay(t))
		require.NoError(t, err)
		assert.Equal(t, p.ID, again.ID)
		assert.Equal(t, wapay.StatusFailed, again.Status)
		assert.True(t, again.Replayed)
	}
	assert.Len(t, b.Orders(), 1)
}

// A refusal for double spend risk may be about this order's own transfer.
func TestSandboxDoubleSpend(t *testing.T) {
	ctx := context.Background()
	const risk = "Double spend risk: a transfer of the same amount was just sent to this receiver."
	c, m := newMock(t, apiPair, reply(422, `{"status":422,"message":"`+risk+`"}`), reply(200, "["+first+"]"))
	p, err := c.Payout(ctx, goodPayout(t))
	require.NoError(t, err)
	assert.Equal(t, "t-1", p.ID)
	assert.True(t, p.Replayed)
	m.nth(1, "GET", "transfer/?order_id=order-1", apiPair, nil)

	live, b := live(t, barkapaytest.Config{})
	_, err = live.Payout(ctx, goodPayout(t))
	require.NoError(t, err)
	other := goodPayout(t)
	other.Reference = "order-2" // the same amount to the same receiver
	_, err = live.Payout(ctx, other)
	e := failure(t, err, wapay.ErrDuplicate, wapay.OutcomeUnknown)
	assert.False(t, wapay.NotDone(err))
	assert.Contains(t, e.Message, "Double spend")
	assert.Empty(t, bookings(b, "order-2"))
}
