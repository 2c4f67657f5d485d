package intramtest

import (
	"crypto/hmac"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const window = 5 * time.Minute

var timestamp = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$`)

// authenticate checks a request's key and signature, and sets c.app.
func (i *Server) authenticate(c *call, signedPath string) *sandbox.Answer {
	key := onlyHeader(c.Header, "X-Api-Key")
	if key == "" {
		return refuse(401, "missing_api_key", "Missing API key", nil)
	}
	n := slices.IndexFunc(i.apps, func(a *app) bool { return a.key == key })
	if n < 0 {
		return refuse(401, "invalid_api_key", "Invalid API key", nil)
	}
	if reason := verify(c.Request, i.apps[n].secret, signedPath); reason != "" {
		return refuse(401, "signature_invalid", "Invalid signature: "+reason, nil)
	}
	c.app = i.apps[n]
	if i.cfg.MerchantInactive {
		return refuse(403, "merchant_inactive", "The merchant is not active", nil)
	}
	return i.checkAddress(c)
}

// checkAddress refuses a live key from an address that is not listed. It looks
// at the connection's address, and ignores headers that claim another.
func (i *Server) checkAddress(c *call) *sandbox.Answer {
	if c.app.env != "live" || slices.Contains(i.allowed, c.RemoteIP) {
		return nil
	}
	code, message := "ip_not_allowed", "This address is not allowed"
	if len(i.allowed) == 0 {
		code, message = "ip_allowlist_empty", "No address is allowed yet"
	}
	o := kit.Object{"error", true, "http_status", 403, "code", code, "message", message}
	if code == "ip_not_allowed" {
		o = append(o, "client_ip", c.RemoteIP)
	}
	return sandbox.JSON(403, o)
}

// verify returns what is wrong with a request's signature, or "".
func verify(r *sandbox.Request, secret, signedPath string) string {
	signature, timestamp := onlyHeader(r.Header, "X-Signature"), onlyHeader(r.Header, "X-Timestamp")
	if signature == "" {
		return "missing_signature"
	}
	if timestamp == "" {
		return "missing_timestamp"
	}
	at, ok := parseTime(timestamp)
	if !ok {
		return "invalid_timestamp_format"
	}
	if off := r.At.Truncate(time.Millisecond).Sub(at); off > window || off < -window {
		return "timestamp_out_of_window"
	}
	if !canonicalQuery(r.RawQuery) {
		return "the query as sent is not sorted, or not encoded as RFC 3986 says: signature_mismatch"
	}
	want := sign(secret, timestamp, r.Method, signedPath, r.RawQuery, r.Body)
	if !hmac.Equal([]byte(want), []byte(signature)) {
		return "signature_mismatch"
	}
	return ""
}

func payload(timestamp, method, signedPath, rawQuery string, body []byte) string {
	return strings.Join([]string{timestamp, method, signedPath, rawQuery, string(body)}, "\n")
}

// sign returns the X-Signature of a request.
func sign(secret, timestamp, method, signedPath, rawQuery string, body []byte) string {
	return mac(secret, payload(timestamp, method, signedPath, rawQuery, body))
}

// hookSignature returns the X-Intram-Signature of a notification.
func hookSignature(secret, timestamp string, body []byte) string {
	return mac(secret, timestamp+"."+string(body))
}

func mac(secret, payload string) string { return "sha256=" + kit.HMAC(secret, payload) }

// parseTime parses a time in UTC with milliseconds, and no other form.
func parseTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil && timestamp.MatchString(s)
}

// onlyHeader returns a header, or "" if it is absent or repeated.
func onlyHeader(h http.Header, name string) string {
	if v := h.Values(name); len(v) == 1 {
		return v[0]
	}
	return ""
}

// canonicalQuery reports whether a query has the only form that can be signed.
// Its keys are sorted and not repeated. Unreserved characters are not encoded,
// and all others are %XX in upper case.
func canonicalQuery(raw string) bool {
	if raw == "" {
		return true
	}
	previous := ""
	for _, pair := range strings.Split(raw, "&") {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key <= previous || !canonicalPart(key) || !canonicalPart(value) {
			return false
		}
		previous = key
	}
	return true
}

func canonicalPart(s string) bool {
	plain, err := url.PathUnescape(s)
	return err == nil && s == strings.ReplaceAll(url.QueryEscape(plain), "+", "%20")
}
