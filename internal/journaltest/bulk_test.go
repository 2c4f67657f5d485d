package journaltest

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// numbered returns n payouts, and counts how many were taken.
func numbered(n int, taken *atomic.Int32) iter.Seq[wapay.PayoutRequest] {
	return func(yield func(wapay.PayoutRequest) bool) {
		for i := range n {
			if taken != nil {
				taken.Add(1)
			}
			if !yield(payoutOf(fmt.Sprint("pay-", i))) {
				return
			}
		}
	}
}

func TestPayoutAll(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		var refs []string
		for r := range s.route.PayoutAll(s.ctx, numbered(50, nil), journal.Concurrency(4)) {
			require.NoError(t, r.Err)
			assert.Equal(t, r.Request.Reference, r.Payout.Reference)
			assert.False(t, r.Payout.Replayed)
			refs = append(refs, r.Request.Reference)
		}
		assert.Len(t, refs, 50)
		assert.Equal(t, 50, s.a.sent())
		n := 0
		for r := range s.route.PayoutAll(s.ctx, numbered(51, nil)) {
			require.NoError(t, r.Err)
			if r.Payout.Replayed {
				n++
			}
		}
		assert.Equal(t, 50, n)
		assert.Equal(t, 51, s.a.sent(), "a second run sends what the first one did not")
	})
}

func TestPayoutAllBreaksOff(t *testing.T) {
	d := databases[2]
	for name, stop := range map[string]func(cancel func()) bool{
		"the caller breaks":     func(func()) bool { return true },
		"the caller's ctx ends": func(cancel func()) bool { cancel(); return false },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, d)
			ctx, cancel := context.WithCancel(s.ctx)
			defer cancel()
			var taken atomic.Int32
			ended, late := 0, map[string]bool{}
			for r := range s.route.PayoutAll(ctx, numbered(1000, &taken), journal.Concurrency(3)) {
				if ctx.Err() != nil && wapay.NotDone(r.Err) { // the run ended before its turn
					late[r.Request.Reference] = true
				} else {
					assert.NoError(t, r.Err)
				}
				if ended++; ended == 10 && stop(cancel) {
					break
				}
			}
			assert.LessOrEqual(t, int(taken.Load()), 13, "it takes no more than it has room for")
			assert.GreaterOrEqual(t, int(taken.Load()), ended)
			assert.Equal(t, int(taken.Load()), s.a.sent()+len(late), "what is on the way is finished")
			for i := range int(taken.Load()) {
				if reference := fmt.Sprint("pay-", i); !late[reference] {
					assert.Equal(t, journal.StateKnown, s.find(journal.Payout, reference).State)
				}
			}
		})
	}
}

func TestPayoutAllFindsReferencesTwice(t *testing.T) {
	s := newShop(t, databases[2])
	again := payoutOf("pay-1")
	again.Amount = wapay.XOF.Units(7000)
	requests := slices.Values([]wapay.PayoutRequest{payoutOf("pay-1"), payoutOf("pay-2"), again})

	var bad []string
	for r := range s.route.PayoutAll(s.ctx, requests, journal.ReadTwice()) {
		require.ErrorIs(t, r.Err, wapay.ErrDuplicate)
		bad = append(bad, r.Request.Reference)
	}
	assert.Equal(t, []string{"pay-1"}, bad)
	assert.Zero(t, s.a.sent(), "nothing is sent")

	bad = nil
	for r := range s.route.PayoutAll(s.ctx, requests) {
		if r.Err != nil {
			require.ErrorIs(t, r.Err, wapay.ErrDuplicate)
			assert.False(t, wapay.NotDone(r.Err))
			_, more := journal.RetryAfter(r.Err)
			assert.False(t, more)
			assert.Equal(t, again, r.Request)
			bad = append(bad, r.Request.Reference)
		}
	}
	assert.Equal(t, []string{"pay-1"}, bad, "at the second one")
	assert.Equal(t, 2, s.a.sent())

	for r := range s.route.PayoutAll(s.ctx, slices.Values([]wapay.PayoutRequest{payoutOf(""), payoutOf("")}), journal.ReadTwice()) {
		require.ErrorIs(t, r.Err, wapay.ErrInvalid, "no reference is not one reference twice")
		assert.True(t, wapay.NotDone(r.Err))
	}
}

// paced is a fake that knows its provider's limit.
type paced struct {
	*fake
	n   int
	per time.Duration
}

func (p *paced) Pace() (int, time.Duration) { return p.n, p.per }

func TestPayoutAllKeepsThePace(t *testing.T) {
	for name, x := range map[string]struct {
		n    int
		per  time.Duration
		opts []journal.BulkOption
	}{
		"the client's":   {20, time.Second, nil},
		"the merchant's": {1000, time.Second, []journal.BulkOption{journal.Pace(20, time.Second)}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, databases[2])
			j := s.journal(journal.WithProvider("a", &paced{s.a, x.n, x.per}))
			began := time.Now()
			for r := range j.Via("a").PayoutAll(s.ctx, numbered(11, nil), x.opts...) {
				require.NoError(t, r.Err)
			}
			assert.GreaterOrEqual(t, time.Since(began), 490*time.Millisecond, "ten pauses of 50 ms")
		})
	}
}

