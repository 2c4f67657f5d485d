package journaltest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
	"github.com/wapay-go/wapay/sandbox/cinetpaytest"
	"github.com/wapay-go/wapay/sandbox/conformance"
)

// routeOver returns a route over one client, with a database of its own.
func routeOver(tb testing.TB, name string, client any) *journal.Route {
	tb.Helper()
	d := databases[2]
	j, err := journal.New(d.open(tb, d.fresh(tb)), d.dialect, journal.WithProvider(name, client))
	require.NoError(tb, err)
	require.NoError(tb, j.CreateSchema(context.Background()))
	return j.Via()
}

// patient has a client try again once only, so that the suite is quick.
func patient(opts []wapay.Option) []wapay.Option {
	return append([]wapay.Option{wapay.WithMaxRetries(1)}, opts...)
}

// A route keeps the laws of Payer and Payouter.
func TestConformance(t *testing.T) {
	t.Run("BarkaPay", func(t *testing.T) {
		t.Parallel()
		customer := wapay.Customer{Phone: mustPhone("+22672929595")}
		other := wapay.Customer{Phone: mustPhone("+22672929596")}
		conformance.Test(t, conformance.Config{
			New: func(tb testing.TB, opts ...wapay.Option) conformance.Subject {
				s := barkapaytest.Start(tb, barkapaytest.Config{AutoSettle: true, RateLimit: -1})
				k := s.Credentials()
				return conformance.Subject{
					Client: routeOver(tb, "barkapay", s.Client(patient(opts)...)), Ledger: s, Faults: s,
					Secrets: []wapay.Secret{k.APIKey, k.APISecret, k.SCIKey, k.SCISecret},
				}
			},
			Payment: &wapay.PaymentRequest{Amount: wapay.XOF.Units(1000), Operator: "MOOV", Customer: customer},
			Payout:  &wapay.PayoutRequest{Amount: wapay.XOF.Units(1000), Operator: "MOOV", Recipient: customer},
			PayPath: "payment/mobile/api", PayoutPath: "transfer/request/mobile",
			OtherCustomer: &other, OtherRecipient: &other,
		})
	})
	t.Run("CinetPay", func(t *testing.T) {
		t.Parallel()
		customer := wapay.Customer{Phone: mustPhone("+2250707895086"), FirstName: "Awa", LastName: "Traore", Email: "awa@shop.example"}
		other := customer
		other.Phone = mustPhone("+2250707895087")
		conformance.Test(t, conformance.Config{
			New: func(tb testing.TB, opts ...wapay.Option) conformance.Subject {
				s := cinetpaytest.Start(tb, cinetpaytest.Config{AutoSettle: true, RateLimit: -1})
				k := s.Credentials()
				return conformance.Subject{
					Client: routeOver(tb, "cinetpay", s.Client(patient(opts)...)), Ledger: s, Faults: s,
					Secrets: []wapay.Secret{k.APIKey, k.Password},
				}
			},
			Payment: &wapay.PaymentRequest{
				Amount: wapay.XOF.Units(1000), Description: "Shoes", Customer: customer,
				NotifyURL: "https://shop.example/ipn", ReturnURL: "https://shop.example/done",
			},
			Payout: &wapay.PayoutRequest{
				Amount: wapay.XOF.Units(1000), Recipient: customer, NotifyURL: "https://shop.example/ipn",
			},
			PayPath: "v2/payment", PayoutPath: "v1/transfer/money/send/contact", OtherCustomer: &other, OtherRecipient: &other,
		})
	})
}
