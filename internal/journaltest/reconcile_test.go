package journaltest

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// lister is a fake that lists what rows yields.
type lister struct {
	*fake
	from, to time.Time        // that it was asked for
	payments []*wapay.Payment // that it lists
	// onPayment runs before each of them, if it is set.
	onPayment func()
	rows      func(yield func(*wapay.Payment, error) bool)
}

func (l *lister) ListPayments(_ context.Context, from, to time.Time) iter.Seq2[*wapay.Payment, error] {
	l.from, l.to = from, to
	return func(yield func(*wapay.Payment, error) bool) {
		for _, p := range l.payments {
			if l.onPayment != nil {
				l.onPayment()
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

func (l *lister) ListPayouts(_ context.Context, _, _ time.Time) iter.Seq2[*wapay.Payout, error] {
	return func(yield func(*wapay.Payout, error) bool) {
		l.rows(func(p *wapay.Payment, err error) bool {
			if p == nil {
				return yield(nil, err)
			}
			return yield(&wapay.Payout{
				Provider: "a", ID: p.ID, Reference: p.Reference, Status: p.Status, Amount: p.Amount, Fee: p.Fee, Party: p.Party,
				CreatedAt: p.CreatedAt,
			}, err)
		})
	}
}

// Pace is so that lookups do not make the tests slow.
func (l *lister) Pace() (int, time.Duration) { return 600_000, time.Minute }

// list makes the fake list its orders after change, which may leave one out or
// add others.
func (l *lister) list(change func(p wapay.Payment) []wapay.Payment) {
	l.rows = func(yield func(*wapay.Payment, error) bool) {
		for _, p := range l.orders {
			for _, q := range change(*p) {
				if !yield(&q, nil) {
					return
				}
			}
		}
	}
}

func same(p wapay.Payment) []wapay.Payment { return []wapay.Payment{p} }

func newListingShop(t testing.TB, d database) (*shop, *lister) {
	s := newShop(t, d)
	l := &lister{fake: s.a}
	l.list(same)
	s.j = s.journal(journal.WithProvider("a", l), journal.WithProvider("b", s.b))
	s.route = s.j.Via()
	return s, l
}

func differences(t *testing.T, all iter.Seq2[*journal.Difference, error]) []*journal.Difference {
	t.Helper()
	var found []*journal.Difference
	for d, err := range all {
		require.NoError(t, err)
		assert.NotEmpty(t, d.What)
		assert.NotEmpty(t, d.Do)
		found = append(found, d)
	}
	return found
}

// today is a period with the orders of a test in it.
func today() (from, to time.Time) { return time.Now().Add(-time.Hour), time.Now().Add(time.Hour) }

func TestReconcileEachDifference(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		for name, tt := range map[string]struct {
			change func(p wapay.Payment) []wapay.Payment
			want   journal.DifferenceKind // 0: none
		}{
			"none":                 {same, 0},
			"listed twice, one id": {func(p wapay.Payment) []wapay.Payment { return []wapay.Payment{p, p} }, 0},
			"amount not told":      {func(p wapay.Payment) []wapay.Payment { p.Amount = wapay.Money{}; return same(p) }, journal.NotCompared},
			"unreadable currency":  {func(p wapay.Payment) []wapay.Payment { p.Amount = wapay.Currency("FCFA").Minor(1); return same(p) }, journal.OtherCurrency},
			"number in full":       {func(p wapay.Payment) []wapay.Payment { p.Party = "+226 70 65 61 88"; return same(p) }, 0},
			"number masked":        {func(p wapay.Payment) []wapay.Payment { p.Party = "****6199"; return same(p) }, 0},
			"list lacks it":        {func(wapay.Payment) []wapay.Payment { return nil }, 0}, // the lookup finds it
			"other amount":         {func(p wapay.Payment) []wapay.Payment { p.Amount = wapay.XOF.Units(5001); return same(p) }, journal.OtherAmount},
			"other currency":       {func(p wapay.Payment) []wapay.Payment { p.Amount = wapay.GNF.Units(5000); return same(p) }, journal.OtherCurrency},
			"other status":         {func(p wapay.Payment) []wapay.Payment { p.Status = wapay.StatusSucceeded; return same(p) }, journal.OtherStatus},
			"failed there":         {func(p wapay.Payment) []wapay.Payment { p.Status = wapay.StatusFailed; return same(p) }, journal.OtherStatus},
			"other party":          {func(p wapay.Payment) []wapay.Payment { p.Party = "70656199"; return same(p) }, journal.OtherParty},
			"twice":                {func(p wapay.Payment) []wapay.Payment { q := p; q.ID = "x"; return []wapay.Payment{p, q} }, journal.TwiceAtProvider},
			"failed, then well":    {failedAnd(true), 0},
			"well, and one failed": {failedAnd(false), 0},
			"unknown to us": {func(p wapay.Payment) []wapay.Payment {
				q := p
				q.ID, q.Reference = "x", "y"
				return []wapay.Payment{p, q}
			}, journal.NotInJournal},
			"unknown, of last week": {lastWeek, 0},
			"found by its id":       {func(p wapay.Payment) []wapay.Payment { p.Reference = ""; return same(p) }, 0},
		} {
			t.Run(name, func(t *testing.T) {
				s, l := newListingShop(t, d)
				l.list(tt.change)
				_, err := s.route.Payout(s.ctx, payoutOf("1"))
				require.NoError(t, err)
				before := s.dump()
				from, to := today()
				found := differences(t, s.j.Reconcile(s.ctx, "a", from, to))
				if tt.want == 0 {
					assert.Empty(t, found)
				} else if assert.Len(t, found, 1) {
					assert.Equal(t, tt.want, found[0].Is)
					assert.Equal(t, journal.Payout, found[0].Kind)
					if tt.want != journal.NotCompared { // which is a number of orders here
						assert.NotEmpty(t, found[0].Reference)
						assert.NotNil(t, found[0].Theirs)
					}
				}
				assert.Equal(t, before, s.dump(), "nothing has changed")
			})
		}
	})
}

func failedAnd(first bool) func(wapay.Payment) []wapay.Payment {
	return func(p wapay.Payment) []wapay.Payment {
		q := p
		q.ID, q.Status = "x", wapay.StatusFailed
		if first {
			return []wapay.Payment{q, p}
		}
		return []wapay.Payment{p, q}
	}
}

func lastWeek(p wapay.Payment) []wapay.Payment {
	q := p
	q.ID, q.Reference, q.CreatedAt = "x", "y", time.Now().AddDate(0, 0, -7)
	return []wapay.Payment{p, q}
}

func TestReconcileFee(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	_, err := s.route.Payout(s.ctx, payoutOf("1"))
	require.NoError(t, err)
	s.exec("UPDATE wapay_orders SET fee = 50, fee_currency = 'XOF'")
	from, to := today()
	assert.Empty(t, differences(t, s.j.Reconcile(s.ctx, "a", from, to)), "the provider tells none")
	l.list(func(p wapay.Payment) []wapay.Payment { p.Fee = wapay.XOF.Units(75); return same(p) })
	found := differences(t, s.j.Reconcile(s.ctx, "a", from, to))
	require.Len(t, found, 1)
	assert.Equal(t, journal.OtherFee, found[0].Is)
}

func TestReconcileNotAtProvider(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s, _ := newListingShop(t, d)
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		clear(s.a.orders)
		from, to := today()
		found := differences(t, s.j.Reconcile(s.ctx, "a", from, to))
		require.Len(t, found, 1)
		assert.Equal(t, journal.NotAtProvider, found[0].Is)
		assert.Equal(t, "1", found[0].Ours.Reference)
		assert.Contains(t, found[0].Do, "never send it again")
	})
}

