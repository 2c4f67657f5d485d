package call_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/wapay-go/wapay"
)

// deadline is what an attempt that took too long matches beside its kind.
var deadline = []error{context.DeadlineExceeded}

func timeout(d time.Duration) func(*testing.T, *peer) (string, []wapay.Option) {
	return func(*testing.T, *peer) (string, []wapay.Option) { return "", []wapay.Option{wapay.WithTimeout(d)} }
}

// TestOutcomeOfTimeouts checks the time of an attempt, whatever takes it. The
// rows run beside each other, and before the other tests, which would take the
// time from them.
func TestOutcomeOfTimeouts(t *testing.T) {
	const limit = 700 * time.Millisecond
	trickle := func(status int) func(x *exchange) {
		return func(x *exchange) {
			x.send("HTTP/1.1 %d Whatever\r\nTransfer-Encoding: chunked\r\n\r\n", status)
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for range tick.C {
				if _, err := x.Write([]byte("1\r\n \r\n")); err != nil {
					return
				}
			}
		}
	}
	runRows(t, []row{
		{
			name: "TLS handshake that takes too long", notSent: true, repeat: always, kind: wapay.ErrUnavailable, also: deadline,
			setup: func(t *testing.T, _ *peer) (string, []wapay.Option) {
				p := newRawPeer(t, func(_ *peer, c *net.TCPConn) { waitGone(c) })
				return strings.Replace(p.url, "http:", "https:", 1), []wapay.Option{wapay.WithTimeout(limit)}
			},
		},
		{
			name: "dialling that takes too long", notSent: true, repeat: always, kind: wapay.ErrUnavailable, also: deadline,
			setup: func(t *testing.T, _ *peer) (string, []wapay.Option) {
				tr, release := pool(t), make(chan struct{})
				t.Cleanup(func() { close(release) })
				tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
					<-release
					return nil, errPlain
				}
				return "", append(through(tr), wapay.WithTimeout(limit))
			},
		},
		{
			name: "no answer in time", serve: (*exchange).gone, setup: timeout(limit), repeat: safe,
			kind: wapay.ErrUnavailable, also: deadline, text: []string{"no whole answer in 700ms"},
		},
		{
			name: "no body in time", repeat: safe, setup: timeout(limit),
			serve: func(x *exchange) { x.send("%s", partialAnswer); x.gone() },
			kind:  wapay.ErrUnavailable, status: 200, also: deadline,
		},
		{
			name: "200 that never ends", serve: trickle(200), setup: timeout(limit), repeat: safe,
			kind: wapay.ErrUnavailable, status: 200, also: deadline, text: []string{"no whole answer in 700ms"},
		},
		{
			name: "503 that never ends", serve: trickle(503), setup: timeout(limit), repeat: safe,
			kind: wapay.ErrUnavailable, status: 503, also: deadline,
		},
	})
}
