package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

func TestFaults(t *testing.T) {
	for _, x := range []struct {
		name  string
		fault Fault
		check func(t *testing.T, r reply)
		sent  int // transfers that happened
	}{
		{"cut after", Fault{Kind: FaultCut}, func(t *testing.T, r reply) {
			if !errors.Is(r.err, io.EOF) {
				t.Errorf("error %v, want EOF", r.err)
			}
		}, 1},
		{"cut before", Fault{Kind: FaultCut, Before: true}, func(t *testing.T, r reply) {
			if !errors.Is(r.err, io.EOF) {
				t.Errorf("error %v, want EOF", r.err)
			}
		}, 0},
		{"reset after", Fault{Kind: FaultReset}, func(t *testing.T, r reply) {
			if !errors.Is(r.err, syscall.ECONNRESET) {
				t.Errorf("error %v, want a reset", r.err)
			}
		}, 1},
		{"reset before", Fault{Kind: FaultReset, Before: true}, func(t *testing.T, r reply) {
			if !errors.Is(r.err, syscall.ECONNRESET) {
				t.Errorf("error %v, want a reset", r.err)
			}
		}, 0},
		{"rate limit", Fault{Kind: FaultRateLimit, RetryAfter: "7"}, func(t *testing.T, r reply) {
			r.want(t, 429, "Too Many Attempts.")
			if r.header.Get("Retry-After") != "7" {
				t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
			}
		}, 0},
		{"rate limit, raw", Fault{Kind: FaultRateLimit, RetryAfter: "Wed, 21 Oct 2015 07:28:00 GMT"}, func(t *testing.T, r reply) {
			if r.want(t, 429, "").header.Get("Retry-After") != "Wed, 21 Oct 2015 07:28:00 GMT" {
				t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
			}
		}, 0},
		{"html after", Fault{Kind: FaultHTML}, wantHTML(502), 1},
		{"html before, 503", Fault{Kind: FaultHTML, Before: true, Code: 503}, wantHTML(503), 0},
		{"truncated", Fault{Kind: FaultTruncated}, func(t *testing.T, r reply) {
			if r.status != 201 || !errors.Is(r.err, io.ErrUnexpectedEOF) || len(r.body) == 0 {
				t.Errorf("%d %q %v, want half a body", r.status, r.body, r.err)
			}
		}, 1},
		{"half json", Fault{Kind: FaultHalfJSON}, func(t *testing.T, r reply) {
			if r.status != 201 || r.err != nil || len(r.body) == 0 || json.Valid(r.body) {
				t.Errorf("%d %q %v, want half a JSON", r.status, r.body, r.err)
			}
		}, 1},
		{"unknown status", Fault{Kind: FaultUnknownStatus}, func(t *testing.T, r reply) {
			r.want(t, 201, `"status":201`).want(t, 201, `"status":7`)
		}, 1},
		{"unknown status, a word", Fault{Kind: FaultUnknownStatus, Status: "HELD"}, func(t *testing.T, r reply) {
			r.want(t, 201, `"status":"HELD"`)
		}, 1},
		{"numbers as strings", Fault{Kind: FaultNumbersAsStrings}, func(t *testing.T, r reply) {
			r.want(t, 201, `"amount":"1000"`).want(t, 201, `"status":"201"`).want(t, 201, `"status":"0"`)
		}, 1},
		{"strings as numbers", Fault{Kind: FaultStringsAsNumbers}, func(t *testing.T, r reply) {
			r.want(t, 201, `"receiver_phonenumber":72929595`)
		}, 1},
		{"empty", Fault{Kind: FaultEmpty}, func(t *testing.T, r reply) {
			if r.want(t, 200, ""); len(r.body) != 0 {
				t.Errorf("body %q", r.body)
			}
		}, 1},
		{"redirect", Fault{Kind: FaultRedirect, Before: true}, func(t *testing.T, r reply) {
			loc := r.want(t, 301, "").header.Get("Location")
			if !strings.HasPrefix(loc, "http://localhost:") || !strings.HasSuffix(loc, "/api/client/transfer/request/mobile") {
				t.Errorf("Location %q", loc)
			}
		}, 0},
		{"redirect elsewhere", Fault{Kind: FaultRedirect, Location: "https://example.com/"}, func(t *testing.T, r reply) {
			if loc := r.want(t, 301, "").header.Get("Location"); loc != "https://example.com/" {
				t.Errorf("Location %q", loc)
			}
		}, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			b, c := newCaller(t, BarkaPayConfig{})
			c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			x.fault.Method, x.fault.Path = "POST", "transfer/*"
			b.Inject(x.fault)

			c.get("transfer/").want(t, 200, "[]") // another method: not hit
			x.check(t, c.post("transfer/request/mobile", transferOf("o-1")...))

			if n := len(b.TransferIDs("o-1")); n != x.sent {
				t.Errorf("%d transfers happened, want %d", n, x.sent)
			}
			fired := b.Fired()
			if len(fired) != 1 || fired[0].Processed != (x.sent == 1) || fired[0].Request != 1 {
				t.Errorf("fired %+v", fired)
			}
			if x.sent == 1 && fired[0].Status != 201 {
				t.Errorf("the provider's own answer was %d", fired[0].Status)
			}
			c.get("ping").want(t, 200, "")
		})
	}
}

