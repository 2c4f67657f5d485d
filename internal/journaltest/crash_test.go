package journaltest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
	"github.com/wapay-go/wapay/journal"
)

// lives has the ways in which the providers handle an order.
var lives = map[string]func(s *shop){
	"goes well": func(*shop) {},
	"fails over": func(s *shop) {
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeRejected, wapay.ErrForbidden)}}
	},
	"is refused, then taken": func(s *shop) {
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeNotSent, nil)}}
		s.b.onSend = []step{{err: s.b.fail(wapay.OutcomeRejected, wapay.ErrInsufficientFunds)}}
	},
	"arrives, and the answer is lost": func(s *shop) { s.a.onSend = []step{{arrives: true, err: errLost}} },
	"does not arrive":                 func(s *shop) { s.a.onSend = []step{{err: errLost}} },
}

// Wherever a process dies, the order is made once, and the function gets each
// status once.
func TestCrashAtEachPoint(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		t.Parallel() // the databases work side by side
		s := newShop(t, d)
		reached := map[journalhook.Point]bool{}
		for life, script := range lives {
			for _, point := range journalhook.Points() {
				for _, safe := range []bool{true, false} {
					s.empty()
					if s.repeat(0); !safe {
						s.j = s.journal(journal.WithProvider("a", s.a), journal.WithProvider("b", s.b))
						s.route = s.j.Via()
					}
					script(s)
					armed := true
					s.hook.At = func(_ context.Context, at journalhook.Point) {
						if at == point && armed {
							armed, reached[at] = false, true
							runtime.Goexit()
						}
					}
					s.untilOver(t, fmt.Sprintf("%s, %s, repeats safe: %v", life, point, safe))
				}
			}
		}
		for _, point := range journalhook.Points() {
			assert.True(t, reached[point], "no order came to the point %q", point)
		}
	})
}

// untilOver calls again, sweeps, and looks a held order up in the dashboard, as
// merchants do.
func (s *shop) untilOver(t *testing.T, name string) {
	t.Helper()
	for range 20 {
		survive(func() error { _, err := s.route.Payout(s.ctx, payoutOf("1")); return err })
		s.age(2 * patience)
		survive(func() error { _, err := s.j.Sweep(s.ctx); return err })
		for _, f := range []*fake{s.a, s.b} {
			if f.has("payout", "1") {
				f.becomes("payout", "1", wapay.StatusSucceeded)
			}
		}
		o, err := s.j.Find(s.ctx, journal.Payout, "1")
		if err != nil {
			continue
		}
		if o.Held {
			require.False(t, s.a.has("payout", "1") || s.b.has("payout", "1"), "%s: held, and could be known: %s", name, o.Why)
			require.NoError(t, s.j.Resolve(s.ctx, journal.Payout, "1", wapay.StatusUnknown, "not in the dashboard"))
		}
		if o.State != journal.StateOver {
			continue
		}
		require.NotEqual(t, s.a.has("payout", "1"), s.b.has("payout", "1"), "%s: made twice", name)
		effects := s.effects(journal.Payout, "1")
		slices.Sort(effects)
		if len(effects) == 1 { // it was over before anybody heard of it
			effects = append([]string{"pending"}, effects...)
		}
		require.Equal(t, []string{"pending", "succeeded"}, effects, name)
		return
	}
	require.Fail(t, "the order does not end", name)
}

// survive waits for a call, or for its end in the middle. As in a process that
// dies, nothing of it runs then but the rollback of its transaction.
func survive(call func() error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = call()
	}()
	<-done
}
