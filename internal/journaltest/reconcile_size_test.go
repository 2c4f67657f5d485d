package journaltest

import (
	"encoding/csv"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

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

var errUnreadable = &wapay.Error{Provider: "a", Op: "ListPayouts", Kind: wapay.ErrDecode, Outcome: wapay.OutcomeReadOnly}

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
			case 900:
				if !yield(nil, errUnreadable) {
					return
				}
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
		journal.OtherParty: 10, journal.OtherFee: 10, journal.TwiceAtProvider: 10, journal.NotCompared: 10,
	}, kinds)
	assert.Equal(t, kinds, report.Differences)
	began = cpuTime()
	require.Equal(t, n, s.readAll())
	assert.Less(t, took, 20*(cpuTime()-began), "20 times what reading each order once takes")

	// The sums, counted in another way.
	ours, theirs := new(big.Int), new(big.Int)
	for i := int64(1); i <= n; i++ {
		ours.Add(ours, big.NewInt(5*i))
	}
	generated(n, time.Now())(func(p *wapay.Payment, _ error) bool {
		if p != nil && p.Amount.Currency() == wapay.XOF {
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

// The rows of the list that the journal does not have cost in proportion to
// their number, however many orders the journal has.
func TestReconcileForeignInALargeJournal(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	l.rows = func(yield func(*wapay.Payment, error) bool) {
		for i := range 5_000 {
			if !yield(&wapay.Payment{ID: fmt.Sprint(i), Reference: fmt.Sprint("foreign-", i)}, nil) {
				return
			}
		}
	}
	cost := func() time.Duration {
		from, to := today()
		from, to = from.AddDate(1, 0, 0), to.AddDate(1, 0, 0)
		began := cpuTime()
		for _, err := range s.j.Reconcile(s.ctx, "a", from, to) {
			require.NoError(t, err)
		}
		return cpuTime() - began
	}
	few := cost()
	s.plant(100_000)
	assert.Less(t, cost(), 4*few, "with 100,000 orders more")
}

// A notification with an id that the journal does not have costs the same,
// however many orders the journal has.
func TestNotifyOfAnUnknownIDInALargeJournal(t *testing.T) {
	s := newShop(t, databases[2])
	cost := func() time.Duration {
		e := event(ipn.KindPayout, "", wapay.StatusSucceeded)
		e.ID = "unknown"
		began := cpuTime()
		for range 200 {
			require.NoError(t, s.j.Notify(s.ctx, e))
		}
		return cpuTime() - began
	}
	few := cost()
	s.plant(20_000)
	s.exec("UPDATE wapay_orders SET state = 'over', next_at = 0")
	assert.Less(t, cost(), 5*few, "with 20,000 orders more")
}

// A provider may have one reference for all orders that were made at a till.
// Their number costs in proportion.
func TestReconcileManyUnderOneReference(t *testing.T) {
	s, l := newListingShop(t, databases[2])
	cost := func(n int) time.Duration {
		l.rows = func(yield func(*wapay.Payment, error) bool) {
			for i := range n {
				if !yield(&wapay.Payment{
					ID: fmt.Sprint("an id that begins as the others do ", i), Reference: "TILL", Status: wapay.StatusSucceeded,
					Amount: wapay.XOF.Units(1), CreatedAt: time.Now(),
				}, nil) {
					return
				}
			}
		}
		from, to := today()
		found, began := 0, cpuTime()
		for d, err := range s.j.Reconcile(s.ctx, "a", from, to) {
			require.NoError(t, err)
			require.Equal(t, journal.NotInJournal, d.Is)
			found++
		}
		require.Equal(t, n, found)
		return cpuTime() - began
	}
	few, many := cost(5_000), cost(40_000)
	assert.Less(t, many, 24*few, "8 times as many")
}

// cpuTime returns how long the processor has worked for this process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak reconciles n orders, and returns the most of the heap that was in use.
func peak(t testing.TB, n int) uint64 {
	s, l := newListingShop(t, databases[2])
	s.plant(n)
	var most uint64
	sample := func() {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
	}
	rows, i := generated(n, time.Now()), 0
	l.rows = func(yield func(*wapay.Payment, error) bool) {
		rows(func(p *wapay.Payment, err error) bool {
			if i++; i%(n/20) == 0 {
				sample()
			}
			return yield(p, err)
		})
		sample()
	}
	from, to := today()
	found := 0
	for _, err := range s.j.Reconcile(s.ctx, "a", from, to, journal.MaxLookups(n)) {
		require.NoError(t, err)
		if found++; found%(n/2000) == 0 { // some of the 10 in a thousand
			sample()
		}
	}
	require.Equal(t, n/1000*10, found)
	return most
}

func TestReconcileMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("many orders")
	}
	t.Setenv("TMPDIR", t.TempDir())
	small, large := peak(t, 20_000), peak(t, 100_000)
	t.Logf("bytes of heap: %d with 20,000 orders, %d with 100,000", small, large)
	assert.Less(t, large, small+2<<20)
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	require.NoError(t, err)
	assert.Empty(t, left, "no temporary file is left")
}

// BenchmarkReconcileMemory measures the most of the heap that is in use.
func BenchmarkReconcileMemory(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(n, " orders"), func(b *testing.B) {
			for range b.N {
				b.ReportMetric(float64(peak(b, n)>>10)/1024, "MiB-peak")
			}
		})
	}
}

// BenchmarkReconcile measures a day of 10,000 orders, and beside it the least
// that any comparison needs: each order read once.
func BenchmarkReconcile(b *testing.B) {
	const n = 10_000
	s, l := newListingShop(b, databases[2])
	s.plant(n)
	l.rows = generated(n, time.Now())
	from, to := today()
	var ours, floor time.Duration
	for range b.N {
		began := time.Now()
		found := 0
		for _, err := range s.j.Reconcile(s.ctx, "a", from, to) {
			require.NoError(b, err)
			found++
		}
		require.Equal(b, n/100, found)
		ours += time.Since(began)
		began = time.Now()
		require.Equal(b, n, s.readAll())
		floor += time.Since(began)
	}
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N*n), "ns/order")
	b.ReportMetric(float64(floor.Nanoseconds())/float64(b.N*n), "ns/order-read")
	b.ReportMetric(float64(ours)/float64(floor), "times-read")
}

// readAll reads each order, and returns how many.
func (s *shop) readAll() (n int) {
	rows, err := s.db.Query("SELECT * FROM wapay_orders ORDER BY created_at")
	require.NoError(s.t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(s.t, err)
	values, into := make([]string, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		require.NoError(s.t, rows.Scan(into...))
		n++
	}
	require.NoError(s.t, rows.Err())
	return n
}
