package barkapaytest

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// hash is the hash of a notification. The values are public_id, amount, phone,
// country, status, order_id and txid as PHP prints them: null is "".
func hash(ipnKey string, values ...string) string {
	key := sha256.Sum256([]byte(ipnKey))
	sum := sha512.Sum512([]byte("13:" + strings.Join(values, ":") + ":" + hex.EncodeToString(key[:]) + ":13"))
	return hex.EncodeToString(sum[:])
}

// notifyIPN goes to the order's callback_url, or else to the app's notification
// URL. The body is that of the moment and stays the same in every attempt.
func (b *Server) notifyIPN(t *tx) {
	kind, amount := "payment", ""
	if t.transfer {
		kind = "transfer"
	}
	if t.amount != 0 {
		amount = strconv.FormatInt(t.amount, 10)
	}
	body := func(key string) []byte {
		return kit.Encode(kit.Object{
			"public_id", t.id, "amount", t.amountJSON(),
			t.prefix() + "_phonenumber", kit.Null(t.phone), t.prefix() + "_country", kit.Null(t.country),
			"status", t.status, "order_id", t.order, "txid", kit.Null(t.txid), "order_data", kit.Null(t.orderData),
			"coder_note", note, "reason", kit.Null(t.reason), "type", kind,
			"hash", hash(key, t.id, amount, t.phone, t.country, strconv.Itoa(t.status), t.order, t.txid),
		})
	}
	genuine := body(t.app.ipnKey)
	to := t.callback
	if to == "" {
		to = t.app.url
	}
	b.Post(&sandbox.Notification{
		Ref: t.id, Reference: t.order, Method: "POST", URL: to,
		Build: func(a sandbox.Attempt) (http.Header, []byte) {
			header := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
			if a.Forged {
				return header, body("not the merchant's key")
			}
			return header, genuine
		},
	})
}
