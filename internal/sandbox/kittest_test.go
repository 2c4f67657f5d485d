package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
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
	url         string
	key, secret string
	http        *http.Client
}

type reply struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func (c caller) request(method, path, contentType, body string) *http.Request {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
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

func readVectors[T any](t *testing.T, name string) []T {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var v []T
	if err := json.Unmarshal(raw, &v); err != nil || len(v) == 0 {
		t.Fatalf("%d vectors, %v", len(v), err)
	}
	return v
}

// field is a string under data, or "".
func (r reply) field(path ...string) string {
	var v any
	_ = json.Unmarshal(r.body, &v)
	for _, name := range append([]string{"data"}, path...) {
		o, _ := v.(map[string]any)
		v = o[name]
	}
	s, _ := v.(string)
	return s
}

func mustRequest(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// hook is a merchant's webhook that keeps the headers too.
type hook struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int
	got      []hookCall
}

type hookCall struct {
	header http.Header
	body   string
}

func newHook(t *testing.T, statuses ...int) *hook {
	h := &hook{statuses: statuses}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.got = append(h.got, hookCall{r.Header, string(body)})
		if len(h.statuses) > 0 {
			w.WriteHeader(h.statuses[0])
			h.statuses = h.statuses[1:]
		}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) calls() []hookCall {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.got)
}

// checkLedger asks that every account's balance is the sum of its entries and never was below zero.
func checkLedger(t *testing.T, l *Ledger) {
	t.Helper()
	sums := map[string]int64{}
	for _, e := range l.Entries() {
		if e.Previous != sums[e.Account] {
			t.Errorf("%+v does not follow %d", e, sums[e.Account])
		}
		if e.Kind == Credit {
			sums[e.Account] += e.Amount
		} else {
			sums[e.Account] -= e.Amount
		}
		if e.Balance != sums[e.Account] || e.Balance < 0 {
			t.Errorf("%+v, want balance %d", e, sums[e.Account])
		}
	}
	for account, sum := range sums {
		if l.Balance(account) != sum {
			t.Errorf("balance of %s is %d, want %d", account, l.Balance(account), sum)
		}
	}
}

// op is the operation of an answer of Intram.
func (r reply) op() string { return r.field("operation_id") }
