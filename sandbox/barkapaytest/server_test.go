package barkapaytest

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

func moovCharge(order string, more ...string) []string {
	return append([]string{
		"sender_country", "BFA", "operator", "MOOV", "sender_phonenumber", "72929595", "amount", "200", "order_id", order,
	}, more...)
}

func moovTransfer(order string, more ...string) []string {
	return append([]string{
		"receiver_country", "BFA", "operator", "MOOV", "receiver_phonenumber", "72929595", "amount", "1000", "order_id", order,
	}, more...)
}

func fixedLink(order string, more ...string) []string {
	return append([]string{"set_amount", "fixed", "amount", "500", "order_id", order}, more...)
}

const (
	chargePath   = "payment/mobile/api"
	linkPath     = "payment/mobile/web/create"
	transferPath = "transfer/request/mobile"
)

func TestInformation(t *testing.T) {
	b, c := newCaller(t, Config{})
	r := c.Get("ping").Want(t, 200, `{"message":"Success"}`)
	if r.Header.Get("X-RateLimit-Limit") != "60" || r.Header.Get("X-RateLimit-Remaining") != "59" {
		t.Errorf("headers %v", r.Header)
	}
	b.SetOperator("BFA", "ORANGE", Operator{OTPRequired: true, Min: 100, Max: 500, Payment: "UNSTABLE", Transfer: "DOWN"})
	c.Get("operators-availability").Want(t, 200, `{"status":200,"message":"The API is up and running.",`+
		`"available_services":{"mobile-operators-availability":{"BFA":{"MOOV":{"payment":"OPERATIONAL","transfer":"OPERATIONAL"},`+
		`"ORANGE":{"payment":"UNSTABLE","transfer":"DOWN"}},"SEN":`)
	c.Get("operators-infos").
		Want(t, 200, `{"status":200,"infos":{"BFA":{"MOOV":{"otp_required":false,"payment_instructions":"Veuillez`).
		Want(t, 200, `"pay_delay":1800,"min_amount":100,"max_amount":500}`)
	c.Get("user-and-api-app-info").Want(t, 200, `"public_id":100000100000,"status":"ENABLED"},"api_app_details":{"name":`).
		Want(t, 200, `"allowed_countries":["BFA","SEN","CIV","BEN","TOG"]`)
	c.sci().Get("user-and-api-app-info").Want(t, 200, `"can_perform_transfers":false,"app_type":"sci"`)

	_, c = newCaller(t, Config{PublicIDAsString: true, OldAvailability: true, UnauthorizedStatusAsString: true})
	c.Get("user-and-api-app-info").Want(t, 200, `"public_id":"0000100000100"`)
	c.Get("operators-availability").Want(t, 200, `"payments":{"mobile":true,"crypto":false,"electro":false}`)
	c.Key = "wrong"
	c.Get("ping").Want(t, 401, `{"status":"401","error":"Invalid or disabled API credentials"}`)
}

func TestAuthentication(t *testing.T) {
	_, c := newCaller(t, Config{RateLimit: -1})
	const refused = `{"status":401,"error":"Invalid or disabled API credentials"}`
	for _, pair := range [][2]string{
		{"", ""}, {c.Key, ""}, {c.Key, "x"}, {"x", c.Secret}, {c.Key, c.sci().Secret}, {c.Secret, c.Key},
	} {
		bad := c
		bad.Key, bad.Secret = pair[0], pair[1]
		bad.Get("ping").Want(t, 401, refused)
	}
	// The right pair for the wrong app.
	c.Post(linkPath, fixedLink("o-1")...).Want(t, 401, refused)
	c.sci().Post(chargePath, moovCharge("o-1")...).Want(t, 401, refused)
	c.sci().Post(transferPath, moovTransfer("o-1")...).Want(t, 401, refused)
	c.sci().Get("transfer/").Want(t, 401, refused)
	c.sci().Get("accounts").Want(t, 401, refused)
	c.sci().Get("ping").Want(t, 200, "Success")
	c.sci().Get("payment/").Want(t, 200, "[]")

	for _, accept := range []string{"", "*/*", "text/html"} {
		req := c.Request("GET", "ping", "", "")
		req.Header.Set("Accept", accept)
		c.Send(req).Want(t, 406, `"status":406`)
	}
	req := c.Request("GET", "ping", "", "")
	req.Header.Set("Accept-Language", "de")
	c.Send(req).Want(t, 422, "Accept-Language")
	req = c.Request("GET", "ping", "", "")
	req.Header.Add("X-Api-Key", c.Key)
	c.Send(req).Want(t, 401, refused)
}

func TestRoutes(t *testing.T) {
	_, c := newCaller(t, Config{})
	c.Get("nothing").Want(t, 404, "could not be found")
	c.Get("payment").Want(t, 404, "could not be found")
	c.Get("payment/a/b").Want(t, 404, "could not be found")
	c.Get("../client/ping").Want(t, 404, "could not be found")
	c.Post("ping").Want(t, 405, "not supported")
	c.Get(chargePath).Want(t, 405, "not supported")
	c.Get("ping?x=1").Want(t, 422, "no query")
	c.Post(chargePath+"?amount=200", moovCharge("o-1")...).Want(t, 422, "no query")
	c.Get("payment/d275a941").Want(t, 404, `{"error":"No payment found with this identifier"}`)
	c.Get("transfer/d275a941").Want(t, 404, `{"error":"No transfer found with this identifier"}`)
}

