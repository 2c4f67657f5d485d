package sandbox

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// barkaHash is the hash of a notification. The values are public_id, amount, phone, country, status, order_id and
// txid as PHP prints them: null is "".
func barkaHash(ipnKey string, values ...string) string {
	key := sha256.Sum256([]byte(ipnKey))
	sum := sha512.Sum512([]byte("13:" + strings.Join(values, ":") + ":" + hex.EncodeToString(key[:]) + ":13"))
	return hex.EncodeToString(sum[:])
}

// notifyIPN goes to the order's callback_url, or else to the app's notification URL. The body is that of the moment
// and stays the same in every attempt.
func (b *BarkaPay) notifyIPN(t *barkaTx) {
	kind, amount := "payment", ""
	if t.transfer {
		kind = "transfer"
	}
	if t.amount != 0 {
		amount = strconv.FormatInt(t.amount, 10)
	}
	body := encode(object{
		"public_id", t.id, "amount", t.amountJSON(),
		t.prefix() + "_phonenumber", null(t.phone), t.prefix() + "_country", null(t.country),
		"status", t.status, "order_id", t.order, "txid", null(t.txid), "order_data", null(t.orderData),
		"coder_note", barkaNote, "reason", null(t.reason), "type", kind,
		"hash", barkaHash(t.app.ipnKey, t.id, amount, t.phone, t.country, strconv.Itoa(t.status), t.order, t.txid),
	})
	to := t.callback
	if to == "" {
		to = t.app.url
	}
	b.notify(&note{ref: t.id, method: "POST", url: to, build: func(int, time.Time) (http.Header, []byte) {
		return http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}, body
	}})
}