func TestPayoutAllWaitsForItsTurn(t *testing.T) {
	s := newShop(t, databases[2])
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	waiting := 0
	for r := range s.route.PayoutAll(ctx, numbered(5, nil), journal.Pace(1, time.Hour), journal.Concurrency(3)) {
		if r.Err == nil {
			cancel()
			continue
		}
		waiting++
		var e *wapay.Error
		require.ErrorAs(t, r.Err, &e)
		assert.Equal(t, wapay.OutcomeNotSent, e.Outcome)
		assert.ErrorIs(t, r.Err, context.Canceled)
		assert.ErrorContains(t, r.Err, "waited for its turn")
		_, err := s.j.Find(s.ctx, journal.Payout, r.Request.Reference)
		assert.ErrorIs(t, err, wapay.ErrNotFound)
	}
	assert.Equal(t, 2, waiting)
	assert.Equal(t, 1, s.a.sent())
}

// TestPayoutAllUnknownStaysUnknown checks an order that may have been sent
// before the run. If its turn does not come, its outcome stays unknown.
func TestPayoutAllUnknownStaysUnknown(t *testing.T) {
	s := newShop(t, databases[2])
	for i := range 3 {
		s.a.onSend = []step{{arrives: true, err: s.a.fail(wapay.OutcomeUnknown, wapay.ErrUnavailable)}}
		_, err := s.route.Payout(s.ctx, payoutOf(fmt.Sprint("pay-", i)))
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	}
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	waiting := 0
	for r := range s.route.PayoutAll(ctx, numbered(3, nil), journal.Pace(1, time.Hour), journal.Concurrency(3)) {
		cancel()
		if r.Err == nil {
			continue
		}
		waiting++
		assert.ErrorIs(t, r.Err, wapay.ErrOutcomeUnknown)
		assert.False(t, wapay.NotDone(r.Err))
		assert.ErrorContains(t, r.Err, "waited for its turn")
		_, again := journal.RetryAfter(r.Err)
		assert.True(t, again)
	}
	assert.Equal(t, 2, waiting)
}

// TestPayoutAllOverOrdersDoNotWait checks that an order that is over waits for
// no turn, so that an interrupted run goes on at once.
func TestPayoutAllOverOrdersDoNotWait(t *testing.T) {
	s := newShop(t, databases[2])
	s.a.status = wapay.StatusSucceeded
	for r := range s.route.PayoutAll(s.ctx, numbered(5, nil)) {
		require.NoError(t, r.Err)
	}
	ctx, cancel := context.WithTimeout(s.ctx, 30*time.Second)
	defer cancel()
	replayed := 0
	for r := range s.route.PayoutAll(ctx, numbered(5, nil), journal.Pace(1, time.Hour)) {
		require.NoError(t, r.Err)
		if r.Payout.Replayed {
			replayed++
		}
	}
	assert.Equal(t, 5, replayed)
}

// TestPayoutAllDeadline checks that after the deadline the run takes no
// more requests.
func TestPayoutAllDeadline(t *testing.T) {
	s := newShop(t, databases[2])
	ctx, cancel := context.WithTimeout(s.ctx, 300*time.Millisecond)
	defer cancel()
	var taken atomic.Int32
	for r := range s.route.PayoutAll(ctx, numbered(1000, &taken), journal.Pace(1, time.Hour), journal.Concurrency(3)) {
		if r.Err != nil {
			assert.ErrorIs(t, r.Err, context.DeadlineExceeded)
		}
	}
	assert.LessOrEqual(t, int(taken.Load()), 4)
}

// TestPayoutAllWaitsForTheNextProvider checks an order that goes on to a
// provider whose turn does not come: no provider has it when the run ends.
func TestPayoutAllWaitsForTheNextProvider(t *testing.T) {
	s := newShop(t, databases[2])
	for range 2 {
		s.a.onSend = append(s.a.onSend, step{err: s.a.fail(wapay.OutcomeRejected, wapay.ErrInsufficientFunds)})
	}
	j := s.journal(journal.WithProvider("a", s.a), journal.WithProvider("b", &paced{s.b, 1, time.Hour}))
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	waited := 0
	for r := range j.Via().PayoutAll(ctx, numbered(2, nil)) {
		require.Eventually(t, func() bool { return s.a.sent() == 2 }, time.Minute, time.Millisecond)
		cancel()
		if r.Err == nil {
			continue
		}
		waited++
		assert.ErrorContains(t, r.Err, "waited for its turn")
		assert.True(t, wapay.NotDone(r.Err))
		assert.Equal(t, journal.StateReady, s.find(journal.Payout, r.Request.Reference).State)
	}
	assert.Equal(t, 1, waited)
	assert.Equal(t, 1, s.b.sent())
}

