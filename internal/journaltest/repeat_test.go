package journaltest

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

// newRepeatShop has a provider that carries a reference out once within window.
func newRepeatShop(t *testing.T, d database, window time.Duration) *shop {
	s := newShop(t, d)
	s.repeat(window)
	return s
}

// repeat gives the shop a journal with a provider that carries a reference out
// once within window.
func (s *shop) repeat(window time.Duration) {
	s.t.Helper()
	s.a.window = &window
	s.j = s.journal(journal.WithProvider("a", repeatSafe{s.a}), journal.WithProvider("b", s.b))
	s.route = s.j.Via()
}

// empty removes what an earlier order left: rows, effects, and the providers'
// memory.
func (s *shop) empty() {
	s.t.Helper()
	s.exec("DELETE FROM wapay_orders")
	s.exec("DELETE FROM effects")
	s.a, s.b, s.hook.At = newFake("a"), newFake("b"), nil
}

// lose sends an order that does not arrive, and lets the patience run out.
func (s *shop) lose(reference string) {
	s.t.Helper()
	sent := s.a.sent()
	s.a.onSend = []step{{err: errLost}}
	_, err := s.route.Payout(s.ctx, payoutOf(reference))
	require.ErrorIs(s.t, err, wapay.ErrOutcomeUnknown)
	_, err = s.route.Payout(s.ctx, payoutOf(reference))
	require.ErrorIs(s.t, err, wapay.ErrNotFound)
	require.ErrorIs(s.t, err, wapay.ErrOutcomeUnknown, "that it is not there yet proves nothing")
	require.Equal(s.t, sent+1, s.a.sent())
	s.age(2 * patience)
}

func TestRepeat(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		for _, window := range []time.Duration{0, 3 * patience} {
			s := newRepeatShop(t, d, window)
			s.lose("1")
			assert.Zero(t, s.sweep().Held)
			assert.Equal(t, 1, s.a.sent(), "a sweep sends nothing")
			assert.Contains(t, s.find(journal.Payout, "1").Why, "repeat the call")
			p, err := s.route.Payout(s.ctx, payoutOf("1"))
			require.NoError(t, err)
			assert.Equal(t, "a", p.Provider)
			assert.Equal(t, 2, s.a.sent())
			assert.Equal(t, []string{"pending"}, s.effects(journal.Payout, "1"))
			assert.Empty(t, s.find(journal.Payout, "1").Why)
		}
	})
}

func TestRepeatComesTooLate(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newRepeatShop(t, d, 2*patience+lease/2) // a send that begins now may end after it
		s.lose("1")
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		assert.ErrorIs(t, err, journal.ErrHeld)
		assert.Equal(t, 1, s.a.sent())
	})
}

func TestRepeatOfAnotherRequest(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newRepeatShop(t, d, 0)
		s.lose("1")
		other := payoutOf("1")
		other.Description = "bonus"
		_, err := s.route.Payout(s.ctx, other)
		require.ErrorContains(t, err, "the request differs from the one that was sent")
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		assert.Equal(t, 1, s.a.sent())
	})
}

// A repeat that was not sent says nothing of the send before.
func TestRepeatNotSent(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newRepeatShop(t, d, 0)
		s.lose("1")
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeNotSent, wapay.ErrUnavailable)}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		assert.False(t, wapay.NotDone(err))
		assert.Zero(t, s.b.sent())
		assert.Equal(t, journal.StateAsking, s.find(journal.Payout, "1").State)
		_, err = s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, 3, s.a.sent())
	})
}

// A refused repeat says nothing of the send before: a provider may check its
// limits, the keys or the balance before the reference.
func TestRepeatRefused(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newRepeatShop(t, d, 0)
		s.lose("1")
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeRejected, wapay.ErrRateLimited)}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		_, again := journal.RetryAfter(err)
		assert.True(t, again)
		assert.False(t, s.find(journal.Payout, "1").Held, "that passes")

		for i, kind := range []error{wapay.ErrInsufficientFunds, wapay.ErrUnauthorized, wapay.ErrDuplicate} {
			reference := strconv.Itoa(2 + i)
			s.lose(reference)
			sent := s.a.sent()
			s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeRejected, kind)}}
			_, err = s.route.Payout(s.ctx, payoutOf(reference))
			require.ErrorIs(t, err, journal.ErrHeld)
			assert.Contains(t, s.find(journal.Payout, reference).Why, "refused it when it was sent again")
			assert.Equal(t, sent+1, s.a.sent())
		}
		assert.Zero(t, s.b.sent())
		require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "2", wapay.StatusUnknown, "not in the dashboard"))
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeRejected, wapay.ErrInsufficientFunds)}}
		p, err := s.route.Payout(s.ctx, payoutOf("2"))
		require.NoError(t, err)
		assert.Equal(t, "b", p.Provider)
	})
}

