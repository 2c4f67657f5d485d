package journaltest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

func TestOrderWithoutErrors(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		r := paymentOf("order-1")
		p, err := s.route.Pay(s.ctx, r)
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusPending, p.Status)
		assert.Equal(t, "a-paymentorder-1", p.ID)
		assert.Equal(t, "a", p.Provider)
		assert.Equal(t, r.Amount, p.Amount)
		assert.False(t, p.Replayed)
		assert.NotEmpty(t, p.Raw)
		assert.Equal(t, r.OTP, s.a.lastOTP, "the provider gets the code, and nobody else")

		r.OTP, r.Description = "another", "another"
		p, err = s.route.Pay(s.ctx, r)
		require.NoError(t, err, "neither the code nor the description makes another order of it")
		assert.True(t, p.Replayed)
		assert.Equal(t, "https://pay.example/order-1", p.CheckoutURL)

		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayment, "order-1", wapay.StatusSucceeded)))
		p, err = s.route.Pay(s.ctx, r)
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusSucceeded, p.Status)
		assert.Equal(t, []string{"order-1"}, s.a.sends)
		assert.ElementsMatch(t, []string{"pending", "succeeded"}, s.effects(journal.Payment, "order-1"))

		o := s.find(journal.Payment, "order-1")
		assert.Equal(t, journal.StateOver, o.State)
		assert.Equal(t, aPhone, o.Customer.Phone)
		assert.WithinDuration(t, time.Now(), o.CreatedAt, time.Minute)
		assert.False(t, o.UpdatedAt.Before(o.CreatedAt))
		_, err = s.j.Find(s.ctx, journal.Payout, "order-1")
		assert.ErrorIs(t, err, wapay.ErrNotFound)
	})
}

func TestFailover(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeNotSent, wapay.ErrInvalid)}}
		p, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, "b", p.Provider)
		for _, route := range []*journal.Route{s.route, s.j.Via("a")} {
			p, err = route.Payout(s.ctx, payoutOf("1"))
			require.NoError(t, err)
			assert.Equal(t, "b", p.Provider, "it stays where it is, whatever the route")
		}
		assert.Equal(t, 1, s.a.sent())
		assert.Equal(t, 1, s.b.sent())
		assert.Equal(t, []string{"pending"}, s.effects(journal.Payout, "1"))
	})
}

func TestRefusedByAll(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeRejected, wapay.ErrInsufficientFunds)}}
		s.b.onSend = []step{{err: s.b.fail(wapay.OutcomeRejected, wapay.ErrInvalid)}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.True(t, wapay.NotDone(err), "%v", err)
		assert.ErrorIs(t, err, wapay.ErrInsufficientFunds)
		assert.ErrorIs(t, err, wapay.ErrInvalid)
		_, again := journal.RetryAfter(err)
		assert.False(t, again)
		o := s.find(journal.Payout, "1")
		assert.Equal(t, journal.StateReady, o.State)
		assert.Empty(t, o.Provider)
		assert.Empty(t, s.effects(journal.Payout, "1"), "nothing happened, so nothing is told")
		assert.Empty(t, collect(t, s.j.Open(s.ctx)))

		_, err = s.route.FindPayout(s.ctx, wapay.Ref{Reference: "1"})
		assert.ErrorIs(t, err, wapay.ErrNotFound)
		p, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err, "the balance is filled up")
		assert.Equal(t, "a", p.Provider)
	})
}

func TestNoFailoverAfterTheCallerLeft(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		ctx, cancel := context.WithCancel(s.ctx)
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeNotSent, nil), before: cancel}}
		_, err := s.route.Payout(ctx, payoutOf("1"))
		assert.True(t, wapay.NotDone(err), "%v", err)
		assert.Zero(t, s.b.sent())
		assert.Equal(t, journal.StateReady, s.find(journal.Payout, "1").State)
	})
}

func TestInFlight(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		var err error
		s.a.onSend = []step{{arrives: true, before: func() { _, err = s.route.Payout(s.ctx, payoutOf("1")) }}}
		_, first := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, first)
		assert.ErrorIs(t, err, journal.ErrInFlight)
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		after, again := journal.RetryAfter(err)
		assert.True(t, again)
		assert.Positive(t, after)
		assert.Equal(t, 1, s.a.sent())
	})
}

func TestNotificationBeforeAnswer(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		// The notification is there before the answer, and its lease has
		// lapsed.
		s.a.onSend = []step{{arrives: true, before: func() {
			s.age(2 * lease)
			assert.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusSucceeded)))
		}}}
		p, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusSucceeded, p.Status, "the answer is older than what is known")
		assert.Equal(t, "a-payout1", p.ID, "and it brings what the notification did not have")
		assert.Equal(t, []string{"succeeded"}, s.effects(journal.Payout, "1"))
	})
}

func TestLeaseEndsBeforeTheSend(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d, journal.WithLease(50*time.Millisecond))
		s.at(journalhook.BeforeSend, func() { time.Sleep(60 * time.Millisecond) })
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.True(t, wapay.NotDone(err), "%v", err)
		assert.Zero(t, s.a.sent()+s.b.sent())
		_, again := journal.RetryAfter(err)
		assert.True(t, again)
	})
}

