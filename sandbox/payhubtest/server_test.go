package payhubtest

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

const requestID = "5e0a94c7-13bd-4f6e-a782-c9d40b1e6f58"

type caller struct {
	*testing.T
	*Server
}

func newCaller(t *testing.T, c Config) caller { return caller{t, Start(t, c)} }

// want sends a request, and fails unless the answer has the status and the
// text. change may spoil the headers.
func (c caller) want(status int, text, method, path, body string, change ...func(http.Header)) string {
	c.T.Helper()
	r, err := http.NewRequest(method, c.URL()+"/"+path, strings.NewReader(body))
	if err != nil {
		c.T.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.cfg.KeyID+":"+c.cfg.Secret)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("X-Request-Id", requestID)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, fn := range change {
		fn(r.Header)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.T.Fatal(err)
	}
	defer resp.Body.Close()
	got, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != status || !strings.Contains(string(got), text) {
		c.T.Fatalf("%s %s %s: got %d %s, want %d with %s", method, path, body, resp.StatusCode, got, status, text)
	}
	return string(got)
}

func idOf(t *testing.T, body string) string {
	var v struct {
		Data map[string]struct {
			PublicID string `json:"public_id"`
		}
	}
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	for _, o := range v.Data {
		return o.PublicID
	}
	return ""
}

const (
	mtnPayment = `{"operator":"MTN","phone_number":"70000001","amount":7500,"order":{"id":"o-1"}}`
	transfer   = `{"operator":"ORANGE","phone_number":"70000002","amount":25000,"order":{"id":"t-1"}}`
)

func TestAnswersLikeTheSamples(t *testing.T) {
	clock := kittest.NewClock()
	c := newCaller(t, Config{Clock: clock.Now})
	id := idOf(t, c.want(201, `","amount":7500,"fees":"112.50","currency":"XOF","phone_number":"70000001","country":"BF","operator":"MTN",`+
		`"channel":null,"status":"PROCESSING_OPERATOR","order_id":"o-1","provider_transaction_id":null,"order_data":null,"reason":null,`+
		`"created_at":"2026-03-01T12:00:00Z"}}}`, "POST", "bf/v1/payments", mtnPayment))
	c.want(201, `{"status":"success","code":"resource_created","data":{"transfer":{"public_id":"`, "POST", "bf/v1/transfers", transfer)
	c.want(200, `{"status":"success","data":{"payments":[{"public_id":"`+id+`"`, "GET", "bf/v1/payments/o-1", "")
	c.want(200, `{"status":"success","data":{"payments":[{"public_id":"`+id+`"`, "GET", "bf/v1/payments/"+id, "")
	c.want(404, `{"status":"failed","code":"resource_not_found","message":"Nothing under this id.","request_id":"`+requestID+`"}`, "GET", "sn/v1/payments/o-1", "")
	c.want(404, "resource_not_found", "GET", "bf/v1/transfers/o-1", "")
	c.want(200, `"meta":{"current_page":1,"last_page":1,"per_page":50,"total":1}`, "GET", "bf/v1/payments", "")
	c.want(200, `"holds":"25000.00"`, "GET", "bf/v1/balance", "")
	c.want(200, `{"status":"success","data":{}}`, "GET", "bf/v1/ping", "")
	kittest.CheckLedger(t, c.Ledger)
}

func TestRefusals(t *testing.T) {
	c := newCaller(t, Config{})
	for name, x := range map[string]struct {
		change func(http.Header)
		status int
		code   string
	}{
		"no key":             {func(h http.Header) { h.Del("Authorization") }, 401, "unauthenticated"},
		"another key":        {func(h http.Header) { h.Set("Authorization", "Bearer pk_live_x:sk") }, 401, "invalid_api_key"},
		"two keys":           {func(h http.Header) { h.Add("Authorization", h.Get("Authorization")) }, 401, "invalid_api_key"},
		"another secret":     {func(h http.Header) { h.Set("Authorization", h.Get("Authorization")+"x") }, 401, "incorrect_credentials"},
		"no accept":          {func(h http.Header) { h.Set("Accept", "*/*") }, 422, "Must be application/json."},
		"no request id":      {func(h http.Header) { h.Set("X-Request-Id", "1") }, 422, "Must be a UUID."},
		"a type for no body": {func(h http.Header) { h.Set("Content-Type", "application/json") }, 422, "Comes with a body only."},
	} {
		t.Run(name, func(t *testing.T) { c.want(x.status, x.code, "GET", "bf/v1/ping", "", x.change) })
	}
	for _, path := range []string{"tg/v1/ping", "BF/v1/ping", "bf/v2/ping", "bf/v1/nothing", "bf/v1/payments/", "ping"} {
		c.want(404, "resource_not_found", "GET", path, "")
	}
	for body, text := range map[string]string{
		`{`: "invalid_input", `[]`: "invalid_input",
		strings.Replace(mtnPayment, "MTN", "mtn", 1):                                         "is not known",
		strings.Replace(mtnPayment, "7500", `"7500"`, 1):                                     "an integer above 0",
		strings.Replace(mtnPayment, "7500", "7500.0", 1):                                     "an integer above 0",
		strings.Replace(mtnPayment, "7500", "0", 1):                                          "an integer above 0",
		strings.Replace(mtnPayment, "7500", "10000001", 1):                                   "too large",
		strings.Replace(mtnPayment, "70000001", "22670000001", 1):                            "no number of the country",
		strings.Replace(mtnPayment, `{"id":"o-1"}`, `{}`, 1):                                 `"order.id"`,
		strings.Replace(mtnPayment, `{"id":"o-1"}`, `{"id":1}`, 1):                           `"order.id"`,
		strings.Replace(mtnPayment, `"o-1"`, `"o-1","data":{}`, 1):                           `"order.data"`,
		strings.Replace(mtnPayment, "{", `{"ignore_double_spend_risk":true,`, 1):             "is not documented",
		strings.Replace(mtnPayment, "{", `{"otp":"123456",`, 1):                              "Is not for a new payment",
		`{"operator":"ORANGE","phone_number":"70000001","amount":7500,"order":{"id":"o-1"}}`: "Is required for this operator.",
		`{}`: `"operator":["is required"]`,
	} {
		c.want(422, text, "POST", "bf/v1/payments", body)
	}
	c.want(422, "must be true or false", "POST", "bf/v1/transfers", strings.Replace(transfer, "{", `{"ignore_double_spend_risk":1,`, 1))
	c.want(422, "is not known for crypto", "POST", "cc/v1/payments", mtnPayment)
	for _, query := range []string{"order_id=o-1", "page=0", "per_page=x", "from_date=2026-1-1"} {
		c.want(422, "validation_error", "GET", "bf/v1/payments?"+query, "")
	}
	c.want(422, "Is not known here.", "GET", "bf/v1/payments/o-1?page=1", "")
	c.want(404, "resource_not_found", "POST", "bf/v1/payments/o-1/confirm-otp", `{"otp":"1"}`)
	c.want(404, "resource_not_found", "POST", "bf/v1/payments/o-1/resend-otp", "")
	if len(c.Orders()) != 0 || len(c.Entries()) != len(countries) {
		t.Errorf("made %v", c.Orders())
	}
}

