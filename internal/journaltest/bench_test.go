package journaltest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// instant is a provider that has no latency and remembers nothing.
type instant struct{ wapay.Payouter }

func (instant) Payout(_ context.Context, r wapay.PayoutRequest) (*wapay.Payout, error) {
	return &wapay.Payout{Provider: "a", ID: "id-" + r.Reference, Reference: r.Reference, Status: wapay.StatusPending, Amount: r.Amount}, nil
}

// BenchmarkPayout measures durable payouts, and beside them the least that a
// program by hand has to write: a row before the send, and the answer.
func BenchmarkPayout(b *testing.B) {
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			db := d.open(b, d.fresh(b))
			ctx := context.Background()
			j, err := journal.New(db, d.dialect, journal.WithProvider("a", instant{}))
			require.NoError(b, err)
			require.NoError(b, j.CreateSchema(ctx))
			_, err = db.Exec("CREATE TABLE by_hand (reference VARCHAR(100) PRIMARY KEY, status VARCHAR(20) NOT NULL)")
			require.NoError(b, err)
			insert, update := "INSERT INTO by_hand VALUES ($1, $2)", "UPDATE by_hand SET status = $1 WHERE reference = $2"
			if d.dialect == journal.MySQL {
				insert, update = "INSERT INTO by_hand VALUES (?, ?)", "UPDATE by_hand SET status = ? WHERE reference = ?"
			}
			var n atomic.Int64
			run := func(name string, one func(reference string) error) {
				b.Run(name, func(b *testing.B) {
					b.SetParallelism(4)
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							if err := one(fmt.Sprint(n.Add(1))); err != nil {
								b.Error(err)
							}
						}
					})
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
				})
			}
			run("by hand", func(reference string) error {
				if _, err := db.Exec(insert, reference, "sending"); err != nil {
					return err
				}
				_, err := db.Exec(update, "pending", reference)
				return err
			})
			route := j.Via()
			run("journal", func(reference string) error {
				_, err := route.Payout(ctx, payoutOf(reference))
				return err
			})
		})
	}
}
