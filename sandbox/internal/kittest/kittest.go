// Package kittest has helpers for the tests of all sandboxes.
package kittest

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

	"github.com/wapay-go/wapay/sandbox"
)

// manualClock moves only when a test moves it.
type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at noon of 1 March 2026.
func NewClock() *manualClock {
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

// Caller speaks to a sandbox with plain net/http.
type Caller struct {
	T           *testing.T
	URL         string
	Key, Secret string
	HTTP        *http.Client
}

type Reply struct {
	Status int
	Header http.Header
	Body   []byte
	Err    error
}

// Request returns a request with the caller's keys.
func (c Caller) Request(method, path, contentType, body string) *http.Request {
	c.T.Helper()
	req, err := http.NewRequest(method, c.URL+path, strings.NewReader(body))
	if err != nil {
		c.T.Fatal(err)
	}
	req.Header.Set("X-Api-Key", c.Key)
	req.Header.Set("X-Api-Secret", c.Secret)
	req.Header.Set("Accept", "application/json")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return req
}

// Send sends a request and reads the answer.
func (c Caller) Send(req *http.Request) Reply {
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return Reply{Err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return Reply{Status: resp.StatusCode, Header: resp.Header, Body: body, Err: err}
}

// Get sends a GET.
func (c Caller) Get(path string) Reply { return c.Send(c.Request("GET", path, "", "")) }

// Post sends name, value, name, value …
func (c Caller) Post(path string, fields ...string) Reply {
	return c.Send(c.Request("POST", path, "application/x-www-form-urlencoded", Pairs(fields).Encode()))
}

// Pairs returns a form of name, value, name, value …
func Pairs(fields []string) url.Values {
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	return v
}

// Want fails the test unless the answer has the status and, compacted, the
// text.
func (r Reply) Want(t *testing.T, status int, text string) Reply {
	t.Helper()
	if r.Err != nil || r.Status != status || !strings.Contains(r.Text(), text) {
		t.Fatalf("got %d %s (%v), want %d with %s", r.Status, r.Body, r.Err, status, text)
	}
	return r
}

// Text returns the body, compacted if it is JSON.
func (r Reply) Text() string {
	var b bytes.Buffer
	if json.Compact(&b, r.Body) != nil {
		return string(r.Body)
	}
	return b.String()
}

// ID returns the id of an answer of BarkaPay.
func (r Reply) ID() string { return r.Field("public_id") }

// Context returns a context that ends with the test, or after ten seconds.
func Context(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// ReadVectors reads a file of test vectors.
func ReadVectors[T any](t *testing.T, name string) []T {
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

// Field returns a string under data, or "".
func (r Reply) Field(path ...string) string {
	var v any
	_ = json.Unmarshal(r.Body, &v)
	for _, name := range append([]string{"data"}, path...) {
		o, _ := v.(map[string]any)
		v = o[name]
	}
	s, _ := v.(string)
	return s
}

// MustRequest returns a GET.
func MustRequest(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// hook is a merchant's notification URL. It answers with the queued statuses,
// then 200.
type hook struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int
	got      []HookCall
}

type HookCall struct {
	Header http.Header
	Body   string
}

// NewHook starts a webhook that answers with the statuses.
func NewHook(t *testing.T, statuses ...int) *hook {
	h := &hook{statuses: statuses}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.got = append(h.got, HookCall{r.Header, string(body)})
		if len(h.statuses) > 0 {
			w.WriteHeader(h.statuses[0])
			h.statuses = h.statuses[1:]
		}
	}))
	t.Cleanup(h.Close)
	return h
}

// Calls returns the requests that came.
func (h *hook) Calls() []HookCall {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.got)
}

// Received returns the bodies that came.
func (h *hook) Received() [][]byte {
	var bodies [][]byte
	for _, call := range h.Calls() {
		bodies = append(bodies, []byte(call.Body))
	}
	return bodies
}

// CheckLedger checks that every account's balance is the sum of its entries and
// never was below zero.
func CheckLedger(t *testing.T, l *sandbox.Ledger) {
	t.Helper()
	sums := map[string]int64{}
	for _, e := range l.Entries() {
		if e.Previous != sums[e.Account] {
			t.Errorf("%+v does not follow %d", e, sums[e.Account])
		}
		if e.Kind == sandbox.Credit {
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

// Op returns the operation of an answer of Intram.
func (r Reply) Op() string { return r.Field("operation_id") }
