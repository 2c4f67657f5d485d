package cinetpaytest

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

// checkoutBody is a good body; more is name, value, name, value. A nil value
// leaves the field out.
func (c *caller) checkoutBody(id string, more ...any) string {
	v := map[string]any{
		"apikey": c.p.Config().APIKey, "site_id": c.p.Config().SiteID, "transaction_id": id, "amount": 1500,
		"currency": "XOF", "description": "Thé et café", "notify_url": "https://example.com/n",
		"return_url": "https://example.com/r", "channels": "ALL",
	}
	for i := 0; i < len(more); i += 2 {
		v[more[i].(string)] = more[i+1]
	}
	maps.DeleteFunc(v, func(_ string, v any) bool { return v == nil })
	return marshal(c.t, v)
}

func (c *caller) checkout(id string, more ...any) kittest.Reply {
	c.t.Helper()
	return c.send("POST", "/v2/payment", "application/json", c.checkoutBody(id, more...))
}

func (c *caller) check(more ...string) kittest.Reply {
	c.t.Helper()
	v := map[string]string{"apikey": c.p.Config().APIKey, "site_id": c.p.Config().SiteID}
	for i := 0; i < len(more); i += 2 {
		v[more[i]] = more[i+1]
	}
	return c.send("POST", "/v2/payment/check", "application/json", marshal(c.t, v))
}

var cardCustomer = []any{
	"channels", "CREDIT_CARD", "customer_name", "Koné", "customer_surname", "Awa", "customer_email", "awa@example.com",
	"customer_phone_number", "+2250707000001", "customer_address", "Rue 1", "customer_city", "Abidjan",
	"customer_country", "CI", "customer_state", "CI", "customer_zip_code", "00225",
}

func TestCheckoutRefuses(t *testing.T) {
	p, c := newCaller(t, Config{})
	for _, bad := range [][]any{
		{"transaction_id", nil}, {"transaction_id", 17}, {"transaction_id", ""}, {"amount", nil}, {"amount", "1500"},
		{"amount", 1502}, {"amount", 0}, {"amount", -5}, {"amount", 10.5}, {"currency", nil}, {"currency", "EUR"},
		{"currency", "xof"}, {"description", nil}, {"description", "a/b"}, {"description", "a#b"}, {"description", "a$b"},
		{"description", "a_b"}, {"description", "a&b"}, {"notify_url", nil}, {"notify_url", "http://example.com/n"},
		{"return_url", nil}, {"return_url", "example.com"}, {"channels", nil}, {"channels", "CARD"}, {"lang", "de"},
		{"metadata", map[string]string{"order": "7"}}, {"metadata", 7}, {"invoice_data", "x"}, {"mode", "PRODUCTION"},
		{"apikey", nil}, {"site_id", nil}, {"customer_email", "awa"}, {"customer_country", "CIV"},
		{"customer_phone_number", "07 07"}, {"lock_phone_number", "true", "customer_phone_number", "+2250707000001"},
		{"lock_phone_number", true}, {"lock_phone_number", true, "customer_phone_number", "+22507000001"},
	} {
		r := c.checkout("TX-1", bad...)
		if r.Status != 400 || !strings.Contains(r.Text(), `{"code":"608","message":"MINIMUM_REQUIRED_FIELDS","description":"The `) {
			t.Errorf("%v: %d %s", bad, r.Status, r.Body)
		}
	}
	for _, some := range [][]any{
		{"channels", "CREDIT_CARD"}, append(append([]any{}, cardCustomer...), "customer_city", nil), {"customer_email", "awa@example.com"},
	} {
		c.checkout("TX-1", some...).Want(t, 400, `{"code":"624","message":"UNKNOWN_ERROR"`)
	}
	const wrong = `{"code":"609","message":"AUTH_NOT_FOUND"`
	c.checkout("TX-1", "apikey", "x").Want(t, 403, wrong)
	c.checkout("TX-1", "site_id", "x").Want(t, 403, wrong)
	c.send("POST", "/v2/payment", "application/x-www-form-urlencoded", "apikey=x").Want(t, 400, "application/json")
	for _, body := range []string{"", "[]", "null", "{", c.checkoutBody("TX-1") + "{}"} {
		c.send("POST", "/v2/payment", "application/json", body).Want(t, 400, "must be a JSON object")
	}
	c.send("POST", "/v2/payment", "application/json", strings.Replace(c.checkoutBody("TX-1"), "{", `{"lang":null,`, 1)).
		Want(t, 400, "The lang must")
	c.checkout("TX-1", "metadata", strings.Repeat("x", 1001)).Want(t, 400, "at most 1000")
	c.send("POST", "/v2/payment?lang=fr", "application/json", c.checkoutBody("TX-1")).Want(t, 400, `"608"`)
	c.send("GET", "/v2/payment", "", "").Want(t, 405, `"708"`)
	c.send("POST", "/v2/nothing", "application/json", "{}").Want(t, 404, `"708"`)
	c.check().Want(t, 400, `"608"`)
	c.check("transaction_id", "TX-1", "token", "x").Want(t, 400, `"608"`)
	c.check("transaction_id", "TX-1").Want(t, 404, `{"code":"723","message":"NOT_FOUND"`)
	c.check("transaction_id", "TX-1", "apikey", "x").Want(t, 403, wrong)
	if len(p.Orders()) != 0 {
		t.Errorf("%+v", p.Orders())
	}
	c.checkout("TX-1", "site_id", 445160).Want(t, 200, `{"code":"201","message":"CREATED","description":"`)
	c.checkout("TX-1").Want(t, 400, "exists already")
	c.checkout("TX-2", cardCustomer...).Want(t, 200, "CREATED")
	c.checkout("TX-3", "lock_phone_number", true, "customer_phone_number", "+2250707000001").Want(t, 200, "CREATED")
}

