package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

// All providers are reachable on one port, each under a path of its own.
func TestMount(t *testing.T) {
	mux := http.NewServeMux()
	port := httptest.NewServer(mux)
	t.Cleanup(port.Close)
	for _, s := range shops(t) {
		t.Run(s.name, func(t *testing.T) {
			path := "/" + s.name
			m := s.server.(interface {
				http.Handler
				Mount(root string)
				Requests() []sandbox.Request
			})
			m.Mount(port.URL + path)
			mux.Handle(path+"/", http.StripPrefix(path, m))
			switch b := s.server.(type) { // a client knows the URL of when it was made
			case *barkapaytest.Server:
				s.client = b.Client()
			case *cinetpaytest.Server:
				s.client = b.Client()
			case *intramtest.Server:
				s.client = b.Client()
			case *mpptest.Server:
				s.client = b.Client()
			case *apiv1test.Server:
				s.client = b.Client()
			case *payhubtest.Server:
				s.client = b.Client()
			}
			for _, kind := range []sandbox.OrderKind{sandbox.Payment, sandbox.Payout} {
				made, status, err := s.order(t, kind, string(kind)+"-1", "990001")
				if made != nil || err != nil || status != wapay.StatusSucceeded {
					t.Errorf("%s: %v, %v, %v", kind, made, status, err)
				}
			}
			for _, r := range m.Requests() {
				if r.Host != port.Listener.Addr().String() {
					t.Errorf("%s came to %s", r.Path, r.Host)
				}
			}
			if err := s.server.Flush(kittest.Context(t)); err != nil {
				t.Error(err)
			}
		})
	}
}
