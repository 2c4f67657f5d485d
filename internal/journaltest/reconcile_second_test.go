package journaltest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// newResent returns a shop with an order that was sent two days ago without an
// answer, resolved as never made, and sent again today. The list has the row of
// the first send only, which came late.
func newResent(t *testing.T, d database, kind journal.Kind) *shop {
	s, l := newListingShop(t, d)
	send := func() (err error) {
		if kind == journal.Payment {
			_, err = s.route.Pay(s.ctx, paymentOf("1"))
		} else {
			_, err = s.route.Payout(s.ctx, payoutOf("1"))
		}
		return err
	}
	s.a.onSend = []step{{err: errLost}}
	require.Error(t, send())
	s.age(48 * time.Hour)
	require.NoError(t, s.j.Resolve(s.ctx, kind, "1", wapay.StatusUnknown, "the dashboard does not have it"))
	s.a.status = wapay.StatusSucceeded
	require.NoError(t, send())
	first := *s.a.orders[kind.String()+"1"]
	first.ID, first.CreatedAt = "late", time.Now().Add(-48*time.Hour)
	l.rows = func(func(*wapay.Payment, error) bool) {}
	if kind == journal.Payment {
		l.payments = []*wapay.Payment{&first}
	} else {
		l.list(func(wapay.Payment) []wapay.Payment { return same(first) })
	}
	return s
}

// The first send of an order that was resolved as never made, and sent again on
// another day, is found on its own day, though it looks as the order does.
func TestReconcileFirstSendComesLate(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		for _, kind := range []journal.Kind{journal.Payment, journal.Payout} {
			t.Run(kind.String(), func(t *testing.T) {
				s := newResent(t, d, kind)
				if kind == journal.Payment { // another id does not prove it: the provider is asked
					s.a.onAsk = []step{{err: s.a.fail(wapay.OutcomeReadOnly, wapay.ErrDuplicate)}}
				}
				from, to := today()
				from, to = from.Add(-48*time.Hour), to.Add(-48*time.Hour)
				var report journal.Report
				found := differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.ReportTo(&report)))
				require.Len(t, found, 1)
				assert.Equal(t, journal.TwiceAtProvider, found[0].Is)
				assert.Equal(t, "late", found[0].Theirs.ID)
				require.Len(t, report.Totals, 1)
				assert.Equal(t, 2, report.Totals[0].TheirCount, "both are in the totals")
			})
		}
	})
}

// The only payment under a reference may have another id than its page.
func TestReconcilePaidUnderAnotherID(t *testing.T) {
	s := newResent(t, databases[2], journal.Payment)
	from, to := today()
	assert.Empty(t, differences(t, s.j.Reconcile(s.ctx, "a", from.Add(-48*time.Hour), to.Add(-48*time.Hour))))
	assert.Equal(t, 1, s.a.asked())
}

// An order that is sent days after it was made, and whose answer is lost, has
// no id in the journal. Its row is not a second order.
func TestReconcileSentOnAnotherDay(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeRejected, wapay.ErrInsufficientFunds)}, {arrives: true, err: errLost}}
	_, err := s.j.Via("a").Payout(s.ctx, payoutOf("1"))
	require.True(t, wapay.NotDone(err))
	s.age(48 * time.Hour)
	_, err = s.j.Via("a").Payout(s.ctx, payoutOf("1"))
	require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	s.a.becomes("payout", "1", wapay.StatusSucceeded)
	l.list(func(p wapay.Payment) []wapay.Payment { p.CreatedAt = time.Now(); return same(p) })
	from, to := today()
	assert.Empty(t, differences(t, s.j.Reconcile(s.ctx, "a", from, to)))

	s.a.onAsk = []step{{err: s.a.fail(wapay.OutcomeReadOnly, wapay.ErrDuplicate)}}
	found := differences(t, s.j.Reconcile(s.ctx, "a", from, to))
	require.Len(t, found, 1, "unless the provider has two")
	assert.Equal(t, journal.TwiceAtProvider, found[0].Is)
}

