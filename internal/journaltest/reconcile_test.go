package journaltest

import (
	"context"
	"encoding/csv"
	"fmt"
	"iter"
	"math/big"
	"runtime"
	"strings"
	"syscall"
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
	from, to time.Time // that it was asked for
	rows     func(yield func(*wapay.Payment, error) bool)
}

func (l *lister) ListPayments(_ context.Context, from, to time.Time) iter.Seq2[*wapay.Payment, error] {
	l.from, l.to = from, to
	return func(func(*wapay.Payment, error) bool) {}
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

// list has the fake list its orders as they are, but for what change makes of
// them: it may leave one out, or add others.
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

func newListingShop(t *testing.T, d database) (*shop, *lister) {
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
			"amount not told":      {func(p wapay.Payment) []wapay.Payment { p.Amount = wapay.Money{}; return same(p) }, 0},
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
					assert.NotEmpty(t, found[0].Reference)
					assert.NotNil(t, found[0].Theirs)
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

// An order that a refused at first and b carried out is no difference. One that a
// carried out all the same is.
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

func TestReconcileListThatIsNotWhole(t *testing.T) {
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

// plant fills the journal with n orders of the provider a.
func (s *shop) plant(n int) {
	s.t.Helper()
	_, err := s.route.Payout(s.ctx, payoutOf("template"))
	require.NoError(s.t, err)
	rows, err := s.db.Query("SELECT * FROM wapay_orders")
	require.NoError(s.t, err)
	columns, err := rows.Columns()
	require.NoError(s.t, err)
	require.NoError(s.t, rows.Close())
	list := strings.Join(columns, ", ")
	values := strings.NewReplacer(" reference,", " 'order-' || n,", " provider_id,", " 'id-' || n,", " amount,", " 5 * n,",
		" fee,", " 7,", " created_at,", " created_at - n,", " fee_currency,", " 'XOF',").Replace(list)
	s.exec(fmt.Sprintf("INSERT INTO wapay_orders (%s) WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < %d) "+
		"SELECT %s FROM wapay_orders, x WHERE reference = 'template'", list, n, values))
	s.exec("DELETE FROM wapay_orders WHERE reference = 'template'")
	clear(s.a.orders)
}

// generated lists the orders 1 to n as they are in the journal, without keeping
// them, with a planted difference in every hundredth.
func generated(n int, now time.Time) func(yield func(*wapay.Payment, error) bool) {
	return func(yield func(*wapay.Payment, error) bool) {
		for i := 1; i <= n; i++ {
			p := wapay.Payment{
				ID: fmt.Sprint("id-", i), Reference: fmt.Sprint("order-", i), Status: wapay.StatusPending, ProviderStatus: "STATUS",
				Amount: wapay.XOF.Units(int64(5 * i)), Fee: wapay.XOF.Units(7), Party: "22670656188", CreatedAt: now,
			}
			twice := false
			switch i % 1000 {
			case 100:
				continue // not at the provider
			case 200:
				p.Reference = fmt.Sprint("foreign-", i) // not in the journal, and the other not at the provider
			case 300:
				p.Amount = wapay.XOF.Units(int64(5*i) + 1)
			case 400:
				p.Amount = wapay.GNF.Units(int64(5 * i))
			case 500:
				p.Status = wapay.StatusSucceeded
			case 600:
				p.Party = "70656199"
			case 700:
				p.Fee = wapay.XOF.Units(8)
			case 800:
				twice = true
			}
			if !yield(&p, nil) {
				return
			}
			if twice {
				q := p
				q.ID += "-2"
				if !yield(&q, nil) {
					return
				}
			}
		}
	}
}

func TestReconcileTenThousand(t *testing.T) {
	const n = 10_000
	s, l := newListingShop(t, databases[2])
	s.plant(n)
	l.rows = generated(n, time.Now())
	from, to := today()
	var report journal.Report
	kinds := map[journal.DifferenceKind]int{}
	began := cpuTime()
	for d, err := range s.j.Reconcile(s.ctx, "a", from, to, journal.ReportTo(&report)) {
		require.NoError(t, err)
		kinds[d.Is]++
	}
	took := cpuTime() - began
	assert.Equal(t, map[journal.DifferenceKind]int{
		journal.NotAtProvider: 20, journal.NotInJournal: 10, journal.OtherAmount: 10, journal.OtherCurrency: 10, journal.OtherStatus: 10,
		journal.OtherParty: 10, journal.OtherFee: 10, journal.TwiceAtProvider: 10,
	}, kinds)
	assert.Equal(t, kinds, report.Differences)
	t.Logf("%d orders in %v of the processor", n, took)
	if !raceDetector { // which makes it many times slower
		assert.Less(t, took, time.Second)
	}

	// The sums, counted in another way.
	ours, theirs := new(big.Int), new(big.Int)
	for i := int64(1); i <= n; i++ {
		ours.Add(ours, big.NewInt(5*i))
	}
	generated(n, time.Now())(func(p *wapay.Payment, _ error) bool {
		if p.Amount.Currency() == wapay.XOF {
			theirs.Add(theirs, big.NewInt(p.Amount.MinorUnits()))
		}
		return true
	})
	gotOurs, gotTheirs, count := new(big.Int), new(big.Int), 0
	for i := range report.Totals {
		x := &report.Totals[i]
		gotOurs.Add(gotOurs, &x.OurSum)
		count += x.TheirCount
		if x.Currency == wapay.XOF {
			gotTheirs.Add(gotTheirs, &x.TheirSum)
		}
	}
	assert.Equal(t, ours, gotOurs)
	assert.Equal(t, theirs, gotTheirs)
	assert.Equal(t, n-10+10, count, "without those that are not there, and with those that are there twice")

	var text strings.Builder
	require.NoError(t, report.WriteCSV(&text))
	lines, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
	require.NoError(t, err)
	assert.Len(t, lines, 1+len(report.Totals))
	text.Reset()
	require.NoError(t, report.WriteTable(&text))
	assert.Contains(t, text.String(), "10 × other amount")
}

// cpuTime returns how long the processor has worked for this process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestReconcileMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("many orders")
	}
	peak := func(n int) uint64 {
		s, l := newListingShop(t, databases[2])
		s.plant(n)
		rows := generated(n, time.Now())
		var most uint64
		l.rows = func(yield func(*wapay.Payment, error) bool) {
			i := 0
			rows(func(p *wapay.Payment, err error) bool {
				if i++; i%(n/4) == 0 {
					runtime.GC()
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapAlloc)
				}
				return yield(p, err)
			})
		}
		from, to := today()
		for _, err := range s.j.Reconcile(s.ctx, "a", from, to, journal.MaxLookups(0)) {
			require.NoError(t, err)
		}
		return most
	}
	small, large := peak(1000), peak(20_000)
	assert.Less(t, large, small+20_000*200, "bytes of heap: small %d, large %d", small, large)
}
