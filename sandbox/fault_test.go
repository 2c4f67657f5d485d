package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
)

func TestFaults(t *testing.T) {
	for _, x := range []struct {
		name  string
		fault sandbox.Fault
		check func(t *testing.T, r kittest.Reply)
		sent  int // transfers that happened
	}{
		{"cut after", sandbox.Fault{Kind: sandbox.FaultCut}, func(t *testing.T, r kittest.Reply) {
			if !errors.Is(r.Err, io.EOF) {
				t.Errorf("error %v, want EOF", r.Err)
			}
		}, 1},
		{"cut before", sandbox.Fault{Kind: sandbox.FaultCut, Before: true}, func(t *testing.T, r kittest.Reply) {
			if !errors.Is(r.Err, io.EOF) {
				t.Errorf("error %v, want EOF", r.Err)
			}
		}, 0},
		{"reset after", sandbox.Fault{Kind: sandbox.FaultReset}, func(t *testing.T, r kittest.Reply) {
			if !errors.Is(r.Err, syscall.ECONNRESET) {
				t.Errorf("error %v, want a reset", r.Err)
			}
		}, 1},
		{"reset before", sandbox.Fault{Kind: sandbox.FaultReset, Before: true}, func(t *testing.T, r kittest.Reply) {
			if !errors.Is(r.Err, syscall.ECONNRESET) {
				t.Errorf("error %v, want a reset", r.Err)
			}
		}, 0},
		{"rate limit", sandbox.Fault{Kind: sandbox.FaultRateLimit, RetryAfter: "7"}, func(t *testing.T, r kittest.Reply) {
			r.Want(t, 429, "Too Many Attempts.")
			if r.Header.Get("Retry-After") != "7" {
				t.Errorf("Retry-After %q", r.Header.Get("Retry-After"))
			}
		}, 0},
		{"rate limit, raw", sandbox.Fault{Kind: sandbox.FaultRateLimit, RetryAfter: "Wed, 21 Oct 2015 07:28:00 GMT"}, func(t *testing.T, r kittest.Reply) {
			if r.Want(t, 429, "").Header.Get("Retry-After") != "Wed, 21 Oct 2015 07:28:00 GMT" {
				t.Errorf("Retry-After %q", r.Header.Get("Retry-After"))
			}
		}, 0},
		{"html after", sandbox.Fault{Kind: sandbox.FaultHTML}, wantHTML(502), 1},
		{"html before, 503", sandbox.Fault{Kind: sandbox.FaultHTML, Before: true, Code: 503}, wantHTML(503), 0},
		{"truncated", sandbox.Fault{Kind: sandbox.FaultTruncated}, func(t *testing.T, r kittest.Reply) {
			if r.Status != 201 || !errors.Is(r.Err, io.ErrUnexpectedEOF) || len(r.Body) == 0 {
				t.Errorf("%d %q %v, want half a body", r.Status, r.Body, r.Err)
			}
		}, 1},
		{"half json", sandbox.Fault{Kind: sandbox.FaultHalfJSON}, func(t *testing.T, r kittest.Reply) {
			if r.Status != 201 || r.Err != nil || len(r.Body) == 0 || json.Valid(r.Body) {
				t.Errorf("%d %q %v, want half a JSON", r.Status, r.Body, r.Err)
			}
		}, 1},
		{"unknown status", sandbox.Fault{Kind: sandbox.FaultUnknownStatus}, func(t *testing.T, r kittest.Reply) {
			r.Want(t, 201, `"status":201`).Want(t, 201, `"status":7`)
		}, 1},
		{"unknown status, a word", sandbox.Fault{Kind: sandbox.FaultUnknownStatus, Status: "HELD"}, func(t *testing.T, r kittest.Reply) {
			r.Want(t, 201, `"status":"HELD"`)
		}, 1},
		{"numbers as strings", sandbox.Fault{Kind: sandbox.FaultNumbersAsStrings}, func(t *testing.T, r kittest.Reply) {
			r.Want(t, 201, `"amount":"1000"`).Want(t, 201, `"status":"201"`).Want(t, 201, `"status":"0"`)
		}, 1},
		{"strings as numbers", sandbox.Fault{Kind: sandbox.FaultStringsAsNumbers}, func(t *testing.T, r kittest.Reply) {
			r.Want(t, 201, `"receiver_phonenumber":72929595`)
		}, 1},
		{"empty", sandbox.Fault{Kind: sandbox.FaultEmpty}, func(t *testing.T, r kittest.Reply) {
			if r.Want(t, 200, ""); len(r.Body) != 0 {
				t.Errorf("body %q", r.Body)
			}
		}, 1},
		{"redirect", sandbox.Fault{Kind: sandbox.FaultRedirect, Before: true}, func(t *testing.T, r kittest.Reply) {
			loc := r.Want(t, 301, "").Header.Get("Location")
			if !strings.HasPrefix(loc, "http://localhost:") || !strings.HasSuffix(loc, "/api/client/transfer/request/mobile") {
				t.Errorf("Location %q", loc)
			}
		}, 0},
		{"redirect elsewhere", sandbox.Fault{Kind: sandbox.FaultRedirect, Location: "https://example.com/"}, func(t *testing.T, r kittest.Reply) {
			if loc := r.Want(t, 301, "").Header.Get("Location"); loc != "https://example.com/" {
				t.Errorf("Location %q", loc)
			}
		}, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			b, c := newCaller(t, barkapaytest.Config{})
			c.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			x.fault.Method, x.fault.Path = "POST", "transfer/*"
			b.Inject(x.fault)

			c.Get("transfer/").Want(t, 200, "[]") // another method: not hit
			x.check(t, c.Post("transfer/request/mobile", transferOf("o-1")...))

			if n := len(b.Orders()); n != x.sent {
				t.Errorf("%d transfers happened, want %d", n, x.sent)
			}
			fired := b.FaultRecords()
			if len(fired) != 1 || fired[0].Processed != (x.sent == 1) || fired[0].Request != 1 {
				t.Errorf("fired %+v", fired)
			}
			if x.sent == 1 && fired[0].Status != 201 {
				t.Errorf("the provider's own answer was %d", fired[0].Status)
			}
			c.Get("ping").Want(t, 200, "")
		})
	}
}

