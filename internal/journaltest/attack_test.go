package journaltest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

// References that a database may take for one are several orders.
func TestSimilarReferences(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		references := []string{
			"order", "Order", "ORDER", "order ", " order", "order  ", "ordér", "orde\u0301r", "ordęr", "ß", "ss", "ﬁ", "fi",
			"%", "_", `\`, `'`, `"`, "$1", "?", "0", "00", "0.0", "NULL", "true", "Æ", "æ", "AE", "\u200b", "😀", "😁",
			strings.Repeat("é", 127), strings.Repeat("😀", 63), strings.Repeat("x", 255), strings.Repeat("x", 254),
		}
		for i, reference := range references {
			p, err := s.route.Payout(s.ctx, payoutOf(reference))
			require.NoError(t, err, reference)
			assert.False(t, p.Replayed, reference)
			assert.Equal(t, reference, p.Reference)
			assert.Equal(t, i+1, s.a.sent(), reference)
		}
		for _, reference := range references {
			assert.Equal(t, reference, s.find(journal.Payout, reference).Reference)
			e := event(ipn.KindPayout, reference, wapay.StatusSucceeded)
			require.NoError(t, s.j.Notify(s.ctx, e))
		}
		var told, many int
		s.scan("SELECT count(*) FROM effects", &told)
		assert.Equal(t, 2*len(references), told)
		s.scan("SELECT count(*) FROM wapay_orders WHERE state = 'over'", &many)
		assert.Equal(t, len(references), many)
		for _, bad := range []string{"", strings.Repeat("é", 128), "a\x00b", "a\nb", "\xff", strings.Repeat("x", 256)} {
			_, err := s.route.Payout(s.ctx, payoutOf(bad))
			assert.ErrorIs(t, err, wapay.ErrInvalid, "%q", bad)
			assert.True(t, wapay.NotDone(err), "%q", bad)
		}
	})
}

// Names of providers that differ in case are several providers.
func TestProviderNamesDifferInCase(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		upper := newFake("A")
		both := s.journal(journal.WithProvider("a", s.a), journal.WithProvider("A", upper))
		_, err := both.Via("A").Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		_, err = both.Via("a").Payout(s.ctx, payoutOf("2"))
		require.NoError(t, err)
		s.age(time.Hour)
		swept, err := s.journal(journal.WithProvider("a", s.a)).Sweep(s.ctx)
		require.NoError(t, err)
		assert.Equal(t, journal.Swept{Asked: 1, NoProvider: 1}, swept)
		assert.Equal(t, 0, upper.asked())
	})
}

// A client's uncertain result leaves the order with its provider.
func TestUncertainResults(t *testing.T) {
	rejected := &wapay.Error{Provider: "a", Outcome: wapay.OutcomeRejected, Kind: wapay.ErrInvalid}
	for name, st := range map[string]step{
		"bare error":         {err: errors.New("x")},
		"bare kind":          {err: wapay.ErrInvalid},
		"duplicate":          {err: &wapay.Error{Provider: "a", Kind: wapay.ErrDuplicate}},
		"rejected duplicate": {err: &wapay.Error{Provider: "a", Outcome: wapay.OutcomeRejected, Kind: wapay.ErrDuplicate}},
		"joined unknown":     {err: errors.Join(rejected, &wapay.Error{Provider: "a"})},
		"joined bare":        {err: errors.Join(rejected, errors.New("and the next one did not answer"))},
		"joined duplicate":   {err: errors.Join(rejected, wapay.ErrDuplicate)},
		"nil *Error":         {err: (*wapay.Error)(nil)},
		"nothing":            {nothing: true},
		"panic":              {panics: rejected},
		"panic(nil error)":   {panics: error(rejected)},
		"context":            {err: context.Canceled},
		"outcome 9":          {err: &wapay.Error{Provider: "a", Outcome: 9}},
		"held":               {err: journal.ErrHeld},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, databases[2])
			st.arrives = true
			s.a.onSend = []step{st}
			_, err := s.route.Payout(s.ctx, payoutOf("1"))
			require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
			assert.False(t, wapay.NotDone(err))
			assert.Zero(t, s.b.sent())
			p, err := s.j.Via("b", "a").Payout(s.ctx, payoutOf("1"))
			require.NoError(t, err)
			assert.Equal(t, "a", p.Provider)
			assert.Empty(t, s.judge(1, "pending"))
		})
	}
}

