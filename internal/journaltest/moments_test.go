package journaltest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

// Wherever the caller's context ends, the order is made once, and the call
// returns the truth.
func TestContextEndsAtEachPoint(t *testing.T) {
	s := newShop(t, databases[2])
	for life, script := range lives {
		for _, point := range journalhook.Points() {
			s.empty()
			s.repeat(0)
			script(s)
			ctx, cancel := context.WithCancel(s.ctx)
			s.hook.At = func(_ context.Context, at journalhook.Point) {
				if at == point {
					cancel()
				}
			}
			p, err := s.route.Payout(ctx, payoutOf("1"))
			s.hook.At = nil
			cancel()
			moved := s.a.has("payout", "1") || s.b.has("payout", "1")
			name := fmt.Sprintf("%s, %s", life, point)
			switch {
			case err == nil:
				assert.True(t, moved, name)
				assert.Equal(t, wapay.StatusPending, p.Status, name)
			case wapay.NotDone(err):
				assert.False(t, moved, "%s: %v", name, err)
			default:
				assert.ErrorIs(t, err, wapay.ErrOutcomeUnknown, name)
			}
			s.untilOver(t, name)
		}
	}
}

// People and processes decide about one order at once. It is made once more at
// most, and has one end.
func TestResolveRaces(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		for i := range 8 {
			reference := fmt.Sprint(i)
			s.hold(reference)
			before := s.a.sent() + s.b.sent()
			var wg sync.WaitGroup
			for _, do := range []func() error{
				func() error {
					return s.j.Resolve(s.ctx, journal.Payout, reference, wapay.StatusUnknown, "not there, says Awa")
				},
				func() error {
					return s.j.Resolve(s.ctx, journal.Payout, reference, wapay.StatusFailed, "not there, says Issa")
				},
				func() error { _, err := s.route.Payout(s.ctx, payoutOf(reference)); return err },
				func() error { _, err := s.j.Via("b").Payout(s.ctx, payoutOf(reference)); return err },
				func() error { _, err := s.j.Sweep(s.ctx); return err },
			} {
				wg.Add(1)
				go func() {
					defer wg.Done()
					_ = do()
				}()
			}
			wg.Wait()
			assert.LessOrEqual(t, s.a.sent()+s.b.sent(), before+1)
			told := s.effects(journal.Payout, reference)
			assert.LessOrEqual(t, len(told), 2, "%q", told)
		}
	})
}

// News before the answer, twice, against each other, of the other kind, from
// another provider.
func TestNotifyInAnyOrder(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		other := event(ipn.KindPayout, "1", wapay.StatusSucceeded)
		other.Provider = "b"
		s.a.status = wapay.StatusSucceeded
		s.a.onSend = []step{{arrives: true, before: func() {
			for _, e := range []*ipn.Event{
				event(ipn.KindPayout, "1", wapay.StatusSucceeded), event(ipn.KindPayout, "1", wapay.StatusSucceeded),
				event(ipn.KindPayout, "1", wapay.StatusPending), event(ipn.KindPayment, "1", wapay.StatusFailed),
			} {
				require.NoError(t, s.j.Notify(s.ctx, e))
			}
		}}}
		p, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, wapay.StatusSucceeded, p.Status)
		assert.Empty(t, s.judge(1, "succeeded"))
		assert.Equal(t, uint64(1), s.j.Foreign(), "no payment is in the journal")

		require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusFailed)))
		o := s.find(journal.Payout, "1")
		assert.True(t, o.Held)
		assert.Equal(t, wapay.StatusSucceeded, o.Status)
		require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusSucceeded, "a's support says so"))
		require.NoError(t, s.j.Notify(s.ctx, other))
		assert.Contains(t, s.find(journal.Payout, "1").Why, "made twice")
		assert.Empty(t, s.judge(1, "succeeded"))
	})
}

