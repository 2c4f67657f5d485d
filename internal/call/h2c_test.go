//go:build go1.24

package call_test

import (
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// TestH2CIsNotSentAgain uses HTTP/2 without TLS, whose streams end with
// PROTOCOL_ERROR.
func TestH2CIsNotSentAgain(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	p := newRawPeer(t, func(_ *peer, c *net.TCPConn) {
		serveHTTP2(c, func(stream uint32) []byte {
			requests.Add(1)
			return frame(frameReset, 0, stream, 0, 0, 0, 1)
		})
	})
	tr := pool(t)
	tr.Protocols = new(http.Protocols)
	tr.Protocols.SetUnencryptedHTTP2(true)
	_, err := do(newClient(t, p.url, through(tr)...), call.Write)
	requireError(t, err, wantError{outcome: wapay.OutcomeUnknown, kind: wapay.ErrUnavailable, attempts: 1})
	assert.EqualValues(t, 1, requests.Load())
}