func TestCheckoutPaid(t *testing.T) {
	clock := kittest.NewClock()
	hook := kittest.NewHook(t, 405, 503) // even a ping that is not answered changes nothing
	p, c := newCaller(t, Config{Clock: clock.Now, SecretKey: "s3cret"})
	r := c.checkout("TX-1", "notify_url", hook.URL, "metadata", "order=7", "lang", "en")
	page, token := r.Field("payment_url"), r.Field("payment_token")
	if page != p.URL()+"/payment/"+token || len(token) < 20 {
		t.Errorf("%s", r.Body)
	}
	if err := p.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if pings := p.DeliveriesOf(ping + "TX-1"); len(pings) != 1 || pings[0].Status != 405 || p.CountUndelivered() != 0 {
		t.Errorf("pings %+v", pings)
	}
	kittest.Caller{HTTP: c.http}.Send(kittest.MustRequest(t, page)).Want(t, 200, "TX-1: WAITING_FOR_CUSTOMER")
	kittest.Caller{HTTP: c.http}.Send(kittest.MustRequest(t, page+"x")).Want(t, 404, "No such payment")
	c.check("transaction_id", "TX-1").Want(t, 200, `{"code":"662","message":"WAITING_CUSTOMER_PAYMENT","data":{"amount":"1500",`+
		`"currency":"XOF","status":"WAITING_FOR_CUSTOMER","payment_method":null,"description":"Thé et café","metadata":"order=7",`+
		`"operator_id":null,"payment_date":" ","fund_availability_date":null},"api_response_id":"`)
	for _, code := range open {
		if err := p.BeginCheckout("TX-1", code); err != nil {
			t.Error(err)
		}
		c.check("token", token).Want(t, 200, `"message":"`+name(code)+`"`).Want(t, 200, "WAITING_FOR_CUSTOMER")
	}
	for _, bad := range []error{
		p.PayCheckout("TX-1", "", "+2250707000001"), p.PayCheckout("TX-1", "OM", "07"), p.BeginCheckout("TX-1", 600),
		p.PayCheckout("TX-1", "OMCM", "+237670000001"), p.RefuseCheckout("TX-1", 623), p.PayCheckout("TX-9", "OM", ""),
	} {
		if bad == nil {
			t.Error("no error")
		}
	}
	clock.Advance(time.Minute)
	if err := p.PayCheckout("TX-1", "OM", "+2250707000001"); err != nil {
		t.Fatal(err)
	}
	if p.PayCheckout("TX-1", "OM", "+2250707000001") != sandbox.ErrNotPending || p.RefuseCheckout("TX-1", 600) != sandbox.ErrNotPending {
		t.Error("paid twice")
	}
	c.check("transaction_id", "TX-1").Want(t, 200, `{"code":"00","message":"SUCCES","data":{"amount":"1500","currency":"XOF",`+
		`"status":"ACCEPTED","payment_method":"OM",`).Want(t, 200, `"payment_date":"2026-03-01 12:01:00","fund_availability_date":"2026-03-02"`)
	if p.Balance("checkout/XOF") != 1500 {
		t.Errorf("%+v", p.Entries())
	}
	kittest.CheckLedger(t, p.Ledger)

	if err := p.Flush(kittest.Context(t)); err != nil || p.CountUndelivered() != 1 {
		t.Fatal(err, p.CountUndelivered())
	}
	clock.Advance(time.Minute)
	if n := p.RedeliverDue(kittest.Context(t)); n != 1 || p.CountUndelivered() != 0 {
		t.Errorf("%d redelivered", n)
	}
	for _, d := range p.DeliveriesOf("TX-1") {
		form := values(t, d.Body)
		if len(form) != 16 || d.Header.Get("x-token") != xToken("s3cret", form) || d.Method != http.MethodPost {
			t.Errorf("%s %v", d.Body, d.Header)
		}
		if form["cpm_trans_id"] != "TX-1" || form["cpm_phone_prefixe"] != "225" || form["cel_phone_num"] != "0707000001" ||
			form["cpm_custom"] != "order=7" || form["cpm_language"] != "en" || form["cpm_error_message"] != "SUCCES" {
			t.Errorf("%v", form)
		}
	}
}