// An order that a refused at first and b carried out is no difference. One that
// a carried out all the same is.
func TestReconcileAfterFailover(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	s.a.onSend = []step{{arrives: true, err: s.a.fail(wapay.OutcomeRejected, wapay.ErrInsufficientFunds)}}
	_, err := s.route.Payout(s.ctx, payoutOf("1"))
	require.NoError(t, err)
	require.Equal(t, "b", s.find(journal.Payout, "1").Provider)
	from, to := today()
	l.list(func(p wapay.Payment) []wapay.Payment { p.Status = wapay.StatusFailed; return same(p) })
	assert.Empty(t, differences(t, s.j.Reconcile(s.ctx, "a", from, to)))
	l.list(func(p wapay.Payment) []wapay.Payment { p.Status = wapay.StatusSucceeded; return same(p) })
	found := differences(t, s.j.Reconcile(s.ctx, "a", from, to))
	require.Len(t, found, 1)
	assert.Equal(t, journal.NotInJournal, found[0].Is)
	assert.Equal(t, "b", found[0].Ours.Provider)
	assert.Contains(t, found[0].Do, "twice")
}

// A row of an unknown order that comes twice is one order.
func TestReconcileUnknownListedTwice(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	_, err := s.route.Payout(s.ctx, payoutOf("1"))
	require.NoError(t, err)
	l.list(func(p wapay.Payment) []wapay.Payment {
		q := p
		q.ID, q.Reference = "x", "y"
		return []wapay.Payment{p, q, q}
	})
	from, to := today()
	assert.Len(t, differences(t, s.j.Reconcile(s.ctx, "a", from, to)), 1)
}

