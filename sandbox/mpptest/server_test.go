package mpptest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

// client speaks to a sandbox with plain net/http.
type client struct {
	t     *testing.T
	m     *Server
	token string
	http  *http.Client
}

// newCaller has a token.
func newCaller(t *testing.T, c Config) (*Server, client) {
	t.Helper()
	m := New(c)
	t.Cleanup(m.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	caller := client{t: t, m: m, http: &http.Client{Transport: tr, Timeout: 10 * time.Second}}
	caller.token = caller.login().Want(t, 200, "").Field("access_token")
	return m, caller
}

func (c client) login() kittest.Reply {
	c.t.Helper()
	body := fmt.Sprintf(`{"secret_id":%q,"secret_key":%q}`, c.m.Config().SecretID, c.m.Config().SecretKey)
	req := c.request("POST", "/api/auth/token", body)
	req.Header.Del("Authorization")
	return c.send(req)
}

func (c client) request(method, path, body string) *http.Request {
	c.t.Helper()
	req, err := http.NewRequest(method, c.m.URL()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

func (c client) send(req *http.Request) kittest.Reply { return kittest.Caller{HTTP: c.http}.Send(req) }

func (c client) get(path string) kittest.Reply {
	c.t.Helper()
	return c.send(c.request("GET", "/api/v1/"+path, ""))
}

// create sends a transaction of channel OM, with more in the place of what is
// named in it: name, JSON, name, JSON …
func (c client) create(external, category, amount string, more ...string) kittest.Reply {
	c.t.Helper()
	fields := map[string]json.RawMessage{
		"business_id": json.RawMessage(`"` + c.m.Config().BusinessID + `"`), "channel": json.RawMessage(`"OM"`),
		"external_id": json.RawMessage(`"` + external + `"`), "currency": json.RawMessage(`"` + c.m.Config().Currency + `"`),
		"category": json.RawMessage(`"` + category + `"`), "amount": json.RawMessage(amount),
		"msisdn": json.RawMessage(`"080002209"`),
	}
	for n := 0; n < len(more); n += 2 {
		fields[more[n]] = json.RawMessage(more[n+1])
		if more[n+1] == "" {
			delete(fields, more[n])
		}
	}
	body, err := json.Marshal(fields)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.send(c.request("POST", "/api/v1/transaction", string(body)))
}

// made does what create does, must succeed, and returns the id.
func (c client) made(external, category, amount string, more ...string) string {
	c.t.Helper()
	return c.create(external, category, amount, more...).
		Want(c.t, 200, `"status":"initiated"},"code":"MPP-REQ-0000"`).Field("id")
}

func TestToken(t *testing.T) {
	clock := kittest.NewClock()
	m, c := newCaller(t, Config{Clock: clock.Now})
	c.login().Want(t, 200, `"expires_in":1740,"refresh_expires_in":1800,"refresh_token":"`).
		Want(t, 200, `"token_type":"Bearer","not-before-policy":0,"session_state":"`).
		Want(t, 200, `"code":"MPP-REQ-0000","message":"ok","trace_request_id":"`)
	for _, x := range []struct {
		body   string
		status int
		text   string
	}{
		{`{"secret_id":"sandbox-secret-id","secret_key":"x"}`, 401, `"code":"MPP-AUTH-4402","message":"Username or password incorrect"`},
		{`{"secret_id":"sandbox-secret-id"}`, 422, `"errors":{"secret_key":["The secret key field is required."]}`},
		{`{"secret_id":1,"secret_key":"x","x":2}`, 422, `"errors":{"x":["The x field is not documented."],"secret_id":["The secret id field must be a string."]}`},
		{`{"secret_id":"a",}`, 422, "not a JSON object"}, {`[]`, 422, "not a JSON object"}, {`null`, 422, "not a JSON object"},
	} {
		c.send(c.request("POST", "/api/auth/token", x.body)).Want(t, x.status, x.text).Want(t, x.status, `"success":false`)
	}
	c.send(c.request("GET", "/api/auth/token", "")).Want(t, 405, `"code":"MPP-REQ-4005"`)
	if m.Logins() != 8 {
		t.Errorf("%d logins", m.Logins())
	}

	clock.Advance(1740*time.Second - 1)
	c.get("business").Want(t, 200, "")
	clock.Advance(1)
	c.get("business").Want(t, 401, `{"data":null,"code":"MPP-AUTH-4401","message":"Unauthorized","trace_request_id":"`)
	c.token = c.login().Field("access_token")
	c.get("business").Want(t, 200, "")
	m.ExpireTokens()
	c.get("business").Want(t, 401, "")
	c.token = c.login().Field("access_token")
	for _, header := range []string{"", "Bearer", "Bearer x", "Bearer \"" + c.token + "\"", c.token, "Basic " + c.token} {
		req := c.request("GET", "/api/v1/business", "")
		req.Header.Set("Authorization", header)
		c.send(req).Want(t, 401, "MPP-AUTH-4401")
	}
	m.Inject(sandbox.Fault{Kind: sandbox.FaultExpiredToken, Path: "api/v1/business"})
	c.get("business").Want(t, 401, "MPP-AUTH-4401")
	c.get("business").Want(t, 401, "MPP-AUTH-4401")
}

func TestRefusedTokenAsDocumented(t *testing.T) {
	for _, status := range []int{403, 422, 404, 200} {
		_, c := newCaller(t, Config{AuthStatus: status, AuthCode: "MPP-REQ-4004"})
		c.token = "x"
		c.get("business").Want(t, status, `"code":"MPP-REQ-4004"`)
		c.create("o-1", "payment", "1").Want(t, status, `"success":false`)
		c.send(c.request("POST", "/api/auth/token", `{"secret_id":"a","secret_key":"b"}`)).Want(t, status, "MPP-AUTH-4402")
	}
}

func TestBusiness(t *testing.T) {
	m, c := newCaller(t, Config{Balance: 76738_84, LimitOverdraft: 50})
	business := c.get("business").Want(t, 200, `"is_phone_verified":0,"address":"SL","code":"521395"`).
		Want(t, 200, `"currency":{"id":4,"iso3":"SLE"},"country":{"id":4,"iso2":"SL"},"limit_overdraft":0.5,"overdraft":true,"user_info":{`)
	c.get("business/").Want(t, 200, `"id":"`+business.Field("id")+`"`)
	path := "business/" + business.Field("id")
	c.get(path+"/balance").
		Want(t, 200, `{"data":{"balance":76738.84,"commission":0,"currencry":"SLE"},"code":"MPP-REQ-0000"`)
	c.get("business/x/balance").Want(t, 404, "MPP-BS-4505")
	c.get("business/x/channel").Want(t, 404, "MPP-BS-4505")
	c.get(path+"/channel").Want(t, 200, `{"current_page":1,"data":[{"id":97,"status":"active","code":"OM","description":"Orange Money",`+
		`"fields":{"msisdn":["required","string"],"amount":["required","numeric"],"email":["nullable","email"],`+
		`"phone":["nullable","string","phone_number"],"first_name":["nullable","string"],"last_name":["nullable","string"],`+
		`"account_number":["nullable","string"]},"active":true,"callback":null,"categories":[{"id":133,"transaction_category":"payment",`+
		`"fee_payer":"merchant"},{"id":134,"transaction_category":"transfer","fee_payer":"merchant"}]},{`).
		Want(t, 200, fmt.Sprintf(`"first_page_url":"%[1]s?page=1","from":1,"last_page":1,"last_page_url":"%[1]s?page=1","next_page_url":null,`+
			`"path":"%[1]s","per_page":15,"prev_page_url":null,"to":3,"total":3,"code":"MPP-REQ-0000","message":"ok","trace_request_id":"`,
			m.URL()+"/api/v1/"+path+"/channel"))
	m.SetChannel(Channel{ID: 1, Code: "NEW", Inactive: true, Callback: "https://shop.example/mpp"})
	c.get(path+"/channel?page=4&page_size=1").Want(t, 200, `"data":[{"id":1,"status":"inactive","code":"NEW","description":"","fields":[],`+
		`"active":false,"callback":"https://shop.example/mpp","categories":[]}]`)

	_, c = newCaller(t, Config{Balance: -1})
	c.get("business/"+c.m.Config().BusinessID+"/balance").Want(t, 200, `"balance":0,"commission":0,"currencry":"SLE"`)
}

func TestRoutes(t *testing.T) {
	_, c := newCaller(t, Config{})
	for _, x := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"GET", "/", "", 404, `"code":"MPP-REQ-4004","message":"Resouce not found."`},
		{"GET", "/api/v1/business/x", "", 404, "MPP-REQ-4004"}, {"GET", "/api/v1/transaction/x/y", "", 404, "MPP-REQ-4004"},
		{"DELETE", "/api/v1/transaction/x", "", 405, "MPP-REQ-4005"}, {"POST", "/api/v1/business", "{}", 405, "MPP-REQ-4005"},
		{"GET", "/api/v1/business?x=1", "", 422, "parameter x"}, {"GET", "/api/v1/transaction?page=1&page=2", "", 422, "parameter page"},
		{"GET", "/api/v1/transaction?external_id=a", "", 422, "not documented"}, {"GET", "/api/v1/business", "{}", 422, "takes no body"},
		{"GET", "/api/v1/transaction?page=0", "", 422, "between 1 and 1000000"}, {"GET", "/api/v1/transaction?page_size=101", "", 422, "between 1 and 100"},
		{"GET", "/api/v1/transaction/x", "", 404, "MPP-REQ-4008"}, {"GET", "/api/v1/transaction/x/get-status", "", 404, "MPP-REQ-4008"},
	} {
		c.send(c.request(x.method, x.path, x.body)).Want(t, x.status, x.text)
	}
}

func TestValidateAccount(t *testing.T) {
	_, c := newCaller(t, Config{})
	const validatePath = "/api/v1/channel/account/validate"
	ask := func(body string) kittest.Reply { return c.send(c.request("GET", validatePath, body)) }
	ask(`{"code":"om","msisdn":"+22394996021"}`).Want(t, 200,
		`{"data":{"first_name":"Abdou","last_name":"Diogue","birth_date":"1976-08-13","gender":"MALE"},"code":"MPP-REQ-0000","message":"ok","traceRequestId":"`)
	ask("").Want(t, 422, "Content-Type")
	ask("{}").Want(t, 422, `"errors":{"code":["The code field is required."],"msisdn":["The msisdn field is required."]}`)
	ask(`{"code":"xx","msisdn":"+22394996021"}`).Want(t, 422, "not a channel's")
	ask(`{"code":"OM","msisdn":"+22394996022"}`).Want(t, 404, "MPP-REQ-4008")
	c.send(c.request("GET", validatePath+"?code=om", `{"code":"om","msisdn":"+22394996021"}`)).
		Want(t, 422, "parameter code")
	c.send(c.request("POST", validatePath, "{}")).Want(t, 405, "")
}

func TestSpellings(t *testing.T) {
	_, c := newCaller(t, Config{Details: DetailsInData, RefusalsAs200: true})
	c.get("nothing").
		Want(t, 200, `{"data":null,"code":"MPP-REQ-4004","message":"Resouce not found.","trace_request_id":"`).
		Want(t, 200, `"success":false}`)
	c.create("", "payment", "1").
		Want(t, 200, `{"data":{"external_id":["The external id field is required."]},"code":"MPP-REQ-4022","message":"The external id field is required."`)
	_, c = newCaller(t, Config{Details: DetailsNone})
	c.create("", "payment", "1").
		Want(t, 422, `{"data":null,"code":"MPP-REQ-4022","message":"The external id field is required.","trace_request_id":"`)
}

func TestRateLimit(t *testing.T) {
	clock := kittest.NewClock()
	_, c := newCaller(t, Config{Clock: clock.Now, RateLimit: 2})
	c.get("business").Want(t, 200, "")
	clock.Advance(18500 * time.Millisecond)
	r := c.create("o-1", "payment", "1").Want(t, 429, `"code":"MPP-REQ-4000","message":"Too Many Attempts."`)
	if r.Header.Get("Retry-After") != "42" {
		t.Errorf("Retry-After %q", r.Header.Get("Retry-After"))
	}
	clock.Advance(42 * time.Second)
	c.get("business").Want(t, 200, "")
}

func TestFaults(t *testing.T) {
	m, c := newCaller(t, Config{})
	id := c.made("o-1", "transfer", "12.50")
	m.Inject(sandbox.Fault{Kind: sandbox.FaultNumbersAsStrings})
	c.get("transaction/"+id).Want(t, 200, `"amount":"12.5"`).Want(t, 200, `"before_balance":"1000000"`)
	m.Inject(sandbox.Fault{Kind: sandbox.FaultUnknownStatus})
	c.get("transaction/"+id).Want(t, 200, `"status":"on_hold"`).Want(t, 200, `"status":"active"`)
	m.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError})
	c.get("business").Want(t, 500, `"code":"MPP-REQ-4000","message":"Request failed."`)
	m.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError, Before: true, ErrorCode: "MPP-PP-4200"})
	c.create("o-2", "transfer", "1").Want(t, 422, "Payment page not fully configured")
	m.Inject(sandbox.Fault{Kind: sandbox.FaultProviderError, Before: true, Code: 503})
	c.create("o-2", "transfer", "1").Want(t, 503, "MPP-REQ-4000")
	m.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST"})
	if r := c.create("o-2", "transfer", "1"); r.Err == nil || len(m.Orders()) != 2 {
		t.Errorf("%+v, %+v", r, m.Orders())
	}
	if f := m.FaultRecords(); !f[len(f)-1].Processed || m.Count("POST", "api/v1/transaction") != 4 {
		t.Errorf("fired %+v", f)
	}
}
