package journaltest

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

func collect(t *testing.T, orders iter.Seq2[*journal.Order, error]) []string {
	t.Helper()
	var references []string
	for o, err := range orders {
		require.NoError(t, err)
		references = append(references, o.Reference)
	}
	return references
}

func wrapEffect(s *shop, before func()) func(context.Context, *sql.Tx, *journal.Order) error {
	return func(ctx context.Context, tx *sql.Tx, o *journal.Order) error {
		before()
		return s.effect(ctx, tx, o)
	}
}

// hold makes a payout that a does not have and that nobody can send again.
func (s *shop) hold(reference string) {
	s.t.Helper()
	s.a.onSend = []step{{err: errLost}}
	_, err := s.route.Payout(s.ctx, payoutOf(reference))
	require.ErrorIs(s.t, err, wapay.ErrOutcomeUnknown)
	s.age(2 * patience)
	require.Zero(s.t, s.sweep().Held, "the first time that it is not there")
	s.age(2 * patience)
	require.Equal(s.t, 1, s.sweep().Held)
}

func TestHeld(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.hold("1")
		_, err := s.route.Payout(s.ctx, payoutOf("2"))
		require.NoError(t, err)
		assert.Equal(t, []string{"1"}, collect(t, s.j.Held(s.ctx)))
		assert.Equal(t, []string{"2"}, collect(t, s.j.Open(s.ctx)))

		_, err = s.route.Payout(s.ctx, payoutOf("1"))
		assert.ErrorIs(t, err, journal.ErrHeld)
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		_, again := journal.RetryAfter(err)
		assert.False(t, again)
		assert.Contains(t, s.find(journal.Payout, "1").Why, "a does not know the order")

		asked := s.a.asked()
		s.age(time.Hour)
		s.sweep()
		assert.Equal(t, asked+2, s.a.asked(), "it is asked about, too")
	})
}

func TestHeldIsSettledByNews(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.hold("1")
		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusSucceeded)))
		assert.Empty(t, collect(t, s.j.Held(s.ctx)))
		assert.Empty(t, s.find(journal.Payout, "1").Why)

		s.hold("2")
		s.a.orders["payout2"] = &wapay.Payment{Reference: "2", ID: "x", Status: wapay.StatusPending}
		s.age(time.Hour)
		s.sweep()
		o := s.find(journal.Payout, "2")
		assert.False(t, o.Held)
		assert.Equal(t, journal.StateKnown, o.State)
	})
}

func TestReleased(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.hold("1")
		require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusUnknown, "not in the dashboard, Awa"))
		assert.Equal(t, "not in the dashboard, Awa", s.find(journal.Payout, "1").Why)
		assert.Equal(t, 1, s.a.sent(), "a person's word sends nothing by itself")
		s.a.onSend = []step{{err: errLost}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		assert.Equal(t, 2, s.a.sent())
		s.age(2 * patience)
		_, err = s.route.Payout(s.ctx, payoutOf("1"))
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		assert.Equal(t, 2, s.a.sent(), "the word was for once")
	})
}

// A person released an order that had arrived, and another provider has it,
// too.
func TestReleasedOrderAtTwoProviders(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.hold("1")
		require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusUnknown, "not there"))
		_, err := s.j.Via("b").Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusFailed)))
		assert.False(t, s.find(journal.Payout, "1").Held, "a did not do it after all")
		e := event(ipn.KindPayout, "1", wapay.StatusSucceeded)
		e.ID = "a-payout1"
		require.NoError(t, s.j.Notify(s.ctx, e))
		o := s.find(journal.Payout, "1")
		assert.True(t, o.Held)
		assert.Contains(t, o.Why, "made twice")
		s.b.becomes("payout", "1", wapay.StatusSucceeded)
		s.age(time.Hour)
		s.sweep()
		o = s.find(journal.Payout, "1")
		assert.True(t, o.Held, "no answer of b's settles that")
		assert.Equal(t, wapay.StatusSucceeded, o.Status)
		assert.ElementsMatch(t, []string{"pending", "succeeded"}, s.effects(journal.Payout, "1"))
	})
}

// A person released an order, and its provider has it after all.
func TestReleasedOrderIsFound(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.hold("1")
		require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusUnknown, "not there"))
		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusPending)))
		p, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.True(t, p.Replayed)
		assert.Equal(t, 1, s.a.sent())
	})
}

func TestResolved(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.hold("1")
		s.failing = errAny
		assert.ErrorIs(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusSucceeded, "in the dashboard"), errAny)
		assert.True(t, s.find(journal.Payout, "1").Held)
		s.failing = nil
		require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusSucceeded, "in the dashboard"))
		require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusSucceeded, "in the dashboard"))
		assert.Equal(t, []string{"succeeded"}, s.effects(journal.Payout, "1"))
		p, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusSucceeded, p.Status)
		assert.Equal(t, "in the dashboard", s.find(journal.Payout, "1").Why)
	})
}

