package intram

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/wapay-go/wapay/internal/check"
)

// key returns the idempotency key of a write: the caller's, or the one that the
// package's comment describes. It includes the mode, and not the API key, so
// that an order does not become another one with a new API key.
func (in *client) key(given, kind, reference string) string {
	if given != "" {
		return given
	}
	mode := "sandbox"
	if in.live {
		mode = "live"
	}
	sum := sha256.Sum256([]byte(mode + "\n" + kind + "\n" + reference))
	return "wapay-" + kind + "-" + hex.EncodeToString(sum[:20])
}

// randomKey returns the key of a write that is to be done at each call.
func randomKey(kind string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	return "wapay-" + kind + "-" + hex.EncodeToString(b[:])
}

// checkKey checks a key of the caller's, if there is one.
func checkKey(bad *check.Fields, key string) {
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	if key != "" && (len(key) < 8 || len(key) > 128 || strings.Trim(key, allowed) != "") {
		bad.Add("IdempotencyKey", "want 8 to 128 letters, digits, _ and -")
	}
}
