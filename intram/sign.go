package intram

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

const (
	// signedPath stands before the endpoint in what is signed, "after the rewrite" (V).
	signedPath      = "/api/v1/merchant/"
	timestampLayout = "2006-01-02T15:04:05.000Z"
)

// keys are what requests are signed with.
type keys struct {
	header http.Header // of every request
	macs   sync.Pool   // of hash.Hash; one that was reset before costs half of a new one
}

func newKeys(c Credentials) *keys {
	secret := []byte(c.SecretKey)
	return &keys{
		header: http.Header{"X-Api-Key": {string(c.PublicKey)}},
		macs:   sync.Pool{New: func() any { return hmac.New(sha256.New, secret) }},
	}
}

// sign has every attempt of r signed anew, with the time of its own. The idempotency key, if there is one, stays.
func (c *Client) sign(r *call.Request, key string) {
	r.Header = c.keys.header
	r.Prepare = func(h http.Header) {
		if key != "" {
			h.Set("Idempotency-Key", key)
		}
		timestamp := c.calls.Clock().UTC().Format(timestampLayout)
		h.Set("X-Timestamp", timestamp)
		h.Set("X-Signature", c.keys.signature(timestamp, r))
	}
	r.Explain = c.explain
}

// signature is the HMAC over timestamp, method, path, sorted query and body, one to a line.
func (k *keys) signature(timestamp string, r *call.Request) string {
	b := make([]byte, 0, 256)
	b = append(append(b, timestamp...), '\n')
	b = append(append(b, r.Method...), '\n')
	b = append(append(append(b, signedPath...), r.Path...), '\n')
	b = append(append(b, r.Query...), '\n')
	mac := k.macs.Get().(hash.Hash)
	defer k.macs.Put(mac)
	mac.Reset()
	mac.Write(b)
	mac.Write(r.Body)
	sum := mac.Sum(b[:0])
	return string(hex.AppendEncode([]byte("sha256="), sum))
}

// explain says by how much the clock is off, where that is why a signature was refused.
func (c *Client) explain(e *wapay.Error, answer http.Header) {
	if e.Code != "signature_invalid" || !strings.Contains(e.Message, "timestamp_out_of_window") {
		return
	}
	date, err := http.ParseTime(answer.Get("Date"))
	if err != nil {
		return
	}
	off, how := c.calls.Clock().Sub(date), "ahead of"
	if off < 0 {
		off, how = -off, "behind"
	}
	e.Err = fmt.Errorf("this machine's clock is %v %s the provider's, which allows 5 minutes", off.Round(time.Second), how)
}