// An impossible result, or one of another order, is no success.
func TestImpossibleResults(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*wapay.Payment)
		held   bool
	}{
		"another reference": {func(p *wapay.Payment) { p.Reference = "2" }, true},
		"another amount":    {func(p *wapay.Payment) { p.Amount = wapay.XOF.Units(1) }, true},
		"another currency":  {func(p *wapay.Payment) { p.Amount = wapay.XAF.Units(5000) }, true},
		"status 99":         {func(p *wapay.Payment) { p.Status = 99 }, false},
		"status -1":         {func(p *wapay.Payment) { p.Status = -1 }, false},
		"long texts": {func(p *wapay.Payment) {
			p.ID, p.ProviderStatus, p.Reason = strings.Repeat("x", 300), strings.Repeat("é", 300), strings.Repeat("😀", 3000)
			p.OperatorID = "\x00\xff" + strings.Repeat("y", 999)
		}, false},
		"no reference": {func(p *wapay.Payment) { p.Reference, p.Amount = "", wapay.Money{} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, d database) {
				s := newShop(t, d)
				s.a.onSend = []step{{arrives: true, change: x.change}}
				_, err := s.route.Payout(s.ctx, payoutOf("1"))
				o := s.find(journal.Payout, "1")
				assert.Equal(t, x.held, o.Held, "%v", err)
				assert.Equal(t, x.held, errors.Is(err, journal.ErrHeld), "%v", err)
				assert.NotEqual(t, journal.StateOver, o.State)
				assert.Zero(t, s.b.sent())
			})
		})
	}
}

// An answer about another order is no answer.
func TestAnswersAboutAnotherOrder(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		for _, change := range []func(*wapay.Payment){
			func(p *wapay.Payment) { p.Reference = "2" },
			func(p *wapay.Payment) { p.Reference, p.ID = "", "a-payout2" },
		} {
			s.a.onAsk = []step{{change: func(p *wapay.Payment) { p.Status = wapay.StatusSucceeded; change(p) }}}
			_, err = s.route.FindPayout(s.ctx, wapay.Ref{Reference: "1"})
			require.Error(t, err)
			o := s.find(journal.Payout, "1")
			assert.Equal(t, wapay.StatusPending, o.Status)
			assert.False(t, o.Held)
		}
		assert.Empty(t, s.judge(1, "pending"))
	})
}

// An error that names an unreachable provider and an order that is not found is
// no "not found".
func TestNotFoundBesideUnreached(t *testing.T) {
	s := newShop(t, databases[2])
	s.a.onSend = []step{{arrives: true, err: errLost}}
	_, _ = s.route.Payout(s.ctx, payoutOf("1"))
	for range 3 {
		s.a.onAsk = []step{{err: errors.Join(s.a.fail(wapay.OutcomeReadOnly, wapay.ErrNotFound),
			s.a.fail(wapay.OutcomeReadOnly, wapay.ErrUnavailable))}}
		s.age(2 * patience)
		s.sweep()
	}
	assert.False(t, s.find(journal.Payout, "1").Held)
}

// A broken request under a used reference is another one, and not "not sent".
func TestBrokenAmountUnderAUsedReference(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		broken := payoutOf("1")
		broken.Amount = wapay.Money{}
		_, err := s.route.Payout(s.ctx, broken)
		require.True(t, wapay.NotDone(err), "%v", err)
		require.ErrorIs(t, err, wapay.ErrInvalid)
		_, err = s.route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		_, err = s.route.Payout(s.ctx, broken)
		require.ErrorIs(t, err, wapay.ErrDuplicate)
		require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
		assert.False(t, wapay.NotDone(err))
		_, again := journal.RetryAfter(fmt.Errorf("job: %w", err))
		assert.False(t, again)
	})
}

// A payment that no provider took is not paid by the notification of a payout
// that shares its reference: not every signature covers the kind.
func TestNotifyPayoutLeavesReadyPayment(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		_, err := s.j.Via("a").Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		s.b.onSend = []step{{err: s.b.fail(wapay.OutcomeRejected, nil)}}
		_, err = s.j.Via("b").Pay(s.ctx, paymentOf("1"))
		require.True(t, wapay.NotDone(err))
		e := event(ipn.KindPayment, "1", wapay.StatusSucceeded)
		e.ID = "a-payout1"
		require.NoError(t, s.j.Notify(s.ctx, e))
		assert.Equal(t, journal.StateReady, s.find(journal.Payment, "1").State)
		_, err = s.j.Via("b").Pay(s.ctx, paymentOf("1"))
		require.NoError(t, err)
		require.NoError(t, s.j.Notify(s.ctx, e))
		o := s.find(journal.Payment, "1")
		assert.False(t, o.Held)
		assert.Equal(t, wapay.StatusPending, o.Status)
		assert.Equal(t, []string{"pending"}, s.effects(journal.Payment, "1"))
	})
}

