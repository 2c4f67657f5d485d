package journaltest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

func TestReconcileMidnight(t *testing.T) {
	lagos := time.FixedZone("WAT", 3600)
	midnight := time.Date(2026, 11, 26, 0, 0, 0, 0, lagos)
	for name, tt := range map[string]struct {
		ours, theirs time.Time
		day          int // on which a difference is told, by Lagos: 25 or 26
	}{
		"just before":                  {midnight.Add(-time.Millisecond), midnight.Add(-time.Millisecond), 25},
		"at midnight":                  {midnight, midnight, 26},
		"the provider's clock is late": {midnight.Add(-time.Second), midnight.Add(time.Second), 25},
		"the provider's clock is slow": {midnight.Add(time.Second), midnight.Add(-time.Second), 26},
		"the provider's zone is wrong": {midnight.Add(-time.Minute), midnight.Add(59 * time.Minute), 25},
		"the provider tells no time":   {midnight.Add(-time.Minute), time.Time{}, 25},
	} {
		t.Run(name, func(t *testing.T) {
			s, l := newListingShop(t, databases[2])
			_, err := s.route.Payout(s.ctx, payoutOf("1"))
			require.NoError(t, err)
			s.exec("UPDATE wapay_orders SET created_at = " + fmt.Sprint(tt.ours.UnixMilli()))
			l.list(func(p wapay.Payment) []wapay.Payment {
				p.Amount, p.CreatedAt = wapay.XOF.Units(1), tt.theirs
				return same(p)
			})
			for day := 24; day <= 27; day++ {
				from := time.Date(2026, 11, day, 0, 0, 0, 0, lagos)
				var report journal.Report
				found := differences(t, s.j.Reconcile(s.ctx, "a", from, from.AddDate(0, 0, 1), journal.ReportTo(&report)))
				want := 0
				if day == tt.day {
					want = 1
				}
				assert.Len(t, found, want, "on the %dth", day)
				count := 0
				for _, total := range report.Totals {
					count += total.OurCount + total.TheirCount
				}
				assert.Equal(t, 2*want, count, "on the %dth", day)
				assert.True(t, l.from.Before(from) && l.to.After(from.AddDate(0, 0, 1)), "more than the day is asked for")
			}
		})
	}
}

// A second payout under a reference is told on its own day, however late it is.
func TestReconcileTwiceOnAnotherDay(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	_, err := s.route.Payout(s.ctx, payoutOf("1"))
	require.NoError(t, err)
	from, to := today()
	for name, tt := range map[string]struct {
		id     string
		status wapay.Status
		want   int
	}{
		"another":         {"x", wapay.StatusSucceeded, 1},
		"one that failed": {"x", wapay.StatusFailed, 0},
		"the same":        {"", wapay.StatusSucceeded, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l.list(func(p wapay.Payment) []wapay.Payment {
				q := p
				q.CreatedAt, q.Status = time.Now().AddDate(0, 0, 2), tt.status
				if tt.id != "" {
					q.ID = tt.id
				}
				return []wapay.Payment{q, q}
			})
			var report journal.Report
			found := differences(t, s.j.Reconcile(s.ctx, "a", from.AddDate(0, 0, 2), to.AddDate(0, 0, 2), journal.ReportTo(&report)))
			require.Len(t, found, tt.want)
			for _, d := range found {
				assert.Equal(t, journal.TwiceAtProvider, d.Is)
				assert.NotNil(t, d.Ours)
				assert.Equal(t, 1, report.Totals[0].TheirCount)
			}
		})
	}
}

