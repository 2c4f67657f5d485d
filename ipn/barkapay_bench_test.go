package ipn

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
)

// handNotification and verifyByHand are what a merchant would write without
// this package. They check no more than the hash.
type handNotification struct {
	PublicID    string      `json:"public_id"`
	Amount      json.Number `json:"amount"`
	SenderPhone string      `json:"sender_phonenumber"`
	SenderISO3  string      `json:"sender_country"`
	Status      json.Number `json:"status"`
	OrderID     string      `json:"order_id"`
	TxID        string      `json:"txid"`
	OrderData   string      `json:"order_data"`
	CoderNote   string      `json:"coder_note"`
	Reason      string      `json:"reason"`
	Type        string      `json:"type"`
	Hash        string      `json:"hash"`
}

func verifyByHand(hashedKey string, body []byte) (*handNotification, bool) {
	var n handNotification
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, false
	}
	sentence := "13:" + strings.Join([]string{
		n.PublicID, n.Amount.String(), n.SenderPhone, n.SenderISO3, n.Status.String(), n.OrderID, n.TxID,
	}, ":") + ":" + hashedKey + ":13"
	sum := sha512.Sum512([]byte(sentence))
	return &n, subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(n.Hash)) == 1
}

// BenchmarkBarkaPay compares Verify with the least that a merchant would have
// to write, on 600 bytes.
func BenchmarkBarkaPay(b *testing.B) {
	body := []byte(barkaPayVectors(b)[0].Body)
	padding := strings.Repeat("x", max(0, 600-len(body)))
	body = []byte(strings.Replace(string(body), `"order_data":null`, `"order_data":"`+padding+`"`, 1))
	b.Run("hand", func(b *testing.B) {
		sum := sha256.Sum256([]byte(testKey))
		hashedKey := hex.EncodeToString(sum[:])
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for range b.N {
			if _, ok := verifyByHand(hashedKey, body); !ok {
				b.Fatal("refused")
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		v := BarkaPay(testKey)
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for range b.N {
			if _, err := v.Verify(nil, body); err != nil {
				b.Fatal(err)
			}
		}
	})
}