// While an order is being sent nobody is told of a failure, which may be that of
// an earlier send.
func TestFailureWhileSending(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		failed := event(ipn.KindPayout, "1", wapay.StatusFailed)
		failed.ID = ""
		fail := func() {
			s.a.mu.Lock()
			s.a.orders["payout1"] = &wapay.Payment{Provider: "a", Reference: "1", Status: wapay.StatusFailed}
			s.a.mu.Unlock()
			require.ErrorIs(t, s.j.Notify(s.ctx, failed), journal.ErrInFlight)
			_, err := s.route.FindPayout(s.ctx, wapay.Ref{Reference: "1"})
			require.ErrorIs(t, err, journal.ErrInFlight)
			var e *wapay.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, wapay.OutcomeReadOnly, e.Outcome)
			assert.Equal(t, journal.StateSending, s.find(journal.Payout, "1").State)
			s.a.mu.Lock()
			delete(s.a.orders, "payout1")
			s.a.mu.Unlock()
		}
		s.a.onSend = []step{
			{err: s.a.fail(wapay.OutcomeRejected, wapay.ErrInsufficientFunds), before: fail}, {arrives: true, before: fail},
		}
		route := s.j.Via("a")
		_, err := route.Payout(s.ctx, payoutOf("1"))
		require.True(t, wapay.NotDone(err))
		require.NoError(t, s.j.Notify(s.ctx, failed))
		_, err = route.Payout(s.ctx, payoutOf("1"))
		require.NoError(t, err)
		assert.Equal(t, []string{"pending"}, s.effects(journal.Payout, "1"))
		require.NoError(t, s.j.Notify(s.ctx, failed))
		assert.Equal(t, []string{"pending", "failed"}, s.effects(journal.Payout, "1"), "nothing is being sent")
	})
}

// An event that names no provider proves nothing.
func TestNotifyWithoutAProvider(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeRejected, nil)}}
		_, err := s.j.Via("a").Payout(s.ctx, payoutOf("1"))
		require.True(t, wapay.NotDone(err))
		e := event(ipn.KindPayout, "1", wapay.StatusSucceeded)
		e.Provider = ""
		require.NoError(t, s.j.Notify(s.ctx, e))
		e.Reference, e.ID = "", "x"
		require.NoError(t, s.j.Notify(s.ctx, e))
		assert.Equal(t, journal.StateReady, s.find(journal.Payout, "1").State)
		assert.Empty(t, s.effects(journal.Payout, "1"))
	})
}

// Even if the merchant's function ends the transaction, which it must not, the
// order is sent once.
func TestOnChangeEndsTransaction(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		for _, end := range []func(*sql.Tx) error{(*sql.Tx).Commit, (*sql.Tx).Rollback} {
			s := newShop(t, d)
			rude := true
			s.j = s.journal(journal.WithProvider("a", s.a), journal.OnChange(
				func(ctx context.Context, tx *sql.Tx, o *journal.Order) error {
					if err := s.effect(ctx, tx, o); err != nil || !rude {
						return err
					}
					return end(tx)
				}))
			_, _ = s.j.Via().Payout(s.ctx, payoutOf("1"))
			rude = false
			for range 2 {
				s.age(2 * lease)
				_, err := s.j.Sweep(s.ctx)
				require.NoError(t, err)
			}
			assert.Empty(t, s.judge(1, "pending"))
		}
	})
}

// A call returns the address of a page even if it is too long for its column.
func TestPageWithALongAddress(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s := newShop(t, d)
		long := "https://pay.example/?token=" + strings.Repeat("x", 3000)
		s.a.onSend = []step{{arrives: true, change: func(p *wapay.Payment) { p.CheckoutURL, p.Action = long, wapay.ActionOpenPage }}}
		p, err := s.route.Pay(s.ctx, paymentOf("1"))
		require.NoError(t, err)
		assert.Equal(t, long, p.CheckoutURL)
		assert.Equal(t, wapay.ActionOpenPage, p.Action)
		p, err = s.route.Pay(s.ctx, paymentOf("1"))
		require.NoError(t, err)
		assert.Equal(t, wapay.ActionPageLost, p.Action)
	})
}