func TestResolveRefuses(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		resolve := func(reference string, status wapay.Status, why string) error {
			return s.j.Resolve(s.ctx, journal.Payout, reference, status, why)
		}
		assert.ErrorIs(t, resolve("1", wapay.StatusUnknown, "never made"), wapay.ErrInvalid, "a has it")
		assert.ErrorIs(t, resolve("1", wapay.StatusPending, "why"), wapay.ErrInvalid)
		assert.ErrorIs(t, resolve("1", wapay.StatusFailed, ""), wapay.ErrInvalid)
		assert.ErrorIs(t, resolve("2", wapay.StatusFailed, "why"), wapay.ErrNotFound)
		s.a.onSend = []step{{arrives: true, before: func() {
			assert.ErrorIs(t, resolve("3", wapay.StatusUnknown, "never made"), journal.ErrInFlight)
			assert.ErrorIs(t, resolve("3", wapay.StatusFailed, "never made"), journal.ErrInFlight)
		}}}
		_, err = s.route.Payout(s.ctx, payoutOf("3"))
		require.NoError(t, err)
	})
}

func TestContradiction(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusFailed)))
		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusSucceeded)))
		o := s.find(journal.Payout, "1")
		assert.True(t, o.Held)
		assert.Equal(t, wapay.StatusFailed, o.Status)
		assert.ElementsMatch(t, []string{"pending", "failed"}, s.effects(journal.Payout, "1"))
		_, err = s.route.Payout(s.ctx, payoutOf("1"))
		assert.ErrorIs(t, err, journal.ErrHeld, "nobody is told failed when it may have moved")
		require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusSucceeded, "support says so"))
		assert.ElementsMatch(t, []string{"pending", "failed", "succeeded"}, s.effects(journal.Payout, "1"))
		assert.Empty(t, collect(t, s.j.Held(s.ctx)))
	})
}

func TestRefund(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		_, err := s.route.Pay(s.ctx, paymentOf("1"))
		require.NoError(t, err)
		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayment, "1", wapay.StatusSucceeded)))
		s.a.becomes("payment", "1", wapay.StatusRefunded)
		// The status in a refund's notification is the refund's. So the journal
		// asks about the payment.
		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindRefund, "1", wapay.StatusSucceeded)))
		assert.Equal(t, wapay.StatusRefunded, s.find(journal.Payment, "1").Status)
		assert.ElementsMatch(t, []string{"pending", "succeeded", "refunded"}, s.effects(journal.Payment, "1"))
	})
}

func TestAnotherAmountAtTheProvider(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.a.onSend = []step{{arrives: true, amount: wapay.XOF.Units(50)}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		assert.ErrorIs(t, err, journal.ErrHeld)
		o := s.find(journal.Payout, "1")
		assert.Contains(t, o.Why, "a has it with 50 XOF, the journal with 5000 XOF")
		assert.Empty(t, s.effects(journal.Payout, "1"))
		assert.Zero(t, s.b.sent())
	})
}

func TestSeveralOrdersUnderOneReference(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.a.onSend = []step{{err: errLost}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.Error(t, err)
		s.a.onAsk = []step{{err: s.a.fail(wapay.OutcomeReadOnly, wapay.ErrDuplicate)}}
		_, err = s.route.Payout(s.ctx, payoutOf("1"))
		assert.True(t, errors.Is(err, wapay.ErrOutcomeUnknown))
		assert.True(t, s.find(journal.Payout, "1").Held)
	})
}

// The holder hangs so long that a person releases the order, another provider
// gets it, and then the first one's answer comes.
func TestLateAnswerAfterARelease(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.a.onSend = []step{{arrives: true, before: func() {
			s.age(2 * lease)
			require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusUnknown, "not there"))
			_, err := s.j.Via("b").Payout(s.ctx, payoutOf("1"))
			require.NoError(t, err)
		}}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.ErrorIs(t, err, journal.ErrHeld)
		assert.Contains(t, s.find(journal.Payout, "1").Why, "made twice")
	})
}

// The same, but nobody has sent it since: it belongs to the first provider.
func TestLateAnswerOfAReadyOrder(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.a.onSend = []step{{arrives: true, before: func() {
			s.age(2 * lease)
			require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusUnknown, "not there"))
		}}}
		p, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, "a", p.Provider)
		assert.Equal(t, journal.StateKnown, s.find(journal.Payout, "1").State)
	})
}

func TestReleaseOfAnOrderThatDoesNotFit(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.hold("1")
		require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusUnknown, "not there"))
		s.a.onSend = []step{{arrives: true, amount: wapay.XOF.Units(50)}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.ErrorIs(t, err, journal.ErrHeld)
		require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusUnknown, "it was another's"))
		assert.Empty(t, collect(t, s.j.Held(s.ctx)))
		_, err = s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
	})
}
