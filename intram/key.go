package intram

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/wapay-go/wapay/internal/check"
)

// The kinds of write, as they stand in a derived key. No two endpoints share one.
const (
	keyPayout         = "payout"
	keyPaymentRequest = "payment_request"
	keyRefund         = "refund"
	keyTransfer       = "transfer"
	keyWebhook        = "webhook"
	keyWebhookTest    = "webhook_test"
)

// key is the idempotency key of a write: the caller's, or the one that the package's comment describes. The mode
// is part of it, and the API key is not, so that an order does not become another one with a new API key.
func (c *Client) key(given, kind, reference string) string {
	if given != "" {
		return given
	}
	mode := "sandbox"
	if c.live {
		mode = "live"
	}
	b := make([]byte, 0, 512)
	b = append(append(append(append(append(b, mode...), '\n'), kind...), '\n'), reference...)
	sum := sha256.Sum256(b)
	b = append(append(append(b[:0], "wapay-"...), kind...), '-')
	return string(hex.AppendEncode(b, sum[:20]))
}

// randomKey is for a write that is to be done each time that it is asked for.
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
