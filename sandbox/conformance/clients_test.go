package conformance_test

import (
	"flag"
	"os"
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/conformance"
	"github.com/wapay-go/wapay/sandbox/intramtest"
	"github.com/wapay-go/wapay/sandbox/mpptest"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

func TestBarkaPay(t *testing.T) {
	t.Parallel()
	customer, other := person(t, "72929595", "BF"), person(t, "72929596", "BF")
	test(t, conformance.Config{
		New: func(tb testing.TB, opts ...wapay.Option) conformance.Subject {
			s := barkapaytest.Start(tb, barkapaytest.Config{AutoSettle: true, RateLimit: -1})
			k := s.Credentials()
			return conformance.Subject{
				Client: s.Client(patient(opts)...), Ledger: s, Faults: s,
				Secrets: []wapay.Secret{k.APIKey, k.APISecret, k.SCIKey, k.SCISecret},
			}
		},
		Payment: &wapay.PaymentRequest{Amount: wapay.XOF.Units(1000), Operator: "MOOV", Customer: customer},
		Payout:  &wapay.PayoutRequest{Amount: wapay.XOF.Units(1000), Operator: "MOOV", Recipient: customer},
		PayPath: "payment/mobile/api", PayoutPath: "transfer/request/mobile",
		OtherCustomer: &other, OtherRecipient: &other,
	})
}

// BarkaPay without an operator makes a payment link, under which anybody may
// pay.
func TestBarkaPayLink(t *testing.T) {
	t.Parallel()
	test(t, conformance.Config{
		New: func(tb testing.TB, opts ...wapay.Option) conformance.Subject {
			s := barkapaytest.Start(tb, barkapaytest.Config{AutoSettle: true, RateLimit: -1})
			k := s.Credentials()
			return conformance.Subject{
				Client: s.Client(patient(opts)...), Ledger: s, Faults: s,
				Secrets: []wapay.Secret{k.APIKey, k.APISecret, k.SCIKey, k.SCISecret},
			}
		},
		Payment: &wapay.PaymentRequest{Amount: wapay.XOF.Units(1000)},
		PayPath: "payment/mobile/web/create",
	})
}

func TestCinetPay(t *testing.T) {
	t.Parallel()
	customer, other := person(t, "0707895086", "CI"), person(t, "0707895087", "CI")
	test(t, conformance.Config{
		New: func(tb testing.TB, opts ...wapay.Option) conformance.Subject {
			s := cinetpaytest.Start(tb, cinetpaytest.Config{AutoSettle: true, RateLimit: -1})
			k := s.Credentials()
			return conformance.Subject{
				Client: s.Client(patient(opts)...), Ledger: s, Faults: s, Secrets: []wapay.Secret{k.APIKey, k.Password},
			}
		},
		Payment: &wapay.PaymentRequest{
			Amount: wapay.XOF.Units(1000), Description: "Shoes", Customer: customer,
			NotifyURL: "https://shop.example/ipn", ReturnURL: "https://shop.example/done",
		},
		Payout: &wapay.PayoutRequest{
			Amount: wapay.XOF.Units(1000), Recipient: customer, NotifyURL: "https://shop.example/ipn",
		},
		PayPath: "v2/payment", PayoutPath: "v1/transfer/money/send/contact", OtherRecipient: &other,
	})
}

func TestCinetPayV1(t *testing.T) {
	t.Parallel()
	customer, other := person(t, "0707895086", "CI"), person(t, "0707895087", "CI")
	test(t, conformance.Config{
		New: func(tb testing.TB, opts ...wapay.Option) conformance.Subject {
			s := apiv1test.Start(tb, apiv1test.Config{AutoSettle: true})
			k := s.Credentials()
			return conformance.Subject{
				Client: s.Client(patient(opts)...), Ledger: s, Faults: s, Secrets: []wapay.Secret{k.APIKey, k.APIPassword},
			}
		},
		Payment: &wapay.PaymentRequest{
			Amount: wapay.XOF.Units(1000), Operator: "OM_CI", Description: "Shoes", Customer: customer,
			NotifyURL: "https://shop.example/ipn", ReturnURL: "https://shop.example/done",
		},
		Payout: &wapay.PayoutRequest{
			Amount: wapay.XOF.Units(1000), Operator: "OM_CI", Description: "Salary", Recipient: customer, NotifyURL: "https://shop.example/ipn",
		},
		PayPath: "v1/payment", PayoutPath: "v1/transfer", OtherRecipient: &other,
	})
}

func TestIntram(t *testing.T) {
	t.Parallel()
	customer, other := person(t, "0161234567", "BJ"), person(t, "0161234568", "BJ")
	test(t, conformance.Config{
		New: func(tb testing.TB, opts ...wapay.Option) conformance.Subject {
			s := intramtest.Start(tb, intramtest.Config{AutoSettle: true})
			k := s.Credentials()
			return conformance.Subject{
				Client: s.Client(patient(opts)...), Ledger: s, Faults: s, Secrets: []wapay.Secret{k.PublicKey, k.SecretKey},
			}
		},
		Payment: &wapay.PaymentRequest{Amount: wapay.XOF.Units(1000), Customer: customer},
		Payout:  &wapay.PayoutRequest{Amount: wapay.XOF.Units(1000), Operator: "MTN_BENIN_229", Recipient: customer},
		PayPath: "payment-requests", PayoutPath: "payouts", OtherRecipient: &other,
	})
}

func TestMPP(t *testing.T) {
	t.Parallel()
	customer, other := person(t, "76123456", "SL"), person(t, "76123457", "SL")
	test(t, conformance.Config{
		New: func(tb testing.TB, opts ...wapay.Option) conformance.Subject {
			s := mpptest.Start(tb, mpptest.Config{AutoSettle: true})
			k := s.Credentials()
			return conformance.Subject{
				Client: s.Client(patient(opts)...), Ledger: s, Faults: s, Secrets: []wapay.Secret{k.SecretID, k.SecretKey},
			}
		},
		Payment: &wapay.PaymentRequest{Amount: wapay.SLE.Minor(1250), Operator: "OM", Customer: customer},
		Payout:  &wapay.PayoutRequest{Amount: wapay.SLE.Minor(1250), Operator: "OM", Recipient: customer},
		PayPath: "api/v1/transaction", PayoutPath: "api/v1/transaction", OtherCustomer: &other, OtherRecipient: &other,
	})
}

func TestPayHub(t *testing.T) {
	t.Parallel()
	customer, other := person(t, "70000001", "BF"), person(t, "70000002", "BF")
	test(t, conformance.Config{
		New: func(tb testing.TB, opts ...wapay.Option) conformance.Subject {
			s := payhubtest.Start(tb, payhubtest.Config{AutoSettle: true})
			k := s.Credentials()
			return conformance.Subject{
				Client: s.Client(patient(opts)...), Ledger: s, Faults: s, Secrets: []wapay.Secret{k.KeyID, k.Secret},
			}
		},
		Payment: &wapay.PaymentRequest{Amount: wapay.XOF.Units(1000), Operator: "MTN", Customer: customer},
		Payout:  &wapay.PayoutRequest{Amount: wapay.XOF.Units(1000), Operator: "ORANGE", Recipient: customer},
		PayPath: "bf/v1/payments", PayoutPath: "bf/v1/transfers", OtherCustomer: &other, OtherRecipient: &other,
	})
}

// test runs the laws side by side, because most of their time is waits.
func test(t *testing.T, c conformance.Config) {
	t.Helper()
	for _, law := range conformance.Laws(c) {
		t.Run(law.Name, func(t *testing.T) {
			t.Parallel()
			law.Check(t)
		})
	}
}

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "16")
	os.Exit(m.Run())
}

// patient has a client try again once only, so that the suite is quick.
func patient(opts []wapay.Option) []wapay.Option {
	return append([]wapay.Option{wapay.WithMaxRetries(1)}, opts...)
}

func person(tb testing.TB, number, country string) wapay.Customer {
	tb.Helper()
	phone, err := wapay.ParsePhone(number, country)
	if err != nil {
		tb.Fatal(err)
	}
	return wapay.Customer{Phone: phone, FirstName: "Awa", LastName: "Dossou", Email: "awa@example.com"}
}
