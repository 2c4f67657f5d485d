package console_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/bantutest"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/console"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
)

// stand is a console with its providers on a port of its own.
type stand struct {
	t        *testing.T
	url      string
	barkapay *barkapaytest.Server
	intram   *intramtest.Server
}

func start(t *testing.T) *stand {
	s := &stand{t: t, barkapay: barkapaytest.New(barkapaytest.Config{}), intram: intramtest.New(intramtest.Config{})}
	server := httptest.NewUnstartedServer(nil)
	c, err := console.New(server.Listener.Addr().String(),
		console.NewProvider("barkapay", s.barkapay), console.NewProvider("intram", s.intram),
		console.NewProvider("cinetpay", cinetpaytest.New(cinetpaytest.Config{})),
		console.NewProvider("mpp", mpptest.New(mpptest.Config{})), console.NewProvider("bantu", bantutest.New(bantutest.Config{})))
	require.NoError(t, err)
	server.Config.Handler = c
	server.Start()
	t.Cleanup(func() { c.Close(); server.Close() })
	s.url = server.URL
	return s
}

// do sends a request and returns the status and the body.
func (s *stand) do(method, path, body string, header ...string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for n := 0; n < len(header); n += 2 {
		if r.Header.Set(header[n], header[n+1]); header[n] == "Host" {
			r.Host = header[n+1]
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	return answer.StatusCode, string(all)
}

// api sends a request to the API, wants 200 and decodes the answer.
func (s *stand) api(method, path, body string) any {
	s.t.Helper()
	status, answer := s.do(method, path, body)
	require.Equal(s.t, 200, status, answer)
	var v any
	require.NoError(s.t, json.Unmarshal([]byte(answer), &v))
	return v
}

// form sends a form of the page, with the page's token.
func (s *stand) form(fields url.Values) (int, string) {
	s.t.Helper()
	_, page := s.do("GET", "/", "")
	fields.Set("token", regexp.MustCompile(`name="token" value="(\w+)"`).FindStringSubmatch(page)[1])
	return s.do("POST", "/do", fields.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", s.url)
}

// shop counts notifications.
func (s *stand) shop(provider string) <-chan string {
	got := make(chan string, 1000)
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- string(body)
	}))
	s.t.Cleanup(shop.Close)
	s.api("PUT", "/api/providers/"+provider+"/notifications", `{"url":"`+shop.URL+`"}`)
	return got
}

func (s *stand) pay(reference string) {
	s.t.Helper()
	_, err := s.barkapay.Client().Pay(context.Background(), request(s.t, reference))
	require.NoError(s.t, err)
}

func request(t *testing.T, reference string) wapay.PaymentRequest {
	phone, err := wapay.ParsePhone("70000001", "BF")
	require.NoError(t, err)
	return wapay.PaymentRequest{
		Reference: reference, Amount: wapay.XOF.Units(5000), Customer: wapay.Customer{Phone: phone}, Operator: "MOOV",
	}
}

func soon(t *testing.T, got <-chan string) string {
	t.Helper()
	select {
	case body := <-got:
		return body
	case <-time.After(10 * time.Second):
		t.Fatal("no notification came")
		return ""
	}
}

// A payment is made with the client, approved by a form, and told to the shop.
func TestApproveByForm(t *testing.T) {
	s := start(t)
	got := s.shop("barkapay")
	s.pay("order-1")

	_, page := s.do("GET", "/", "")
	require.Contains(t, page, `data-order="order-1"`)
	id := s.barkapay.Orders()[0].ID
	status, _ := s.form(url.Values{"provider": {"barkapay"}, "order": {id}, "action": {"approve"}})
	require.Equal(t, 303, status)
	require.Contains(t, soon(t, got), `"order_id":"order-1"`)
	require.True(t, s.barkapay.Orders()[0].Succeeded)

	status, page = s.form(url.Values{"provider": {"barkapay"}, "order": {id}, "action": {"approve"}})
	require.Equal(t, 409, status)
	require.Contains(t, page, "This order is over.")
}

