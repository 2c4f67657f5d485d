package cinetpaytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

// caller speaks to the sandbox with plain net/http.
type caller struct {
	t     *testing.T
	p     *Server
	http  *http.Client
	token string
}

func newCaller(t *testing.T, c Config) (*Server, *caller) {
	t.Helper()
	p := New(c)
	t.Cleanup(p.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return p, &caller{t: t, p: p, http: &http.Client{Transport: tr, Timeout: 10 * time.Second}}
}

func (c *caller) send(method, target, contentType, body string) kittest.Reply {
	c.t.Helper()
	req, err := http.NewRequest(method, c.p.URL()+target, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return kittest.Caller{HTTP: c.http}.Send(req)
}

func (c *caller) form(target string, fields ...string) kittest.Reply {
	c.t.Helper()
	return c.send("POST", target, "application/x-www-form-urlencoded", kittest.Pairs(fields).Encode())
}

func (c *caller) login() *caller {
	c.t.Helper()
	r := c.form("/v1/auth/login?lang=fr", "apikey", c.p.Config().APIKey, "password", c.p.Config().Password)
	c.token = r.Want(c.t, 200, `"token":"`).Field("token")
	return c
}

// with adds token and lang to the query.
func (c *caller) with(path string, query ...string) string {
	q := kittest.Pairs(query)
	q.Set("token", c.token)
	q.Set("lang", "fr")
	return "/v1/" + path + "?" + q.Encode()
}

func (c *caller) get(path string, query ...string) kittest.Reply {
	c.t.Helper()
	return c.send("GET", c.with(path, query...), "", "")
}

func (c *caller) data(path, list string) kittest.Reply {
	c.t.Helper()
	return c.form(c.with(path), "data", list)
}

const (
	contactPath = "transfer/contact"
	moneyPath   = "transfer/money/send/contact"
	awa         = `{"prefix":"225","phone":"0707000001","name":"Koné","surname":"Awa","email":"awa@example.com"}`
)

// payTo is an item for Awa; more is JSON that begins with a comma.
func payTo(client, amount, more string) string {
	return fmt.Sprintf(`{"prefix":"225","phone":"0707000001","amount":%q,"notify_url":"https://example.com/n",`+
		`"client_transaction_id":%q%s}`, amount, client, more)
}

func TestLogin(t *testing.T) {
	clock := kittest.NewClock()
	p, c := newCaller(t, Config{Clock: clock.Now, RateLimit: -1})
	good := []string{"apikey", p.Config().APIKey, "password", p.Config().Password}
	c.form("/v1/auth/login?lang=en", good...).Want(t, 200, `{"code":0,"message":"OPERATION_SUCCES","data":{"token":"`)
	c.form("/v1/auth/login?lang=fr", "apikey", "x", "password", "y").Want(t, 401,
		`{"code":"701","message":"INVALID_CREDENTIALS","description":"Identifiant de connexion incorrect","data":[]}`)
	c.form("/v1/auth/login?lang=fr", good[:2]...).Want(t, 400, `"code":"704"`)
	c.form("/v1/auth/login?lang=fr", append(good, "site_id", "1")...).Want(t, 400, `"code":"704"`)
	c.send("POST", "/v1/auth/login?lang=fr", "application/json", `{"apikey":"x"}`).Want(t, 400, `"code":"704"`)
	c.form("/v1/auth/login", good...).Want(t, 400, "lang")
	c.form("/v1/auth/login?lang=de", good...).Want(t, 400, "lang")
	c.form("/v1/auth/login?lang=fr&lang=fr", good...).Want(t, 400, "lang")
	c.send("GET", "/v1/auth/login?lang=fr", "", "").Want(t, 405, `"code":"708","message":"NOT_ALLOWED"`)
	c.send("GET", "/v1/nothing?lang=fr", "", "").Want(t, 404, `"code":"708"`)

	c.login()
	if n := len(p.Tokens()); n != 2 || p.Logins() != 6 || p.Tokens()[1] != c.token {
		t.Errorf("%d tokens, %d logins", n, p.Logins())
	}
	if url.QueryEscape(c.token) == c.token {
		t.Errorf("the token %q needs no escaping", c.token)
	}
	old := c.token
	clock.Advance(4 * time.Minute)
	c.login()
	clock.Advance(time.Minute)
	c.get("transfer/check/balance").Want(t, 200, "")
	c.token = old
	c.get("transfer/check/balance").
		Want(t, 401, `{"code":"705","message":"EXPIRED_TOKEN","description":"EXPIRED_TOKEN","data":[]}`)
	c.token = "x"
	c.get("transfer/check/balance").Want(t, 401, `"code":"706","message":"INVALID_TOKEN"`)
	c.send("GET", "/v1/transfer/check/balance?lang=fr", "", "").Want(t, 401, `"706"`)

	c.login()
	p.ExpireTokens()
	c.get("transfer/check/balance").Want(t, 401, `"705"`)
	c.login()
	p.RevokeTokens()
	c.get("transfer/check/balance").Want(t, 401, `"706"`)
	c.login().get("transfer/check/balance").Want(t, 200, "")
}

func TestRateLimit(t *testing.T) {
	clock := kittest.NewClock()
	p, c := newCaller(t, Config{Clock: clock.Now})
	r := c.form("/v1/auth/login?lang=fr", "apikey", "x", "password", "y").Want(t, 401, "701")
	if r.Header.Get("X-RateLimit-Limit") != "60" || r.Header.Get("X-RateLimit-Remaining") != "59" {
		t.Errorf("headers %v", r.Header)
	}
	for c.login(); p.Count("", "") < 60; {
		c.get("transfer/check/balance").Want(t, 200, "")
	}
	clock.Advance(1500 * time.Millisecond)
	r = c.get("transfer/check/balance").Want(t, 429, "Too Many Attempts.")
	if r.Header.Get("Retry-After") != "59" || r.Header.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("headers %v", r.Header)
	}
	c.checkout("TX-1").Want(t, 200, "CREATED") // the checkout has no documented limit
	clock.Advance(time.Minute)
	c.get("transfer/check/balance").Want(t, 200, "")
	if p.Count("GET", "v1/transfer/check/balance") != 60 || p.Count("GET", "v1/transfer/*") != 60 {
		t.Errorf("%d requests", p.Count("GET", "v1/transfer/check/balance"))
	}
}

func TestContacts(t *testing.T) {
	p, c := newCaller(t, Config{})
	c.login()
	c.data(contactPath, "["+awa+"]").Want(t, 200, `{"code":0,"message":"OPERATION_SUCCES","data":[[{"prefix":"225",`+
		`"phone":"0707000001","name":"Koné","surname":"Awa","email":"awa@example.com","code":0,"status":"success","lot":"`)
	c.data(contactPath, "["+awa+",\n "+strings.Replace(awa, "0707000001", "0101000002", 1)+"]").
		Want(t, 200, `"code":726,"status":"ERROR_PHONE_ALREADY_MY_CONTACT","lot":"`).
		Want(t, 200, `"code":0,"status":"success"`)
	for _, x := range []struct {
		old, new string
		code     int
	}{
		{`"0707000001"`, `"07000001"`, 802}, // eight digits, as before 2021
		{`"0707000001"`, `"+2250707000001"`, 802},
		{`"0707000001"`, `707000001`, 716},
		{`"225"`, `"+225"`, 716},
		{`"225"`, `"33"`, 716},
		{`"awa@example.com"`, `"awa"`, 716},
		{`"name":"Koné",`, ``, 704},
		{`"name":"Koné"`, `"name":""`, 704},
		{`"name"`, `"country":"CI","name"`, 716},
	} {
		item := strings.Replace(awa, x.old, x.new, 1)
		c.data(contactPath, "["+item+"]").Want(t, 200, fmt.Sprintf(`"code":%d,"status":"%s"`, x.code, name(x.code)))
	}
	for _, list := range []string{"{}", "x", awa, "[1]", "[" + awa + "],", "[\xff]"} {
		c.data(contactPath, list).Want(t, 400, `{"code":"718","message":"JSON_PARSE_ERROR"`)
	}
	c.data(contactPath, "[]").Want(t, 400, `"704"`)
	c.send("POST", c.with(contactPath), "application/json", `{"data":[]}`).Want(t, 400, `"704"`)
	c.form(c.with(contactPath), "data", "[]", "token", "x").Want(t, 400, `"704"`)
	c.send("GET", c.with(contactPath), "", "").Want(t, 405, `"708"`)
	p.FailPhone("225", "0707000009", 717)
	c.data(contactPath, "["+strings.Replace(awa, "0707000001", "0707000009", 1)+"]").Want(t, 200, `"code":717`)
	if got := p.contacts; len(got) != 2 || got[0] != (contact{"225", "0707000001"}) {
		t.Errorf("contacts %+v", got)
	}
}

func TestShapes(t *testing.T) {
	_, c := newCaller(t, Config{FlatData: true, Codes: CodesStrings, RefusalsAs200: true})
	c.login()
	c.data(contactPath, "["+awa+"]").Want(t, 200, `{"code":"0","message":"OPERATION_SUCCES","data":[{"prefix":"225"`).
		Want(t, 200, `"code":"0","status":"success"`)
	c.get("transfer/check/money", "transaction_id", "x").Want(t, 200, `{"code":"723","message":"NOT_FOUND"`)
	c.form("/v1/auth/login?lang=fr", "apikey", "x", "password", "y").Want(t, 401, `"701"`)

	p, c := newCaller(t, Config{Codes: CodesNumbers, PhoneErrorsAs417: true})
	c.form("/v1/auth/login?lang=fr", "apikey", "x", "password", "y").Want(t, 401, `{"code":701,`)
	c.login()
	bad := strings.Replace(awa, "0707000001", "07000001", 1)
	c.data(contactPath, "["+awa+","+bad+"]").Want(t, 417, `{"code":802,"message":"INVALID_PHONE"`)
	if len(p.contacts) != 0 {
		t.Errorf("contacts %+v", p.contacts)
	}
}

func TestVectors(t *testing.T) {
	for _, v := range kittest.ReadVectors[struct {
		Name   string            `json:"name"`
		Secret string            `json:"secret_key"`
		Form   map[string]string `json:"form"`
		XToken string            `json:"x_token"`
	}](t, "testdata/xtoken.json") {
		if len(v.Form) != len(signed) {
			t.Errorf("%s: %d fields", v.Name, len(v.Form))
		}
		if got := xToken(v.Secret, v.Form); got != v.XToken {
			t.Errorf("%s: %s", v.Name, got)
		}
		parsed, err := url.ParseQuery(string(form(signed, v.Form)))
		if err != nil || parsed.Get("cpm_designation") != v.Form["cpm_designation"] || len(parsed) != len(signed) {
			t.Errorf("%s: %v %v", v.Name, parsed, err)
		}
	}
}

func TestFaults(t *testing.T) {
	p, c := newCaller(t, Config{})
	c.login()
	c.data(contactPath, "["+awa+"]").Want(t, 200, "")

	p.Inject(sandbox.Fault{Kind: sandbox.FaultExpiredToken, Path: "v1/transfer/*"})
	c.get("transfer/check/balance").Want(t, 401, `"705"`)
	c.get("transfer/check/balance").Want(t, 401, `"705"`)
	c.login()

	p.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Path: "v1/" + moneyPath})
	if r := c.data(moneyPath, "["+payTo("c-1", "500", "")+"]"); r.Err == nil {
		t.Errorf("got %d", r.Status)
	}
	c.data(moneyPath, "["+payTo("c-1", "500", "")+"]").Want(t, 200, `"code":805,"status":"CLIENT_TRANSACTION_ID_EXIST"`)

	p.Inject(sandbox.Fault{Kind: sandbox.FaultUnknownStatus})
	c.get("transfer/check/money", "client_transaction_id", "c-1").Want(t, 200, `"treatment_status":"XYZ"`).
		Want(t, 200, `"sending_status":"PENDING"`)
	p.Inject(sandbox.Fault{Kind: sandbox.FaultNumbersAsStrings})
	c.get("transfer/check/balance").Want(t, 200, `"available":"999500"`).Want(t, 200, `"code":"0"`)
	p.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError})
	c.get("transfer/check/balance").Want(t, 500, `{"code":"715","message":"UNEXPECTED_ERROR"`)
	p.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError, Path: "v2/payment", Before: true, Code: 503, ErrorCode: "603"})
	c.checkout("TX-1").Want(t, 503, `{"code":"603","message":"SERVICE_UNAVAILABLE"`)
	c.checkout("TX-1").Want(t, 200, "CREATED")
	p.Inject(sandbox.Fault{Kind: sandbox.FaultUnknownStatus, Status: "ON_HOLD"})
	c.check("transaction_id", "TX-1").Want(t, 200, `"status":"ON_HOLD"`).Want(t, 200, `"code":"662"`)
	if len(p.transfers) != 1 || len(p.checkouts) != 1 {
		t.Errorf("%+v", p.Orders())
	}
}

func TestConcurrency(t *testing.T) {
	p, c := newCaller(t, Config{RateLimit: -1, AutoSettle: true})
	c.login()
	c.data(contactPath, "["+awa+"]").Want(t, 200, "")
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := c.data(moneyPath, "["+payTo(fmt.Sprintf("c-%d", i%10), "500", "")+"]")
			if r.Status != 200 {
				t.Errorf("%d %s", r.Status, r.Body)
			}
			p.Orders()
		}()
	}
	wg.Wait()
	if err := p.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if n := len(p.Orders()); n != 10 || p.Balance("transfer/XOF") != 1_000_000-10*500 {
		t.Errorf("%d transfers, balance %d", n, p.Balance("transfer/XOF"))
	}
	kittest.CheckLedger(t, p.Ledger)
}

// values is a body as the receiver's form.
func values(t *testing.T, body []byte) map[string]string {
	t.Helper()
	parsed, err := url.ParseQuery(string(body))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for name := range parsed {
		out[name] = parsed.Get(name)
	}
	return out
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