func TestReconcileWithoutAList(t *testing.T) {
	s := newShop(t, databases[2])
	_, err := s.route.Payout(s.ctx, payoutOf("well"))
	require.NoError(t, err)
	_, err = s.route.Payout(s.ctx, payoutOf("moved on"))
	require.NoError(t, err)
	s.a.becomes("payout", "moved on", wapay.StatusSucceeded)
	from, to := today()
	kinds := map[journal.DifferenceKind]int{}
	for _, d := range differences(t, s.j.Reconcile(s.ctx, "a", from, to)) {
		kinds[d.Is]++
	}
	assert.Equal(t, map[journal.DifferenceKind]int{journal.NotCompared: 2, journal.OtherStatus: 1}, kinds, "of payments and payouts")

	asked := s.a.asked()
	found := differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.MaxLookups(1)))
	assert.Equal(t, asked+1, s.a.asked())
	assert.Equal(t, "1 payouts were not compared: no more lookups", found[len(found)-1].What)

	s.a.onAsk = []step{{err: s.a.fail(wapay.OutcomeReadOnly, wapay.ErrUnavailable)}, {err: s.a.fail(wapay.OutcomeReadOnly, wapay.ErrDuplicate)}}
	clear(kinds)
	for _, d := range differences(t, s.j.Reconcile(s.ctx, "a", from, to)) {
		kinds[d.Is]++
	}
	assert.Equal(t, map[journal.DifferenceKind]int{journal.NotCompared: 3, journal.TwiceAtProvider: 1}, kinds)
}

func TestReconcileIncompleteList(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	_, err := s.route.Payout(s.ctx, payoutOf("1"))
	require.NoError(t, err)
	l.rows = func(yield func(*wapay.Payment, error) bool) {
		yield(nil, s.a.fail(wapay.OutcomeReadOnly, wapay.ErrUnavailable))
	}
	from, to := today()
	found := differences(t, s.j.Reconcile(s.ctx, "a", from, to))
	require.Len(t, found, 1, "the order itself is looked up")
	assert.Equal(t, journal.NotCompared, found[0].Is)
	assert.Contains(t, found[0].What, "could not list the payouts from "+from.Format(time.RFC3339))
}

// Sums larger than a Money are exact. A word that is no currency gets no cell
// of a table, because a spreadsheet may take it for a formula.
func TestReconcileReport(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	l.rows = func(yield func(*wapay.Payment, error) bool) {
		for i, amount := range []wapay.Money{wapay.XOF.Minor(math.MaxInt64), wapay.XOF.Minor(math.MaxInt64), wapay.Currency("=cmd").Minor(5)} {
			yield(&wapay.Payment{
				ID: fmt.Sprint(i), Reference: fmt.Sprint("=cmd", i), Status: wapay.StatusSucceeded, Amount: amount, Fee: wapay.GHS.Units(3),
				CreatedAt: time.Now(),
			}, nil)
		}
	}
	from, to := today()
	var report journal.Report
	assert.Len(t, differences(t, s.j.Reconcile(s.ctx, "a", from, to, journal.ReportTo(&report))), 3)
	var text strings.Builder
	require.NoError(t, report.WriteCSV(&text))
	assert.Contains(t, text.String(), ",payout,XOF,succeeded,0,0,2,18446744073709551614,0,2\n")
	assert.Contains(t, text.String(), ",payout,,succeeded,0,0,1,0,0,1\n")
	assert.NotContains(t, text.String(), "=cmd")
	for i := range report.Totals {
		_, ok := report.Totals[i].Theirs()
		assert.False(t, ok, report.Totals[i].Currency)
	}
}

func TestReconcileBadInput(t *testing.T) {
	s, _ := newListingShop(t, databases[2])
	from, to := today()
	var none context.Context
	one := func(all iter.Seq2[*journal.Difference, error]) (err error) {
		n := 0
		for d, e := range all {
			assert.Nil(t, d)
			err = e
			n++
		}
		assert.Equal(t, 1, n)
		return err
	}
	for _, all := range []iter.Seq2[*journal.Difference, error]{
		s.j.Reconcile(s.ctx, "a", to, from), s.j.Reconcile(s.ctx, "a", from, from), s.j.Reconcile(s.ctx, "nobody", from, to),
		s.j.Reconcile(s.ctx, "a", time.Time{}, to),
		s.j.Reconcile(s.ctx, "a", from, to, journal.MaxLookups(-1)), s.j.Reconcile(s.ctx, "a", from, to, journal.ReportTo(nil)),
		s.j.Reconcile(none, "a", from, to),
	} {
		err := one(all)
		require.ErrorIs(t, err, wapay.ErrInvalid)
		var e *wapay.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, wapay.OutcomeReadOnly, e.Outcome)
	}
	ended, cancel := context.WithCancel(s.ctx)
	cancel()
	require.ErrorIs(t, one(s.j.Reconcile(ended, "a", from, to)), context.Canceled)
	require.NoError(t, s.db.Close())
	assert.Error(t, one(s.j.Reconcile(s.ctx, "a", from, to)))
}