// The list lacks the journal's payout, and has another under its reference.
func TestReconcileListHasTheOtherPayout(t *testing.T) {
	for name, tt := range map[string]struct {
		answer error
		want   []journal.DifferenceKind
	}{
		"there are two":  {wapay.ErrDuplicate, []journal.DifferenceKind{journal.TwiceAtProvider}},
		"there is one":   {nil, []journal.DifferenceKind{journal.OtherStatus}},
		"nobody answers": {wapay.ErrUnavailable, []journal.DifferenceKind{journal.NotCompared}},
	} {
		t.Run(name, func(t *testing.T) {
			s, l := newListingShop(t, databases[2])
			_, err := s.route.Payout(s.ctx, payoutOf("1"))
			require.NoError(t, err)
			l.list(func(p wapay.Payment) []wapay.Payment {
				p.ID, p.Status = "x", wapay.StatusSucceeded
				return same(p)
			})
			if tt.answer != nil {
				s.a.onAsk = []step{{err: s.a.fail(wapay.OutcomeReadOnly, tt.answer)}}
			}
			from, to := today()
			var kinds []journal.DifferenceKind
			for _, d := range differences(t, s.j.Reconcile(s.ctx, "a", from, to)) {
				kinds = append(kinds, d.Is)
			}
			assert.Equal(t, tt.want, kinds)

			found := differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.MaxLookups(0)))
			require.Len(t, found, 1)
			assert.Contains(t, found[0].What, "no more lookups")
		})
	}
}

// An order whose lookup says that it failed is not taken over as long as the
// list shows that money under its reference moved or may move.
func TestReconcileTakesOverNoFailureBesideMoney(t *testing.T) {
	for name, tt := range map[string]struct {
		rows  func(p wapay.Payment) []wapay.Payment
		twice bool // the lookup by the reference says so
	}{
		"another has succeeded": {func(p wapay.Payment) []wapay.Payment {
			p.ID, p.Status = "x", wapay.StatusSucceeded
			return same(p)
		}, true},
		"another is pending": {func(p wapay.Payment) []wapay.Payment { p.ID = "x"; return same(p) }, true},
		"refunded and failed": {func(p wapay.Payment) []wapay.Payment {
			q := p
			p.Status, q.Status = wapay.StatusRefunded, wapay.StatusFailed
			return []wapay.Payment{q, p}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, l := newListingShop(t, databases[2])
			_, err := s.route.Payout(s.ctx, payoutOf("1"))
			require.NoError(t, err)
			l.list(tt.rows)
			if tt.twice {
				s.a.onAsk = []step{{err: s.a.fail(wapay.OutcomeReadOnly, wapay.ErrDuplicate)}}
			}
			s.a.onAsk = append(s.a.onAsk, step{change: func(p *wapay.Payment) { p.Status = wapay.StatusFailed }})
			from, to := today()
			found := differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.TakeOver()))
			require.Len(t, found, 2)
			assert.Equal(t, journal.NotCompared, found[1].Is)
			assert.Contains(t, found[1].What, "a says failed of the order, and lists ")
			assert.Equal(t, wapay.StatusPending, s.find(journal.Payout, "1").Status)
			assert.Equal(t, []string{"pending"}, s.effects(journal.Payout, "1"))
		})
	}
}

// Of two rows under a reference, the order's own is compared, whichever comes
// first.
func TestReconcileComparesItsOwnRow(t *testing.T) {
	for _, ownFirst := range []bool{true, false} {
		s, l := newListingShop(t, databases[2])
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		l.list(func(p wapay.Payment) []wapay.Payment {
			other := p
			other.ID, other.Status, other.Amount = "x", wapay.StatusSucceeded, wapay.XOF.Units(9)
			if ownFirst {
				return []wapay.Payment{p, other}
			}
			return []wapay.Payment{other, p}
		})
		from, to := today()
		found := differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.TakeOver()))
		require.Len(t, found, 1, "own first: %v", ownFirst)
		assert.Equal(t, journal.TwiceAtProvider, found[0].Is)
		assert.Equal(t, "x", found[0].Theirs.ID)
		assert.Equal(t, wapay.StatusPending, s.find(journal.Payout, "1").Status)
	}
}

