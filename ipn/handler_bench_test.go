package ipn

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkHandler compares the handler with "bare", which only reads, hashes
// and decodes the same body. "handler" verifies. "new" also remembers each
// delivery in the memory store. "duplicate" finds it there.
func BenchmarkHandler(b *testing.B) {
	sum := sha256.Sum256([]byte(testKey))
	hashedKey := hex.EncodeToString(sum[:])
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if _, ok := verifyByHand(hashedKey, body); !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "OK\n")
	})
	build := func(opts ...HandlerOption) http.Handler {
		h, err := NewHandler(BarkaPay(testKey), accept, opts...)
		if err != nil {
			b.Fatal(err)
		}
		return h
	}
	bodies := make([][]byte, 10_000)
	for i := range bodies {
		bodies[i] = sign(strings.Replace(payment, `"p-1"`, fmt.Sprintf(`"p-%d"`, i), 1))
	}
	run := func(name string, fresh func() http.Handler, bodies [][]byte) {
		b.Run(name, func(b *testing.B) {
			h := fresh()
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if i%len(bodies) == 0 && i > 0 && len(bodies) > 1 {
					b.StopTimer()
					h = fresh() // it knows none of the deliveries
					b.StartTimer()
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(bodies[i%len(bodies)])))
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
	remembering := func() http.Handler { return build(WithStore(NewMemoryStore())) }
	run("bare", func() http.Handler { return bare }, bodies)
	run("handler", func() http.Handler { return build() }, bodies)
	run("new", remembering, bodies)
	run("duplicate", remembering, bodies[:1])
}
