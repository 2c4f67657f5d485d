package intram

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/wapay-go/wapay/internal/check"
)

// key returns the idempotency key of a write: the caller's, or the one that the
// package comment describes. It depends on the mode, but not on the API key, so
// an order keeps its key when the API key changes.
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

// randomKey returns a key for a write that each call carries out again.
func randomKey(kind string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // documented to never fail
	return "wapay-" + kind + "-" + hex.EncodeToString(b[:])
}

// checkKey checks the caller's key, which is optional.
func checkKey(bad *check.Fields, key string) {
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	if key != "" && (len(key) < 8 || len(key) > 128 || strings.Trim(key, allowed) != "") {
		bad.Add("IdempotencyKey", "want 8 to 128 letters, digits, _ and -")
	}
}
