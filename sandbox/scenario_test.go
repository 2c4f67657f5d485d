package sandbox_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

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

// provider is what the sandboxes of all providers that move money have in
// common.
type provider interface {
	Notify(url string)
	Flush(ctx context.Context) error
	Advance(d time.Duration)
	Deliveries() []sandbox.Delivery
	DeliveriesOf(ref string) []sandbox.Delivery
	Resend(ctx context.Context, ref string, how sandbox.SendMode) (sandbox.Delivery, error)
	HoldNotifications(hold bool)
	CountUndelivered() int
	Redeliver(ctx context.Context) int
	Orders() []sandbox.Order
	Approve(ref string) error
	Decline(ref, reason string) error
}

type shop struct {
	name   string
	server provider
	client interface {
		wapay.Payer
		wapay.Payouter
	}
	pay    wapay.PaymentRequest
	payout wapay.PayoutRequest
	phone  string // without the scenario's digits
}

// shops opens a shop with each provider.
func shops(t *testing.T) []shop {
	barka, cinet := barkapaytest.Start(t, barkapaytest.Config{}), cinetpaytest.Start(t, cinetpaytest.Config{})
	intram, mpp := intramtest.Start(t, intramtest.Config{}), mpptest.Start(t, mpptest.Config{})
	v1, hub := apiv1test.Start(t, apiv1test.Config{}), payhubtest.Start(t, payhubtest.Config{})
	awa := wapay.Customer{FirstName: "Awa", LastName: "Koné", Email: "awa@example.com"}
	const page = "https://shop.example/"
	return []shop{
		{"barkapay", barka, barka.Client(), wapay.PaymentRequest{Operator: "MOOV"}, wapay.PayoutRequest{Operator: "MOOV"}, "+22670"},
		{"cinetpay", cinet, cinet.Client(), wapay.PaymentRequest{Description: "Rice", NotifyURL: page, ReturnURL: page},
			wapay.PayoutRequest{NotifyURL: page, Recipient: awa}, "+2250707"},
		{"intram", intram, intram.Client(), wapay.PaymentRequest{}, wapay.PayoutRequest{Operator: "MTN_BENIN_229"}, "+2290161"},
		{"mpp", mpp, mpp.Client(), wapay.PaymentRequest{Operator: "OM"}, wapay.PayoutRequest{Operator: "OM"}, "+23276"},
		{"cinetpay-v1", v1, v1.Client(), wapay.PaymentRequest{Description: "Rice", NotifyURL: page, ReturnURL: page, Customer: awa},
			wapay.PayoutRequest{Operator: "OM_CI", Description: "Salary", NotifyURL: page}, "+2250707"},
		{"payhub", hub, hub.Client(), wapay.PaymentRequest{Operator: "MTN"}, wapay.PayoutRequest{Operator: "MTN"}, "+22670"},
	}
}

func (s shop) amount() wapay.Money {
	if s.name == "mpp" {
		return wapay.SLE.Units(1000)
	}
	return wapay.XOF.Units(1000)
}

