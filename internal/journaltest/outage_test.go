package journaltest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// down scripts that the next n sends end with an outcome, and with
// ErrUnavailable.
func (f *fake) down(n int, outcome wapay.Outcome) {
	for range n {
		f.onSend = append(f.onSend, step{err: f.fail(outcome, wapay.ErrUnavailable)})
	}
}

// TestPayoutAllPauses checks that a provider that is down does not get the
// whole file. If it is the only one, the orders wait.
func TestPayoutAllPauses(t *testing.T) {
	for _, outcome := range []wapay.Outcome{wapay.OutcomeUnknown, wapay.OutcomeNotSent, wapay.OutcomeRejected} {
		t.Run(outcome.String(), func(t *testing.T) {
			s := newShop(t, databases[2], journal.WithBackoff(time.Hour, time.Hour))
			ctx, cancel := context.WithCancel(s.ctx)
			defer cancel()
			s.a.down(100, outcome)
			var pauses []time.Duration
			ended := 0
			for r := range s.j.Via("a").PayoutAll(ctx, numbered(100, nil), journal.OnPause(func(d time.Duration, err error) {
				assert.ErrorIs(t, err, wapay.ErrUnavailable)
				pauses = append(pauses, d)
				cancel() // those that wait would do so for an hour
			})) {
				require.Error(t, r.Err)
				if outcome != wapay.OutcomeUnknown || errors.Is(r.Err, context.Canceled) {
					assert.True(t, wapay.NotDone(r.Err))
				}
				ended++
			}
			assert.Equal(t, []time.Duration{time.Hour}, pauses, "those on the way do not make it longer")
			assert.LessOrEqual(t, s.a.sent(), 13, "eight on the way, and those that took the place of the first five")
			assert.LessOrEqual(t, ended, 21)
		})
	}
}

// TestPayoutAllSkipsRefusingProvider checks that a provider that refuses
// connections is not asked about each order while the second one pays.
func TestPayoutAllSkipsRefusingProvider(t *testing.T) {
	for name, x := range map[string]struct {
		outcome wapay.Outcome
		unknown int // payouts whose outcome is
	}{
		"it refuses connections":   {wapay.OutcomeNotSent, 0},
		"it refuses orders":        {wapay.OutcomeRejected, 0},
		"it does not say anything": {wapay.OutcomeUnknown, 5},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, databases[2], journal.WithBackoff(time.Hour, time.Hour))
			s.a.down(60, x.outcome)
			pauses, unknown := 0, 0
			onPause := journal.OnPause(func(d time.Duration, err error) { pauses++ })
			for r := range s.route.PayoutAll(s.ctx, numbered(60, nil), onPause, journal.Concurrency(1)) {
				if r.Err != nil {
					assert.ErrorIs(t, r.Err, wapay.ErrOutcomeUnknown)
					unknown++
				}
			}
			assert.Equal(t, 5, s.a.sent())
			assert.Equal(t, x.unknown, unknown)
			assert.Equal(t, 60-x.unknown, s.b.sent(), "an unknown outcome goes to nobody else")
			assert.Equal(t, 1, pauses)

			// A second run knows it still, and does not ask about the five
			// either.
			asks := s.a.asks
			for r := range s.route.PayoutAll(s.ctx, numbered(70, nil), onPause) {
				if r.Err != nil {
					assert.ErrorIs(t, r.Err, wapay.ErrOutcomeUnknown)
					unknown--
				}
			}
			assert.Zero(t, unknown)
			assert.Equal(t, asks, s.a.asks)
			assert.Equal(t, 5, s.a.sent())
			assert.Equal(t, 1, pauses)

			// A single call leaves nobody alone.
			s.a.onSend = nil
			_, err := s.route.Payout(s.ctx, payoutOf("single"))
			require.NoError(t, err)
			assert.Equal(t, 6, s.a.sent())
		})
	}
}

// TestPayoutInTurnWaitsOnce checks that an order that waited for the turn of
// the second provider takes no second turn there.
func TestPayoutInTurnWaitsOnce(t *testing.T) {
	s := newShop(t, databases[2])
	j := s.journal(journal.WithBackoff(time.Hour, time.Hour), journal.WithProvider("a", s.a),
		journal.WithProvider("b", &paced{s.b, 1, time.Hour}))
	s.a.down(5, wapay.OutcomeNotSent)
	for range 5 {
		_, err := j.Via("a").PayoutInTurn(s.ctx, payoutOf("pay-1"))
		require.True(t, wapay.NotDone(err))
	}
	ctx, cancel := context.WithTimeout(s.ctx, 30*time.Second)
	defer cancel()
	_, err := j.Via("a", "b").PayoutInTurn(ctx, payoutOf("pay-1"))
	require.NoError(t, err)
	assert.Equal(t, 5, s.a.sent())
	assert.Equal(t, 1, s.b.sent())
}

// TestPayoutAllTriesAgain checks that after a pause one order at a time tries
// the provider, and that the first answer opens it to all.
func TestPayoutAllTriesAgain(t *testing.T) {
	s := newShop(t, databases[2], journal.WithBackoff(20*time.Millisecond, time.Minute))
	s.a.down(8, wapay.OutcomeNotSent)
	var pauses []time.Duration
	failed := 0
	for r := range s.j.Via("a").PayoutAll(s.ctx, numbered(50, nil), journal.Concurrency(4),
		journal.OnPause(func(d time.Duration, err error) { pauses = append(pauses, d) })) {
		if r.Err != nil {
			require.True(t, wapay.NotDone(r.Err))
			failed++
		}
	}
	require.NotEmpty(t, pauses)
	for i := 1; i < len(pauses); i++ {
		assert.Equal(t, 2*pauses[i-1], pauses[i])
	}
	assert.LessOrEqual(t, failed, 11, "eight that it refused, and three that were on the way")
	assert.GreaterOrEqual(t, s.a.sent(), 50-3)
}