func wantHTML(status int) func(*testing.T, reply) {
	return func(t *testing.T, r reply) {
		r.want(t, status, "<html>")
		if !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
			t.Errorf("Content-Type %q", r.header.Get("Content-Type"))
		}
	}
}

func TestHangEndsWithTheClient(t *testing.T) {
	for _, before := range []bool{false, true} {
		b, c := newCaller(t, BarkaPayConfig{AutoSettle: true})
		b.Inject(Fault{Kind: FaultHang, Before: before})
		ctx, cancel := context.WithCancel(context.Background())
		req := c.request("POST", "transfer/request/mobile", "application/x-www-form-urlencoded",
			pairs(transferOf("o-1")).Encode()).WithContext(ctx)
		done := make(chan reply)
		go func() { done <- c.send(req) }()
		if err := b.WaitFired(soon(t), 1); err != nil {
			t.Fatal(err)
		}
		cancel()
		if r := <-done; !errors.Is(r.err, context.Canceled) {
			t.Errorf("got %+v", r)
		}
		if sent := len(b.TransferIDs("o-1")) == 1; sent == before {
			t.Errorf("before %v, but sent %v", before, sent)
		}
	}
}

func TestFaultsQueue(t *testing.T) {
	b, c := newCaller(t, BarkaPayConfig{RateLimit: -1})
	b.Inject(Fault{Kind: FaultHTML, Path: "ping", Times: 2})
	b.Inject(Fault{Kind: FaultRateLimit, Path: "ping"})
	b.Inject(Fault{Kind: FaultEmpty, Path: "accounts", Times: -1})
	for _, want := range []int{502, 502, 429, 200} {
		c.get("ping").want(t, want, "")
	}
	for range 3 {
		if r := c.get("accounts"); len(r.body) != 0 {
			t.Errorf("body %s", r.body)
		}
	}
	b.ClearFaults()
	c.get("accounts").want(t, 200, "balances")
	if n := len(b.Fired()); n != 6 {
		t.Errorf("%d fired", n)
	}
}

func TestRedirectCatchesWhoFollows(t *testing.T) {
	b, c := newCaller(t, BarkaPayConfig{})
	b.Inject(Fault{Kind: FaultRedirect, Path: "ping"})
	if r := c.get("ping"); r.err != nil {
		t.Skip("localhost does not lead to 127.0.0.1 here")
	}
	got := b.Requests()
	if len(got) != 2 || !strings.HasPrefix(got[1].Host, "localhost:") || got[1].Header.Get("X-Api-Key") == "" {
		t.Errorf("recorded %+v", got)
	}
}

func TestImpossibleFaultsPanic(t *testing.T) {
	b, _ := newCaller(t, BarkaPayConfig{})
	for _, kind := range []FaultKind{FaultExpiredToken, FaultProviderError, "no such", ""} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Inject took %q", kind)
				}
			}()
			b.Inject(Fault{Kind: kind})
		}()
	}
}

// A provider with tokens: the fault spoils the token, and the provider's own code refuses it.
func TestExpiredToken(t *testing.T) {
	valid := true
	s := start(serverConfig{
		base:     "/v1/",
		faulting: faultRules{expireToken: func(*Request) { valid = false }},
		handle: func(*Request) *answer {
			if valid {
				return jsonAnswer(200, object{"ok", true})
			}
			return jsonAnswer(401, object{"ok", false})
		},
	})
	defer s.Close()
	s.Inject(Fault{Kind: FaultExpiredToken})
	resp, err := http.Get(s.URL() + "balance")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 401 || s.Fired()[0].Processed {
		t.Errorf("%d, fired %+v", resp.StatusCode, s.Fired())
	}
}