func TestRateLimit(t *testing.T) {
	clock := kittest.NewClock()
	_, c := newCaller(t, Config{Clock: clock.Now, RateLimit: 2})
	c.Get("ping").Want(t, 200, "")
	clock.Advance(20*time.Second + time.Millisecond)
	if r := c.Get("ping").Want(t, 200, ""); r.Header.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("headers %v", r.Header)
	}
	r := c.Post(transferPath, moovTransfer("o-1")...).Want(t, 429, "Too Many Attempts.")
	if r.Header.Get("Retry-After") != "40" || r.Header.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("headers %v", r.Header)
	}
	c.sci().Get("ping").Want(t, 200, "") // each pair has its own
	clock.Advance(40 * time.Second)
	c.Get("ping").Want(t, 200, "")
}

func TestBodies(t *testing.T) {
	b, c := newCaller(t, Config{})
	send := func(contentType, body string) kittest.Reply {
		return c.Send(c.Request("POST", chargePath, contentType, body))
	}
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for name, v := range kittest.Pairs(moovCharge("multi")) {
		_ = w.WriteField(name, v[0])
	}
	_ = w.Close()
	send(w.FormDataContentType(), buf.String()).Want(t, 201, `"order_id":"multi"`)
	send("application/json; charset=utf-8", `{"sender_country":"BFA","operator":"MOOV","sender_phonenumber":"72929595",
		"amount":200,"order_id":"json","order_id_unicity":1,"otp":null,"callback_url":""}`).Want(t, 201, `"order_id":"json"`)

	for _, x := range []struct {
		contentType, body string
		status            int
		text              string
	}{
		{"", "a=b", 415, "Unsupported Media Type."},
		{"text/plain", "a=b", 415, "Unsupported Media Type."},
		{"application/json", "{", 422, "cannot be read"},
		{"application/json", `[1]`, 422, "cannot be read"},
		{"application/json", `{"order_data":{"a":1}}`, 422, "order_data field must be a string"},
		{"application/json", `{"sender_country":"BFA","operator":"MOOV","sender_phonenumber":"72929595","amount":2e2,"order_id":"x"}`, 422, "amount field must be an integer"},
		{"application/json", `{"sender_country":"BFA","operator":"MOOV","sender_phonenumber":"72929595","amount":200,"order_id":"x","order_id_unicity":true}`, 422, "order id unicity"},
		{"application/x-www-form-urlencoded", "amount=200&amount=300", 422, "given twice"},
		{"application/x-www-form-urlencoded", "amount=%zz", 422, "cannot be read"},
		{"multipart/form-data; boundary=x", "--x\r\n", 422, "cannot be read"},
	} {
		send(x.contentType, x.body).Want(t, x.status, x.text)
	}
	if n := len(b.Orders()); n != 2 {
		t.Errorf("%d payments, want those of the bodies that were not refused", n)
	}
}

func TestHashVectors(t *testing.T) {
	type vector struct {
		Name, Hash, Body string
		Key              string `json:"ipn_key"`
		Valid            bool
	}
	for _, v := range kittest.ReadVectors[vector](t, "testdata/ipn.json") {
		if got := hashOfBody(t, v.Key, []byte(v.Body)); (got == v.Hash) != v.Valid {
			t.Errorf("%s: hash %s, want %s", v.Name, got, v.Hash)
		}
	}
}

// hashOfBody computes a notification's hash from the values as they stand in
// its body.
func hashOfBody(t *testing.T, key string, body []byte) string {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	prefix := "sender"
	if m["receiver_country"] != nil {
		prefix = "receiver"
	}
	var values []string
	for _, name := range []string{"public_id", "amount", prefix + "_phonenumber", prefix + "_country", "status", "order_id", "txid"} {
		v := strings.Trim(string(m[name]), `"`)
		if v == "null" {
			v = ""
		}
		values = append(values, v)
	}
	return hash(key, values...)
}

func TestManyAtOnce(t *testing.T) {
	r := kittest.NewHook(t)
	b, c := newCaller(t, Config{RateLimit: -1, AutoSettle: true, NotificationURL: r.URL})
	b.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST", Path: transferPath, Times: 2})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			order := "o-" + string(rune('a'+i))
			c.Post(transferPath, moovTransfer(order, "ignore_double_spend_risk", "1")...)
			c.Post(chargePath, moovCharge(order)...)
			c.Get("payment/?order_id=" + order)
			c.Get("accounts")
		}()
	}
	wg.Wait()
	if err := b.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if got := b.Balance("mobile/BFA/api"); got != 1_000_000-8*1000+8*200 {
		t.Errorf("balance %d", got)
	}
	if n := len(r.Received()); n != 16 {
		t.Errorf("%d notifications", n)
	}
	kittest.CheckLedger(t, b.Ledger)
}

// caller has the keys of the API app.
type caller struct {
	kittest.Caller
	b *Server
}

func newCaller(t *testing.T, c Config) (*Server, caller) {
	t.Helper()
	b := New(c)
	t.Cleanup(b.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	hc := &http.Client{Transport: tr, Timeout: 10 * time.Second}
	return b, caller{kittest.Caller{T: t, URL: b.URL() + "/", Key: b.Config().APIKey, Secret: b.Config().APISecret, HTTP: hc}, b}
}

func (c caller) sci() caller {
	c.Key, c.Secret = c.b.Config().SCIKey, c.b.Config().SCISecret
	return c
}
