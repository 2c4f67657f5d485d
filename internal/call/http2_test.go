package call_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// frame is one of HTTP/2's (RFC 9113, section 4.1).
func frame(kind, flags byte, stream uint32, payload ...byte) []byte {
	f := append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind)), flags)
	return append(binary.BigEndian.AppendUint32(f, stream), payload...)
}

const (
	frameData, frameHeaders, frameReset, frameSettings, frameGoAway = 0, 1, 3, 4, 7

	endOfStream, acknowledged = 1, 1
)

// serveHTTP2 reads whole requests, and ends each with what end returns.
func serveHTTP2(c io.ReadWriteCloser, end func(stream uint32) []byte) {
	defer c.Close()
	if _, err := io.ReadFull(c, make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))); err != nil {
		return
	}
	_, _ = c.Write(frame(frameSettings, 0, 0))
	for {
		var head [9]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return
		}
		size := int64(head[0])<<16 | int64(head[1])<<8 | int64(head[2])
		if _, err := io.CopyN(io.Discard, c, size); err != nil {
			return
		}
		kind, flags, stream := head[3], head[4], binary.BigEndian.Uint32(head[5:])
		switch {
		case kind == frameSettings && flags&acknowledged == 0:
			_, _ = c.Write(frame(frameSettings, acknowledged, 0))
		case (kind == frameHeaders || kind == frameData) && flags&endOfStream != 0:
			_, _ = c.Write(end(stream))
		}
	}
}

// TestHTTP2IsNotSentAgain checks that net/http repeats no request with a body,
// and others only a few times. After a stream that ends with one of these
// codes, net/http sends a request again at once on a new connection. It cannot
// do so if the body has no GetBody.
func TestHTTP2IsNotSentAgain(t *testing.T) {
	t.Parallel()
	const protocolError, refusedStream = 1, 7
	for name, end := range map[string]func(uint32) []byte{
		"protocol error": func(s uint32) []byte { return frame(frameReset, 0, s, 0, 0, 0, protocolError) },
		"refused stream": func(s uint32) []byte { return frame(frameReset, 0, s, 0, 0, 0, refusedStream) },
		"go away":        func(uint32) []byte { return frame(frameGoAway, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) },
	} {
		for effect, attempts := range map[call.Effect]int{call.Write: 1, call.Read: 3, call.IdempotentWrite: 3} {
			for _, body := range []bool{true, false} {
				if effect == call.Write && !body {
					continue // refused before it is sent
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					var requests atomic.Int32
					s := httptest.NewUnstartedServer(nil)
					s.TLS = &tls.Config{NextProtos: []string{"h2"}}
					s.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
						"h2": func(_ *http.Server, c *tls.Conn, _ http.Handler) {
							serveHTTP2(c, func(stream uint32) []byte {
								requests.Add(1)
								return end(stream)
							})
						},
					}
					s.StartTLS()
					defer s.Close()
					hc := s.Client()
					hc.Transport.(*http.Transport).ForceAttemptHTTP2 = true
					r, limit := newRequest(effect), time.Minute
					if !body {
						r.Body, r.ContentType = nil, ""
						limit = 2 * time.Second // for net/http's own repeats
					}
					c := newClient(t, s.URL, wapay.WithHTTPClient(hc), wapay.WithTimeout(limit))
					_, err := c.Do(context.Background(), r, new(result))
					var e *wapay.Error
					require.ErrorAs(t, err, &e)
					if r.Body != nil {
						assert.EqualValues(t, attempts, requests.Load(), "one for each attempt")
					} else {
						assert.LessOrEqual(t, int(requests.Load()), 4*attempts, "net/http repeats it by itself, within a bound")
					}
					assert.Equal(t, attempts, e.Attempts)
					assert.ErrorIs(t, err, wapay.ErrUnavailable)
					if requests.Load() > 0 { // a slow machine may make no connection within the limit
						assert.Equal(t, effect != call.Read, e.Outcome == wapay.OutcomeUnknown)
					}
				})
			}
		}
	}
}
