package intram

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"

	"github.com/wapay-go/wapay/internal/call"
)

const (
	// signedPath precedes the endpoint in the signed text, with any base URL.
	signedPath      = "/api/v1/merchant/"
	timestampLayout = "2006-01-02T15:04:05.000Z"
)

// sign makes each attempt of r sign its own time. The idempotency key stays the
// same.
func (in *client) sign(r *call.Request, key string) {
	r.Header = http.Header{"X-Api-Key": {in.publicKey}}
	if key != "" {
		r.Header["Idempotency-Key"] = []string{key}
	}
	if r.Body != nil {
		r.ContentType = "application/json"
	}
	r.Prepare = func(h http.Header) {
		timestamp := in.calls.Clock().UTC().Format(timestampLayout)
		h.Set("X-Timestamp", timestamp)
		h.Set("X-Signature", in.signature(timestamp, r))
	}
}

// signature returns the HMAC over timestamp, method, path, sorted query and
// body, each on its own line.
func (in *client) signature(timestamp string, r *call.Request) string {
	mac := hmac.New(sha256.New, in.secretKey)
	fmt.Fprintf(mac, "%s\n%s\n%s%s\n%s\n", timestamp, r.Method, signedPath, r.Path, r.Query)
	mac.Write(r.Body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
