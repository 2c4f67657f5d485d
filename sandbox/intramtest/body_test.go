package intramtest

import (
	"strings"
	"testing"
)

func TestBodies(t *testing.T) {
	i, c := newCaller(t, Config{MinAmount: 100})
	payout := payoutOf("PO-1", 1000)
	with := func(from, to string) string { return strings.Replace(payout, from, to, 1) }
	long := func(name string, n int) string {
		return with(`"reference":"PO-1"`, `"`+name+`":"`+strings.Repeat("é", n)+`"`)
	}
	for _, x := range []struct{ name, body, text string }{
		{"empty", "", `"code":"invalid_body"`},
		{"list", "[]", `"code":"invalid_body"`},
		{"null", "null", `"code":"invalid_body"`},
		{"two", payout + payout, `"code":"invalid_body"`},
		{"unknown", with(`"reference"`, `"ref"`), `[{"path":"ref","msg":"is not documented"}]`},
		{"unknown inside", with(`"msisdn"`, `"phone":"1","msisdn"`), `"path":"destination.phone"`},
		{"null inside", with(`"PO-1"`, "null"), `[{"path":"reference","msg":"must not be null"}]`},
		{"number for string", with(`"PO-1"`, "1"), `[{"path":"reference","msg":"must be a string"}]`},
		{"empty string", with(`"PO-1"`, `""`), `"path":"reference"`},
		{"reference too long", long("reference", 101), `"msg":"must be at most 100 characters"`},
		{"note too long", long("note", 501), `"msg":"must be at most 500 characters"`},
		{"metadata", with(`"reference":"PO-1"`, `"metadata":[]`), `"path":"metadata"`},
		{"no amount", with(`"amount":1000,`, ""), `"path":"amount","msg":"is required"`},
		{"amount a string", with("1000", `"1000"`), `"path":"amount","msg":"must be a number`},
		{"amount with exponent", with("1000", "1e3"), `"path":"amount"`},
		{"amount with decimals", with("1000", "1000.0"), `"path":"amount","msg":"must have at most 0 decimals"`},
		{"amount 0", with("1000", "0"), `"code":"amount_too_small"`},
		{"amount below 0", with("1000", "-1000"), `"code":"amount_too_small"`},
		{"amount below the least", with("1000", "99"), `"code":"amount_too_small","message":"The amount is too small","details":{"amount":99,"min":100}}`},
		{"amount too large", with("1000", "10000001"), `"code":"amount_too_large"`},
		{"no currency", with(`"currency":"XOF",`, ""), `"path":"currency","msg":"is required"`},
		{"unknown currency", with("XOF", "XYZ"), `"code":"unknown_currency"`},
		{"cents", with(`1000,"currency":"XOF"`, `200.125,"currency":"EUR"`), `"msg":"must have at most 2 decimals"`},
		{"no destination", `{"amount":1000,"currency":"XOF"}`, `"path":"destination","msg":"is required"`},
		{"destination a string", with(momo, `"destination":"x"`), `"path":"destination","msg":"must be an object"`},
		{"no type", with(`"type":"mobile_money",`, ""), `"path":"destination.type","msg":"is required"`},
		{"unknown type", with("mobile_money", "cash"), `"path":"destination.type"`},
		{"unknown provider", with("MTN_BENIN_229", "WAVE"), `"path":"destination.provider_code"`},
		{"country", with(`"BJ"`, `"BEN"`), `"path":"destination.country_code"`},
		{"other country", with(`"BJ"`, `"CI"`), `"path":"destination.country_code"`},
		{"plus", with("229016", "+229016"), `"path":"destination.msisdn"`},
		{"other country's phone", with("229016", "225076"), `"path":"destination.msisdn"`},
		{"no phone", with(`,"msisdn":"2290161234567"`, ""), `"path":"destination.msisdn","msg":"is required"`},
		{"bank fields with mobile money", with(`"msisdn"`, `"swift":"ECOCBJBJ","msisdn"`), `"path":"destination.swift"`},
		{"mobile fields with bank", with("mobile_money", "bank_account"), `"path":"destination.msisdn","msg":"does not belong to this type"`},
		{"bad swift", `{"amount":1000,"currency":"XOF","destination":{"type":"bank_account","swift":"x","account_number":"1","account_name":"A"}}`, `"path":"destination.swift"`},
	} {
		r := c.post("/payouts", x.body)
		if r.Status != 400 || !strings.Contains(r.Text(), x.text) {
			t.Errorf("%s: %d %s, want %s", x.name, r.Status, r.Text(), x.text)
		}
	}
	c.post("/payouts", long("reference", 100)).Want(t, 202, "")
	c.post("/payouts", long("note", 500)).Want(t, 202, "")
	c.post("/payouts", with("2290161234567", "22961234567")).Want(t, 202, "")
	if n := len(i.operations); n != 3 {
		t.Errorf("%d operations", n)
	}
}

