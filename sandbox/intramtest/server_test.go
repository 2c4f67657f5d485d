package intramtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

// caller signs with code of its own.
type caller struct {
	t           *testing.T
	i           *Server
	base        string
	key, secret string
	now         func() time.Time
	http        *http.Client
	used        *int // idempotency keys
}

func newCaller(t *testing.T, c Config) (*Server, caller) {
	t.Helper()
	i := New(c)
	t.Cleanup(i.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	c = i.Config()
	return i, caller{
		t: t, i: i, base: i.URL(), key: c.PublicKey, secret: c.SecretKey, now: i.Now, used: new(int),
		http: &http.Client{Transport: tr, Timeout: 10 * time.Second},
	}
}

func (c caller) live() caller {
	c.key, c.secret = c.i.Config().LivePublicKey, c.i.Config().LiveSecretKey
	return c
}

func sha256MAC(secret, payload string) string {
	m := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(m, payload)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}

// request builds a signed request; endpoint starts with "/" and may have a
// query.
func (c caller) request(method, endpoint, key, body string) *http.Request {
	c.t.Helper()
	req, err := http.NewRequest(method, c.base+endpoint, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	path, query, _ := strings.Cut(endpoint, "?")
	timestamp := c.now().UTC().Format("2006-01-02T15:04:05.000Z")
	req.Header.Set("X-Api-Key", c.key)
	req.Header.Set("X-Timestamp", timestamp)
	req.Header.Set("X-Signature", sha256MAC(c.secret,
		timestamp+"\n"+method+"\n/api/v1/merchant"+path+"\n"+query+"\n"+body))
	if method == "POST" {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
	}
	return req
}

func (c caller) send(req *http.Request) kittest.Reply {
	return kittest.Caller{HTTP: c.http}.Send(req)
}

func (c caller) get(endpoint string) kittest.Reply {
	c.t.Helper()
	return c.send(c.request("GET", endpoint, "", ""))
}

// post uses a new idempotency key.
func (c caller) post(endpoint, body string) kittest.Reply {
	c.t.Helper()
	*c.used++
	return c.postAs(fmt.Sprintf("key-%06d", *c.used), endpoint, body)
}

func (c caller) postAs(key, endpoint, body string) kittest.Reply {
	c.t.Helper()
	return c.send(c.request("POST", endpoint, key, body))
}

const momo = `"destination":{"type":"mobile_money","country_code":"BJ","provider_code":"MTN_BENIN_229","msisdn":"2290161234567"}`

func payoutOf(reference string, amount int) string {
	return fmt.Sprintf(`{"amount":%d,"currency":"XOF",%s,"reference":%q}`, amount, momo, reference)
}

func requestOf(reference string, amount int) string {
	return fmt.Sprintf(`{"invoice":{"amount":%d,"currency":"XOF","customer":{"email":"a@example.com","phone":"2290161234567"}},`+
		`"webhook_data":{"reference":%q}}`, amount, reference)
}

func TestRequestVectors(t *testing.T) {
	for _, v := range kittest.ReadVectors[struct {
		Name, Timestamp, Method, Endpoint, Query, Body, Payload, Signature string
		Secret                                                             string `json:"secret_key"`
	}](t, "testdata/request.json") {
		path := "/api/v1/merchant" + v.Endpoint
		if got := payload(v.Timestamp, v.Method, path, v.Query, []byte(v.Body)); got != v.Payload {
			t.Errorf("%s: payload %q", v.Name, got)
		}
		at, _ := parseTime(v.Timestamp)
		for _, endpoint := range []string{"/v1" + v.Endpoint, path} {
			rest := endpointPath(endpoint)
			r := &sandbox.Request{At: at, Method: v.Method, RawQuery: v.Query, Body: []byte(v.Body), Header: http.Header{
				"X-Timestamp": {v.Timestamp}, "X-Signature": {v.Signature},
			}}
			if reason := verify(r, v.Secret, signedBase+rest); reason != "" {
				t.Errorf("%s: %s", v.Name, reason)
			}
			r.Body = append(r.Body, ' ')
			if reason := verify(r, v.Secret, signedBase+rest); reason != "signature_mismatch" {
				t.Errorf("%s, changed: %q", v.Name, reason)
			}
		}
	}
}

func TestWebhookVectors(t *testing.T) {
	for _, v := range kittest.ReadVectors[struct {
		Name, Body string
		Secret     string `json:"webhook_secret"`
		Headers    map[string]string
	}](t, "testdata/webhook.json") {
		if got := hookSignature(v.Secret, v.Headers["X-Intram-Timestamp"], []byte(v.Body)); got != v.Headers["X-Intram-Signature"] {
			t.Errorf("%s: %s", v.Name, got)
		}
	}
}

func TestBothPrefixes(t *testing.T) {
	i, c := newCaller(t, Config{Clock: kittest.NewClock().Now})
	c.get("/balance").Want(t, 200, `{"error":false,"http_status":200,"data":{"currency":"XOF","payment_method_balances":[`)
	c.base = i.LongURL()
	r := c.get("/balance").Want(t, 200, `{"payment_method":"MTN_BENIN_229","available":1000000,"pending":0}`)
	if r.Header.Get("Date") != "Sun, 01 Mar 2026 12:00:00 GMT" {
		t.Errorf("Date %q", r.Header.Get("Date"))
	}
	if i.Count("GET", "balance") != 2 || i.Count("", "/v1/balance") != 1 {
		t.Errorf("%d, %d requests", i.Count("GET", "balance"), i.Count("", "/v1/balance"))
	}
	c.get("/nothing").Want(t, 404, `"code":"not_found"`)
	c.base = i.Root() + "/v2"
	c.get("/balance").Want(t, 404, `"code":"not_found"`)
}

func TestRefusesSignatures(t *testing.T) {
	i, c := newCaller(t, Config{Clock: kittest.NewClock().Now})
	at := func(d time.Duration) func() time.Time { return func() time.Time { return i.Now().Add(d) } }
	for _, x := range []struct {
		name   string
		change func(c *caller, h http.Header)
		text   string
	}{
		{"no key", func(_ *caller, h http.Header) { h.Del("X-Api-Key") }, `"code":"missing_api_key"`},
		{"two keys", func(_ *caller, h http.Header) { h.Add("X-Api-Key", "x") }, `"code":"missing_api_key"`},
		{"other key", func(_ *caller, h http.Header) { h.Set("X-Api-Key", "pk_sandbox_x") }, `"code":"invalid_api_key"`},
		{"no signature", func(_ *caller, h http.Header) { h.Del("X-Signature") }, `: missing_signature"`},
		{"no time", func(_ *caller, h http.Header) { h.Del("X-Timestamp") }, `: missing_timestamp"`},
		{"no milliseconds", func(_ *caller, h http.Header) { h.Set("X-Timestamp", "2026-03-01T12:00:00Z") }, `: invalid_timestamp_format"`},
		{"an offset", func(_ *caller, h http.Header) { h.Set("X-Timestamp", "2026-03-01T12:00:00.000+00:00") }, `: invalid_timestamp_format"`},
		{"month 13", func(_ *caller, h http.Header) { h.Set("X-Timestamp", "2026-13-01T12:00:00.000Z") }, `: invalid_timestamp_format"`},
		{"another time", func(_ *caller, h http.Header) { h.Set("X-Timestamp", "2026-03-01T12:00:01.000Z") }, `: signature_mismatch"`},
		{"no prefix", func(_ *caller, h http.Header) { h.Set("X-Signature", h.Get("X-Signature")[7:]) }, `: signature_mismatch"`},
		{"upper case", func(_ *caller, h http.Header) {
			h.Set("X-Signature", "sha256="+strings.ToUpper(h.Get("X-Signature")[7:]))
		}, `: signature_mismatch"`},
	} {
		req := c.request("GET", "/balance", "", "")
		x.change(&c, req.Header)
		r := c.send(req)
		if r.Want(t, 401, x.text).Want(t, 401, `{"error":true,"http_status":401,"code":"`); r.Header.Get("Date") == "" {
			t.Errorf("%s: no Date", x.name)
		}
	}
	for _, x := range []struct {
		off    time.Duration
		status int
		text   string
	}{
		{5 * time.Minute, 200, ""}, {-5 * time.Minute, 200, ""},
		{5*time.Minute + time.Second, 401, `"code":"signature_invalid","message":"Invalid signature: timestamp_out_of_window"`},
		{-5*time.Minute - time.Second, 401, "timestamp_out_of_window"},
	} {
		late := c
		late.now = at(x.off)
		late.get("/balance").Want(t, x.status, x.text)
	}
	wrong := c
	wrong.secret = "sk_sandbox_x"
	wrong.get("/balance").Want(t, 401, `: signature_mismatch"`)
}

func TestQueryMustBeCanonical(t *testing.T) {
	_, c := newCaller(t, Config{})
	for _, x := range []struct {
		query  string
		status int
	}{
		{"before=2026-05-19T12%3A34%3A56.000Z&limit=5&status=SUCCESS", 200},
		{"limit=5&before=2026-05-19T12%3A34%3A56.000Z", 401},
		{"before=2026-05-19T12:34:56.000Z", 401},
		{"before=2026-05-19T12%3a34%3a56.000Z", 401},
		{"limit=5&limit=5", 401}, {"limit", 401}, {"status=A+B", 401}, {"l%69mit=5", 401},
		{"status=A%20B", 400}, {"limit=0", 400}, {"limit=101", 400}, {"limit=05", 400}, {"limit=", 400}, {"before=x", 400},
		{"foo=1", 400}, {"type=credit", 400}, {"limit=100&type=CREDIT", 200},
	} {
		c.get("/transactions?"+x.query).Want(t, x.status, "")
	}
	c.get("/balance?limit=1").Want(t, 400, `"details":[{"path":"limit","msg":"is not a parameter of this endpoint`)
}

func TestEnvironments(t *testing.T) {
	i, c := newCaller(t, Config{Balances: map[string]int64{"MTN_BENIN_229": 5000}})
	live := c.live()
	live.get("/balance").Want(t, 403, `"code":"ip_allowlist_empty"`)
	i.AllowIPs("203.0.113.7")
	live.get("/balance").
		Want(t, 403, `"code":"ip_not_allowed","message":"This address is not allowed","client_ip":"127.0.0.1"}`)
	i.AllowIPs("203.0.113.7", "127.0.0.1")
	id := live.postAs("same-key", "/payouts", payoutOf("PO-1", 1000)).Want(t, 202, `"env":"live"`).Op()
	c.get("/operations/"+id).Want(t, 404, `"code":"operation_not_found"`)
	live.get("/operations/"+id).Want(t, 200, `"status":"queued"`)
	c.postAs("same-key", "/payouts", payoutOf("PO-2", 2000)).Want(t, 202, `"env":"sandbox"`)
	if i.Balance("live/MTN_BENIN_229") != 4000 || i.Balance("sandbox/MTN_BENIN_229") != 3000 {
		t.Errorf("balances %d, %d", i.Balance("live/MTN_BENIN_229"), i.Balance("sandbox/MTN_BENIN_229"))
	}
	_, c = newCaller(t, Config{MerchantInactive: true})
	c.get("/balance").Want(t, 403, `"code":"merchant_inactive"`)
}

func TestKeysMustFitTheirEnvironment(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a live key for the sandbox was taken")
		}
	}()
	New(Config{PublicKey: "pk_live_1"})
}

