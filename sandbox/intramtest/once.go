package intramtest

import (
	"crypto/sha256"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
)

const keep = 24 * time.Hour

var keyPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{8,128}$`)

// keptAnswer is the first answer under a key.
type keptAnswer struct {
	at          time.Time
	fingerprint [sha256.Size]byte
	answer      *sandbox.Answer
}

func clone(a *sandbox.Answer) *sandbox.Answer {
	return &sandbox.Answer{Status: a.Status, Header: a.Header.Clone(), Body: slices.Clone(a.Body)}
}

// once runs fn only for a key's first request, and keeps the answer. The caller
// holds the lock until then, so that concurrent requests get the same answer.
// The kept answer to POST /webhooks includes the secret: a caller who lost it
// cannot get it elsewhere.
func (i *Server) once(c *call, signedPath string, fn func() *sandbox.Answer) *sandbox.Answer {
	if len(c.Header.Values("Idempotency-Key")) == 0 {
		return refuse(400, "missing_idempotency_key", "Missing Idempotency-Key", nil)
	}
	key := onlyHeader(c.Header, "Idempotency-Key")
	if !keyPattern.MatchString(key) {
		return refuse(400, "invalid_idempotency_key", "Idempotency-Key must be 8 to 128 of A-Za-z0-9_-", nil)
	}
	fingerprint := sha256.Sum256([]byte(strings.Join([]string{c.Method, signedPath, string(c.Body)}, "\n")))
	scoped := c.app.env + " " + key
	kept := i.kept[scoped]
	if kept == nil || c.At.Sub(kept.at) >= keep {
		a := fn()
		i.kept[scoped] = &keptAnswer{c.At, fingerprint, clone(a)}
		return a
	}
	if kept.fingerprint != fingerprint {
		return refuse(409, "idempotency_conflict", "This Idempotency-Key was used for another request", nil)
	}
	a := clone(kept.answer)
	a.Header.Set("Idempotent-Replay", "true")
	return a
}
