package conformance_test

import (
	"testing"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/sandbox/apiv1test"
	"github.com/wapay-go/wapay/sandbox/conformance"
	"github.com/wapay-go/wapay/sandbox/payhubtest"
)

func TestCinetPayV1(t *testing.T) {
	t.Parallel()
	customer, other := person(t, "0707000001", "CI"), person(t, "0707000002", "CI")
	test(t, conformance.Config{
		New: func(tb testing.TB, opts ...wapay.Option) conformance.Subject {
			s := apiv1test.Start(tb, apiv1test.Config{AutoSettle: true})
			k := s.Credentials()
			return conformance.Subject{
				Client: s.Client(patient(opts)...), Ledger: s, Faults: s, Secrets: []wapay.Secret{k.APIKey, k.APIPassword},
			}
		},
		Payment: &wapay.PaymentRequest{
			Amount: wapay.XOF.Units(1000), Description: "Shoes", Customer: customer,
			ReturnURL: "https://shop.example/ok", CancelURL: "https://shop.example/no", NotifyURL: "https://shop.example/ipn",
		},
		Payout: &wapay.PayoutRequest{
			Amount: wapay.XOF.Units(1000), Operator: "OM_CI", Description: "Salary", Recipient: customer,
			NotifyURL: "https://shop.example/ipn",
		},
		PayPath: "v1/payment", PayoutPath: "v1/transfer", OtherRecipient: &other,
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
		Payment: &wapay.PaymentRequest{Amount: wapay.XOF.Units(1000), Operator: "MOOV", Customer: customer},
		Payout:  &wapay.PayoutRequest{Amount: wapay.XOF.Units(1000), Operator: "MOOV", Recipient: customer},
		PayPath: "bf/v1/payments", PayoutPath: "bf/v1/transfers", OtherCustomer: &other, OtherRecipient: &other,
	})
}
