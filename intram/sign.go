package intram

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
	"sync"

	"github.com/wapay-go/wapay/internal/call"
)

const (
	// signedPath stands before the endpoint in what is signed, whatever the base URL.
	signedPath      = "/api/v1/merchant/"
	timestampLayout = "2006-01-02T15:04:05.000Z"
)

// keys are what requests are signed with.
type keys struct {
	read, write http.Header // of every GET and DELETE, of every POST
	macs        sync.Pool   // of hash.Hash; one that was reset before costs half of a new one
}

func newKeys(c Credentials) *keys {
	key, secret := []string{string(c.PublicKey)}, []byte(c.SecretKey)
	return &keys{
		read:  http.Header{"X-Api-Key": key},
		write: http.Header{"X-Api-Key": key, "Content-Type": {"application/json"}},
		macs:  sync.Pool{New: func() any { return hmac.New(sha256.New, secret) }},
	}
}

// sign has every attempt of r signed with a time of its own. The idempotency key,
// if there is one, stays.
func (in *client) sign(r *call.Request, key string) {
	r.Header = in.keys.read
	if r.Body != nil {
		r.Header = in.keys.write
	}
	r.Prepare = func(h http.Header) {
		timestamp := in.calls.Clock().UTC().Format(timestampLayout)
		v := []string{timestamp, in.keys.signature(timestamp, r), key} // one allocation for three headers
		h["X-Timestamp"], h["X-Signature"] = v[0:1:1], v[1:2:2]
		if key != "" {
			h["Idempotency-Key"] = v[2:3:3]
		}
	}
}

// signature returns the HMAC over timestamp, method, path, sorted query and body,
// one to a line.
func (k *keys) signature(timestamp string, r *call.Request) string {
	const prefix = "sha256="
	b := make([]byte, 0, 192)
	b = append(append(b, timestamp...), '\n')
	b = append(append(b, r.Method...), '\n')
	b = append(append(append(b, signedPath...), r.Path...), '\n')
	b = append(append(b, r.Query...), '\n')
	mac := k.macs.Get().(hash.Hash)
	defer k.macs.Put(mac)
	mac.Reset()
	mac.Write(b)
	mac.Write(r.Body)
	b = mac.Sum(b[:0])
	sum := len(b)
	b = hex.AppendEncode(append(b, prefix...), b[:sum])
	return string(b[sum:])
}