// Differences are planted by the page's form.
func TestPlantByForm(t *testing.T) {
	s := start(t)
	s.pay("order-1")
	id := s.barkapay.Orders()[0].ID
	status, _ := s.form(url.Values{"provider": {"barkapay"}, "order": {id}, "action": {"alter"}, "amount": {"4500"}, "phone": {"70000009"}})
	require.Equal(t, 303, status)
	require.Equal(t, int64(4500), s.barkapay.Orders()[0].Amount)
	require.Equal(t, "70000009", s.barkapay.Orders()[0].Phone)
	status, _ = s.form(url.Values{"provider": {"barkapay"}, "order": {id}, "action": {"forget"}})
	require.Equal(t, 303, status)
	require.Empty(t, s.barkapay.Orders())
}

func TestAPIOrders(t *testing.T) {
	s := start(t)
	s.pay("order-1")
	s.pay("order-2")
	s.pay("order-3")
	const orders = "/api/providers/barkapay/orders"
	require.Len(t, s.api("GET", orders, ""), 3)

	approved := s.api("POST", orders+"/order-1/approve", "").(map[string]any)
	require.Equal(t, "succeeded", approved["state"])
	require.Equal(t, "5000", approved["amount"])
	declined := s.api("POST", orders+"/order-2/decline", `{"reason":"no"}`).(map[string]any)
	require.Equal(t, "failed", declined["state"])
	expired := s.api("POST", orders+"/order-3/expire", "").(map[string]any)
	require.Equal(t, "failed", expired["state"])

	ledger := s.api("GET", "/api/providers/barkapay/ledger", "").(map[string]any)
	entries := ledger["entries"].([]any)
	require.Equal(t, "order-1", entries[len(entries)-1].(map[string]any)["reference"])

	for path, want := range map[string]int{
		"/order-1/approve": 409, "/nobody/approve": 404, "/order-1/eat": 409,
	} {
		status, _ := s.do("POST", orders+path, "")
		require.Equal(t, want, status, path)
	}
	status, _ := s.do("POST", "/api/providers/nobody/orders/order-1/approve", "")
	require.Equal(t, 404, status)
}

// A delayed notification comes when the clock has moved by an hour.
func TestDelay(t *testing.T) {
	s := start(t)
	got := s.shop("barkapay")
	s.pay("order-1")
	s.api("POST", "/api/providers/barkapay/orders/order-1/delay", "")
	s.api("POST", "/api/providers/barkapay/orders/order-1/approve", "")
	require.NoError(t, s.barkapay.Flush(context.Background()))
	s.api("POST", "/api/clock", `{"advance":"59m"}`)
	require.Empty(t, got)
	s.api("POST", "/api/clock", `{"advance":"1m"}`)
	require.Len(t, got, 1)
}

// A fault that the page has queued meets the next call, and the page shows it.
func TestFault(t *testing.T) {
	s := start(t)
	status, _ := s.form(url.Values{"provider": {"barkapay"}, "action": {"inject"}, "kind": {"html"}, "code": {"503"}, "method": {"POST"}})
	require.Equal(t, 303, status)
	_, page := s.do("GET", "/", "")
	require.Contains(t, page, `id="clear-barkapay"`)

	_, err := s.barkapay.Client().Pay(context.Background(), request(t, "order-1"))
	require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	_, page = s.do("GET", "/", "")
	require.NotContains(t, page, `id="clear-barkapay"`)
	require.Contains(t, page, "<b>Fault:</b> HTML page of a proxy (502)")
	all := s.api("GET", "/api/providers/barkapay/requests", "").([]any)
	last := all[len(all)-1].(map[string]any)
	require.Equal(t, []any{"html", 503.0, true}, []any{last["fault"], last["status"], last["processed"]})

	for _, bad := range []string{`{"kind":"meteor"}`, `{"kind":"expired token"}`, `{"kind":"html","code":1}`, `{"kind":"html","unknown":1}`, `{`} {
		status, _ := s.do("POST", "/api/providers/barkapay/faults", bad)
		require.GreaterOrEqual(t, status, 400, bad)
		require.Less(t, status, 500, bad)
	}
	s.api("POST", "/api/providers/intram/faults", `{"kind":"provider error","times":-1}`)
	queued := s.api("DELETE", "/api/providers/intram/faults", "").(map[string]any)["queued"]
	require.Empty(t, queued)
}