func TestIdempotency(t *testing.T) {
	clock := kittest.NewClock()
	i, c := newCaller(t, Config{Clock: clock.Now})
	for _, x := range []struct{ key, code string }{
		{"short", "invalid_idempotency_key"}, {strings.Repeat("x", 129), "invalid_idempotency_key"},
		{"with space", "invalid_idempotency_key"}, {"", "invalid_idempotency_key"},
	} {
		c.postAs(x.key, "/payouts", payoutOf("PO-1", 1000)).Want(t, 400, `"code":"`+x.code+`"`)
	}
	req := c.request("POST", "/payouts", "", payoutOf("PO-1", 1000))
	req.Header.Del("Idempotency-Key")
	c.send(req).Want(t, 400, `"code":"missing_idempotency_key"`)

	first := c.postAs("key_PO-1", "/payouts", payoutOf("PO-1", 1000)).Want(t, 202, "")
	if err := i.CompleteOperation(first.Op()); err != nil {
		t.Fatal(err)
	}
	clock.Advance(24*time.Hour - time.Second)
	c.base = i.LongURL()
	again := c.postAs("key_PO-1", "/payouts", payoutOf("PO-1", 1000)).Want(t, 202, first.Text())
	if first.Header.Get("Idempotent-Replay") != "" || again.Header.Get("Idempotent-Replay") != "true" {
		t.Errorf("replay %q, %q", first.Header.Get("Idempotent-Replay"), again.Header.Get("Idempotent-Replay"))
	}
	c.postAs("key_PO-1", "/payouts", payoutOf("PO-1", 1001)).Want(t, 409, `"code":"idempotency_conflict"`)
	c.postAs("key_PO-1", "/refunds", payoutOf("PO-1", 1000)).Want(t, 409, `"code":"idempotency_conflict"`)
	if n := len(i.Orders()); n != 1 || i.Balance("sandbox/MTN_BENIN_229") != 999_000 {
		t.Errorf("%d payouts", n)
	}
	clock.Advance(time.Second)
	if c.postAs("key_PO-1", "/payouts", payoutOf("PO-1", 1000)).Op() == first.Op() {
		t.Error("remembered for longer than 24 hours")
	}
	// What was refused is remembered as well: the caller has to correct it, and
	// to use a new key.
	c.postAs("refused-1", "/payouts", payoutOf("PO-2", 0)).Want(t, 400, `"code":"amount_too_small"`)
	c.postAs("refused-1", "/payouts", payoutOf("PO-2", 1000)).Want(t, 409, "")
}

func TestSameKeyAtOnce(t *testing.T) {
	i, c := newCaller(t, Config{AutoSettle: true})
	var wg sync.WaitGroup
	ids := make([]string, 8)
	for n := range ids {
		wg.Add(1)
		go func() {
			defer wg.Done()
			ids[n] = c.postAs("key_PO-1", "/payouts", payoutOf("PO-1", 1000)).Op()
		}()
	}
	wg.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Errorf("operations %q", ids)
		}
	}
	if err := i.Flush(kittest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if n := len(i.operations); n != 1 || i.operations[0].status != "succeeded" {
		t.Errorf("%d operations", n)
	}
	kittest.CheckLedger(t, i.Ledger)
}