// A payment has one id for its page and another for what was paid there. So the
// provider is asked whether it has two.
func TestReconcilePaidAgainOnAnotherDay(t *testing.T) {
	for name, tt := range map[string]struct {
		listed, ours wapay.Status
		answer       error // of the provider, nil if it has one payment
		asks         int
		want         journal.DifferenceKind // 0: none
	}{
		"two payments":           {wapay.StatusSucceeded, wapay.StatusPending, wapay.ErrDuplicate, 1, journal.TwiceAtProvider},
		"one with two ids":       {wapay.StatusSucceeded, wapay.StatusPending, nil, 1, 0},
		"the first had failed":   {wapay.StatusSucceeded, wapay.StatusFailed, nil, 0, journal.TwiceAtProvider},
		"nobody answers":         {wapay.StatusSucceeded, wapay.StatusPending, wapay.ErrUnavailable, 1, journal.NotCompared},
		"the second still waits": {wapay.StatusPending, wapay.StatusPending, nil, 0, 0},
		"the second has failed":  {wapay.StatusFailed, wapay.StatusPending, nil, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, l := newListingShop(t, databases[2])
			_, err := s.route.Pay(s.ctx, paymentOf("1"))
			require.NoError(t, err)
			s.exec("UPDATE wapay_orders SET status = '" + tt.ours.String() + "'")
			again := *s.a.orders["payment1"]
			again.ID, again.Status, again.CreatedAt = "x", tt.listed, time.Now().AddDate(0, 0, 2)
			l.payments = []*wapay.Payment{&again}
			l.list(func(wapay.Payment) []wapay.Payment { return nil }) // no payouts
			if tt.answer != nil {
				s.a.onAsk = []step{{err: s.a.fail(wapay.OutcomeReadOnly, tt.answer)}}
			}
			from, to := today()
			found := differences(t, s.j.Reconcile(s.ctx, "a", from.AddDate(0, 0, 2), to.AddDate(0, 0, 2)))
			assert.Equal(t, tt.asks, s.a.asked())
			if tt.want == 0 {
				assert.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			assert.Equal(t, tt.want, found[0].Is)
			assert.Equal(t, "1", found[0].Ours.Reference)
			assert.Equal(t, "x", found[0].Theirs.ID)

			found = differences(t, s.j.Reconcile(s.ctx, "a", from.AddDate(0, 0, 2), to.AddDate(0, 0, 2), journal.MaxLookups(0)))
			require.Len(t, found, 1)
			if tt.asks > 0 {
				assert.Equal(t, journal.NotCompared, found[0].Is, "said, and not passed over")
			}
		})
	}
}

// A list takes minutes, and orders end meanwhile: that is no difference.
func TestReconcileWhileOrdersEnd(t *testing.T) {
	for name, listed := range map[string]wapay.Status{
		"listed before it ended": wapay.StatusPending, "the news comes later": wapay.StatusSucceeded,
	} {
		t.Run(name, func(t *testing.T) {
			s, l := newListingShop(t, databases[2])
			_, err := s.route.Payout(s.ctx, payoutOf("1"))
			require.NoError(t, err)
			p := *s.a.orders["payout1"]
			p.Status = listed
			l.rows = func(yield func(*wapay.Payment, error) bool) {
				for range 600 { // pages overlap, and the first of them are compared before it ends
					q := p
					yield(&q, nil)
				}
				s.a.becomes("payout", "1", wapay.StatusSucceeded)
				_, err := s.route.FindPayout(s.ctx, wapay.Ref{Reference: "1"})
				require.NoError(t, err)
			}
			from, to := today()
			assert.Empty(t, differences(t, s.j.Reconcile(s.ctx, "a", from, to)))
		})
	}
}

// An order that goes to another provider while the list is read is told, unless
// it has failed at the first. One that is purged meanwhile is no difference.
func TestReconcileWhileOrdersMove(t *testing.T) {
	for name, tt := range map[string]struct {
		listed wapay.Status
		query  string
		want   int
	}{
		"paid at both": {wapay.StatusSucceeded, "UPDATE wapay_orders SET provider = 'b', version = version + 1", 1},
		"moved on":     {wapay.StatusFailed, "UPDATE wapay_orders SET provider = 'b', version = version + 1", 0},
		"given up":     {wapay.StatusPending, "UPDATE wapay_orders SET provider = '', state = 'ready', version = version + 1", 1},
		"purged":       {wapay.StatusSucceeded, "DELETE FROM wapay_orders", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, l := newListingShop(t, databases[2])
			s.a.onSend = []step{{arrives: true, err: errLost}}
			_, err := s.route.Payout(s.ctx, payoutOf("1"))
			require.Error(t, err)
			l.rows = func(yield func(*wapay.Payment, error) bool) {
				for range 500 { // as many as are compared at once
					p := *s.a.orders["payout1"]
					p.Status = tt.listed
					yield(&p, nil)
				}
				s.exec(tt.query)
			}
			from, to := today()
			found := differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.TakeOver()))
			if assert.Len(t, found, tt.want) && tt.want > 0 {
				assert.Equal(t, journal.NotInJournal, found[0].Is)
				assert.Contains(t, found[0].Do, "look whether money moved")
			}
		})
	}
}

// The context ends a sequence that has differences left.
func TestReconcileContextEnds(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	for _, reference := range []string{"1", "2", "3"} {
		_, err := s.route.Payout(s.ctx, payoutOf(reference))
		require.NoError(t, err)
	}
	l.list(func(p wapay.Payment) []wapay.Payment { p.Amount = wapay.XOF.Units(1); return same(p) })
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	from, to := today()
	found, last := 0, error(nil)
	for d, err := range s.j.Reconcile(ctx, "a", from, to) {
		if cancel(); d != nil {
			found++
		}
		last = err
	}
	assert.Equal(t, 1, found)
	assert.ErrorIs(t, last, context.Canceled)
}
