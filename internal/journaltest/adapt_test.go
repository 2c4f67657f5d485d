package journaltest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// newAdaptShop has an operator that a does not serve.
func newAdaptShop(t *testing.T, d database) *shop {
	s := newShop(t, d)
	operators := map[string]string{"MOOV": "MOOV_BF", "ORANGE": "OM"}
	s.j = s.journal(
		journal.WithProvider("a", s.a, journal.AdaptPayments(func(r *wapay.PaymentRequest) error {
			if r.Operator == "ORANGE" {
				return errors.New("a does not serve Orange")
			}
			r.NotifyURL, r.Metadata["for"] = "https://shop.example/ipn/a", "a"
			return nil
		})),
		journal.WithProvider("b", s.b, journal.AdaptPayments(func(r *wapay.PaymentRequest) error {
			r.NotifyURL, r.Operator = "https://shop.example/ipn/b", operators[r.Operator]
			return nil
		})),
	)
	s.route = s.j.Via()
	return s
}

func TestAdapt(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newAdaptShop(t, d)
		r := paymentOf("1")
		r.Metadata = map[string]string{"cart": "7"}
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeRejected, nil)}}
		p, err := s.route.Pay(s.ctx, r)
		require.NoError(t, err)
		assert.Equal(t, "b", p.Provider)
		assert.Equal(t, "https://shop.example/ipn/a", s.a.last.NotifyURL)
		assert.Equal(t, map[string]string{"cart": "7", "for": "a"}, s.a.last.Metadata)
		assert.Equal(t, "https://shop.example/ipn/b", s.b.last.NotifyURL)
		assert.Equal(t, "MOOV_BF", s.b.last.Operator)
		assert.Equal(t, map[string]string{"cart": "7"}, s.b.last.Metadata)
		assert.Equal(t, r.OTP, s.b.last.OTP)
		assert.Equal(t, map[string]string{"cart": "7"}, r.Metadata, "the caller's own")

		assert.Equal(t, "MOOV", s.find(journal.Payment, "1").Operator, "as the merchant calls it")
		p, err = s.route.Pay(s.ctx, r)
		require.NoError(t, err, "the request is the same")
		assert.True(t, p.Replayed)
	})
}

// A route skips a provider if the request cannot be fitted to it, and sends it
// nothing.
func TestAdaptFails(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newAdaptShop(t, d)
		r := paymentOf("1")
		r.Operator = "ORANGE"
		p, err := s.route.Pay(s.ctx, r)
		require.NoError(t, err)
		assert.Equal(t, "b", p.Provider)
		assert.Equal(t, "OM", s.b.last.Operator)
		_, err = s.j.Via("a").Pay(s.ctx, orangePaymentOf("2"))
		assert.ErrorContains(t, err, "a does not serve Orange")
		assert.True(t, wapay.NotDone(err))
		assert.Zero(t, s.a.sent())
	})
}

func orangePaymentOf(reference string) wapay.PaymentRequest {
	r := paymentOf(reference)
	r.Operator = "ORANGE"
	return r
}

// The function cannot make another order.
func TestAdaptMakesAnotherOrder(t *testing.T) {
	s := newShop(t, databases[2])
	for name, fn := range map[string]func(*wapay.PayoutRequest) error{
		"reference": func(r *wapay.PayoutRequest) error { r.Reference += "-a"; return nil },
		"amount":    func(r *wapay.PayoutRequest) error { r.Amount = wapay.XOF.Units(1); return nil },
		"number":    func(r *wapay.PayoutRequest) error { r.Recipient.Phone = bPhone; return nil },
		"panic":     func(*wapay.PayoutRequest) error { panic("shop") },
	} {
		j := s.journal(journal.WithProvider("a", s.a, journal.AdaptPayouts(fn)))
		_, err := j.Via().Payout(s.ctx, payoutOf(name))
		assert.True(t, wapay.NotDone(err), "%s: %v", name, err)
		assert.ErrorContains(t, err, "AdaptPayouts: ", name)
		assert.Zero(t, s.a.sent(), name)
		_, again := journal.RetryAfter(err)
		assert.False(t, again, name)
	}
}
