package journaltest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/journal"
)

// recorder keeps the statements about orders.
type recorder struct{ sent []pgx.TraceQueryStartData }

func (r *recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if strings.Contains(q.SQL, "wapay_orders (") || strings.HasPrefix(q.SQL, "UPDATE wapay_orders") {
		r.sent = append(r.sent, q)
	}
	return ctx
}

func (*recorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// BenchmarkFloor measures durable payouts on PostgreSQL, and beside them the
// very same statements by hand with pgx, in a table of 10,000 rows and in one
// of 1,000,000.
func BenchmarkFloor(b *testing.B) {
	for _, rows := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(rows, " rows"), func(b *testing.B) {
			dsn := freshPostgreSQL(b)
			ctx := context.Background()
			sent := statementsOfOne(b, dsn)
			fill(b, dsn, rows)
			db := databases[0].open(b, dsn)
			j, err := journal.New(db, journal.PostgreSQL, journal.WithProvider("a", instant{}))
			require.NoError(b, err)
			cfg, err := pgxpool.ParseConfig(dsn)
			require.NoError(b, err)
			cfg.MaxConns = 8
			pool, err := pgxpool.NewWithConfig(ctx, cfg)
			require.NoError(b, err)
			defer pool.Close()
			beside(b, j, func(reference string) error { return byHand(ctx, pool, sent, reference) })
		})
	}
}

// beside measures payouts, and then each second one by hand, so that both meet
// the same machine, whatever else it does.
func beside(b *testing.B, j *journal.Journal, byHand func(reference string) error) {
	route := j.Via()
	var n, journals, hands, turns atomic.Int64
	timed := func(sum *atomic.Int64, one func() error) {
		began := time.Now()
		if err := one(); err != nil {
			b.Error(err)
		}
		sum.Add(int64(time.Since(began)))
	}
	byJournal := func() error {
		_, err := route.Payout(context.Background(), payoutOf(fmt.Sprint("journal-", n.Add(1))))
		return err
	}
	parallel(b, "journal", func() { timed(&journals, byJournal) }, nil)
	journals.Store(0)
	parallel(b, "in turn", func() {
		if turns.Add(1)%2 == 0 {
			timed(&journals, byJournal)
			return
		}
		timed(&hands, func() error { return byHand(fmt.Sprint("hand-", n.Add(1))) })
	}, func(b *testing.B) {
		b.ReportMetric(float64(journals.Load())/float64(hands.Load()), "times-by-hand")
	})
}

func parallel(b *testing.B, name string, one func(), report func(*testing.B)) {
	b.Run(name, func(b *testing.B) {
		b.SetParallelism(4)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				one()
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
		if report != nil {
			report(b)
		}
	})
}

// statementsOfOne returns what a payout that goes well sends to the database.
func statementsOfOne(b *testing.B, dsn string) []pgx.TraceQueryStartData {
	cfg, err := pgx.ParseConfig(dsn)
	require.NoError(b, err)
	all := &recorder{}
	cfg.Tracer = all
	db := stdlib.OpenDB(*cfg)
	defer db.Close()
	payOne(b, db, journal.PostgreSQL, func() { all.sent = nil })
	require.Len(b, all.sent, 2)
	return all.sent
}

// payOne makes the tables, and a payout that goes well. It calls begin before
// the payout.
func payOne(b *testing.B, db *sql.DB, d journal.Dialect, begin func()) {
	j, err := journal.New(db, d, journal.WithProvider("a", instant{}))
	require.NoError(b, err)
	require.NoError(b, j.CreateSchema(context.Background()))
	begin()
	_, err = j.Via().Payout(context.Background(), payoutOf("one"))
	require.NoError(b, err)
}

func byHand(ctx context.Context, pool *pgxpool.Pool, sent []pgx.TraceQueryStartData, reference string) error {
	for _, q := range sent {
		var args []any
		for _, a := range q.Args {
			switch a := a.(type) {
			case pgx.QueryResultFormats, pgx.QueryResultFormatsByOID: // of database/sql
			case string:
				if kept, ok := strings.CutSuffix(a, "one"); ok {
					a = kept + reference
				}
				args = append(args, a)
			default:
				args = append(args, a)
			}
		}
		if tag, err := pool.Exec(ctx, q.SQL, args...); err != nil || tag.RowsAffected() != 1 {
			return fmt.Errorf("%v, %w", tag, err)
		}
	}
	return nil
}

// fill puts orders that are over into the table.
func fill(b *testing.B, dsn string, rows int) {
	db := databases[0].open(b, dsn)
	var columns string
	require.NoError(b, db.QueryRow("SELECT string_agg(column_name, ', ') FROM information_schema.columns"+
		" WHERE table_name = 'wapay_orders' AND table_schema = current_schema()").Scan(&columns))
	values := columns
	for name, value := range map[string]string{
		"reference": "'filled-' || g", "provider_id": "'filled-' || g", "state": "'over'", "status": "'succeeded'", "next_at": "0",
	} {
		values = strings.Replace(", "+values+",", ", "+name+",", ", "+value+",", 1)
		values = strings.TrimSuffix(strings.TrimPrefix(values, ", "), ",")
	}
	_, err := db.Exec(fmt.Sprintf("INSERT INTO wapay_orders (%s) SELECT %s FROM wapay_orders, generate_series(1, %d) AS g", columns, values, rows))
	require.NoError(b, err)
	_, err = db.Exec("ANALYZE wapay_orders")
	require.NoError(b, err)
	_ = db.Close()
}

// BenchmarkPayoutAllMemory measures what a bulk run over 1,000,000 requests
// needs beside its database. The database takes everything and keeps nothing.
func BenchmarkPayoutAllMemory(b *testing.B) {
	const most = 64 << 20
	for range b.N {
		db := sql.OpenDB(sink{})
		j, err := journal.New(db, journal.PostgreSQL, journal.WithProvider("a", instant{}))
		require.NoError(b, err)
		runtime.GC()
		var m runtime.MemStats
		var peak uint64
		n := 0
		for r := range j.Via().PayoutAll(context.Background(), numbered(1_000_000, nil)) {
			require.NoError(b, r.Err)
			if n++; n%10_000 == 0 {
				runtime.ReadMemStats(&m)
				peak = max(peak, m.Sys-m.HeapReleased)
			}
		}
		require.Equal(b, 1_000_000, n)
		require.Less(b, peak, uint64(most))
		b.ReportMetric(float64(peak>>10)/1024, "MiB-peak")
		_ = db.Close()
	}
}

// sink is a database that takes every order.
type sink struct{}

func (s sink) Connect(context.Context) (driver.Conn, error) { return sinkConn{}, nil }
func (s sink) Driver() driver.Driver                        { return s }

func (s sink) Open(string) (driver.Conn, error) { return sinkConn{}, nil }

type sinkConn struct{ driver.Conn }

func (sinkConn) Close() error { return nil }

func (sinkConn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), nil
}

func (sinkConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return &sinkRows{}, nil
}

// sinkRows is one row: when the order was stored.
type sinkRows struct{ read bool }

func (*sinkRows) Columns() []string { return []string{"created_at"} }
func (*sinkRows) Close() error      { return nil }

func (r *sinkRows) Next(to []driver.Value) error {
	if r.read {
		return io.EOF
	}
	r.read, to[0] = true, int64(1_700_000_000_000)
	return nil
}