// TestPayoutAllPausesOnlyTheLimitedProvider checks that the provider that is
// asked too often pauses, and the one before it goes on.
func TestPayoutAllPausesOnlyTheLimitedProvider(t *testing.T) {
	s := newShop(t, databases[2])
	s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeRejected, wapay.ErrInsufficientFunds)}}
	s.b.onSend = []step{{err: &wapay.Error{Provider: "b", Outcome: wapay.OutcomeRejected, Kind: wapay.ErrRateLimited, RetryAfter: time.Hour}}}
	ctx, cancel := context.WithTimeout(s.ctx, 30*time.Second)
	defer cancel()
	ended := 0
	for r := range s.route.PayoutAll(ctx, numbered(3, nil), journal.Concurrency(1)) {
		if ended++; ended > 1 {
			require.NoError(t, r.Err)
		}
	}
	assert.Equal(t, 3, ended)
	assert.Equal(t, 3, s.a.sent())
}

// TestPayoutAllLongRetryAfter checks that while the first provider asks for an
// hour, the orders that it does not have go to the second.
func TestPayoutAllLongRetryAfter(t *testing.T) {
	s := newShop(t, databases[2])
	s.a.onSend = []step{
		{arrives: true, err: errLost},
		{err: &wapay.Error{Provider: "a", Outcome: wapay.OutcomeRejected, Kind: wapay.ErrRateLimited, RetryAfter: time.Hour}},
	}
	_, err := s.route.Payout(s.ctx, payoutOf("pay-0"))
	require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	ctx, cancel := context.WithTimeout(s.ctx, 30*time.Second)
	defer cancel()
	known := 0
	for range 2 {
		for r := range s.route.PayoutAll(ctx, numbered(20, nil), journal.Concurrency(1)) {
			require.NoError(t, r.Err)
			known++
		}
	}
	assert.Equal(t, 40, known)
	assert.Equal(t, 2, s.a.sent(), "the lost one, and the one that is told to wait")
	assert.Equal(t, 19, s.b.sent())
	assert.Equal(t, "a", s.find(journal.Payout, "pay-0").Provider)
}

// TestPayoutAllKeepsItsRequests checks that the sequence may use one map for
// all requests.
func TestPayoutAllKeepsItsRequests(t *testing.T) {
	s := newShop(t, databases[2])
	one := map[string]string{}
	requests := func(yield func(wapay.PayoutRequest) bool) {
		for r := range numbered(50, nil) {
			one["of"] = r.Reference
			r.Metadata = one
			if !yield(r) {
				return
			}
		}
	}
	for r := range s.route.PayoutAll(s.ctx, requests) {
		require.NoError(t, r.Err)
		assert.Equal(t, r.Request.Reference, r.Request.Metadata["of"])
	}
}

// exits is a client whose calls end their goroutine, as a test's FailNow does.
type exits struct{ *fake }

func (exits) Payout(context.Context, wapay.PayoutRequest) (*wapay.Payout, error) {
	runtime.Goexit()
	return nil, nil
}

// TestPayoutAllOutlivesGoexit checks that a call which ends its goroutine has an
// unknown outcome, and that the run goes on.
func TestPayoutAllOutlivesGoexit(t *testing.T) {
	s := newShop(t, databases[2])
	ended := 0
	for r := range s.journal(journal.WithProvider("a", exits{s.a})).Via().PayoutAll(s.ctx, numbered(20, nil)) {
		require.ErrorIs(t, r.Err, wapay.ErrOutcomeUnknown)
		ended++
	}
	assert.Equal(t, 20, ended)
}

// TestPayoutAllAsks checks that a provider that answers "not found" is not
// down.
func TestPayoutAllAsks(t *testing.T) {
	s := newShop(t, databases[2])
	for i := range 10 {
		s.a.onSend = []step{{err: errLost}}
		_, err := s.route.Payout(s.ctx, payoutOf(fmt.Sprint("pay-", i)))
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	}
	ended := 0
	for r := range s.route.PayoutAll(s.ctx, numbered(10, nil), journal.OnPause(func(time.Duration, error) {
		t.Error("the run pauses")
	})) {
		assert.ErrorIs(t, r.Err, wapay.ErrOutcomeUnknown)
		ended++
	}
	assert.Equal(t, 10, ended)
}

func TestPayoutAllRefuses(t *testing.T) {
	s := newShop(t, databases[2])
	var none context.Context
	for name, run := range map[string]iter.Seq[journal.BulkResult]{
		"nil sequence":   s.route.PayoutAll(s.ctx, nil),
		"no concurrency": s.route.PayoutAll(s.ctx, numbered(1, nil), journal.Concurrency(0)),
		"no pace":        s.route.PayoutAll(s.ctx, numbered(1, nil), journal.Pace(0, time.Second)),
		"nil function":   s.route.PayoutAll(s.ctx, numbered(1, nil), journal.OnPause(nil)),
		"no such route":  s.j.Via("nobody").PayoutAll(s.ctx, numbered(1, nil)),
		"nil context":    s.route.PayoutAll(none, numbered(1, nil)),
	} {
		n := 0
		for r := range run {
			n++
			assert.ErrorIs(t, r.Err, wapay.ErrInvalid, name)
			assert.True(t, wapay.NotDone(r.Err), name)
		}
		assert.Equal(t, 1, n, name)
	}
	assert.Zero(t, s.a.sent())
}
