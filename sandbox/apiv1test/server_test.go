package apiv1test_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

// caller speaks to the sandbox with plain net/http.
type caller struct {
	kittest.Caller
	server *apiv1test.Server
	token  string
}

func start(t *testing.T, c apiv1test.Config) *caller {
	t.Helper()
	s := apiv1test.Start(t, c)
	k := &caller{kittest.Caller{T: t, URL: s.URL() + "/v1/", HTTP: http.DefaultClient}, s, ""}
	k.login()
	return k
}

func (c *caller) login() {
	c.T.Helper()
	cfg := c.server.Config()
	r := c.call("POST", "oauth/login", fmt.Sprintf(`{"api_key":%q,"api_password":%q}`, cfg.APIKey, cfg.APIPassword)).
		Want(c.T, 200, `"access_token"`)
	var v struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(r.Body, &v); err != nil {
		c.T.Fatal(err)
	}
	c.token = v.Token
}

func (c *caller) call(method, path, body string) kittest.Reply {
	c.T.Helper()
	contentType := ""
	if body != "" {
		contentType = "application/json"
	}
	r := c.Request(method, path, contentType, body)
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	return c.Send(r)
}

// with returns a JSON object with some of its members replaced, or removed
// if they are nil.
func with(t *testing.T, object string, pairs ...any) string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(object), &v); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == nil {
			delete(v, pairs[i].(string))
			continue
		}
		v[pairs[i].(string)] = pairs[i+1]
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// The bodies are those of the samples.
const (
	hosted = `{"currency":"XOF","merchant_transaction_id":"ORDER-0001","amount":1000,"lang":"fr","designation":"Order 1",
		"client_first_name":"Test","client_last_name":"Payer","client_email":"payer@example.com","success_url":"https://shop.example/ok",
		"failed_url":"https://shop.example/failed","notify_url":"https://shop.example/hooks/cinetpay/payment","direct_pay":false}`
	send = `{"currency":"XOF","merchant_transaction_id":"PO-0001","phone_number":"+2250707000001","amount":500,"payment_method":"OM_CI",
		"reason":"Payout 1","notify_url":"https://shop.example/hooks/cinetpay/transfer"}`
)

func direct(t *testing.T, number string) string {
	return with(t, hosted, "direct_pay", true, "client_phone_number", number, "payment_method", "MTN_CI")
}

func TestStrict(t *testing.T) {
	c := start(t, apiv1test.Config{})
	for _, bad := range []string{
		with(t, hosted, "amount", "1000"), with(t, hosted, "amount", 99), with(t, hosted, "amount", 2_500_001), with(t, hosted, "amount", 1000.5),
		with(t, hosted, "currency", "XAF"), with(t, hosted, "lang", "de"), with(t, hosted, "lang", nil), with(t, hosted, "designation", " "),
		with(t, hosted, "client_first_name", " a "), with(t, hosted, "client_email", "x"), with(t, hosted, "notify_url", "http://shop.example/"),
		with(t, hosted, "success_url", nil), with(t, hosted, "failed_url", "https://shop.example/"+strings.Repeat("a", 120)),
		with(t, hosted, "merchant_transaction_id", "a_b"), with(t, hosted, "merchant_transaction_id", strings.Repeat("A", 31)),
		with(t, hosted, "payment_method", "MTN"), with(t, hosted, "payment_method", "MTN_CM"), with(t, hosted, "payment_method", "FREE_CI"),
		with(t, hosted, "direct_pay", "true"), with(t, hosted, "direct_pay", true), with(t, hosted, "otp_code", "1234"), with(t, hosted, "metadata", "x"),
		with(t, direct(t, "+2250707000001"), "otp_code", "12"), direct(t, "+237670000001"), direct(t, "0707000001"), "[]", "null", `{"a":1`,
	} {
		c.call("POST", "payment", bad).Want(t, 422, `"code":1004,"status":"INVALID_PARAMS"`)
	}
	for _, bad := range []string{
		with(t, send, "phone_number", nil), with(t, send, "phone_number", "+237670000001"), with(t, send, "payment_method", nil), with(t, send, "reason", nil),
		with(t, send, "amount", 0), with(t, send, "amount", -5), with(t, send, "user_id", "1"), with(t, send, "currency", nil),
	} {
		c.call("POST", "transfer", bad).Want(t, 422, "INVALID_PARAMS")
	}
	c.call("POST", "oauth/login", `{"api_key":"x","api_password":"y"}`).
		Want(t, 401, `"code":1005,"status":"INVALID_CREDENTIALS"`)
	c.call("POST", "oauth/login", `{"api_key":"x"}`).Want(t, 422, "INVALID_PARAMS")
	c.call("GET", "balances?x=1", "").Want(t, 422, "INVALID_PARAMS")
	c.call("GET", "payments", "").Want(t, 404, "Not Found")
	c.call("POST", "balances", "{}").Want(t, 405, "Not Allowed")
	if n := len(c.server.Orders()); n != 0 {
		t.Errorf("%d orders were made", n)
	}
	kittest.CheckLedger(t, c.server.Ledger)
}