// A change of the database's clock sends nothing.
func TestClockChanges(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newRepeatShop(t, d, 3*patience)
		s.a.onSend = []step{{arrives: true, err: errLost, before: func() {
			s.age(-time.Hour) // back
			_, err := s.route.Payout(s.ctx, payoutOf("1"))
			assert.ErrorIs(t, err, journal.ErrInFlight)
			s.age(2 * time.Hour) // forth: the lease lapses while its holder lives
			_, err = s.route.Payout(s.ctx, payoutOf("1"))
			assert.ErrorIs(t, err, wapay.ErrNotFound)
			assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		}}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		assert.Equal(t, 1, s.a.sent())
		_, err = s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, 1, s.a.sent())
		assert.Equal(t, []string{"pending"}, s.effects(journal.Payout, "1"))
	})
}

// A provider leaves the configuration while orders are open there.
func TestProviderIsRemoved(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.a.onSend = []step{{arrives: true, err: errLost}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.Error(t, err)
		s.age(2 * patience)

		without := s.journal(journal.WithProvider("b", s.b))
		_, err = without.Via().Payout(s.ctx, payoutOf("1"))
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		require.ErrorContains(t, err, `provider "a", which this journal does not have`)
		swept, err := without.Sweep(s.ctx)
		require.NoError(t, err)
		assert.Equal(t, journal.Swept{NoProvider: 1}, swept)
		assert.Equal(t, []string{"1"}, collect(t, without.Open(s.ctx)), "it is not forgotten, and not held")
		assert.Zero(t, s.b.sent())
		_, err = without.Via("a").Payout(s.ctx, payoutOf("1"))
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown, "a route that can send nothing does not make it not sent")
		_, err = without.Via("a").Payout(s.ctx, payoutOf("2"))
		require.True(t, wapay.NotDone(err), "%v", err)

		e := event(ipn.KindPayout, "1", wapay.StatusSucceeded)
		e.Proof = ipn.ProofNone
		assert.Error(t, without.Notify(s.ctx, e), "nobody can be asked")
		e.Proof = ipn.ProofConfirmed
		require.NoError(t, without.Notify(s.ctx, e), "but what is proven is believed")
		assert.Equal(t, []string{"succeeded"}, s.effects(journal.Payout, "1"))
	})
}

// Two journals share a table, each with providers of its own.
func TestTwoJournals(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		one, other := s.journal(journal.WithProvider("a", s.a)), s.journal(journal.WithProvider("b", s.b))
		_, err := one.Via().Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		_, err = other.Via().Payout(s.ctx, payoutOf("2"))
		require.NoError(t, err)
		s.age(time.Hour)
		for _, j := range []*journal.Journal{one, other} {
			swept, err := j.Sweep(s.ctx)
			require.NoError(t, err)
			assert.Equal(t, 1, swept.Asked)
		}
		assert.Equal(t, 1, s.a.asked())
		assert.Equal(t, 1, s.b.asked())
		p, err := other.Via().Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err, "it is known, no matter who made it")
		assert.Equal(t, "a", p.Provider)
		assert.Equal(t, 1, s.b.sent())
	})
}

// A question while the order is being sent takes nothing from its holder.
func TestQuestionInFlight(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeNotSent, nil), before: func() {
			_, err := s.route.FindPayout(s.ctx, wapay.Ref{Reference: "1"})
			assert.ErrorIs(t, err, wapay.ErrNotFound)
		}}}
		p, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, "b", p.Provider)
	})
}

// The patience counts from the first time that the order is not there, since it
// was there last.
func TestPatienceBeginsAgain(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		notFound := step{err: s.a.fail(wapay.OutcomeReadOnly, wapay.ErrNotFound)}
		s.payouts(1)
		for range 3 {
			s.a.onAsk = []step{notFound, {}}
			s.age(2 * patience)
			assert.Zero(t, s.sweep().Held)
			s.age(2 * patience)
			s.sweep()
		}
		s.a.onAsk = []step{notFound, notFound}
		s.age(2 * patience)
		s.sweep()
		s.age(2 * patience)
		s.sweep()
		o := s.find(journal.Payout, "0")
		assert.True(t, o.Held)
		assert.Contains(t, o.Why, "does not know the order any more")
		_, err := s.route.Payout(s.ctx, payoutOf("0"))
		assert.ErrorIs(t, err, journal.ErrHeld)
	})
}

// The note about a missing order is removed when it is found.
func TestWhyIsClearedWhenFound(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newRepeatShop(t, d, 0)
		s.lose("1")
		s.sweep()
		s.a.orders["payout1"] = &wapay.Payment{Reference: "1", Status: wapay.StatusPending}
		p, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusPending, p.Status)
		assert.Empty(t, s.find(journal.Payout, "1").Why)
		assert.Equal(t, 1, s.a.sent())
	})
}
