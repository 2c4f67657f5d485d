package call

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
)

// BenchmarkConnection measures calls over loopback: a GET beside the same GET
// by hand, and a POST on a connection of its own beside one by hand on a shared
// connection. The difference of the POSTs is what it costs that no write can
// meet a stale connection.
func BenchmarkConnection(b *testing.B) {
	for name, start := range map[string]func(http.Handler) *httptest.Server{
		"plain": httptest.NewServer, "tls": httptest.NewTLSServer,
	} {
		s := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(w, benchBody)
		}))
		defer s.Close()
		hand := s.Client()
		engine, err := New("bench", s.URL, func(_ *wapay.Error, a Answer) Ruling { return ByStatus(a.Status) }, nil,
			[]wapay.Secret{"bench-api-key"}, []wapay.Option{wapay.WithHTTPClient(s.Client())})
		if err != nil {
			b.Fatal(err)
		}
		body := []byte(benchForm.Encode())
		raw := func(method string, body []byte) error {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, method, s.URL+"/payment", bytes.NewReader(body))
			if err != nil {
				return err
			}
			req.Header.Set("X-Api-Key", "bench-api-key")
			resp, err := hand.Do(req)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			answer, err := io.ReadAll(resp.Body)
			if err != nil {
				return err
			}
			var out benchAnswer
			return json.Unmarshal(answer, &out)
		}
		keys := http.Header{"X-Api-Key": {"bench-api-key"}}
		ours := func(effect Effect, method string, body []byte) error {
			var out benchAnswer
			_, err := engine.Do(context.Background(), &Request{Op: "Bench", Effect: effect, Method: method, Path: "payment", Body: body, Header: keys}, &out)
			return err
		}
		for _, x := range []struct {
			name string
			do   func() error
		}{
			{"get/hand", func() error { return raw(http.MethodGet, nil) }},
			{"get/engine", func() error { return ours(Read, http.MethodGet, nil) }},
			{"post/hand, shared connection", func() error { return raw(http.MethodPost, body) }},
			{"post/engine, own connection", func() error { return ours(Write, http.MethodPost, body) }},
		} {
			b.Run(name+"/"+x.name, func(b *testing.B) {
				b.ReportAllocs()
				for range b.N {
					if err := x.do(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
