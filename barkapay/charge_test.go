package barkapay_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/barkapay"
)

// goodCharge is the documented sample without its optional fields.
func goodCharge(t testing.TB) barkapay.ChargeRequest {
	return barkapay.ChargeRequest{
		OrderID: "23839488238", Amount: wapay.XOF.Units(200), Sender: phone(t, "72929595", "BF"), Operator: "MOOV",
	}
}

func TestCharge(t *testing.T) {
	body := sample(t, "charge.json")
	c, m := newMock(t, bothPairs, reply(201, body))
	got, err := c.Charge(context.Background(), goodCharge(t))
	require.NoError(t, err)
	m.assertRequest("POST", "payment/mobile/api", apiPair, url.Values{
		"sender_country": {"BFA"}, "operator": {"MOOV"}, "sender_phonenumber": {"72929595"}, "amount": {"200"},
		"order_id": {"23839488238"}, "order_id_unicity": {"1"},
	})
	assert.JSONEq(t, body, string(got.Raw))
	got.Raw = nil
	assert.Equal(t, &barkapay.Transaction{
		ID: "d275a941-e1f8-4c6d-9ddb-99765fc3b10d", OrderID: "23839488238", Amount: wapay.XOF.Units(200),
		Phone: "72929595", Country: "BFA", Status: wapay.StatusPending, ProviderStatus: "0",
		Message: "Payment request created successfully.",
	}, got)
}

func TestChargeWithOTP(t *testing.T) {
	body := sample(t, "charge_otp.json")
	c, m := newMock(t, bothPairs, reply(200, body))
	r := barkapay.ChargeRequest{
		OrderID: "2383948823w", Amount: wapay.XOF.Units(300), Sender: phone(t, "76615699", "BF"), Operator: "ORANGE",
		OTP: "23235", CallbackURL: "https://www.myshopname.com/callbacks/barkapay",
		OrderData: `{"shop": "IsaShop","product-id": "239230jd9230ej0&a=b"}`, AllowDuplicate: true,
	}
	got, err := c.Charge(context.Background(), r)
	require.NoError(t, err)
	m.assertRequest("POST", "payment/mobile/api", apiPair, url.Values{
		"sender_country": {"BFA"}, "operator": {"ORANGE"}, "sender_phonenumber": {"76615699"}, "amount": {"300"},
		"order_id": {"2383948823w"}, "order_id_unicity": {"0"}, "otp": {"23235"},
		"callback_url": {"https://www.myshopname.com/callbacks/barkapay"},
		"order_data":   {`{"shop": "IsaShop","product-id": "239230jd9230ej0&a=b"}`},
	})
	got.Raw = nil
	assert.Equal(t, &barkapay.Transaction{
		ID: "3a2a6631-0364-410e-b8c3-4e1793eb2391", OrderID: "2383948823w", Amount: wapay.XOF.Units(300),
		Phone: "76615699", Country: "BFA", Status: wapay.StatusSucceeded, ProviderStatus: "1", TxID: "OM241120.1647.60728964",
		Message: "Payment successful.",
	}, got)
}

func TestChargeCountries(t *testing.T) {
	for _, x := range []struct{ number, iso2, country, national string }{
		{"+226 72 92 95 95", "", "BFA", "72929595"},
		{"77 123 45 67", "SN", "SEN", "771234567"},
		{"07 07 12 34 56", "CI", "CIV", "0707123456"},
		{"01 97 00 00 00", "BJ", "BEN", "0197000000"},
		{"97 00 00 00", "BJ", "BEN", "97000000"},
		{"90 12 34 56", "TG", "TOG", "90123456"}, // documented as TOG; ISO 3166-1 has TGO
		{"65 12 34 56", "ML", "MLI", "65123456"},
		{"93 12 34 56", "NE", "NER", "93123456"},
	} {
		r := goodCharge(t)
		r.Sender = phone(t, x.number, x.iso2)
		c, m := newMock(t, apiPair, reply(201, sample(t, "charge.json")))
		_, err := c.Charge(context.Background(), r)
		require.NoError(t, err)
		form, err := url.ParseQuery(m.Requests[0].Body)
		require.NoError(t, err)
		assert.Equal(t, x.country, form.Get("sender_country"), x.number)
		assert.Equal(t, x.national, form.Get("sender_phonenumber"), x.number)
	}
}

// Each call with a price refuses badAmounts.
var badAmounts = map[string]wapay.Money{
	"0": wapay.XOF.Units(0), "negative": wapay.XOF.Units(-200), "out of range": wapay.XOF.Units(-1 << 63), "SLE": wapay.SLE.Units(200),
	"USD": wapay.USD.Units(200), "SLE out of range": wapay.SLE.Units(1 << 62), "XAF": wapay.XAF.Units(200), "zero value": {},
}

