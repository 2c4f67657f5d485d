package bantutest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

// caller speaks to a sandbox with plain net/http.
type caller struct {
	t    *testing.T
	b    *Server
	http *http.Client
}

func newCaller(t *testing.T, c Config) (*Server, caller) {
	t.Helper()
	b := New(c)
	t.Cleanup(b.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return b, caller{t: t, b: b, http: &http.Client{Transport: tr, Timeout: 10 * time.Second}}
}

func (c caller) request(key, method, path, body string) *http.Request {
	c.t.Helper()
	req, err := http.NewRequest(method, c.b.URL()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if key != "" {
		req.SetBasicAuth(key, "")
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// do sends with a key, "" for none.
func (c caller) do(key, method, path, body string) kittest.Reply {
	c.t.Helper()
	return kittest.Caller{HTTP: c.http}.Send(c.request(key, method, path, body))
}

const (
	orangeMoney  = "/payments/v1/partners/orange-money"
	orangeConfig = `{"clientId":"a","clientSecret":"b","merchantId":"c"}`
)

func TestKeys(t *testing.T) {
	b, c := newCaller(t, Config{Clock: kittest.NewClock().Now})
	k := b.Config()
	keys := []string{k.AccountKey, k.SecretKey, k.LiveSecretKey, k.PublicKey, k.LivePublicKey}
	for _, x := range []struct {
		method, path, body string
		keys               string // which of the keys fit
	}{
		{"PUT", orangeMoney, `{"url":"https://orange.example"}`, "10000"},
		{"PUT", orangeMoney + "/config", orangeConfig, "01100"},
		{"GET", orangeMoney + "/check", "", "00011"},
		{"POST", "/accounts/v1/applications", `{"name":"shop","description":"x"}`, "10000"},
	} {
		for n, fits := range x.keys {
			r := c.do(keys[n], x.method, x.path, x.body)
			if fits == '0' {
				r.Want(t, 403, `"kind":"ForbiddenException","status":403,"message":"key.kind.not.allowed"`)
			} else if r.Status != 200 && r.Status != 201 {
				t.Errorf("%s %s with %s: %d %s", x.method, x.path, keys[n], r.Status, r.Body)
			}
		}
		for _, key := range []string{"", "sk_test_x", k.SecretKey + " "} {
			r := c.do(key, x.method, x.path, x.body).Want(t, 401, `"kind":"UnauthorizedException"`)
			if r.Header.Get("WWW-Authenticate") == "" {
				t.Error("no WWW-Authenticate")
			}
		}
		req := c.request("", x.method, x.path, x.body)
		req.SetBasicAuth(keys[strings.Index(x.keys, "1")], "password")
		kittest.Caller{HTTP: c.http}.Send(req).Want(t, 401, "authentication.required")
		req.Body, _ = req.GetBody()
		req.Header.Set("Authorization", "Basic "+keys[0]+":") // as the documents write it
		kittest.Caller{HTTP: c.http}.Send(req).Want(t, 401, "authentication.required")
	}
	text := c.do("", "GET", orangeMoney+"/check", "").Text()
	if !regexp.MustCompile(`^\{"timestamp":"2026-03-01T12:00:00.123\+00:00","source":"payments","kind":"UnauthorizedException",` +
		`"status":401,"message":"authentication.required","prod":false,"traceId":"[0-9a-f]{16}","spanId":"[0-9a-f]{16}",` +
		`"tenant":null,"timestamp":"2026-03-01T12:00:00.123\+00:00"\}$`).MatchString(text) {
		t.Errorf("error %s", text)
	}
}

func TestPartner(t *testing.T) {
	b, c := newCaller(t, Config{})
	k := b.Config()
	const notEnabled = `"kind":"ConflictException","status":409,"message":"partner.not.enabled"`
	c.do("", "GET", orangeMoney+"/status", "").Want(t, 409, notEnabled)
	c.do(k.SecretKey, "PUT", orangeMoney+"/config", orangeConfig).Want(t, 409, notEnabled)
	c.do(k.PublicKey, "GET", orangeMoney+"/check", "").Want(t, 409, notEnabled)
	for body, message := range map[string]string{
		`{}`: "missing: url", `{"url":"http://orange.example"}`: "url must be an https URL", `{"uri":"x"}`: "uri is not documented",
		`{"url":1}`: "JSON object of strings", `{url:"https://orange.example"}`: "JSON object of strings", `{"url":""}`: "missing: url",
	} {
		c.do(k.AccountKey, "PUT", orangeMoney, body).Want(t, 400, message)
	}
	for _, url := range []string{"https://old.example", "https://orange.example"} {
		c.do(k.AccountKey, "PUT", orangeMoney, `{"url":"`+url+`"}`).
			Want(t, 200, `{"partnerId":"orange-money","url":"`+url+`","enabled":true}`)
	}
	if b.PartnerURL("orange-money") != "https://orange.example" || b.PartnerURL("x") != "" {
		t.Errorf("URL %q", b.PartnerURL("orange-money"))
	}
	c.do("", "GET", orangeMoney+"/status", "").Want(t, 200, `{"partnerId":"orange-money","status":"UP"}`)

	c.do(k.PublicKey, "GET", orangeMoney+"/check", "").Want(t, 409, "partner.not.configured")
	c.do(k.SecretKey, "PUT", orangeMoney+"/config", `{"clientSecret":"b","token":"","merchantId":null}`).
		Want(t, 400, `"kind":"BadRequestException","status":400,"message":"missing: clientId, merchantId"`)
	c.do(k.SecretKey, "PUT", orangeMoney+"/config", orangeConfig).Want(t, 200, `"configured":true`)
	c.do(k.PublicKey, "GET", orangeMoney+"/check", "").Want(t, 200, `"configured":true,"status":"UP"`)
	c.do(k.LivePublicKey, "GET", orangeMoney+"/check", "").Want(t, 409, "partner.not.configured")
	if got := b.PartnerConfig(k.PublicKey, "orange-money"); len(got) != 3 || got["merchantId"] != "c" {
		t.Errorf("configured %v", got)
	}
	if b.PartnerConfig(k.LiveSecretKey, "orange-money") != nil || b.PartnerConfig(k.AccountKey, "orange-money") != nil {
		t.Error("configured for others too")
	}

	b.SetDown("orange-money", true)
	c.do("", "GET", orangeMoney+"/status", "").Want(t, 200, `"status":"DOWN"`)
	c.do(k.PublicKey, "GET", orangeMoney+"/check", "").Want(t, 200, `"status":"DOWN"`)
	b.SetDown("orange-money", false)
	c.do("", "GET", orangeMoney+"/status", "").Want(t, 200, `"status":"UP"`)
}

func TestOtherPartners(t *testing.T) {
	b, c := newCaller(t, Config{})
	k := b.Config()
	for partner, want := range map[string]string{
		"sama-money": "partner.not.supported", "paypal": "partner.not.supported", "wave": "partner.not.found",
	} {
		status := 400
		if partner == "wave" {
			status = 404
		}
		c.do(k.AccountKey, "PUT", "/payments/v1/partners/"+partner, `{"url":"https://p.example"}`).Want(t, status, want)
		c.do("", "GET", "/payments/v1/partners/"+partner+"/status", "").Want(t, status, want)
	}
	_, c = newCaller(t, Config{AllPartners: true})
	for _, partner := range []string{"sama-money", "paypal"} {
		c.do(k.AccountKey, "PUT", "/payments/v1/partners/"+partner, `{"url":"https://p.example"}`).Want(t, 200, "")
	}
	c.do(k.SecretKey, "PUT", "/payments/v1/partners/sama-money/config", orangeConfig).Want(t, 400, `"missing: token"`)
	c.do(k.SecretKey, "PUT", "/payments/v1/partners/paypal/config", `{}`).Want(t, 200, "")
	c.do(k.PublicKey, "GET", "/payments/v1/partners/paypal/check", "").Want(t, 200, "")
}

func TestAccounts(t *testing.T) {
	b, c := newCaller(t, Config{Clock: kittest.NewClock().Now})
	const ada = `{"name":"Ada","email":"ada@example.com"}`
	c.do("", "POST", "/accounts/v1", ada).Want(t, 201, `{"accountId":"`)
	c.do("", "POST", "/accounts/v1", strings.Replace(ada, "ada@", "ADA@", 1)).
		Want(t, 409, `"source":"accounts","kind":"ConflictException","status":409,"message":"account.email.exists"`)
	c.do("", "POST", "/accounts/v1", `{}`).Want(t, 400, "missing: name, email")
	c.do("", "POST", "/accounts/v1", `{"name":"A","email":"a"}`).Want(t, 400, "must be an email address")
	key := b.FindMailedKey("ada@example.com")
	if !strings.HasPrefix(key, "rak_") || b.FindMailedKey("bob@example.com") != "" {
		t.Errorf("key %q", key)
	}
	c.do(key, "POST", "/accounts/v1/applications", `{"description":"x"}`).Want(t, 400, "missing: name")
	r := c.do(key, "POST", "/accounts/v1/applications", `{"name":"shop","description":"x"}`).
		Want(t, 201, `{"application":{"id":"`).
		Want(t, 201, `"name":"shop","description":"x","pkTest":"pk_test_`).
		Want(t, 201, `"createdAt":"2026-03-01T12:00:00.123+00:00"}}`)
	c.do(key, "POST", "/accounts/v1/applications", `{"name":"shop"}`).Want(t, 400, "missing: description")
	c.do(key, "POST", "/accounts/v1/applications", `{"name":"My shop","description":"x"}`).Want(t, 400, "lower case")
	var v struct {
		Application struct{ PKTest, SKTest, PKLive, SKLive string }
	}
	if err := json.Unmarshal(r.Body, &v); err != nil {
		t.Fatal(err)
	}
	apps := b.Applications()
	if len(apps) != 2 || apps[1].SKLive != v.Application.SKLive || apps[1].Name != "shop" {
		t.Errorf("applications %+v", apps)
	}
	c.do(key, "PUT", orangeMoney, `{"url":"https://orange.example"}`).Want(t, 200, "")
	c.do(v.Application.SKLive, "PUT", orangeMoney+"/config", orangeConfig).Want(t, 200, "")
	c.do(v.Application.PKLive, "GET", orangeMoney+"/check", "").Want(t, 200, "")
	c.do(v.Application.PKTest, "GET", orangeMoney+"/check", "").Want(t, 409, "partner.not.configured")
	c.do(b.Config().LivePublicKey, "GET", orangeMoney+"/check", "").Want(t, 409, "partner.not.configured")
}

func TestShapesAndFaults(t *testing.T) {
	b, c := newCaller(t, Config{EmptyAnswers: true, DownAs503: true, BareApplication: true})
	k := b.Config()
	if r := c.do(k.AccountKey, "PUT", orangeMoney, `{"url":"https://orange.example"}`).Want(t, 204, ""); len(r.Body) != 0 {
		t.Errorf("body %q", r.Body)
	}
	b.SetDown("orange-money", true)
	c.do("", "GET", orangeMoney+"/status", "").Want(t, 503, "")
	c.do(k.AccountKey, "POST", "/accounts/v1/applications", `{"name":"shop","description":"x"}`).Want(t, 201, `{"id":"`).
		Want(t, 201, `"description":"x"`)

	b, c = newCaller(t, Config{})
	c.do(k.AccountKey, "PUT", orangeMoney, `{"url":"https://orange.example"}`).Want(t, 200, "")
	b.Inject(sandbox.Fault{Kind: sandbox.FaultUnknownStatus})
	c.do("", "GET", orangeMoney+"/status", "").Want(t, 200, `"status":"DEGRADED"`)
	b.Inject(sandbox.Fault{Kind: sandbox.FaultNumbersAsStrings})
	c.do("", "GET", "/accounts/v1/x", "").Want(t, 404, `"status":"404"`)
	b.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError, Path: "payments/v1/*"})
	c.do("", "GET", orangeMoney+"/status", "").
		Want(t, 500, `"kind":"InternalServerErrorException","status":500,"message":"internal.error"`)
	b.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError, Code: 418, ErrorCode: "tea.pot"})
	c.do("", "GET", orangeMoney+"/status", "").Want(t, 418, `"kind":"Exception","status":418,"message":"tea.pot"`)
	c.do("", "POST", orangeMoney+"/status", "{}").Want(t, 405, "method.not.allowed")
	c.do("", "GET", orangeMoney+"/status?x=1", "").Want(t, 400, "not.documented")
	c.do("", "GET", orangeMoney+"/status", "{}").Want(t, 400, "not.documented")
	req := c.request("", "POST", "/accounts/v1", `{}`)
	req.Header.Set("Content-Type", "text/plain")
	kittest.Caller{HTTP: c.http}.Send(req).Want(t, 415, "application/json")
}
