package barkapaytest

import (
	"cmp"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// hash returns the hash of a notification. The values are public_id, amount,
// phone, country, status, order_id and txid as PHP prints them: null is "".
func hash(ipnKey string, values ...string) string {
	key := sha256.Sum256([]byte(ipnKey))
	sum := sha512.Sum512([]byte("13:" + strings.Join(values, ":") + ":" + hex.EncodeToString(key[:]) + ":13"))
	return hex.EncodeToString(sum[:])
}

// notifyIPN notifies the order's callback_url, or else the app's notification
// URL. All attempts have the same body.
func (b *Server) notifyIPN(t *tx) {
	prefix, amount := prefix(t.Kind), ""
	if t.Amount != 0 {
		amount = strconv.FormatInt(t.Amount, 10)
	}
	body := func(key string) []byte {
		return kit.Encode(kit.Object{
			"public_id", t.ID, "amount", t.amountJSON(),
			prefix + "_phonenumber", kit.Null(t.Phone), prefix + "_country", kit.Null(t.country),
			"status", json.Number(t.Status), "order_id", t.Reference, "txid", kit.Null(t.txid),
			"order_data", kit.Null(t.orderData),
			"coder_note", note, "reason", kit.Null(t.reason), "type", word(t.Kind),
			"hash", hash(key, t.ID, amount, t.Phone, t.country, t.Status, t.Reference, t.txid),
		})
	}
	genuine := body(t.app.ipnKey)
	b.Post(&sandbox.Notification{
		Ref: t.ID, Reference: t.Reference, Method: "POST", URL: cmp.Or(t.callback, t.app.url),
		Build: func(a sandbox.Attempt) (http.Header, []byte) {
			header := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
			if a.Forged {
				return header, body("not the merchant's key")
			}
			return header, genuine
		},
	})
}