// TestPayoutAllRefusedOrderComesAgain checks that an order that a provider
// refused, and that the next one was not asked about, comes again.
func TestPayoutAllRefusedOrderComesAgain(t *testing.T) {
	s := newShop(t, databases[2], journal.WithBackoff(time.Hour, time.Hour))
	for range 6 {
		s.a.onSend = append(s.a.onSend, step{err: s.a.fail(wapay.OutcomeRejected, wapay.ErrInsufficientFunds)})
	}
	s.b.down(5, wapay.OutcomeNotSent)
	var last error
	for r := range s.route.PayoutAll(s.ctx, numbered(6, nil), journal.Concurrency(1)) {
		last = r.Err
	}
	assert.Equal(t, 5, s.b.sent())
	require.ErrorContains(t, last, "leaves the provider alone")
	assert.True(t, wapay.NotDone(last))
	assert.ErrorIs(t, last, wapay.ErrInsufficientFunds)
	_, again := journal.RetryAfter(last)
	assert.True(t, again)
	assert.Equal(t, journal.StateReady, s.find(journal.Payout, "pay-5").State)
}

// TestPayoutAllPausesForTheDatabase checks that a database that stores no
// answer stops the run, although the provider answers.
func TestPayoutAllPausesForTheDatabase(t *testing.T) {
	s := newShop(t, databases[2], journal.WithBackoff(time.Hour, time.Hour))
	s.failing = errors.New("the merchant's function fails")
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	pauses := 0
	for r := range s.route.PayoutAll(ctx, numbered(100, nil), journal.OnPause(func(_ time.Duration, err error) {
		pauses++
		assert.ErrorIs(t, err, s.failing)
		cancel()
	})) {
		assert.Error(t, r.Err)
	}
	assert.Equal(t, 1, pauses)
	assert.LessOrEqual(t, s.a.sent(), 13)
}

// crazy is a fake whose limit cannot be asked.
type crazy struct{ *fake }

func (crazy) Pace() (int, time.Duration) { panic("no pace") }

// TestPayoutAllPacerPanics checks that each order names the client that panics,
// and that none is sent.
func TestPayoutAllPacerPanics(t *testing.T) {
	s := newShop(t, databases[2])
	j := s.journal(journal.WithProvider("a", crazy{s.a}))
	n := 0
	for r := range j.Via().PayoutAll(s.ctx, numbered(3, nil)) {
		require.ErrorContains(t, r.Err, "no pace")
		assert.True(t, wapay.NotDone(r.Err))
		n++
	}
	assert.Equal(t, 3, n)
	assert.Zero(t, s.a.sent())
	for r := range j.Via().PayoutAll(s.ctx, numbered(3, nil), journal.Pace(1000, time.Second)) {
		assert.NoError(t, r.Err)
	}
	_, err := j.Sweep(s.ctx)
	assert.NoError(t, err)
}

// TestPayoutAllSharesThePace checks that all runs of one journal share one
// pace.
func TestPayoutAllSharesThePace(t *testing.T) {
	s := newShop(t, databases[2])
	j := s.journal(journal.WithProvider("a", &paced{s.a, 20, time.Second}))
	began := time.Now()
	for i := range 11 {
		_, err := j.Via().PayoutInTurn(s.ctx, payoutOf(fmt.Sprint("one-", i)))
		require.NoError(t, err)
	}
	assert.GreaterOrEqual(t, time.Since(began), 490*time.Millisecond, "ten pauses of 50 ms")
}

// TestPayoutInTurn checks that a job that ends while it waits has sent nothing,
// and says "unknown" of an order that was sent before.
func TestPayoutInTurn(t *testing.T) {
	s := newShop(t, databases[2], journal.WithBackoff(time.Hour, time.Hour))
	s.a.down(5, wapay.OutcomeUnknown)
	pauses := 0
	onPause := journal.OnPause(func(time.Duration, error) { pauses++ })
	route := s.j.Via("a")
	for i := range 5 {
		_, err := route.PayoutInTurn(s.ctx, payoutOf(fmt.Sprint("pay-", i)), onPause)
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	}
	assert.Equal(t, 1, pauses)
	ctx, cancel := context.WithTimeout(s.ctx, 50*time.Millisecond)
	defer cancel()
	_, err := route.PayoutInTurn(ctx, payoutOf("new"))
	assert.True(t, wapay.NotDone(err))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, again := journal.RetryAfter(err)
	assert.True(t, again)
	for name, opts := range map[string][]journal.BulkOption{"waits": nil, "bad option": {journal.Concurrency(0)}} {
		_, err = route.PayoutInTurn(ctx, payoutOf("pay-0"), opts...)
		assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown, name)
	}
	_, err = s.j.Via("nobody").PayoutInTurn(s.ctx, payoutOf("new"))
	assert.ErrorIs(t, err, wapay.ErrInvalid)
	var none context.Context
	_, err = route.PayoutInTurn(none, payoutOf("new"))
	assert.ErrorIs(t, err, wapay.ErrInvalid)
	assert.Equal(t, 5, s.a.sent())
}