func TestCheckoutSettlesItself(t *testing.T) {
	p, c := newCaller(t, Config{AutoSettle: true, RefusalsAs200: true})
	c.checkout("TX-XAF", "currency", "XAF").Want(t, 200, "CREATED")
	c.checkout("TX-USD", "currency", "USD").Want(t, 200, "CREATED")
	c.checkout("TX-CARD", cardCustomer...).Want(t, 200, "CREATED")
	c.checkout("TX-LOCK", "lock_phone_number", true, "customer_phone_number", "+221770000001").Want(t, 200, "CREATED")
	c.checkout("TX-LOCK").Want(t, 200, `"608"`)
	if err := p.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	var methods []string
	for _, x := range p.checkouts {
		if x.status != "ACCEPTED" {
			t.Errorf("%+v", x)
		}
		methods = append(methods, x.method+x.prefix+x.phone)
	}
	if got := strings.Join(methods, " "); got != "OMCM237670000001 CARD CARD OMSN221770000001" {
		t.Errorf("paid by %s", got)
	}
}

func TestCheckoutRefused(t *testing.T) {
	hook := kittest.NewHook(t)
	p, c := newCaller(t, Config{})
	for id, code := range map[string]int{"TX-600": 600, "TX-602": 602, "TX-627": 627, "TX-635": 635, "TX-999": 999} {
		c.checkout(id, "notify_url", hook.URL).Want(t, 200, "CREATED")
		if err := p.RefuseCheckout(id, code); err != nil {
			t.Fatal(err)
		}
		c.check("transaction_id", id).Want(t, 200, `{"code":"`+id[3:]+`","message":"`+name(code)+`"`).
			Want(t, 200, `"status":"REFUSED"`)
		if err := p.WaitDelivered(kittest.Context(t), id); err != nil {
			t.Fatal(err)
		}
		if form := values(t, p.DeliveriesOf(id)[0].Body); form["cpm_error_message"] != name(code) {
			t.Errorf("%v", form)
		}
	}
	if len(p.EntriesOf("checkout/XOF")) != 0 {
		t.Errorf("%+v", p.Entries())
	}

	c.checkout("TX-L", "lock_phone_number", true, "customer_phone_number", "+2250707000001").Want(t, 200, "")
	if p.PayCheckout("TX-L", "OM", "+2250707000002") == nil || p.PayCheckout("TX-L", "CARD", "") == nil {
		t.Error("another phone paid")
	}
	if err := p.PayCheckout("TX-L", "OM", "2250707000001"); err != nil {
		t.Error(err)
	}
	c.checkout("TX-C", append([]any{"currency", "USD"}, cardCustomer...)...).Want(t, 200, "")
	if p.PayCheckout("TX-C", "OM", "2250707000001") == nil {
		t.Error("a phone paid where cards do")
	}
	if err := p.PayCheckout("TX-C", "CARD", ""); err != nil || p.Balance("checkout/USD") != 150_000 {
		t.Error(err, p.Balance("checkout/USD"))
	}
}