func TestLookup(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		p, err := s.route.FindPayout(s.ctx, wapay.Ref{ID: "a-payout1"})
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusPending, p.Status)
		s.a.becomes("payout", "1", wapay.StatusFailed)
		p, err = wapay.WaitPayout(s.ctx, s.route, wapay.Ref{Reference: "1"})
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusFailed, p.Status)
		asked := s.a.asked()
		_, err = s.route.FindPayout(s.ctx, wapay.Ref{Reference: "1"})
		require.NoError(t, err)
		assert.Equal(t, asked, s.a.asked(), "what is over is not asked about")
		assert.ElementsMatch(t, []string{"pending", "failed"}, s.effects(journal.Payout, "1"))

		for _, ref := range []wapay.Ref{{Reference: "2"}, {ID: "2"}, {ID: "another", Reference: "1"}} {
			_, err = s.route.FindPayout(s.ctx, ref)
			assert.ErrorIs(t, err, wapay.ErrNotFound, "%v", ref)
		}
		_, err = s.route.FindPayment(s.ctx, wapay.Ref{Reference: "1"})
		assert.ErrorIs(t, err, wapay.ErrNotFound)
	})
}

func TestSettleByTheRoute(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.a.onSend = []step{{arrives: true, err: errLost}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		require.ErrorIs(t, err, errLost)
		p, err := wapay.SettlePayout(s.ctx, s.route, wapay.Ref{Reference: "1"})
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusPending, p.Status)
		assert.Equal(t, 1, s.a.sent())
	})
}

func TestWrongRequests(t *testing.T) {
	s := newShop(t, databases[2])
	bad := payoutOf("1")
	bad.Amount = wapay.Money{}
	var none context.Context
	onlyPayouts := s.journal(journal.WithProvider("p", instant{})).Via()
	for name, call := range map[string]func() error{
		"no reference":     func() error { _, err := s.route.Payout(s.ctx, payoutOf("")); return err },
		"control":          func() error { _, err := s.route.Payout(s.ctx, payoutOf("a\x00b")); return err },
		"not UTF-8":        func() error { _, err := s.route.Payout(s.ctx, payoutOf("a\xffb")); return err },
		"too long":         func() error { _, err := s.route.Payout(s.ctx, payoutOf(string(make([]byte, 256)))); return err },
		"no amount":        func() error { _, err := s.route.Payout(s.ctx, bad); return err },
		"unknown provider": func() error { _, err := s.j.Via("c").Payout(s.ctx, payoutOf("1")); return err },
		"no payer":         func() error { _, err := onlyPayouts.Pay(s.ctx, paymentOf("1")); return err },
		"no route":         func() error { _, err := new(journal.Route).Payout(s.ctx, payoutOf("1")); return err },
		"nil route":        func() error { _, err := (*journal.Route)(nil).Payout(s.ctx, payoutOf("1")); return err },
		"nil context":      func() error { _, err := s.route.Payout(none, payoutOf("1")); return err },
	} {
		err := call()
		assert.ErrorIs(t, err, wapay.ErrInvalid, name)
		assert.True(t, wapay.NotDone(err), name)
		_, again := journal.RetryAfter(err)
		assert.False(t, again, name)
	}
	assert.Zero(t, s.a.sent())
	assert.Empty(t, s.dump())

	_, err := s.route.Payout(s.ctx, payoutOf("1"))
	require.NoError(t, err)
	p, err := s.j.Via("c").Payout(s.ctx, payoutOf("1"))
	require.NoError(t, err, "it is made, whatever is wrong with the route")
	assert.Equal(t, "a", p.Provider)
	_, err = s.j.Via("c").FindPayout(s.ctx, wapay.Ref{Reference: "1"})
	require.NoError(t, err)
}

// Any text of a request or of a provider fits into the row.
func TestLongTexts(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		long := "é\x00\xff" + string(make([]byte, 3000)) + "漢字" + string([]rune{0x1F600})
		for range 12 {
			long += long[len(long)-4:]
		}
		r := payoutOf("ré 漢字 😀")
		r.Recipient.LastName, r.Operator = long, long
		s.a.onSend = []step{{err: &wapay.Error{Outcome: wapay.OutcomeRejected, Message: long}}}
		_, err := s.route.Payout(s.ctx, r)
		require.NoError(t, err)
		_, err = s.route.Payout(s.ctx, r)
		require.NoError(t, err, "it is the same request")
		e := event(ipn.KindPayout, r.Reference, wapay.StatusFailed)
		e.Provider, e.Reason, e.ProviderStatus, e.OperatorID = "b", long, long, long
		require.NoError(t, s.j.Notify(s.ctx, e))
		assert.Equal(t, wapay.StatusFailed, s.find(journal.Payout, r.Reference).Status)
	})
}

func TestOnChangePanics(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.at(journalhook.AfterFunc, func() {})
		panics, calls := true, 0
		s.j = s.journal(journal.WithProvider("a", s.a), journal.OnChange(wrapEffect(s, func() {
			calls++
			if panics {
				panic("shop")
			}
		})))
		_, err := s.j.Via().Payout(s.ctx, payoutOf("1"))
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		require.ErrorContains(t, err, "panic: shop")
		assert.Equal(t, 1, calls, "it may do more than write")
		require.Error(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusSucceeded)), "it has to come again")
		panics = false
		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusSucceeded)))
		assert.Equal(t, []string{"succeeded"}, s.effects(journal.Payout, "1"))
		assert.Equal(t, "a-payout1", s.find(journal.Payout, "1").ID, "what the answer brought is kept")
	})
}

func TestDatabaseIsDownBefore(t *testing.T) {
	s := newShop(t, databases[2])
	require.NoError(t, s.db.Close())
	_, err := s.route.Payout(s.ctx, payoutOf("1"))
	assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	_, again := journal.RetryAfter(err)
	assert.True(t, again)
	_, err = s.route.FindPayout(s.ctx, wapay.Ref{Reference: "1"})
	assert.ErrorIs(t, err, wapay.ErrUnavailable)
	assert.Error(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusSucceeded)), "it has to come again")
	_, err = s.j.Sweep(s.ctx)
	assert.Error(t, err)
	assert.Zero(t, s.a.sent()+s.a.asked())
}

var errAny = errors.New("any")
