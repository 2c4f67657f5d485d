package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// mppCaller speaks to a sandbox with plain net/http.
type mppCaller struct {
	t     *testing.T
	m     *MPP
	token string
	http  *http.Client
}

// newMPPCaller has a token.
func newMPPCaller(t *testing.T, c MPPConfig) (*MPP, mppCaller) {
	t.Helper()
	m := NewMPP(c)
	t.Cleanup(m.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	caller := mppCaller{t: t, m: m, http: &http.Client{Transport: tr, Timeout: 10 * time.Second}}
	caller.token = caller.login().want(t, 200, "").field("access_token")
	return m, caller
}

func (c mppCaller) login() reply {
	c.t.Helper()
	body := fmt.Sprintf(`{"secret_id":%q,"secret_key":%q}`, c.m.Config().SecretID, c.m.Config().SecretKey)
	req := c.request("POST", "/api/auth/token", body)
	req.Header.Del("Authorization")
	return c.send(req)
}

func (c mppCaller) request(method, path, body string) *http.Request {
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

func (c mppCaller) send(req *http.Request) reply { return caller{http: c.http}.send(req) }

func (c mppCaller) get(path string) reply {
	c.t.Helper()
	return c.send(c.request("GET", "/api/v1/"+path, ""))
}

// create sends a transaction of channel OM, with more in the place of what is named in it: name, JSON, name, JSON …
func (c mppCaller) create(external, category, amount string, more ...string) reply {
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

// made is create where it has to work, and gives the id back.
func (c mppCaller) made(external, category, amount string, more ...string) string {
	c.t.Helper()
	return c.create(external, category, amount, more...).want(c.t, 200, `"status":"initiated"},"code":"MPP-REQ-0000"`).field("id")
}

func TestMPPToken(t *testing.T) {
	clock := newClock()
	m, c := newMPPCaller(t, MPPConfig{Clock: clock.Now})
	c.login().want(t, 200, `"expires_in":1740,"refresh_expires_in":1800,"refresh_token":"`).
		want(t, 200, `"token_type":"Bearer","not-before-policy":0,"session_state":"`).
		want(t, 200, `"code":"MPP-REQ-0000","message":"ok","trace_request_id":"`)
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
		c.send(c.request("POST", "/api/auth/token", x.body)).want(t, x.status, x.text).want(t, x.status, `"success":false`)
	}
	c.send(c.request("GET", "/api/auth/token", "")).want(t, 405, `"code":"MPP-REQ-4005"`)
	if m.Logins() != 8 {
		t.Errorf("%d logins", m.Logins())
	}

	clock.Advance(1740*time.Second - 1)
	c.get("business").want(t, 200, "")
	clock.Advance(1)
	c.get("business").want(t, 401, `{"data":null,"code":"MPP-AUTH-4401","message":"Unauthorized","trace_request_id":"`)
	c.token = c.login().field("access_token")
	c.get("business").want(t, 200, "")
	m.ExpireTokens()
	c.get("business").want(t, 401, "")
	c.token = c.login().field("access_token")
	for _, header := range []string{"", "Bearer", "Bearer x", "Bearer \"" + c.token + "\"", c.token, "Basic " + c.token} {
		req := c.request("GET", "/api/v1/business", "")
		req.Header.Set("Authorization", header)
		c.send(req).want(t, 401, "MPP-AUTH-4401")
	}
	m.Inject(Fault{Kind: FaultExpiredToken, Path: "api/v1/business"})
	c.get("business").want(t, 401, "MPP-AUTH-4401")
	c.get("business").want(t, 401, "MPP-AUTH-4401")
}

func TestMPPRefusedTokenAsDocumented(t *testing.T) {
	for _, status := range []int{403, 422, 404, 200} {
		_, c := newMPPCaller(t, MPPConfig{AuthStatus: status, AuthCode: "MPP-REQ-4004"})
		c.token = "x"
		c.get("business").want(t, status, `"code":"MPP-REQ-4004"`)
		c.create("o-1", "payment", "1").want(t, status, `"success":false`)
		c.send(c.request("POST", "/api/auth/token", `{"secret_id":"a","secret_key":"b"}`)).want(t, status, "MPP-AUTH-4402")
	}
}

func TestMPPBusiness(t *testing.T) {
	m, c := newMPPCaller(t, MPPConfig{Balance: 76738_84, LimitOverdraft: 50})
	business := c.get("business").want(t, 200, `"is_phone_verified":0,"address":"SL","code":"521395"`).
		want(t, 200, `"currency":{"id":4,"iso3":"SLE"},"country":{"id":4,"iso2":"SL"},"limit_overdraft":0.5,"overdraft":true,"user_info":{`)
	c.get("business/").want(t, 200, `"id":"`+business.field("id")+`"`)
	path := "business/" + business.field("id")
	c.get(path+"/balance").want(t, 200, `{"data":{"balance":76738.84,"commission":0,"currencry":"SLE"},"code":"MPP-REQ-0000"`)
	c.get("business/x/balance").want(t, 404, "MPP-BS-4505")
	c.get("business/x/channel").want(t, 404, "MPP-BS-4505")
	c.get(path+"/channel").want(t, 200, `{"current_page":1,"data":[{"id":97,"status":"active","code":"OM","description":"Orange Money",`+
		`"fields":{"msisdn":["required","string"],"amount":["required","numeric"],"email":["nullable","email"],`+
		`"phone":["nullable","string","phone_number"],"first_name":["nullable","string"],"last_name":["nullable","string"],`+
		`"account_number":["nullable","string"]},"active":true,"callback":null,"categories":[{"id":133,"transaction_category":"payment",`+
		`"fee_payer":"merchant"},{"id":134,"transaction_category":"transfer","fee_payer":"merchant"}]},{`).
		want(t, 200, fmt.Sprintf(`"first_page_url":"%[1]s?page=1","from":1,"last_page":1,"last_page_url":"%[1]s?page=1","next_page_url":null,`+
			`"path":"%[1]s","per_page":15,"prev_page_url":null,"to":3,"total":3,"code":"MPP-REQ-0000","message":"ok","trace_request_id":"`,
			m.URL()+"/api/v1/"+path+"/channel"))
	m.SetChannel(MPPChannel{ID: 1, Code: "NEW", Inactive: true, Callback: "https://shop.example/mpp"})
	c.get(path+"/channel?page=4&page_size=1").want(t, 200, `"data":[{"id":1,"status":"inactive","code":"NEW","description":"","fields":[],`+
		`"active":false,"callback":"https://shop.example/mpp","categories":[]}]`)

	_, c = newMPPCaller(t, MPPConfig{NoBusiness: true, Currency: "XOF"})
	c.get("business").want(t, 404, "MPP-BS-4504")
	c.create("o-1", "payment", "1").want(t, 404, "MPP-BS-4504")
	_, c = newMPPCaller(t, MPPConfig{BusinessInactive: true, CurrencyInBalance: true, Balance: -1})
	c.get("business/"+c.m.Config().BusinessID+"/balance").want(t, 200, `"balance":0,"commission":0,"currency":"SLE"`)
	c.create("o-1", "payment", "1").want(t, 403, "MPP-BS-4507")
}

func TestMPPRoutes(t *testing.T) {
	_, c := newMPPCaller(t, MPPConfig{})
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
		c.send(c.request(x.method, x.path, x.body)).want(t, x.status, x.text)
	}
}

func TestMPPValidateAccount(t *testing.T) {
	_, c := newMPPCaller(t, MPPConfig{})
	ask := func(body string) reply { return c.send(c.request("GET", mppValidatePath, body)) }
	ask(`{"code":"om","msisdn":"+22394996021"}`).want(t, 200,
		`{"data":{"first_name":"Abdou","last_name":"Diogue","birth_date":"1976-08-13","gender":"MALE"},"code":"MPP-REQ-0000","message":"ok","traceRequestId":"`)
	ask("").want(t, 422, "Content-Type")
	ask("{}").want(t, 422, `"errors":{"code":["The code field is required."],"msisdn":["The msisdn field is required."]}`)
	ask(`{"code":"xx","msisdn":"+22394996021"}`).want(t, 422, "not a channel's")
	ask(`{"code":"OM","msisdn":"+22394996022"}`).want(t, 404, "MPP-REQ-4008")
	c.send(c.request("GET", mppValidatePath+"?code=om", `{"code":"om","msisdn":"+22394996021"}`)).want(t, 422, "parameter code")
	c.send(c.request("POST", mppValidatePath, "{}")).want(t, 405, "")
}

func TestMPPSpellings(t *testing.T) {
	_, c := newMPPCaller(t, MPPConfig{TraceID: MPPTraceIDCamel, Details: MPPDetailsInData, RefusalsAs200: true})
	c.get("business").want(t, 200, `"traceRequestId":"`)
	c.get("nothing").want(t, 200, `{"data":null,"code":"MPP-REQ-4004","message":"Resouce not found.","traceRequestId":"`).want(t, 200, `"success":false}`)
	c.create("", "payment", "1").want(t, 200, `{"data":{"external_id":["The external id field is required."]},"code":"MPP-REQ-4022","message":"The external id field is required."`)
	_, c = newMPPCaller(t, MPPConfig{TraceID: MPPTraceIDSnake, Details: MPPDetailsNone})
	c.create("", "payment", "1").want(t, 422, `{"data":null,"code":"MPP-REQ-4022","message":"The external id field is required.","trace_request_id":"`)
	c.send(c.request("GET", mppValidatePath, `{"code":"om","msisdn":"+22394996021"}`)).want(t, 200, `"trace_request_id":"`)
}

func TestMPPRateLimit(t *testing.T) {
	clock := newClock()
	_, c := newMPPCaller(t, MPPConfig{Clock: clock.Now, RateLimit: 2})
	c.get("business").want(t, 200, "")
	clock.Advance(18500 * time.Millisecond)
	r := c.create("o-1", "payment", "1").want(t, 429, `"code":"MPP-REQ-4000","message":"Too Many Attempts."`)
	if r.header.Get("Retry-After") != "42" {
		t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
	}
	clock.Advance(42 * time.Second)
	c.get("business").want(t, 200, "")
}

func TestMPPFaults(t *testing.T) {
	m, c := newMPPCaller(t, MPPConfig{})
	id := c.made("o-1", "transfer", "12.50")
	m.Inject(Fault{Kind: FaultNumbersAsStrings})
	c.get("transaction/"+id).want(t, 200, `"amount":"12.5"`).want(t, 200, `"before_balance":"1000000"`)
	m.Inject(Fault{Kind: FaultUnknownStatus})
	c.get("transaction/"+id).want(t, 200, `"status":"on_hold"`).want(t, 200, `"status":"active"`)
	m.Inject(Fault{Kind: FaultProviderError})
	c.get("business").want(t, 500, `"code":"MPP-REQ-4000","message":"Request failed."`)
	m.Inject(Fault{Kind: FaultProviderError, Before: true, ErrorCode: "MPP-PP-4200"})
	c.create("o-2", "transfer", "1").want(t, 422, "Payment page not fully configured")
	m.Inject(Fault{Kind: FaultProviderError, Before: true, Code: 503})
	c.create("o-2", "transfer", "1").want(t, 503, "MPP-REQ-4000")
	m.Inject(Fault{Kind: FaultCut, Method: "POST"})
	if r := c.create("o-2", "transfer", "1"); r.err == nil || len(m.TransactionsOf("o-2")) != 1 {
		t.Errorf("%+v, %+v", r, m.TransactionsOf("o-2"))
	}
	if f := m.Fired(); !f[len(f)-1].Processed || m.Count("POST", "api/v1/transaction") != 4 {
		t.Errorf("fired %+v", f)
	}
}
