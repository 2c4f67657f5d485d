package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// manualClock stands still until it is moved.
type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *manualClock {
	return &manualClock{now: time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)}
}

func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// receiver is a merchant's notification URL. It answers with the queued statuses, then 200.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int
	bodies   [][]byte
}

func newReceiver(t *testing.T, statuses ...int) *receiver {
	r := &receiver{statuses: statuses}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bodies = append(r.bodies, body)
		if len(r.statuses) > 0 {
			w.WriteHeader(r.statuses[0])
			r.statuses = r.statuses[1:]
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) received() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bodies
}

// caller speaks to a sandbox with plain net/http.
type caller struct {
	t           *testing.T
	b           *BarkaPay
	key, secret string
	http        *http.Client
}

type reply struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func newCaller(t *testing.T, c BarkaPayConfig) (*BarkaPay, caller) {
	t.Helper()
	b := NewBarkaPay(c)
	t.Cleanup(b.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	hc := &http.Client{Transport: tr, Timeout: 10 * time.Second}
	return b, caller{t: t, b: b, key: b.Config().APIKey, secret: b.Config().APISecret, http: hc}
}

func (c caller) sci() caller {
	c.key, c.secret = c.b.Config().SCIKey, c.b.Config().SCISecret
	return c
}

func (c caller) request(method, path, contentType, body string) *http.Request {
	c.t.Helper()
	req, err := http.NewRequest(method, c.b.URL()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", c.key)
	req.Header.Set("X-Api-Secret", c.secret)
	req.Header.Set("Accept", "application/json")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return req
}

func (c caller) send(req *http.Request) reply {
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return reply{status: resp.StatusCode, header: resp.Header, body: body, err: err}
}

func (c caller) get(path string) reply { return c.send(c.request("GET", path, "", "")) }

// post sends name, value, name, value …
func (c caller) post(path string, fields ...string) reply {
	return c.send(c.request("POST", path, "application/x-www-form-urlencoded", pairs(fields).Encode()))
}

func pairs(fields []string) url.Values {
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	return v
}

// want fails the test unless the answer has the status and, compacted, the text.
func (r reply) want(t *testing.T, status int, text string) reply {
	t.Helper()
	if r.err != nil || r.status != status || !strings.Contains(r.text(), text) {
		t.Fatalf("got %d %s (%v), want %d with %s", r.status, r.body, r.err, status, text)
	}
	return r
}

func (r reply) text() string {
	var b bytes.Buffer
	if json.Compact(&b, r.body) != nil {
		return string(r.body)
	}
	return b.String()
}

// id is data.public_id.
func (r reply) id() string {
	var v struct {
		Data struct {
			PublicID string `json:"public_id"`
		} `json:"data"`
	}
	_ = json.Unmarshal(r.body, &v)
	return v.Data.PublicID
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestRequestsAreRecorded(t *testing.T) {
	clock := newClock()
	b, c := newCaller(t, BarkaPayConfig{Clock: clock.Now})
	c.get("ping")
	c.post("transfer/request/mobile", "amount", "5 0")
	c.get("transfer/a%2Fb")
	c.get("transfer/?order_id=x")

	got := b.Requests()
	if len(got) != 4 {
		t.Fatalf("%d requests", len(got))
	}
	post := got[1]
	if post.Index != 1 || post.Method != "POST" || post.Path != "/api/client/transfer/request/mobile" ||
		string(post.Body) != "amount=5+0" || post.Header.Get("X-Api-Key") != c.key || !post.At.Equal(clock.Now()) {
		t.Errorf("recorded %+v", post)
	}
	if got[2].Path != "/api/client/transfer/a%2Fb" || got[3].Query.Get("order_id") != "x" {
		t.Errorf("recorded %+v and %+v", got[2], got[3])
	}
	for _, x := range []struct {
		method, path string
		n            int
	}{
		{"", "", 4}, {"GET", "", 3}, {"GET", "ping", 1}, {"POST", "ping", 0}, {"GET", "transfer/", 1},
		{"GET", "transfer/*", 2}, {"", "transfer/*", 3}, {"", "/api/client/ping", 1}, {"", "/api/*", 4},
	} {
		if n := b.Count(x.method, x.path); n != x.n {
			t.Errorf("Count(%q, %q) = %d, want %d", x.method, x.path, n, x.n)
		}
	}
	if err := b.WaitRequests(soon(t), 4); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if b.WaitRequests(ended, 5) == nil {
		t.Error("waited for a request that never came")
	}
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	func() {
		r := httptest.NewServer(http.NotFoundHandler())
		defer r.Close()
		b := NewBarkaPay(BarkaPayConfig{AutoSettle: true, NotificationURL: r.URL})
		tr := &http.Transport{}
		c := caller{t: t, b: b, key: b.Config().APIKey, secret: b.Config().APISecret, http: &http.Client{Transport: tr}}
		b.Inject(Fault{Kind: FaultHang, Path: "accounts"})
		hung := make(chan reply)
		go func() { hung <- c.get("accounts") }()
		if err := b.WaitRequests(soon(t), 1); err != nil {
			t.Error(err)
		}
		c.post("transfer/request/mobile", moovTransfer("o-1")...).want(t, 201, "")
		b.Close()
		b.Close()
		if r := <-hung; r.err == nil {
			t.Error("the hanging request was answered")
		}
		if n := len(b.Deliveries()); n != 1 {
			t.Errorf("Close did not wait for the notification: %d", n)
		}
		tr.CloseIdleConnections()
	}()
	// The goroutines of closed connections end by themselves, but not at a time that anything announces.
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}
