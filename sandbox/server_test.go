package sandbox_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

func newCaller(t *testing.T, c barkapaytest.Config) (*barkapaytest.Server, kittest.Caller) {
	t.Helper()
	b := barkapaytest.New(c)
	t.Cleanup(b.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	hc := &http.Client{Transport: tr, Timeout: 10 * time.Second}
	return b, kittest.Caller{T: t, URL: b.URL() + "/", Key: b.Config().APIKey, Secret: b.Config().APISecret, HTTP: hc}
}

func transferOf(order string, more ...string) []string {
	return append([]string{
		"receiver_country", "BFA", "receiver_phonenumber", "72929595", "operator", "MOOV", "amount", "1000", "order_id", order,
	}, more...)
}

func TestRequestsAreRecorded(t *testing.T) {
	clock := kittest.NewClock()
	b, c := newCaller(t, barkapaytest.Config{Clock: clock.Now})
	c.Get("ping")
	c.Post("transfer/request/mobile", "amount", "5 0")
	c.Get("transfer/a%2Fb")
	c.Get("transfer/?order_id=x")

	got := b.Requests()
	if len(got) != 4 {
		t.Fatalf("%d requests", len(got))
	}
	post := got[1]
	if post.Index != 1 || post.Method != "POST" || post.Path != "/api/client/transfer/request/mobile" ||
		string(post.Body) != "amount=5+0" || post.Header.Get("X-Api-Key") != c.Key || !post.At.Equal(clock.Now()) {
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
	changed := b.Changes()
	c.Get("ping")
	<-changed
	if err := b.WaitRequests(kittest.Context(t), 5); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if b.WaitRequests(ended, 6) == nil {
		t.Error("waited for a request that never came")
	}
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	func() {
		r := httptest.NewServer(http.NotFoundHandler())
		defer r.Close()
		b := barkapaytest.New(barkapaytest.Config{AutoSettle: true, NotificationURL: r.URL})
		tr := &http.Transport{}
		c := kittest.Caller{T: t, URL: b.URL() + "/", Key: b.Config().APIKey, Secret: b.Config().APISecret, HTTP: &http.Client{Transport: tr}}
		b.Inject(sandbox.Fault{Kind: sandbox.FaultHang, Path: "accounts"})
		hung := make(chan kittest.Reply)
		go func() { hung <- c.Get("accounts") }()
		if err := b.WaitRequests(kittest.Context(t), 1); err != nil {
			t.Error(err)
		}
		c.Post("transfer/request/mobile", transferOf("o-1")...).Want(t, 201, "")
		b.Close()
		b.Close()
		if r := <-hung; r.Err == nil {
			t.Error("the hanging request was answered")
		}
		if n := len(b.Deliveries()); n != 1 {
			t.Errorf("Close did not wait for the notification: %d", n)
		}
		tr.CloseIdleConnections()
	}()
	// The goroutines of closed connections end by themselves, but not at a time
	// that anything announces.
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}
