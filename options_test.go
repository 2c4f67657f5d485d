package wapay_test

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
)

func TestSettingsDefaults(t *testing.T) {
	s, err := wapay.NewSettings(nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.HTTPClient != nil || s.BaseURL != nil || s.Timeout != 0 || s.MaxRetries != 2 || s.Logger != nil ||
		s.UserAgent == "" {
		t.Errorf("got %+v", s)
	}
	if d := time.Since(s.Clock()); d < 0 || d > time.Minute {
		t.Errorf("the clock is off by %v", d)
	}
}

func TestOptions(t *testing.T) {
	client, logger, noon := &http.Client{}, slog.Default(), time.Date(2025, 1, 1, 12, 0, 0, 0, time.UTC)
	s, err := wapay.NewSettings(
		wapay.WithHTTPClient(client), wapay.WithBaseURL("https://first.example"), wapay.WithBaseURL("https://api.example:8443/v1/"),
		wapay.WithTimeout(time.Nanosecond), wapay.WithMaxRetries(10), wapay.WithLogger(logger),
		wapay.WithClock(func() time.Time { return noon }), wapay.WithUserAgent("shop/1.0 (+https://shop.example)"),
	)
	if err != nil {
		t.Fatal(err)
	}
	if s.HTTPClient != client || s.BaseURL.String() != "https://api.example:8443/v1/" || s.Timeout != 1 ||
		s.MaxRetries != 10 ||
		s.Logger != logger || !s.Clock().Equal(noon) || s.UserAgent != "shop/1.0 (+https://shop.example) wapay-go/"+wapay.Version {
		t.Errorf("got %+v", s)
	}
	if s, err = wapay.NewSettings(wapay.WithMaxRetries(0)); err != nil || s.MaxRetries != 0 {
		t.Errorf("no retries: %d, %v", s.MaxRetries, err)
	}
}

func TestWithBaseURL(t *testing.T) {
	for _, address := range []string{
		"https://api.example", "HTTPS://api.example/v1", "https://10.0.0.1/v1", "https://[2001:db8::1]:8443",
		"https://[2001:db8::1]", "https://api.example:65535", "https://api.example/a%2Fb",
		"http://localhost:8080/v1", "http://LOCALHOST", "http://127.0.0.1:1", "http://127.255.255.254", "http://[::1]:8080", "http://[::ffff:127.0.0.1]",
	} {
		s, err := wapay.NewSettings(wapay.WithBaseURL(address))
		if err != nil || s.BaseURL == nil || !strings.EqualFold(s.BaseURL.String(), address) {
			t.Errorf("%s: got %v, %v", address, s.BaseURL, err)
		}
	}
}

func TestOptionsRefuse(t *testing.T) {
	const password = "pa55word"
	for name, opt := range map[string]wapay.Option{
		"nil client": wapay.WithHTTPClient(nil), "nil logger": wapay.WithLogger(nil), "nil clock": wapay.WithClock(nil),
		"no time": wapay.WithTimeout(0), "negative time": wapay.WithTimeout(-time.Second),
		"-1 retries": wapay.WithMaxRetries(-1), "11 retries": wapay.WithMaxRetries(11),
		"empty agent": wapay.WithUserAgent(""), "agent with newline": wapay.WithUserAgent("shop\r\nX-Admin: 1"),
		"agent with NUL": wapay.WithUserAgent("shop\x00"), "agent with letters beyond ASCII": wapay.WithUserAgent("boutique é"),
		"empty": wapay.WithBaseURL(""), "relative": wapay.WithBaseURL("/v1"), "no scheme": wapay.WithBaseURL("api.example/v1"),
		"no host": wapay.WithBaseURL("https:///v1"), "opaque": wapay.WithBaseURL("https:api.example"), "port only": wapay.WithBaseURL("https://:443/v1"),
		"port only, http": wapay.WithBaseURL("http://:8080"), "host and port": wapay.WithBaseURL("localhost:8080"),
		"ftp": wapay.WithBaseURL("ftp://api.example"), "file": wapay.WithBaseURL("file:///etc/passwd"), "javascript": wapay.WithBaseURL("javascript://x/%0a"),
		"http": wapay.WithBaseURL("http://api.example"), "http to a private address": wapay.WithBaseURL("http://10.0.0.1"),
		"http to any address": wapay.WithBaseURL("http://0.0.0.0:80"), "http to [::]": wapay.WithBaseURL("http://[::]:80"),
		"http to a lookalike": wapay.WithBaseURL("http://127.0.0.1.evil.example"), "http to another": wapay.WithBaseURL("http://localhost.evil.example"),
		"http to a number": wapay.WithBaseURL("http://2130706433"), "http to octal": wapay.WithBaseURL("http://0177.0.0.1"),
		"http past loopback": wapay.WithBaseURL("http://localhost@evil.example"),
		"user":               wapay.WithBaseURL("https://user@api.example"), "password": wapay.WithBaseURL("https://user:" + password + "@api.example"),
		"password, http": wapay.WithBaseURL("http://user:" + password + "@api.example"), "empty user": wapay.WithBaseURL("https://@api.example"),
		"password, bad port":   wapay.WithBaseURL("https://user:" + password + "@api.example:port"),
		"password, bad escape": wapay.WithBaseURL("https://user:" + password + "@api.example/%zz"),
		"password, newline":    wapay.WithBaseURL("https://user:" + password + "\n@api.example"),
		"password, no scheme":  wapay.WithBaseURL("user:" + password + "@api.example"),
		"password, ftp":        wapay.WithBaseURL("ftp://user:" + password + "@api.example"),
		"query":                wapay.WithBaseURL("https://api.example/v1?key=" + password), "empty query": wapay.WithBaseURL("https://api.example/v1?"),
		"empty fragment": wapay.WithBaseURL("https://api.example/#"), "port 99999": wapay.WithBaseURL("https://api.example:99999"),
		"empty port": wapay.WithBaseURL("https://api.example:"), "port 0": wapay.WithBaseURL("https://api.example:0/v1"),
		"empty port, IPv6": wapay.WithBaseURL("https://[::1]:"), "negative timeout": wapay.WithHTTPClient(&http.Client{Timeout: -1}),
		"fragment": wapay.WithBaseURL("https://api.example/v1#" + password), "newline": wapay.WithBaseURL("https://api.example/\nv1"),
	} {
		s, err := wapay.NewSettings(wapay.WithTimeout(time.Second), opt, wapay.WithMaxRetries(99))
		var e *wapay.Error
		switch {
		case !errors.As(err, &e) || e.Outcome != wapay.OutcomeNotSent || e.Op != "New" || e.Err == nil ||
			!errors.Is(err, wapay.ErrInvalid) || errors.Is(err, wapay.ErrOutcomeUnknown):
			t.Errorf("%s: got %v", name, err)
		case s.Timeout != 0 || s.BaseURL != nil:
			t.Errorf("%s: got %+v beside the error", name, s)
		case strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "99"):
			t.Errorf("%s: %v", name, err)
		}
	}
}