// The forms of the answers are those of the samples.
func TestAnswers(t *testing.T) {
	c := start(t, apiv1test.Config{Fee: 10})
	made := c.call("POST", "payment", hosted).
		Want(t, 200, `"code":200,"status":"OK","merchant_transaction_id":"ORDER-0001","transaction_id":"`)
	made.Want(t, 200, `"details":{"code":2001,"status":"INITIATED","message":"sandbox","must_be_redirected":true}`).
		Want(t, 200, `"payment_url":"`+c.server.URL()+`/payment/ptok_`)
	c.call("POST", "payment", hosted).Want(t, 400, `"code":1200,"status":"TRANSACTION_EXIST"`)
	c.call("GET", "payment/ORDER-0001", "").
		Want(t, 200, `{"code":2001,"status":"INITIATED","merchant_transaction_id":"ORDER-0001"`).
		Want(t, 200, `"user":{"name":"Test Payer"`)
	c.call("GET", "payment/ORDER-0002", "").Want(t, 422, `"code":404,"status":"NOT_FOUND"`)
	c.call("GET", "transfer/ORDER-0001", "").Want(t, 422, `NOT_FOUND`)
	c.call("POST", "transfer", send).Want(t, 200, `{"code":2002,"status":"PENDING","merchant_transaction_id":"PO-0001"`).
		Want(t, 200, `"amount":"500","fee_amount":"10","phone_number":"+2250707000001","currency":"XOF"`)
	c.call("GET", "balances", "").
		Want(t, 200, `{"code":200,"status":"OK","available_balance":"999490","real_balance":"999990","currency":"XOF"}`)
	if err := c.server.Decline("PO-0001", ""); err != nil {
		t.Fatal(err)
	}
	c.call("GET", "transfer/PO-0001", "").Want(t, 200, `{"code":2010,"status":"FAILED"`)
	c.call("GET", "balances", "").Want(t, 200, `"available_balance":"1000000"`)
	for _, step := range []struct {
		do   func(string) error
		want string
	}{{c.server.Process, `"code":2002`}, {c.server.ExpireOrder, `"code":2003,"status":"EXPIRED"`}, {c.server.Approve, `"code":100,"status":"SUCCESS"`}} {
		if err := step.do("ORDER-0001"); err != nil {
			t.Fatal(err)
		}
		c.call("GET", "payment/ORDER-0001", "").Want(t, 200, step.want)
	}
	if err := c.server.Decline("ORDER-0001", ""); err != sandbox.ErrNotPending {
		t.Error(err)
	}
	kittest.CheckLedger(t, c.server.Ledger)
}

func TestShortBalance(t *testing.T) {
	c := start(t, apiv1test.Config{Balance: -1})
	c.call("POST", "transfer", send).Want(t, 200, `{"code":2010,"status":"FAILED"`).
		Want(t, 200, `"transaction_id":"ER-T-`).
		Want(t, 200, `"details":{"code":2005,"status":"INSUFFICIENT_BALANCE"`)
	c.call("GET", "transfer/PO-0001", "").Want(t, 200, `"status":"FAILED"`)
}