func TestResend(t *testing.T) {
	s := start(t)
	s.pay("order-1")
	const deliveries = "/api/providers/barkapay/deliveries"
	status, _ := s.do("POST", deliveries, `{"order":"order-1"}`)
	require.Equal(t, 409, status, "nothing was told yet")

	got := s.shop("barkapay")
	s.api("POST", "/api/providers/barkapay/orders/order-1/approve", "")
	genuine := soon(t, got)
	for _, how := range []string{"again", "late"} {
		s.api("POST", deliveries, `{"order":"order-1","how":"`+how+`"}`)
		require.Equal(t, genuine, soon(t, got), how)
	}
	require.Len(t, s.api("POST", deliveries, `{"order":"order-1","how":"duplicate"}`), 2)
	require.Equal(t, genuine, soon(t, got))
	require.Equal(t, genuine, soon(t, got))
	s.api("POST", deliveries, `{"order":"order-1","how":"tampered"}`)
	require.Contains(t, soon(t, got), "95000")
	s.api("POST", deliveries, `{"order":"order-1","how":"forged"}`)
	require.NotEqual(t, genuine, soon(t, got))
	status, _ = s.do("POST", deliveries, `{"order":"order-1","how":"by pigeon"}`)
	require.Equal(t, 422, status)
}

func TestNotificationURL(t *testing.T) {
	s := start(t)
	for _, bad := range []string{"http://example.com/", "ftp://127.0.0.1/", "no url", "https://10.0.0.1/"} {
		status, _ := s.do("PUT", "/api/providers/mpp/notifications", `{"url":"`+bad+`"}`)
		require.Equal(t, 422, status, bad)
	}
	s.shop("mpp")
	require.Equal(t, true, s.api("PUT", "/api/providers/mpp/notifications", `{"hold":true}`).(map[string]any)["hold"])
}

