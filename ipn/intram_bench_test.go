package ipn

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// handIntram and verifyIntramByHand are what a merchant would write without
// this package. They check no more than signature and time.
type handIntram struct {
	Event       string    `json:"event"`
	OperationID string    `json:"operation_id"`
	OccurredAt  time.Time `json:"occurred_at"`
	Data        struct {
		Reference            string      `json:"reference"`
		TransactionReference string      `json:"transaction_reference"`
		Amount               json.Number `json:"amount"`
		Currency             string      `json:"currency"`
		Status               string      `json:"status"`
	} `json:"data"`
}

func verifyIntramByHand(secret []byte, now time.Time, h http.Header, body []byte) (*handIntram, bool) {
	timestamp := h.Get("X-Intram-Timestamp")
	at, err := time.Parse(time.RFC3339, timestamp)
	if err != nil || now.Sub(at).Abs() > 5*time.Minute {
		return nil, false
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	want := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(want), []byte(h.Get("X-Intram-Signature"))) {
		return nil, false
	}
	var n handIntram
	return &n, json.Unmarshal(body, &n) == nil
}

// BenchmarkIntram compares Verify with the least that a merchant would have to
// write, on 600 bytes.
func BenchmarkIntram(b *testing.B) {
	const data = `"reference":"PO-2026-0001","transaction_reference":"AB12CD34EF","amount":25000,"currency":"XOF",` +
		`"destination":{"type":"mobile_money","country_code":"BJ","provider_code":"MTN_BENIN_229","msisdn":"22961234567",` +
		`"account_name":"Adélaïde"},"status":"completed","provider_response":{"responsecode":"00","responsemsg":"Success",` +
		`"serviceref":"MTN987654321"},"metadata":{"batch":"B-42","note":"PADDING"}`
	text := intramBody("payout.completed", data)
	body := []byte(strings.Replace(text, "PADDING", strings.Repeat("x", 600-len(text)+len("PADDING")), 1))
	h := signedHeader(string(body))
	h.Set("X-Intram-Event", "payout.completed")
	b.Run("hand", func(b *testing.B) {
		secret := []byte(testSecret)
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for range b.N {
			if _, ok := verifyIntramByHand(secret, intramNow, h, body); !ok {
				b.Fatal("refused")
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		v := IntramWithClock(clockAt(intramNow), testSecret)
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for range b.N {
			if _, err := v.Verify(h, body); err != nil {
				b.Fatal(err)
			}
		}
	})
}