func TestMoves(t *testing.T) {
	c := newCaller(t, Config{NotifyAll: true, RateLimit: 3})
	seen := kittest.NewHook(t)
	c.Notify(seen.URL)
	id := idOf(t, c.want(201, "", "POST", "bf/v1/payments", strings.Replace(mtnPayment, "MTN", "MOOV", 1)))
	for _, status := range []string{"QUEUED_FOR_PROCESSING", "COMPLIANCE_FLAGGED", "PROCESSING_OPERATOR", "CANCELED"} {
		if err := c.Move(id, status, ""); err != nil {
			t.Fatal(err)
		}
	}
	if c.Move(id, "SUCCESSFUL", "") == nil || c.Approve("nobody") == nil {
		t.Error("moved what is over or not there")
	}
	c.want(201, "", "POST", "bf/v1/transfers", transfer)
	if c.Move("t-1", "AWAITING_OTP", "") == nil || c.Decline("t-1", "") != nil {
		t.Error("transfers have no code")
	}
	if err := c.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, body := range seen.Received() {
		var v struct{ Type, Status string }
		_ = json.Unmarshal(body, &v)
		got = append(got, v.Type+" "+v.Status)
	}
	if len(got) != 7 || c.Balance("bf") != 1_000_000 {
		t.Errorf("notified %q, balance %d", got, c.Balance("bf"))
	}
	c.want(200, "data", "GET", "bf/v1/ping", "")
	c.want(429, `{"status":"error","code":"too_many_requests"`, "GET", "bf/v1/ping", "")
	kittest.CheckLedger(t, c.Ledger)
}

// A notification is repeated with the same body and a time of its own.
func TestNotificationsAreSigned(t *testing.T) {
	clock := kittest.NewClock()
	c := newCaller(t, Config{Clock: clock.Now, SecondSecret: "whsec_2"})
	seen := kittest.NewHook(t, 500)
	c.Notify(seen.URL)
	c.want(201, "", "POST", "bf/v1/payments", mtnPayment)
	if err := c.Approve("o-1"); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	c.Advance(2 * time.Minute)
	all := c.Deliveries()
	if len(all) != 2 || string(all[0].Body) != string(all[1].Body) || all[0].Header.Get("PayHub-Signature") == all[1].Header.Get("PayHub-Signature") {
		t.Fatalf("%+v", all)
	}
	for _, d := range all {
		at, _, _ := strings.Cut(strings.TrimPrefix(d.Header.Get("PayHub-Signature"), "t="), ",")
		want := "t=" + at + ",v1=" + sign("whsec_2", at, d.Body) + ",v1=" + sign(c.cfg.WebhookSecret, at, d.Body)
		if d.Header.Get("PayHub-Signature") != want {
			t.Errorf("got %s, want %s", d.Header.Get("PayHub-Signature"), want)
		}
	}
	// The provider's SDKs sign so.
	if got := sign("whsec_demo_9f2KqL7x", "1795167000", []byte(`{"type":"payment","public_id":"3f1c2a90-5b7e-4d21-8a64-0c9e7d1b2f35","status":"SUCCESSFUL"}`)); got !=
		"469213587a948e60f0a7681980cffda11e4b06df3ed88766d9270155ed1a4cee" {
		t.Error(got)
	}
}

func TestLeastOnly(t *testing.T) {
	c := newCaller(t, Config{LeastOnly: true})
	body := c.want(201, `,"status":"PROCESSING_OPERATOR"}}}`, "POST", "bf/v1/payments", mtnPayment)
	if strings.Contains(body, "amount") {
		t.Error(body)
	}
	if c.Orders()[0].Kind != sandbox.Payment {
		t.Error("no payment")
	}
}

func TestWebhookVectors(t *testing.T) {
	for _, v := range kittest.ReadVectors[struct {
		Name, Secret, Body, Header string
		Timestamp                  int64
	}](t, "testdata/webhook.json") {
		signed := strings.Contains(v.Header, ",v1="+sign(v.Secret, strconv.FormatInt(v.Timestamp, 10), []byte(v.Body)))
		if signed != (v.Name != "wrong secret") {
			t.Errorf("%s: the sandbox signs it in another way", v.Name)
		}
	}
}