func (s shop) number(t *testing.T, digits string) wapay.Phone {
	t.Helper()
	p, err := wapay.ParsePhone(s.phone+digits, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// order makes a payment or a payout, and returns what the look-up says once the
// sandbox has done what it has to do.
func (s shop) order(t *testing.T, kind sandbox.OrderKind, reference, digits string) (made error, status wapay.Status, found error) {
	t.Helper()
	ctx := kittest.Context(t)
	ref := wapay.Ref{Reference: reference}
	if kind == sandbox.Payment {
		r := s.pay
		r.Reference, r.Amount, r.Customer.Phone = reference, s.amount(), s.number(t, digits)
		p, err := s.client.Pay(ctx, r)
		if err == nil {
			ref.ID = p.ID
		}
		made = err
	} else {
		r := s.payout
		r.Reference, r.Amount, r.Recipient.Phone = reference, s.amount(), s.number(t, digits)
		p, err := s.client.Payout(ctx, r)
		if err == nil {
			ref.ID = p.ID
		}
		made = err
	}
	if err := s.server.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	status, found = s.find(t, kind, ref)
	return made, status, found
}

func (s shop) find(t *testing.T, kind sandbox.OrderKind, ref wapay.Ref) (wapay.Status, error) {
	t.Helper()
	if kind == sandbox.Payment {
		p, err := s.client.FindPayment(kittest.Context(t), ref)
		if err != nil {
			return wapay.StatusUnknown, err
		}
		return p.Status, nil
	}
	p, err := s.client.FindPayout(kittest.Context(t), ref)
	if err != nil {
		return wapay.StatusUnknown, err
	}
	return p.Status, nil
}

func TestScenarios(t *testing.T) {
	for _, s := range shops(t) {
		for _, x := range []struct {
			digits string
			want   wapay.Status
			lost   bool
		}{
			{"990001", wapay.StatusSucceeded, false},
			{"990002", wapay.StatusFailed, false},
			{"990003", wapay.StatusPending, false},
			{"990004", wapay.StatusSucceeded, true},
			{"990005", wapay.StatusSucceeded, false},
			{"123456", wapay.StatusPending, false},
		} {
			for _, kind := range []sandbox.OrderKind{sandbox.Payment, sandbox.Payout} {
				t.Run(s.name+" "+string(kind)+" "+x.digits, func(t *testing.T) {
					reference := string(kind) + "-" + x.digits
					made, status, err := s.order(t, kind, reference, x.digits)
					// Some clients find out by themselves what the lost answer
					// was.
					if made != nil && !(x.lost && errors.Is(made, wapay.ErrOutcomeUnknown)) {
						t.Errorf("made: %v", made)
					}
					if err != nil || status != x.want {
						t.Errorf("found %v, %v, want %v", status, err, x.want)
					}
				})
			}
		}
	}
}

// A payment with a one-time code is over at once, unless the number says
// otherwise.
func TestScenariosWithOneTimeCode(t *testing.T) {
	provider := barkapaytest.Start(t, barkapaytest.Config{})
	s := shop{server: provider, client: provider.Client(), phone: "+22607", pay: wapay.PaymentRequest{Operator: "ORANGE"}}
	for digits, want := range map[string]wapay.Status{
		"990001": wapay.StatusSucceeded, "990002": wapay.StatusFailed, "990003": wapay.StatusPending,
		"990004": wapay.StatusSucceeded, "990006": wapay.StatusFailed, "123456": wapay.StatusSucceeded,
	} {
		s.pay.OTP = provider.OTP("07" + digits)
		made, status, err := s.order(t, sandbox.Payment, "order-"+digits, digits)
		if status != want || err != nil || errors.Is(made, wapay.ErrOutcomeUnknown) != (digits == "990004") {
			t.Errorf("%s: made %v, found %v, %v, want %v", digits, made, status, err, want)
		}
	}
}

func TestLacksBalance(t *testing.T) {
	for _, s := range shops(t) {
		t.Run(s.name, func(t *testing.T) {
			if made, status, err := s.order(t, sandbox.Payment, "order-1", "990006"); made != nil || status != wapay.StatusFailed {
				t.Errorf("payment: %v, %v, %v", made, status, err)
			}
			made, status, _ := s.order(t, sandbox.Payout, "salary-1", "990006")
			if !errors.Is(made, wapay.ErrInsufficientFunds) && status != wapay.StatusFailed {
				t.Errorf("payout: %v, %v", made, status)
			}
		})
	}
}

// receiver counts notifications.
func receiver(t *testing.T) string {
	r := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(r.Close)
	return r.URL
}

func TestReportedLate(t *testing.T) {
	for _, s := range shops(t) {
		t.Run(s.name, func(t *testing.T) {
			s.server.Notify(receiver(t))
			s.order(t, sandbox.Payout, "salary-1", "990005")
			if n := len(s.server.DeliveriesOf("salary-1")); n != 0 {
				t.Fatalf("%d notifications came at once", n)
			}
			s.server.Advance(59 * time.Minute)
			if n := len(s.server.DeliveriesOf("salary-1")); n != 0 {
				t.Fatalf("%d notifications came early", n)
			}
			s.server.Advance(time.Minute)
			if n := len(s.server.DeliveriesOf("salary-1")); n == 0 || s.server.CountUndelivered() != 0 {
				t.Errorf("%d notifications came, %d did not", n, s.server.CountUndelivered())
			}
		})
	}
}

func TestOrders(t *testing.T) {
	for _, s := range shops(t) {
		t.Run(s.name, func(t *testing.T) {
			for _, kind := range []sandbox.OrderKind{sandbox.Payment, sandbox.Payout} {
				good, bad := "good-"+string(kind), "bad-"+string(kind)
				s.order(t, kind, good, "123456")
				s.order(t, kind, bad, "123457")
				for ref, end := range map[string]func() error{
					"good": func() error { return s.server.Approve(good) },
					"bad":  func() error { return s.server.Decline(bad, "") },
				} {
					if err := end(); err != nil {
						t.Errorf("%s %s: %v", kind, ref, err)
					}
					if err := end(); !errors.Is(err, sandbox.ErrNotPending) {
						t.Errorf("%s %s a second time: %v", kind, ref, err)
					}
				}
			}
			if err := s.server.Approve("no such"); !errors.Is(err, sandbox.ErrNotFound) {
				t.Errorf("approved what is not there: %v", err)
			}
			orders := s.server.Orders()
			if len(orders) != 4 {
				t.Fatalf("%d orders", len(orders))
			}
			for _, o := range orders {
				if o.Pending || o.ID == "" || o.Status == "" || o.Amount != s.amount().MinorUnits() || o.Created.IsZero() ||
					o.Currency != string(s.amount().Currency()) || o.Phone == "" {
					t.Errorf("order %+v", o)
				}
			}
			good, err := s.find(t, sandbox.Payment, wapay.Ref{Reference: "good-payment"})
			bad, err2 := s.find(t, sandbox.Payout, wapay.Ref{Reference: "bad-payout"})
			if good != wapay.StatusSucceeded || bad != wapay.StatusFailed {
				t.Errorf("good %v, %v, bad %v, %v", good, err, bad, err2)
			}
		})
	}
}