// Each call that makes an order refuses badReferences and sends goodReferences
// unchanged.
var (
	badReferences = map[string]string{
		"empty": "", "500": strings.Repeat("9", 500), "256": strings.Repeat("9", 256), "colon": "a:b", "newline": "a\nb",
		"leading": " a", "trailing": "a ", "tab": "\ta", "NUL": "a\x00", "not UTF-8": "a\xff", "zero width": "a\u200bb", "no-break": "\u00a0a",
	}
	goodReferences = []string{"1", "a/../b", "é", "a b", "..", "a&b=c%2F+d", "c1d66d7e1198d", "7b3d2f6e-0000-4000-8000-000000000000", strings.Repeat("9", 255)}
)

func TestChargeChecks(t *testing.T) {
	ctx := context.Background()
	c, m := newMock(t, apiPair)
	_, err := c.Charge(ctx, barkapay.ChargeRequest{})
	badFields(t, err, "OrderID", "Amount", "Sender", "Operator")
	_, err = c.Charge(ctx, barkapay.ChargeRequest{
		OrderID: "a:b", Amount: wapay.USD.Units(5), Sender: phone(t, "601234567", "GN"), Operator: "MO\nOV",
		OTP: "1\n2\x00", CallbackURL: "http://shop.example/ipn", OrderData: strings.Repeat("x", 16385),
	})
	badFields(t, err, "OrderID", "Amount", "Sender", "Operator", "OTP", "CallbackURL", "OrderData")
	assert.ErrorContains(t, err, "GN")

	for name, change := range map[string]func(*barkapay.ChargeRequest){
		"Sender":      func(r *barkapay.ChargeRequest) { r.Sender = wapay.Phone{} },
		"Operator":    func(r *barkapay.ChargeRequest) { r.Operator = "" },
		"CallbackURL": func(r *barkapay.ChargeRequest) { r.CallbackURL = "https://user:pw@shop.example/" },
		"OTP":         func(r *barkapay.ChargeRequest) { r.OTP = "12\x0034" },
		"OrderData":   func(r *barkapay.ChargeRequest) { r.OrderData = "\xff" },
	} {
		r := goodCharge(t)
		change(&r)
		_, err := c.Charge(ctx, r)
		badFields(t, err, name)
	}
	for _, n := range []int64{99, 1_000_001, 1e18} { // documented only for this amount
		r := goodCharge(t)
		r.Amount = wapay.XOF.Units(n)
		_, err := c.Charge(ctx, r)
		badFields(t, err, "Amount")
	}
	for name, amount := range badAmounts {
		t.Run("amount "+name, func(t *testing.T) {
			r := goodCharge(t)
			r.Amount = amount
			_, err := c.Charge(ctx, r)
			badFields(t, err, "Amount")
		})
	}
	for name, reference := range badReferences {
		t.Run("reference "+name, func(t *testing.T) {
			r := goodCharge(t)
			r.OrderID = reference
			_, err := c.Charge(ctx, r)
			badFields(t, err, "OrderID")
		})
	}
	m.none()
}

func TestChargeSendsReferencesAsTheyAre(t *testing.T) {
	for _, reference := range goodReferences {
		for _, amount := range []int64{100, 1_000_000} {
			r := goodCharge(t)
			r.OrderID, r.Amount = reference, wapay.XOF.Units(amount)
			c, m := newMock(t, apiPair, reply(201, strings.Replace(sample(t, "charge.json"), "200,", fmt.Sprint(amount, ","), 1)))
			_, err := c.Charge(context.Background(), r)
			require.NoError(t, err)
			form, err := url.ParseQuery(m.Requests[0].Body)
			require.NoError(t, err)
			assert.Equal(t, reference, form.Get("order_id"))
		}
	}
}