func TestPayerNumbers(t *testing.T) {
	clock := kittest.NewClock()
	c := start(t, apiv1test.Config{Clock: clock.Now})
	for digits, want := range map[string][2]string{
		"0700": {"SUCCESS", "SUCCESS"}, "0701": {"PENDING", "SUCCESS"}, "0703": {"FAILED", "FAILED"},
		"0704": {"PENDING", "FAILED"}, "0706": {"PENDING", "PENDING"}, "0001": {"INITIATED", "INITIATED"},
	} {
		body := with(t, direct(t, "+225070707"+digits), "merchant_transaction_id", "N-"+digits)
		c.call("POST", "payment", body).Want(t, 200, `"status":"`+want[0]+`","message":"sandbox","must_be_redirected":false`)
		c.call("GET", "payment/N-"+digits, "").Want(t, 200, `"status":"`+want[0]+`"`)
		clock.Advance(3 * time.Second)
		c.call("GET", "payment/N-"+digits, "").Want(t, 200, `"status":"`+want[1]+`"`)
	}
	kittest.CheckLedger(t, c.server.Ledger)
}

// Each open point of the API is a switch.
func TestSwitches(t *testing.T) {
	c := start(t, apiv1test.Config{RepeatsMakeTwo: true})
	c.call("POST", "transfer", send).Want(t, 200, "PENDING")
	c.call("POST", "transfer", send).Want(t, 200, "PENDING")
	if n := len(c.server.Orders()); n != 2 {
		t.Errorf("%d orders", n)
	}
	c = start(t, apiv1test.Config{FreedByFailure: true})
	c.call("POST", "transfer", send).Want(t, 200, "PENDING")
	c.call("POST", "transfer", send).Want(t, 400, "TRANSACTION_EXIST")
	_ = c.server.Decline("PO-0001", "")
	c.call("POST", "transfer", send).Want(t, 200, "PENDING")

	same := with(t, send, "merchant_transaction_id", "ORDER-0001")
	c = start(t, apiv1test.Config{})
	c.call("POST", "payment", hosted).Want(t, 200, "OK")
	c.call("POST", "transfer", same).Want(t, 200, "PENDING")
	c = start(t, apiv1test.Config{OneSpace: true, Refusals: apiv1test.RefusalsAs200})
	c.call("POST", "payment", hosted).Want(t, 200, "OK")
	c.call("POST", "transfer", same).Want(t, 200, "TRANSACTION_EXIST")

	for way, want := range map[apiv1test.NotFound]struct {
		status int
		text   string
	}{
		apiv1test.NotFound422: {422, "NOT_FOUND"}, apiv1test.NotFound404: {404, "NOT_FOUND"}, apiv1test.NotFound200: {200, "NOT_FOUND"}, apiv1test.NotFoundEmpty: {200, "[]"},
	} {
		start(t, apiv1test.Config{NotFound: way}).call("GET", "payment/x", "").Want(t, want.status, want.text)
	}
	for way, want := range map[apiv1test.TokenRefusals]struct {
		status int
		text   string
	}{
		apiv1test.TokenRefused401: {401, `{"code":1003,"status":"EXPIRED_TOKEN"`}, apiv1test.TokenRefused200: {200, `{"code":1003`},
		apiv1test.TokenRefused422: {422, `{"code":1003`}, apiv1test.TokenRefusedInDetails: {422, `{"details":{"code":1003`},
	} {
		c = start(t, apiv1test.Config{TokenRefusals: way})
		c.server.ExpireTokens()
		c.call("GET", "balances", "").Want(t, want.status, want.text)
	}
	c = start(t, apiv1test.Config{OneToken: true})
	old := c.token
	c.login()
	c.call("GET", "balances", "").Want(t, 200, "OK")
	c.token = old
	c.call("GET", "balances", "").Want(t, 401, `"code":1002,"status":"INVALID_TOKEN"`)
	c.token = "" // none
	c.call("GET", "balances", "").Want(t, 401, "INVALID_TOKEN")

	c = start(t, apiv1test.Config{NotAllowed: true})
	c.call("POST", "transfer", send).Want(t, 403, `"code":2011,"status":"NOT_ALLOWED"`)
	c = start(t, apiv1test.Config{OwnIDsOnly: true})
	c.call("POST", "transfer", send).Want(t, 200, "PENDING")
	c.call("GET", "transfer/PO-0001", "").Want(t, 422, "NOT_FOUND")
	c.call("GET", "transfer/"+c.server.Orders()[0].ID, "").Want(t, 200, "PENDING")
	c = start(t, apiv1test.Config{LookupsLag: time.Minute})
	c.call("POST", "payment", hosted).Want(t, 200, "OK")
	c.call("GET", "payment/ORDER-0001", "").Want(t, 422, "NOT_FOUND")
	c.server.Advance(time.Minute)
	c.call("GET", "payment/ORDER-0001", "").Want(t, 200, "INITIATED")
	c = start(t, apiv1test.Config{NoDirectMode: true})
	c.call("POST", "payment", direct(t, "+2250707070701")).Want(t, 200, `"must_be_redirected":true`)
	c = start(t, apiv1test.Config{CodesAsStrings: true, AmountsAsNumbers: true, AmountsInStates: true})
	c.call("POST", "payment", hosted).Want(t, 200, `{"code":"200"`)
	c.call("GET", "payment/ORDER-0001", "").Want(t, 200, `"amount":1000,"currency":"XOF"`)
	c = start(t, apiv1test.Config{Bare: true})
	if r := c.call("POST", "payment", hosted).Want(t, 200, `"payment_url"`); strings.Contains(r.Text(), "details") {
		t.Errorf("%s", r.Body)
	}
	if r := c.call("GET", "payment/ORDER-0001", ""); strings.Contains(r.Text(), "user") {
		t.Errorf("%s", r.Body)
	}
	if r := c.call("POST", "transfer", send).Want(t, 200, "PENDING"); strings.Contains(r.Text(), "notify_token") || strings.Contains(r.Text(), "currency") {
		t.Errorf("%s", r.Body)
	}
}

