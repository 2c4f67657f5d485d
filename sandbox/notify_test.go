package sandbox_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/internal/kittest"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

// verifier is how a shop tells the provider's notifications about payments from
// others.
func (s shop) verifier() (ipn.Verifier, []ipn.HandlerOption) {
	switch b := s.server.(type) {
	case *barkapaytest.Server:
		return ipn.BarkaPay(b.IPNKey()), nil
	case *cinetpaytest.Server:
		return ipn.CinetPayCheckoutSite(b.Credentials().SiteID, b.IPNKey()), nil
	case *intramtest.Server:
		return ipn.IntramWithClock(b.Now, b.IPNKey()), nil
	case *mpptest.Server:
		return ipn.MPP(), []ipn.HandlerOption{ipn.WithConfirm(ipn.ConfirmPayments(b.Client()))}
	case *apiv1test.Server:
		return ipn.CinetPayV1(), []ipn.HandlerOption{ipn.WithConfirm(ipn.ConfirmPayments(b.Client()))}
	case *payhubtest.Server:
		return ipn.PayHubWithClock(b.Now, b.WebhookSecret()), nil
	}
	panic("no such provider")
}

// listen gives the shop a handler, and returns the events that reach it.
func (s shop) listen(t *testing.T) <-chan *ipn.Event {
	t.Helper()
	events := make(chan *ipn.Event, 100)
	v, opts := s.verifier()
	h, err := ipn.NewHandler(v, func(_ context.Context, e *ipn.Event) error {
		events <- e
		return nil
	}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s.server.Notify(server.URL)
	return events
}

func TestNotificationsReachAHandler(t *testing.T) {
	for _, s := range shops(t) {
		t.Run(s.name, func(t *testing.T) {
			events := s.listen(t)
			s.order(t, sandbox.Payment, "order-1", "990001")
			var last *ipn.Event
			for len(events) > 0 {
				last = <-events
			}
			if last == nil || last.Reference != "" && last.Reference != "order-1" {
				t.Fatalf("event %+v", last)
			}
			if s.name != "cinetpay" && last.Status != wapay.StatusSucceeded { // CinetPay has to be asked
				t.Errorf("status %v", last.Status)
			}
			if n := s.server.CountUndelivered(); n != 0 {
				t.Errorf("%d notifications were not taken", n)
			}
		})
	}
}

func TestResend(t *testing.T) {
	for _, s := range shops(t) {
		t.Run(s.name, func(t *testing.T) {
			s.listen(t)
			s.order(t, sandbox.Payment, "order-1", "990001")
			for how, want := range map[sandbox.SendMode]int{
				sandbox.SendGenuine: 200, sandbox.SendLate: 200, sandbox.SendTampered: 401, sandbox.SendForged: 401,
			} {
				switch {
				case (s.name == "intram" || s.name == "payhub") && how == sandbox.SendLate: // it signs the time
					want = 401
				case s.name == "cinetpay-v1" && how == sandbox.SendTampered: // it tells an id only, which nobody knows then
					want = 503
				case s.name == "mpp" || s.name == "cinetpay-v1": // it signs nothing, and what counts is its answer to a question
					want = 200
				}
				d, err := s.server.Resend(kittest.Context(t), "order-1", how)
				if err != nil || d.Status != want || d.How != how || d.Reference != "order-1" {
					t.Errorf("%q: %d, %v, want %d", how, d.Status, err, want)
				}
			}
			if _, err := s.server.Resend(kittest.Context(t), "no such", sandbox.SendGenuine); err != sandbox.ErrNotFound {
				t.Errorf("sent what is not there: %v", err)
			}
		})
	}
}

func TestForgedWhereNothingIsSigned(t *testing.T) {
	s := shops(t)[3]
	s.listen(t)
	s.order(t, sandbox.Payment, "order-1", "990001")
	d, err := s.server.Resend(kittest.Context(t), "order-1", sandbox.SendForged)
	if err != nil || !contains(d.Body, `"status":"failed"`) {
		t.Errorf("%v: %s", err, d.Body)
	}
	d, err = s.server.Resend(kittest.Context(t), "order-1", sandbox.SendTampered)
	if err != nil || !contains(d.Body, `"amount":91000`) {
		t.Errorf("%v: %s", err, d.Body)
	}
}

func TestHoldNotifications(t *testing.T) {
	for _, s := range shops(t) {
		t.Run(s.name, func(t *testing.T) {
			events := s.listen(t)
			s.server.HoldNotifications(true)
			s.order(t, sandbox.Payment, "order-1", "990001")
			if n := s.server.CountUndelivered(); len(events) != 0 || n == 0 {
				t.Fatalf("%d came, %d wait", len(events), n)
			}
			s.server.HoldNotifications(false)
			if n := s.server.Redeliver(kittest.Context(t)); n == 0 || s.server.CountUndelivered() != 0 || len(events) != n {
				t.Errorf("%d sent, %d came, %d wait", n, len(events), s.server.CountUndelivered())
			}
		})
	}
}

func contains(body []byte, text string) bool { return strings.Contains(string(body), text) }