// A request that the documents do not allow is refused as the provider refuses
// it, and the console says why. It shows no key.
func TestShowsReasonOfRefusal(t *testing.T) {
	s := start(t)
	status, _ := s.do("GET", "/barkapay/api/client/ping", "", "X-Api-Key", "a-real-key")
	require.Equal(t, 406, status)
	status, _ = s.do("POST", "/cinetpay/v1/auth/login?lang=fr", "apikey=a-real-key&password=a-real-password",
		"Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, 401, status)
	_, page := s.do("GET", "/", "")
	require.Contains(t, page, "The Accept header must be application/json.")
	require.Contains(t, page, "Identifiant de connexion incorrect")
	_, requests := s.do("GET", "/api/providers/cinetpay/requests", "")
	require.Contains(t, requests, "Identifiant de connexion incorrect")
	require.NotContains(t, page+requests, "a-real-")
}

// No other site can drive the console: not its page, not by a name that it has
// pointed at this machine, not by a form.
func TestRefusesOtherSites(t *testing.T) {
	s := start(t)
	port := s.url[strings.LastIndex(s.url, ":"):]
	form := "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		method, path, body string
		header             []string
		want               int
	}{
		"rebound name":          {"GET", "/", "", []string{"Host", "evil.example" + port}, 421},
		"rebound name, API":     {"GET", "/api/providers", "", []string{"Host", "evil.example"}, 421},
		"rebound name, events":  {"GET", "/api/events", "", []string{"Host", "evil.example"}, 421},
		"name with our address": {"GET", "/", "", []string{"Host", "127.0.0.1.evil.example" + port}, 421},
		"other address":         {"GET", "/", "", []string{"Host", "192.0.2.7" + port}, 421},
		"rebound provider":      {"POST", "/barkapay/api/client/ping", "", []string{"Host", "evil.example"}, 421},
		"foreign origin, API":   {"POST", "/api/clock", `{"advance":"1h"}`, []string{"Origin", "http://evil.example"}, 403},
		"other port":            {"POST", "/api/clock", `{"advance":"1h"}`, []string{"Origin", "http://127.0.0.1:1"}, 403},
		"no origin at all":      {"POST", "/api/clock", `{"advance":"1h"}`, []string{"Origin", "null"}, 403},
		"cross-site fetch":      {"POST", "/api/clock", `{"advance":"1h"}`, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"foreign delete":        {"DELETE", "/api/providers/mpp/faults", "", []string{"Origin", "http://evil.example"}, 403},
		"foreign provider":      {"POST", "/cinetpay/v1/auth/login", "a=b", []string{"Content-Type", form, "Origin", "http://evil.example"}, 403},
		"form to the API":       {"POST", "/api/clock", "a=b", []string{"Content-Type", form}, 415},
		"text to the API":       {"POST", "/api/clock", `{"advance":"1h"}`, []string{"Content-Type", "text/plain"}, 415},
		"form without token":    {"POST", "/do", "action=advance&minutes=5", []string{"Content-Type", form}, 403},
		"form by link":          {"GET", "/do?action=advance&minutes=5", "", nil, 405},
		"localhost":             {"GET", "/", "", []string{"Host", "localhost" + port}, 200},
		"payment page, linked":  {"GET", "/cinetpay/payment/x", "", []string{"Sec-Fetch-Site", "cross-site"}, 404},
	} {
		status, body := s.do(c.method, c.path, c.body, c.header...)
		require.Equal(t, c.want, status, "%s: %s", name, body)
	}
	answer, err := http.Get(s.url)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Contains(t, answer.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	require.Less(t, time.Until(s.barkapay.Now()).Abs(), time.Minute, "the clock was moved")
}

func TestLanguages(t *testing.T) {
	s := start(t)
	for header, want := range map[string]string{
		"": "en", "fr": "fr", "fr-BF, en;q=0.5": "fr", "en, fr;q=0.9": "en", "de, fr;q=0.4, en;q=0.3": "fr", "de": "en",
	} {
		_, page := s.do("GET", "/", "", "Accept-Language", header)
		require.Contains(t, page, `<html lang="`+want+`">`, header)
	}
	_, page := s.do("GET", "/?lang=fr", "", "Accept-Language", "en")
	require.Contains(t, page, "Bac à sable")
	_, page = s.do("GET", "/", "", "Accept-Language", "en", "Cookie", "lang=fr")
	require.Contains(t, page, "Bac à sable")
	require.NotRegexp(t, `(?i)(src|href|action)="(https?:)?//`, page, "the page asks another server for something")
}

// Events come as they happen.
func TestEvents(t *testing.T) {
	s := start(t)
	answer, err := http.Get(s.url + "/api/events?provider=barkapay")
	require.NoError(t, err)
	defer answer.Body.Close()
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(answer.Body); in.Scan(); {
			lines <- in.Text()
		}
	}()
	var seen []string // "event data"
	wait := func(event, data string) {
		t.Helper()
		has := func(s string) bool { return strings.HasPrefix(s, event+" ") && strings.Contains(s, data) }
		name := ""
		for !slices.ContainsFunc(seen, has) {
			select {
			case line, open := <-lines:
				require.True(t, open, "the stream ended before %s", event)
				if is, ok := strings.CutPrefix(line, "event: "); ok {
					name = is
				} else if is, ok := strings.CutPrefix(line, "data: "); ok {
					seen = append(seen, name+" "+is)
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("no %s with %s", event, data)
			}
		}
	}
	wait("hello", "")
	got := s.shop("barkapay")
	wait("console", "")
	s.pay("order-1")
	wait("order", `"state":"pending"`)
	wait("request", `"status":20`)
	s.api("POST", "/api/providers/barkapay/orders/order-1/approve", "")
	wait("order", `"state":"succeeded"`)
	soon(t, got)
	wait("delivery", `"reference":"order-1"`)
}

func TestNotFound(t *testing.T) {
	s := start(t)
	for path, want := range map[string]string{
		"/?provider=nobody": "There is no such provider.", "/nowhere": "There is no such page.",
		"/api/nowhere": "no_endpoint", "/api/providers/nobody": "no_provider", "/api/events?provider=nobody": "no_provider",
	} {
		status, body := s.do("GET", path, "")
		require.Equal(t, 404, status, path)
		require.Contains(t, body, want)
	}
}

func TestHealth(t *testing.T) {
	status, body := start(t).do("GET", "/healthz", "")
	require.Equal(t, 200, status)
	require.Equal(t, "ok\n", body)
}
