package sandbox

import (
	"crypto/sha256"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

const intramKeep = 24 * time.Hour

var intramKey = regexp.MustCompile(`^[A-Za-z0-9_-]{8,128}$`)

// IntramReplay is a request that met an idempotency key already used.
type IntramReplay struct {
	Request  int // Request.Index
	Key      string
	Conflict bool // another body, refused; else the first answer was given again
}

// intramKept is the first answer under a key.
type intramKept struct {
	at          time.Time
	fingerprint [sha256.Size]byte
	status      int
	header      http.Header
	body        []byte
}

// once runs fn for a key's first request only. The caller holds the lock until the answer is kept, so that of
// requests at the same time one runs and the others see what came of it. The answer to POST /webhooks is kept
// whole, secret included: a caller who lost it has no other way to it.
func (i *Intram) once(c *intramCall, signedPath string, fn func() *answer) *answer {
	if len(c.Header.Values("Idempotency-Key")) == 0 {
		return intramRefuse(400, "missing_idempotency_key", "Missing Idempotency-Key", nil)
	}
	key := onlyHeader(c.Header, "Idempotency-Key")
	if !intramKey.MatchString(key) {
		return intramRefuse(400, "invalid_idempotency_key", "Idempotency-Key must be 8 to 128 of A-Za-z0-9_-", nil)
	}
	fingerprint := sha256.Sum256([]byte(strings.Join([]string{c.Method, signedPath, string(c.Body)}, "\n")))
	scoped := c.app.env + " " + key
	kept := i.kept[scoped]
	if kept == nil || c.At.Sub(kept.at) >= intramKeep {
		a := fn()
		i.kept[scoped] = &intramKept{
			at: c.At, fingerprint: fingerprint, status: a.status, header: a.header.Clone(), body: slices.Clone(a.body),
		}
		return a
	}
	conflict := kept.fingerprint != fingerprint
	i.replays = append(i.replays, IntramReplay{Request: c.Index, Key: key, Conflict: conflict})
	if conflict {
		return intramRefuse(409, "idempotency_conflict", "This Idempotency-Key was used for another request", nil)
	}
	a := &answer{status: kept.status, header: kept.header.Clone(), body: slices.Clone(kept.body)}
	a.header.Set("Idempotent-Replay", "true")
	return a
}

// Replays are the requests that met a used idempotency key, in order.
func (i *Intram) Replays() []IntramReplay {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.replays)
}