// A provider that stores references as numbers loses their zeros. The id tells
// whose row it is.
func TestReconcileReferenceAsNumber(t *testing.T) {
	for reference, shown := range map[string]string{"00123": "123", "1e3": "1000"} {
		s, l := newListingShop(t, databases[2])
		_, err := s.route.Payout(s.ctx, payoutOf(reference))
		require.NoError(t, err)
		l.list(func(p wapay.Payment) []wapay.Payment { p.Reference = shown; return same(p) })
		from, to := today()
		assert.Empty(t, differences(t, s.j.Reconcile(s.ctx, "a", from, to)), reference)

		l.list(func(p wapay.Payment) []wapay.Payment { p.Reference = "other"; return same(p) })
		found := differences(t, s.j.Reconcile(s.ctx, "a", from, to))
		require.Len(t, found, 1, "an id alone does not outweigh another reference")
		assert.Equal(t, journal.NotInJournal, found[0].Is)
	}
}

// A client may use one Payment for all its rows.
func TestReconcileOnePaymentForAllRows(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	for _, reference := range []string{"1", "2", "3"} {
		_, err := s.route.Payout(s.ctx, payoutOf(reference))
		require.NoError(t, err)
		_, err = s.route.Pay(s.ctx, paymentOf(reference))
		require.NoError(t, err)
	}
	var row wapay.Payment
	l.payments = []*wapay.Payment{&row, &row, &row}
	n := 0
	l.onPayment = func() { n++; row = *s.a.orders["payment"+string(rune('0'+n))] }
	l.list(func(p wapay.Payment) []wapay.Payment {
		if p.CheckoutURL != "" && s.a.orders["payout"+p.Reference].ID != p.ID {
			return nil
		}
		return same(p)
	})
	asked := s.a.asked()
	from, to := today()
	assert.Empty(t, differences(t, s.j.Reconcile(s.ctx, "a", from, to)))
	assert.Equal(t, asked, s.a.asked(), "each was in the list")
}

// A client that panics while it lists is an incomplete list, and leaves nothing
// open. A panic of the caller's loop goes up to the caller.
func TestReconcileListPanics(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	_, err := s.route.Payout(s.ctx, payoutOf("1"))
	require.NoError(t, err)
	listed := l.rows
	l.rows = func(yield func(*wapay.Payment, error) bool) {
		listed(yield)
		panic("scripted")
	}
	from, to := today()
	found := differences(t, s.j.Reconcile(s.ctx, "a", from, to))
	require.Len(t, found, 1)
	assert.Equal(t, journal.NotCompared, found[0].Is)
	assert.Contains(t, found[0].What, "whole: panic: scripted")

	assert.PanicsWithValue(t, "the caller's", func() {
		for range s.j.Reconcile(s.ctx, "a", from, to) {
			panic("the caller's")
		}
	})
	assert.Zero(t, s.db.Stats().InUse, "no rows are open")
}

// A failure under the reference of an order that is being sent may be that of
// an earlier send. It is not taken over.
func TestReconcileTakesOverNoFailureDuringASend(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	l.rows = func(yield func(*wapay.Payment, error) bool) {
		yield(&wapay.Payment{ID: "x", Reference: "1", Status: wapay.StatusFailed, Amount: wapay.XOF.Units(5000)}, nil)
	}
	from, to := today()
	s.a.onSend = []step{{arrives: true, before: func() {
		s.a.onAsk = []step{{change: func(p *wapay.Payment) { p.ID, p.Status = "x", wapay.StatusFailed }}}
		s.a.orders["payout1"] = &wapay.Payment{}
		found := differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.TakeOver()))
		delete(s.a.orders, "payout1")
		require.Len(t, found, 1)
		assert.Equal(t, journal.OtherStatus, found[0].Is)
		assert.False(t, found[0].TakenOver)
		assert.Contains(t, found[0].Do, "in flight")
	}}}
	_, err := s.route.Payout(s.ctx, payoutOf("1"))
	require.NoError(t, err)
	assert.Equal(t, []string{"pending"}, s.effects(journal.Payout, "1"))
}