func TestNotifications(t *testing.T) {
	for _, x := range []struct {
		cfg  apiv1test.Config
		want int
		text string
	}{
		{apiv1test.Config{}, 1, `"user":{"name":"Test Payer"`},
		{apiv1test.Config{Bare: true}, 1, `"notify_token":"ntok-`},
		{apiv1test.Config{Notices: 3}, 3, `"merchant_transaction_id":"ORDER-0001"`},
		{apiv1test.Config{Notices: -1}, 0, ""},
		{apiv1test.Config{NoticesAsForm: true}, 1, "merchant_transaction_id=ORDER-0001&notify_token=ntok-"},
	} {
		r := kittest.NewHook(t)
		c := start(t, x.cfg)
		c.server.Notify(r.URL)
		made := c.call("POST", "payment", hosted).Want(t, 200, "OK")
		if err := c.server.Approve("ORDER-0001"); err != nil {
			t.Fatal(err)
		}
		if err := c.server.Flush(kittest.Context(t)); err != nil {
			t.Fatal(err)
		}
		got := r.Received()
		if len(got) != x.want {
			t.Fatalf("%d notifications, want %d", len(got), x.want)
		}
		for _, body := range got {
			token := made.Field("notify_token")
			if !strings.Contains(string(body), x.text) || !strings.Contains(string(body), token) ||
				strings.Contains(string(body), "SUCCESS") || strings.Contains(string(body), "amount") {
				t.Errorf("%s", body)
			}
		}
	}
}

// A notification may come before the answer to the order's own POST.
func TestNoticesFirst(t *testing.T) {
	r := kittest.NewHook(t)
	c := start(t, apiv1test.Config{NoticesFirst: true})
	c.server.Notify(r.URL)
	c.call("POST", "payment", direct(t, "+2250707070700")).Want(t, 200, "SUCCESS")
	if n := len(r.Received()); n != 1 {
		t.Errorf("%d notifications", n)
	}
	if err := c.server.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if n := len(r.Received()); n != 1 {
		t.Errorf("%d notifications", n)
	}
}
