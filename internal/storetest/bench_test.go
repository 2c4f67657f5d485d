package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay/ipn"
)

// BenchmarkStore has beside each figure the floor that the database sets: one
// round trip that does nothing, and one that writes a row and waits until it is
// on the disk.
//
//	go test -run '^$' -bench Store -benchtime 2s
func BenchmarkStore(b *testing.B) {
	ctx := context.Background()
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			s, db, _ := newStore(b, d)
			run := func(name string, f func(i int) error) {
				b.Run(name, func(b *testing.B) {
					require.NoError(b, f(-1-b.N)) // connects and prepares
					b.ReportAllocs()
					b.ResetTimer()
					for i := range b.N {
						if err := f(i); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			run("floor: SELECT 1", func(int) error {
				var one int
				return db.QueryRowContext(ctx, "SELECT 1").Scan(&one)
			})
			run("floor: INSERT", inserter(b, db, d.dialect))
			runs := 0
			run("new", func(i int) error {
				if i < 0 {
					runs++
				}
				return handle(ctx, s, ipn.StateNew, fmt.Sprintf("barkapay:%d:%d", runs, i))
			})
			run("duplicate", func(i int) error {
				if i < 0 {
					_, c, err := s.Begin(ctx, "barkapay:done", lease)
					if c.Key == "" {
						return err
					}
					return s.Commit(ctx, c)
				}
				return handle(ctx, s, ipn.StateDone, "barkapay:done")
			})
		})
	}
}

// inserter writes a row of its own with each call.
func inserter(b *testing.B, db *sql.DB, dialect ipn.Dialect) func(int) error {
	b.Helper()
	table := uniqueTable(b, db)
	_, err := db.Exec("CREATE TABLE " + table + " (k BIGINT NOT NULL PRIMARY KEY)")
	require.NoError(b, err)
	parameter := "?"
	if dialect == ipn.PostgreSQL {
		parameter = "$1"
	}
	var n atomic.Int64
	return func(int) error {
		_, err := db.Exec("INSERT INTO "+table+" (k) VALUES ("+parameter+")", n.Add(1))
		return err
	}
}

// handle does what the handler does around a merchant's function.
func handle(ctx context.Context, s ipn.Store, want ipn.State, key string) error {
	state, c, err := s.Begin(ctx, key, lease)
	if err != nil {
		return err
	}
	if state != want {
		return fmt.Errorf("%s is %v", key, state)
	}
	if state != ipn.StateNew {
		return nil
	}
	return s.Commit(ctx, c)
}

// BenchmarkParallel is of new events on all of a pool's connections.
func BenchmarkParallel(b *testing.B) {
	ctx := context.Background()
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			s, db, _ := newStore(b, d)
			insert := inserter(b, db, d.dialect)
			var n atomic.Int64 // events so far
			parallel := func(name string, f func() error) {
				b.Run(name, func(b *testing.B) {
					b.SetParallelism(maxConns / 2) // times the number of processors
					b.ReportAllocs()
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							if err := f(); err != nil {
								b.Error(err)
								return
							}
						}
					})
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
				})
			}
			parallel("floor: INSERT", func() error { return insert(0) })
			parallel("new", func() error {
				return handle(ctx, s, ipn.StateNew, fmt.Sprint("barkapay:", n.Add(1)))
			})
		})
	}
}