func TestPaymentRequestBodies(t *testing.T) {
	i, c := newCaller(t, Config{})
	invoice := `"invoice":{"amount":1000,"currency":"XOF","customer":{}}`
	for _, x := range []struct{ body, text string }{
		{`{}`, `"code":"missing_invoice"`},
		{`{"invoice":[]}`, `"path":"invoice","msg":"must be an object"`},
		{`{"invoice":{"currency":"XOF"}}`, `"path":"invoice.amount","msg":"is required"`},
		{`{"invoice":{"amount":1,"currency":"XOF"}}`, `"path":"invoice.customer","msg":"is required"`},
		{`{"invoice":{"amount":0,"currency":"XOF","customer":{}}}`, `"code":"amount_too_small"`},
		{`{"invoice":{"amount":1,"currency":"XOF","description":"` + strings.Repeat("x", 501) + `"}}`, `"path":"invoice.description"`},
		{`{"invoice":{"amount":1,"currency":"XOF","customer":{"email":"a"}}}`, `"path":"invoice.customer.email"`},
		{`{"invoice":{"amount":1,"currency":"XOF","customer":{"phone":"01 61"}}}`, `"path":"invoice.customer.phone"`},
		{`{"invoice":{"amount":1,"currency":"XOF","customer":{"name":"A"}}}`, `"path":"invoice.customer.name"`},
		{`{` + invoice + `,"payment_method":{"code":"WAVE"}}`, `"path":"payment_method.code"`},
		{`{` + invoice + `,"payment_method":{"msisdn":"97000000"}}`, `"path":"payment_method.msisdn"`},
		{`{` + invoice + `,"return_urls":{"success":"http://shop.example/"}}`, `"path":"return_urls.success","msg":"must be an https URL"`},
		{`{` + invoice + `,"webhook_data":"x"}`, `"path":"webhook_data","msg":"must be an object"`},
		{`{` + invoice + `,"reference":"x"}`, `"path":"reference","msg":"is not documented"`},
	} {
		c.post("/payment-requests", x.body).Want(t, 400, x.text)
	}
	c.post("/payment-requests", `{`+invoice+`,"payment_method":{"code":"MOOV_AFRICA_BENIN_229","country_code":"BJ","msisdn":"2290195000000"},`+
		`"return_urls":{"success":"https://shop.example/ok","cancel":"https://shop.example/no"},"webhook_data":{"n":1.50}}`).Want(t, 202, "")
	i.Step()
	i.Step()
	if err := i.Approve(i.operations[0].ID); err != nil || i.Balance("sandbox/MOOV_AFRICA_BENIN_229") != 1_001_000 {
		t.Errorf("%v %+v", err, i.transactions[0])
	}
}

func TestBodyNeedsItsContentType(t *testing.T) {
	_, c := newCaller(t, Config{})
	for contentType, status := range map[string]int{"application/json; charset=utf-8": 202, "text/plain": 400, "": 400} {
		req := c.request("POST", "/payouts", "key-"+strings.Repeat("k", 8+len(contentType)), payoutOf("PO-1", 1))
		req.Header.Set("Content-Type", contentType)
		c.send(req).Want(t, status, "")
	}
	c.send(c.request("GET", "/balance", "", "{}")).Want(t, 400, `"code":"invalid_body"`)
}
