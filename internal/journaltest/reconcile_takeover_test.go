package journaltest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

func TestReconcileTakesOver(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s, l := newListingShop(t, d)
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		l.list(func(p wapay.Payment) []wapay.Payment { p.Status = wapay.StatusSucceeded; return same(p) })
		from, to := today()
		found := differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.TakeOver()))
		require.Len(t, found, 1)
		assert.True(t, found[0].TakenOver)
		assert.Equal(t, wapay.StatusSucceeded, s.find(journal.Payout, "1").Status)
		assert.ElementsMatch(t, []string{"pending", "succeeded"}, s.effects(journal.Payout, "1"))
		assert.Empty(t, differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.TakeOver())))

		l.list(func(p wapay.Payment) []wapay.Payment { p.Status = wapay.StatusFailed; return same(p) })
		found = differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.TakeOver()))
		require.Len(t, found, 1)
		assert.False(t, found[0].TakenOver, "a final status is not taken over")
		assert.Equal(t, wapay.StatusSucceeded, s.find(journal.Payout, "1").Status)
	})
}

// A failed order with another id does not end the journal's, which the list may
// lack: the provider is asked.
func TestReconcileTakesOverNoOtherFailure(t *testing.T) {
	for name, now := range map[string]wapay.Status{"open": wapay.StatusPending, "well": wapay.StatusSucceeded, "failed": wapay.StatusFailed} {
		t.Run(name, func(t *testing.T) {
			s, l := newListingShop(t, databases[2])
			_, err := s.route.Payout(s.ctx, payoutOf("1"))
			require.NoError(t, err)
			if now != wapay.StatusPending {
				s.a.becomes("payout", "1", now)
			}
			l.list(func(p wapay.Payment) []wapay.Payment {
				p.ID, p.Status = "x", wapay.StatusFailed
				return same(p)
			})
			from, to := today()
			var report journal.Report
			differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.TakeOver(), journal.ReportTo(&report)))
			o, err := s.j.Find(s.ctx, journal.Payout, "1")
			require.NoError(t, err)
			assert.Equal(t, now, o.Status)
			count := 0
			for _, total := range report.Totals {
				count += total.TheirCount
			}
			assert.Equal(t, 2, count, "the failed one, and the journal's")
		})
	}
}

// A list that contradicts itself, or does not say which order has failed, ends
// none: the provider is asked.
func TestReconcileTakesOverNoContradiction(t *testing.T) {
	failed := func(p wapay.Payment) wapay.Payment { p.Status = wapay.StatusFailed; return p }
	well := func(p wapay.Payment) wapay.Payment { p.Status = wapay.StatusSucceeded; return p }
	nameless := func(p wapay.Payment) wapay.Payment { p.ID = ""; return p }
	other := func(p wapay.Payment) wapay.Payment { p.Amount = wapay.XOF.Units(1); return p }
	for name, tt := range map[string]struct {
		list   func(p wapay.Payment) []wapay.Payment
		want   wapay.Status
		unsure int // differences that are not compared
	}{
		"failed, without an id": {func(p wapay.Payment) []wapay.Payment { return same(nameless(failed(p))) }, wapay.StatusPending, 0},
		"failed and well, without ids": {func(p wapay.Payment) []wapay.Payment {
			return []wapay.Payment{nameless(failed(p)), nameless(well(p))}
		}, wapay.StatusPending, 0},
		"failed and well": {func(p wapay.Payment) []wapay.Payment { return []wapay.Payment{failed(p), well(p)} }, wapay.StatusPending, 1},
		"well and failed": {func(p wapay.Payment) []wapay.Payment { return []wapay.Payment{well(p), failed(p)} }, wapay.StatusPending, 1},
		"two amounts":     {func(p wapay.Payment) []wapay.Payment { return []wapay.Payment{p, other(p)} }, wapay.StatusPending, 1},
		"pending, and well on the next page": {func(p wapay.Payment) []wapay.Payment {
			return []wapay.Payment{p, well(p)}
		}, wapay.StatusSucceeded, 0},
		"well, and pending on a page before": {func(p wapay.Payment) []wapay.Payment {
			return []wapay.Payment{well(p), p}
		}, wapay.StatusSucceeded, 0},
		"failed": {func(p wapay.Payment) []wapay.Payment { return same(failed(p)) }, wapay.StatusFailed, 0},
	} {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, answer lost: %t", name, lost), func(t *testing.T) {
				s, l := newListingShop(t, databases[2])
				if lost {
					s.a.onSend = []step{{arrives: true, err: errLost}}
				}
				_, err := s.route.Payout(s.ctx, payoutOf("1"))
				require.Equal(t, lost, err != nil)
				l.list(tt.list)
				from, to := today()
				unsure := 0
				for _, d := range differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.TakeOver())) {
					if d.Is == journal.NotCompared {
						unsure++
						assert.Contains(t, d.What, `a lists "a-payout1" as `)
					}
				}
				want := tt.want
				if lost && want == wapay.StatusFailed {
					want = wapay.StatusPending // whose id is not known is looked up
				}
				assert.Equal(t, want, s.find(journal.Payout, "1").Status)
				assert.Equal(t, tt.unsure, unsure)
			})
		}
	}
}