func wantHTML(status int) func(*testing.T, kittest.Reply) {
	return func(t *testing.T, r kittest.Reply) {
		r.Want(t, status, "<html>")
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
			t.Errorf("Content-Type %q", r.Header.Get("Content-Type"))
		}
	}
}

func TestHangEndsWithTheClient(t *testing.T) {
	for _, before := range []bool{false, true} {
		b, c := newCaller(t, barkapaytest.Config{AutoSettle: true})
		b.Inject(sandbox.Fault{Kind: sandbox.FaultHang, Before: before})
		ctx, cancel := context.WithCancel(context.Background())
		req := c.Request("POST", "transfer/request/mobile", "application/x-www-form-urlencoded",
			kittest.Pairs(transferOf("o-1")).Encode()).WithContext(ctx)
		done := make(chan kittest.Reply)
		go func() { done <- c.Send(req) }()
		if err := b.WaitFaults(kittest.Context(t), 1); err != nil {
			t.Fatal(err)
		}
		cancel()
		if r := <-done; !errors.Is(r.Err, context.Canceled) {
			t.Errorf("got %+v", r)
		}
		if sent := len(b.Orders()) == 1; sent == before {
			t.Errorf("before %v, but sent %v", before, sent)
		}
	}
}

func TestFaultsQueue(t *testing.T) {
	b, c := newCaller(t, barkapaytest.Config{RateLimit: -1})
	b.Inject(sandbox.Fault{Kind: sandbox.FaultHTML, Path: "ping", Times: 2})
	b.Inject(sandbox.Fault{Kind: sandbox.FaultRateLimit, Path: "ping"})
	b.Inject(sandbox.Fault{Kind: sandbox.FaultEmpty, Path: "accounts", Times: -1})
	for _, want := range []int{502, 502, 429, 200} {
		c.Get("ping").Want(t, want, "")
	}
	for range 3 {
		if r := c.Get("accounts"); len(r.Body) != 0 {
			t.Errorf("body %s", r.Body)
		}
	}
	if queued := b.Faults(); len(queued) != 1 || queued[0].Path != "accounts" {
		t.Errorf("queued %+v", queued)
	}
	b.ClearFaults()
	c.Get("accounts").Want(t, 200, "balances")
	if n := len(b.FaultRecords()); n != 6 {
		t.Errorf("%d fired", n)
	}
}

func TestRedirectRecordsFollower(t *testing.T) {
	b, c := newCaller(t, barkapaytest.Config{})
	b.Inject(sandbox.Fault{Kind: sandbox.FaultRedirect, Path: "ping"})
	if r := c.Get("ping"); r.Err != nil {
		t.Skip("localhost does not lead to 127.0.0.1 here")
	}
	got := b.Requests()
	if len(got) != 2 || !strings.HasPrefix(got[1].Host, "localhost:") || got[1].Header.Get("X-Api-Key") == "" {
		t.Errorf("recorded %+v", got)
	}
}

func TestImpossibleFaultsPanic(t *testing.T) {
	b, _ := newCaller(t, barkapaytest.Config{})
	for _, kind := range []sandbox.FaultKind{sandbox.FaultExpiredToken, sandbox.FaultProviderError, "no such", ""} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Inject took %q", kind)
				}
			}()
			b.Inject(sandbox.Fault{Kind: kind})
		}()
	}
}

// A provider with tokens: the fault spoils the token, and the provider's own
// code refuses it.
func TestExpiredToken(t *testing.T) {
	valid := true
	s := sandbox.NewServer(sandbox.Spec{
		Base:   "/v1/",
		Lock:   &sync.Mutex{},
		Faults: sandbox.FaultRules{ExpireToken: func(*sandbox.Request) { valid = false }},
		Handle: func(*sandbox.Request) *sandbox.Answer {
			if valid {
				return sandbox.JSON(200, kit.Object{"ok", true})
			}
			return sandbox.JSON(401, kit.Object{"ok", false})
		},
	})
	defer s.Close()
	s.Inject(sandbox.Fault{Kind: sandbox.FaultExpiredToken})
	resp, err := http.Get(s.URL() + "/balance")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 401 || s.FaultRecords()[0].Processed {
		t.Errorf("%d, fired %+v", resp.StatusCode, s.FaultRecords())
	}
}
