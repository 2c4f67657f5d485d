package journaltest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

func (s *shop) payouts(n int) {
	s.t.Helper()
	for i := range n {
		_, err := s.route.Payout(s.ctx, payoutOf(fmt.Sprint(i)))
		require.NoError(s.t, err)
	}
}

func TestSweepAsksAboutEachOnce(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d, journal.WithBackoff(time.Hour, time.Hour))
		const n = 250 // more than two pages
		s.payouts(n)
		assert.Equal(t, journal.Swept{}, s.sweep(), "none is due yet")
		s.age(2 * time.Hour)
		for i := range n / 2 {
			s.a.becomes("payout", fmt.Sprint(i), wapay.StatusSucceeded)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		var all journal.Swept
		for range 3 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				swept, err := s.j.Sweep(s.ctx)
				assert.NoError(t, err)
				mu.Lock()
				defer mu.Unlock()
				all.Asked += swept.Asked
				all.Changed += swept.Changed
				all.Over += swept.Over
			}()
		}
		wg.Wait()
		assert.Equal(t, journal.Swept{Asked: n, Changed: n / 2, Over: n / 2}, all)
		assert.Equal(t, n, s.a.asked())
		assert.Len(t, collect(t, s.j.Open(s.ctx)), n-n/2)
	})
}

func TestSweepBacksOff(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d) // 1 second to 1 minute
		s.payouts(1)
		next := func() (ms int64) {
			s.scan("SELECT next_at - updated_at FROM wapay_orders", &ms)
			return ms
		}
		for _, want := range []int64{1, 2, 4, 8, 16, 32, 60, 60} {
			assert.InDelta(t, want*1000, next(), float64(want*200+1))
			s.age(2 * time.Minute)
			require.Equal(t, 1, s.sweep().Asked)
		}
	})
}

func TestSweepAsksAboutADeadProcess(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.dies(journalhook.AfterSend)
		assert.Zero(t, s.sweep().Asked, "it may still live")
		s.age(2 * lease)
		assert.Equal(t, journal.Swept{Asked: 1, Changed: 1}, s.sweep())
		assert.Empty(t, s.judge(1, "pending"))
	})
}

// A sweep that dies leaves its order to the next one.
func TestSweepAfterDeadSweep(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.payouts(1)
		s.a.becomes("payout", "0", wapay.StatusSucceeded)
		s.age(time.Hour)
		ctx, cancel := context.WithCancel(s.ctx)
		s.hook.Off = map[journalhook.Rule]bool{journalhook.OwnContext: true} // what a process loses that dies here
		s.at(journalhook.Asked, cancel)
		_, _ = s.j.Sweep(ctx)
		s.hook.Off, s.hook.At = nil, nil
		assert.Equal(t, wapay.StatusPending, s.find(journal.Payout, "0").Status)
		assert.Zero(t, s.sweep().Asked)
		s.age(2 * lease)
		assert.Equal(t, 1, s.sweep().Over)
	})
}

func TestSweepRateLimit(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.payouts(5)
		s.age(time.Hour)
		s.a.onAsk = []step{{}, {err: &wapay.Error{
			Provider: "a", Outcome: wapay.OutcomeReadOnly, Kind: wapay.ErrRateLimited, RetryAfter: time.Hour,
		}}}
		assert.Equal(t, journal.Swept{Asked: 2, Failed: 1, Skipped: 3}, s.sweep())
		var due int
		s.scan("SELECT count(*) FROM wapay_orders WHERE next_at - updated_at >= 3600000", &due)
		assert.Equal(t, 1, due, "other processes are told, too")
		s.age(time.Hour + time.Minute)
		assert.Positive(t, s.sweep().Skipped)
		e := event(ipn.KindPayout, "0", wapay.StatusSucceeded)
		e.Proof = ipn.ProofNone
		assert.Error(t, s.j.Notify(s.ctx, e), "let it come again")
		assert.Equal(t, 2, s.a.asked(), "it said in an hour")
	})
}

func TestSweepProviderDown(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.payouts(6)
		s.age(time.Hour)
		down := step{err: s.a.fail(wapay.OutcomeReadOnly, wapay.ErrUnavailable)}
		s.a.onAsk = []step{down, down, {}, down, down, down}
		assert.Equal(t, journal.Swept{Asked: 6, Failed: 5}, s.sweep())
		s.age(time.Hour)
		assert.Equal(t, journal.Swept{Skipped: 6}, s.sweep())
	})
}

// The merchant's function fails in a sweep: the change comes again at the next
// question, and that does not wait for the lease.
func TestSweepOnChangeFails(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.payouts(1)
		s.a.becomes("payout", "0", wapay.StatusSucceeded)
		s.failing = errAny
		s.age(lease / 2)
		assert.Equal(t, journal.Swept{Asked: 1, Failed: 1}, s.sweep())
		s.failing = nil
		s.age(lease / 2)
		assert.Equal(t, journal.Swept{Asked: 1, Changed: 1, Over: 1}, s.sweep())
	})
}

func TestRun(t *testing.T) {
	s := newShop(t, databases[2])
	s.payouts(1)
	s.a.becomes("payout", "0", wapay.StatusSucceeded)
	s.age(time.Hour)
	ctx, cancel := context.WithCancel(s.ctx)
	s.at(journalhook.Stored, cancel)
	require.ErrorIs(t, s.j.Run(ctx), context.Canceled)
	assert.Equal(t, wapay.StatusSucceeded, s.find(journal.Payout, "0").Status)
}