// The answer that refuses the order comes after the notification that it is
// made.
func TestRefusalAfterTheNews(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		for _, status := range []wapay.Status{wapay.StatusPending, wapay.StatusSucceeded} {
			s := newShop(t, d)
			s.a.onSend = []step{{arrives: true, err: s.a.fail(wapay.OutcomeRejected, nil), before: func() {
				require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", status)))
			}}}
			_, err := s.route.Payout(s.ctx, payoutOf("1"))
			require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
			assert.False(t, wapay.NotDone(err))
			assert.Empty(t, s.judge(1, status.String()))
		}
	})
}

// Nothing secret of a request stands in a row, a log, an order or an error.
func TestNothingSecretIsKept(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		var log strings.Builder
		s := newShop(t, d, journal.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		r := paymentOf("1")
		r.NotifyURL = "https://shop.example/ipn?token=S3CRETTOKEN"
		r.Metadata = map[string]string{"huge": strings.Repeat("M3TADATA", 1<<17)}
		said := "code " + r.OTP + " is wrong"
		for _, st := range []step{
			{err: errors.New(said)}, {panics: said}, {err: &wapay.Error{Provider: "a", Outcome: wapay.OutcomeRejected, Message: said}},
			{arrives: true, change: func(p *wapay.Payment) { p.Reason, p.ProviderStatus = said, said }},
		} {
			s.a.onSend = []step{st}
			_, _ = s.j.Via("a").Pay(s.ctx, r)
			s.age(2 * patience)
			s.sweep()
			all := s.dump() + log.String() + fmt.Sprintf("%+v", *s.find(journal.Payment, "1"))
			for _, secret := range []string{r.OTP, "S3CRETTOKEN", "M3TADATA"} {
				assert.NotContains(t, all, secret)
			}
			_ = s.j.Resolve(s.ctx, journal.Payment, "1", wapay.StatusUnknown, "not there")
			s.exec("DELETE FROM wapay_orders")
		}
		assert.NotContains(t, log.String(), aPhone.E164())
	})
}

// The merchant's function waits for a row that another transaction has locked
// in the other order. The database ends one of them, and the change comes
// again.
func TestOnChangeDeadlocks(t *testing.T) {
	for _, d := range databases[:2] {
		t.Run(d.name, func(t *testing.T) {
			s := newShop(t, d)
			s.exec("CREATE TABLE stock (id VARCHAR(10) PRIMARY KEY, n INT)")
			s.exec("INSERT INTO stock VALUES ('x', 0), ('y', 0)")
			s.j = s.journal(journal.WithProvider("a", s.a), journal.OnChange(
				func(ctx context.Context, tx *sql.Tx, o *journal.Order) error {
					first, second := "x", "y"
					if strings.HasSuffix(o.Reference, "1") {
						first, second = second, first
					}
					for _, id := range []string{first, second} {
						if _, err := tx.ExecContext(ctx, "UPDATE stock SET n = n + 1 WHERE id = '"+id+"'"); err != nil {
							return err
						}
						time.Sleep(5 * time.Millisecond)
					}
					return nil
				}))
			var wg sync.WaitGroup
			for i := range 6 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					for range 20 {
						if _, err := s.j.Via().Payout(s.ctx, payoutOf(fmt.Sprintf("%d-%d", i/2, i%2))); err == nil {
							return
						}
						time.Sleep(20 * time.Millisecond)
					}
				}()
			}
			wg.Wait()
			for range 20 {
				if s.sweep(); len(collect(t, s.j.Open(s.ctx))) > 0 {
					s.age(2 * lease)
				}
			}
			var x, y, n int
			s.scan("SELECT n FROM stock WHERE id = 'x'", &x)
			s.scan("SELECT n FROM stock WHERE id = 'y'", &y)
			s.scan("SELECT count(*) FROM wapay_orders WHERE status = 'pending'", &n)
			assert.Equal(t, s.a.sent(), n)
			assert.Equal(t, n, x)
			assert.Equal(t, n, y)
		})
	}
}
