package journaltest

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/journal"
)

// live is a fake that tells which operators work.
type live struct {
	*fake
	states []wapay.OperatorState
	err    error
	asked  atomic.Int32
}

func (l *live) OperatorStates(context.Context) ([]wapay.OperatorState, error) {
	l.asked.Add(1)
	return l.states, l.err
}

func newLiveShop(t *testing.T, states ...wapay.OperatorState) (*shop, *live) {
	s := newShop(t, databases[2])
	l := &live{fake: s.a, states: states}
	s.j = s.journal(journal.WithProvider("a", l), journal.WithProvider("b", s.b))
	s.route = s.j.Via()
	return s, l
}

// An order goes to the provider whose operator works, and the first provider is
// asked once for all orders of a minute.
func TestRouteSkipsDownOperator(t *testing.T) {
	for name, tt := range map[string]struct {
		state        wapay.OperatorState
		pay, payout  string // the provider that gets it
		answerFailed bool
	}{
		"works":               {wapay.OperatorState{Operator: "moov", Country: "BF", Payments: true, Payouts: true}, "a", "a", false},
		"down":                {wapay.OperatorState{Operator: "MOOV", Country: "BF"}, "b", "b", false},
		"takes payments":      {wapay.OperatorState{Operator: "MOOV", Payments: true}, "a", "b", false},
		"down elsewhere":      {wapay.OperatorState{Operator: "MOOV", Country: "TG"}, "a", "a", false},
		"another is down":     {wapay.OperatorState{Operator: "ORANGE"}, "a", "a", false},
		"nobody could answer": {wapay.OperatorState{Operator: "MOOV"}, "a", "a", true},
	} {
		t.Run(name, func(t *testing.T) {
			s, l := newLiveShop(t, tt.state)
			if tt.answerFailed {
				l.err = s.a.fail(wapay.OutcomeReadOnly, wapay.ErrUnavailable)
				l.states = nil
			}
			for range 3 {
				_, err := s.route.Pay(s.ctx, paymentOf("1"))
				require.NoError(t, err)
				_, err = s.route.Payout(s.ctx, payoutOf("1"))
				require.NoError(t, err)
			}
			assert.Equal(t, tt.pay, s.find(journal.Payment, "1").Provider)
			assert.Equal(t, tt.payout, s.find(journal.Payout, "1").Provider)
			assert.EqualValues(t, 1, l.asked.Load())
		})
	}
}

// An operator that does not work is no reason to leave an order unsent that
// nobody else takes, or to send one elsewhere that may have been sent.
func TestRouteWithAnOperatorThatIsDown(t *testing.T) {
	down := wapay.OperatorState{Operator: "MOOV"}
	t.Run("one provider", func(t *testing.T) {
		s, l := newLiveShop(t, down)
		_, err := s.j.Via("a").Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, "a", s.find(journal.Payout, "1").Provider)
		assert.Zero(t, l.asked.Load(), "there is no choice")
	})
	t.Run("down everywhere", func(t *testing.T) {
		s, _ := newLiveShop(t, down)
		other := &live{fake: s.b, states: []wapay.OperatorState{down}}
		j := s.journal(journal.WithProvider("a", &live{fake: s.a, states: []wapay.OperatorState{down}}), journal.WithProvider("b", other))
		_, err := j.Via().Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, "a", s.find(journal.Payout, "1").Provider)
	})
	t.Run("sent before", func(t *testing.T) {
		s, l := newLiveShop(t, down)
		s.a.onSend = []step{{arrives: true, err: errLost}}
		_, err := s.j.Via("a").Payout(s.ctx, payoutOf("1"))
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		p, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, "a", p.Provider)
		assert.Empty(t, s.b.sends)
		assert.EqualValues(t, 1, l.asked.Load())
	})
	t.Run("refused by all but the one that is down", func(t *testing.T) {
		s, _ := newLiveShop(t, down)
		s.b.onSend = []step{{err: s.b.fail(wapay.OutcomeRejected, wapay.ErrInsufficientFunds)}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		assert.True(t, wapay.NotDone(err))
		assert.Empty(t, s.a.sends)
	})
}