// The client reads these forms of a charge's answer, and rejects the others.
func TestChargeTolerant(t *testing.T) {
	const id = `"public_id":"p-1",`
	for name, x := range map[string]struct {
		data   string
		status wapay.Status
		raw    string
		amount int64
	}{
		"numbers as strings": {id + `"amount":"200","status":"1"`, wapay.StatusSucceeded, "1", 200},
		"failed, a string":   {id + `"amount":200,"status":"-1"`, wapay.StatusFailed, "-1", 200},
		"status 7":           {id + `"amount":200,"status":7`, wapay.StatusUnknown, "7", 200},
		"status a word":      {id + `"amount":200,"status":"weird"`, wapay.StatusUnknown, "weird", 200},
		"status {}":          {id + `"amount":200,"status":{}`, wapay.StatusUnknown, "", 200},
		"status []":          {id + `"amount":200,"status":[]`, wapay.StatusUnknown, "", 200},
		"status [1]":         {id + `"amount":200,"status":[1]`, wapay.StatusUnknown, "[1]", 200},
		"status true":        {id + `"amount":200,"status":true`, wapay.StatusUnknown, "true", 200},
		"status 1.0":         {id + `"amount":200,"status":1.0`, wapay.StatusUnknown, "1.0", 200},
		"status null":        {id + `"amount":200,"status":null`, wapay.StatusUnknown, "", 200},
		"no status":          {id + `"amount":200`, wapay.StatusUnknown, "", 200},
		"decimals":           {id + `"amount":"200.00","status":0`, wapay.StatusPending, "0", 200},
		"1e6":                {id + `"amount":1e6,"status":0`, wapay.StatusPending, "0", 1_000_000},
		"1E+2":               {id + `"amount":1E+2,"status":0`, wapay.StatusPending, "0", 100},
		"-5":                 {id + `"amount":-5,"status":0`, wapay.StatusPending, "0", -5},
		"an id that is none": {`"public_id":"p-1","amount":1,"status":0,"agent":{"x":[1]},"launch_url":false,"more":{}`, wapay.StatusPending, "0", 1},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, apiPair, reply(201, `{"status":201,"data":{"order_id":"23839488238",`+x.data+`}}`))
			got, err := c.Charge(context.Background(), goodCharge(t))
			require.NoError(t, err)
			assert.Equal(t, "p-1", got.ID)
			assert.Equal(t, x.status, got.Status)
			assert.Equal(t, x.raw, got.ProviderStatus)
			assert.Equal(t, wapay.XOF.Units(x.amount), got.Amount)
			assert.Len(t, m.Requests, 1)
		})
	}
	for name, body := range map[string]string{
		"no data":          `{"status":201}`,
		"data null":        `{"data":null}`,
		"data []":          `{"data":[]}`,
		"data a string":    `{"data":"p-1"}`,
		"no public_id":     `{"data":{"amount":200,"status":1}}`,
		"empty public_id":  `{"data":{"public_id":"","amount":200,"status":1}}`,
		"public_id null":   `{"data":{"public_id":null,"amount":200,"status":1}}`,
		"public_id {}":     `{"data":{"public_id":{},"amount":200,"status":1}}`,
		"no amount":        `{"data":{"public_id":"p-1","status":1}}`,
		"amount abc":       `{"data":{"public_id":"p-1","amount":"abc","status":1}}`,
		"amount 200.5":     `{"data":{"public_id":"p-1","amount":200.5,"status":1}}`,
		"amount huge":      `{"data":{"public_id":"p-1","amount":99999999999999999999,"status":1}}`,
		"amount 1e400":     `{"data":{"public_id":"p-1","amount":1e400,"status":1}}`,
		"amount {}":        `{"data":{"public_id":"p-1","amount":{},"status":1}}`,
		"amount in hex":    `{"data":{"public_id":"p-1","amount":"0x10","status":1}}`,
		"amount, comma":    `{"data":{"public_id":"p-1","amount":"1,000","status":1}}`,
		"truncated":        `{"data":{"public_id":"p-1","amount":200,"status":`,
		"two documents":    `{"data":{"public_id":"p-1","amount":200,"status":1}}{}`,
		"something before": `<br>{"data":{"public_id":"p-1","amount":200,"status":1}}`,
	} {
		t.Run(name, func(t *testing.T) {
			c, m := newMock(t, apiPair, reply(201, body))
			got, err := c.Charge(context.Background(), goodCharge(t))
			assert.Nil(t, got)
			e := failure(t, err, wapay.ErrDecode, wapay.OutcomeUnknown)
			assert.Equal(t, "23839488238", e.Reference)
			assert.Equal(t, 201, e.HTTPStatus)
			assert.Equal(t, body, string(e.Body))
			assert.Len(t, m.Requests, 1, "never sent again")
		})
	}
}

// FuzzCharge checks that no answer causes a panic or a success without an id.
func FuzzCharge(f *testing.F) {
	for _, name := range []string{"charge.json", "charge_otp.json", "transfer_created.json", "link.json", "merchant_as_printed.txt"} {
		f.Add(sample(f, name))
	}
	f.Add(`{"data":{"public_id":{"a":[null]},"amount":"1e-3","created_at":1}}`)
	f.Fuzz(func(t *testing.T, body string) {
		c, _ := newMock(t, bothPairs, reply(200, body))
		ctx := context.Background()
		got, err := c.Charge(ctx, goodCharge(t))
		valid(t, body, got, err, wapay.OutcomeUnknown)
		got, err = c.CreateTransfer(ctx, goodTransfer(t))
		valid(t, body, got, err, wapay.OutcomeUnknown)
		link, err := c.CreatePaymentLink(ctx, goodLink())
		if (link == nil) == (err == nil) || link != nil && (link.ID == "" || link.URL == "") {
			t.Errorf("%q: %+v, %v", body, link, err)
		}
		_, _ = c.Accounts(ctx)
		_, _ = c.Statement(ctx, goodStatement)
		_, _ = c.Merchant(ctx)
		_, _ = c.Operators(ctx)
		_, _ = c.OperatorsAvailability(ctx)
	})
}

// valid checks that a call gave either an error or a transaction with an id.
func valid(t *testing.T, body string, got *barkapay.Transaction, err error, outcome wapay.Outcome) {
	t.Helper()
	if err != nil {
		if got != nil {
			t.Errorf("%q: a result beside the error %v", body, err)
		}
		failure(t, err, wapay.ErrDecode, outcome)
		return
	}
	if got == nil || got.ID == "" || !json.Valid([]byte(body)) || !json.Valid(got.Raw) {
		t.Errorf("%q: %+v", body, got)
	}
}