func TestNotifyOfForeignOrders(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		var log strings.Builder
		s := newShop(t, d, journal.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		for _, e := range []*ipn.Event{
			event(ipn.KindPayout, "9", wapay.StatusSucceeded), event(ipn.KindTransfer, "9", wapay.StatusSucceeded),
			{Provider: "a", Kind: ipn.KindPayout, ID: "x", Status: wapay.StatusFailed, Proof: ipn.ProofConfirmed},
			{Provider: "a", Kind: ipn.KindPayout, Reference: "x"}, {Provider: "a"},
		} {
			require.NoError(t, s.j.Notify(s.ctx, e))
		}
		assert.Equal(t, uint64(5), s.j.Foreign())
		assert.Len(t, s.foreign, 3, "what anybody may have sent is not handed on")
		assert.Equal(t, 5, strings.Count(log.String(), "not in the journal"))
		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindTest, "9", wapay.StatusSucceeded)))
		assert.Equal(t, uint64(5), s.j.Foreign())
		assert.Empty(t, s.dump(), "no notification makes an order")
		assert.Zero(t, s.a.asked())
		require.Error(t, s.j.Notify(s.ctx, nil))
	})
}

// A notification that names only the provider's id may be faster than the
// answer that brings the id.
func TestNotifyBeforeTheID(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		e := event(ipn.KindPayout, "", wapay.StatusSucceeded)
		e.ID = "a-payout1"
		s.a.onSend = []step{{arrives: true, before: func() {
			assert.Error(t, s.j.Notify(s.ctx, e), "let it come again")
		}}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		require.NoError(t, s.j.Notify(s.ctx, e))
		assert.Empty(t, s.judge(1, "pending", "succeeded"))
		assert.Empty(t, s.foreign)
	})
}

// The kind of a notification is not always signed. If a payment and a payout
// share a reference, the provider has to say which it is.
func TestNotifySharedReference(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.a.onSend = []step{{arrives: true, err: errLost}, {arrives: true, err: errLost}} // no id is known
		_, _ = s.route.Payout(s.ctx, payoutOf("1"))
		_, _ = s.route.Pay(s.ctx, paymentOf("1"))
		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayment, "1", wapay.StatusSucceeded)))
		assert.Equal(t, wapay.StatusPending, s.find(journal.Payment, "1").Status, "as a says when it is asked")
		assert.Equal(t, wapay.StatusUnknown, s.find(journal.Payout, "1").Status)
	})
}

// An event whose kind is not told asks about both.
func TestNotifyOfUnknownKind(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		s.a.becomes("payout", "1", wapay.StatusFailed)
		require.NoError(t, s.j.Notify(s.ctx, &ipn.Event{Provider: "a", Reference: "1"}))
		assert.Equal(t, wapay.StatusFailed, s.find(journal.Payout, "1").Status)
		s.a.onAsk = []step{{err: s.a.fail(wapay.OutcomeReadOnly, wapay.ErrUnavailable)}}
		_, err = s.route.Payout(s.ctx, payoutOf("2"))
		require.NoError(t, err)
		require.Error(t, s.j.Notify(s.ctx, &ipn.Event{Provider: "a", Reference: "2"}), "let it come again")
	})
}

// A second account at one provider has a suffix.
func TestTwoAccounts(t *testing.T) {
	s := newShop(t, databases[2])
	j := s.journal(journal.WithProvider("b", s.b), journal.WithProvider("a:togo", s.a))
	_, err := j.Via("a:togo").Payout(s.ctx, payoutOf("1"))
	require.NoError(t, err)
	require.NoError(t, j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusSucceeded)))
	assert.Empty(t, s.judge(1, "pending", "succeeded"))
}

// An event without proof causes only a question to the order's provider.
func TestNotifyWithoutProof(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		forged := event(ipn.KindPayout, "1", wapay.StatusSucceeded)
		forged.Proof = ipn.ProofNone
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeRejected, nil)}, {err: s.a.fail(wapay.OutcomeRejected, nil)}}
		s.b.onSend = []step{{err: s.b.fail(wapay.OutcomeRejected, nil)}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.True(t, wapay.NotDone(err))
		require.NoError(t, s.j.Notify(s.ctx, forged), "no provider has it")
		_, err = s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		require.NoError(t, s.j.Notify(s.ctx, forged), "it says a, and the order is with b")
		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusFailed)), "a did not do it")
		o := s.find(journal.Payout, "1")
		assert.Equal(t, wapay.StatusPending, o.Status)
		assert.False(t, o.Held)
		assert.Zero(t, s.a.asked()+s.b.asked())
	})
}

// Half of the limit is left to orders.
func TestSweepIsPaced(t *testing.T) {
	s := newShop(t, databases[2])
	s.j = s.journal(journal.WithProvider("a", &paced{fake: s.a, n: 40, per: time.Second}))
	s.route = s.j.Via()
	s.payouts(4)
	s.age(time.Hour)
	began := time.Now()
	assert.Equal(t, 4, s.sweep().Asked)
	assert.GreaterOrEqual(t, time.Since(began), 3*50*time.Millisecond)
}
