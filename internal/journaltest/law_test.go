package journaltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/journalhook"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
)

// laws has a story for each rule. A story returns the error, or "" while the
// rule holds.
var laws = map[journalhook.Rule]func(*shop) string{
	journalhook.RowFirst: func(s *shop) string {
		s.exec("ALTER TABLE wapay_orders RENAME TO gone")
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		if s.a.sent() > 0 {
			return "sent without a row"
		}
		return want(errors.Is(err, wapay.ErrOutcomeUnknown), "the order may have been sent before: %v", err)
	},
	journalhook.UnstoredIsOpen: func(s *shop) string {
		s.a.onSend = []step{{arrives: true, before: func() { s.exec("ALTER TABLE wapay_orders RENAME TO gone") }}}
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		if !errors.Is(err, wapay.ErrOutcomeUnknown) {
			return fmt.Sprint("returned an answer that is nowhere: ", err)
		}
		s.exec("ALTER TABLE gone RENAME TO wapay_orders")
		s.age(2 * lease)
		s.sweep()
		return s.judge(1, "pending")
	},
	journalhook.LapsedIsAsking: func(s *shop) string {
		s.a.onSend = []step{{arrives: true, before: func() { s.age(2 * lease) }}, {arrives: false, err: errLost}}
		s.dies(journalhook.AfterSend)
		_, _ = s.route.Payout(s.ctx, payoutOf("1"))
		return s.judge(1, "pending")
	},
	journalhook.LateIsHarmless: func(s *shop) string {
		s.a.onSend = []step{{err: s.a.fail(wapay.OutcomeRejected, wapay.ErrInvalid), before: func() {
			s.age(2 * lease)
			s.sweep() // another process takes over: from now on it is only asked about
		}}}
		_, err := s.j.Via("a").Payout(s.ctx, payoutOf("1"))
		if !errors.Is(err, wapay.ErrOutcomeUnknown) {
			return fmt.Sprint("the late holder's word counted: ", err)
		}
		return want(s.find(journal.Payout, "1").State == journal.StateAsking, "the late holder took it back")
	},
	journalhook.OnlyNotDone: func(s *shop) string {
		for i, st := range []step{
			{arrives: true, err: errLost}, {arrives: true, nothing: true}, {arrives: true, panics: "client"},
			{arrives: true, err: s.a.fail(wapay.OutcomeUnknown, wapay.ErrUnavailable)},
			{arrives: true, err: s.a.fail(wapay.OutcomeRejected, wapay.ErrDuplicate)},
			{arrives: true, err: s.a.fail(wapay.OutcomeReadOnly, nil)},
		} {
			s.a.onSend = []step{st}
			reference := fmt.Sprint(i)
			if _, err := s.route.Payout(s.ctx, payoutOf(reference)); !errors.Is(err, wapay.ErrOutcomeUnknown) {
				return fmt.Sprint("not unknown: ", err)
			}
			if _, err := s.j.Via("b").Payout(s.ctx, payoutOf(reference)); err != nil {
				return fmt.Sprint("by another route: ", err)
			}
		}
		return want(s.b.sent() == 0, "sent to the next provider on an unknown")
	},
	journalhook.RepeatSafeOnly: func(s *shop) string {
		s.a.onSend = []step{{err: errLost}}
		for range 3 {
			_, _ = s.route.Payout(s.ctx, payoutOf("1"))
			s.age(2 * patience)
		}
		o := s.find(journal.Payout, "1")
		return want(s.a.sent() == 1 && o.Held, "sent again without knowing that it is safe: %+v", o)
	},
	journalhook.UnreachedIsNot: func(s *shop) string {
		s.a.onSend = []step{{arrives: true, err: errLost}}
		_, _ = s.route.Payout(s.ctx, payoutOf("1"))
		for range 3 {
			s.a.onAsk = []step{{err: s.a.fail(wapay.OutcomeReadOnly, wapay.ErrUnavailable)}}
			s.age(2 * patience)
			s.sweep()
		}
		o := s.find(journal.Payout, "1")
		return want(!o.Held && o.State == journal.StateAsking, "held, and nobody had said that it is not there: %+v", o)
	},
	journalhook.OneTransaction: func(s *shop) string {
		s.failing = errors.New("out of paper")
		_, err := s.route.Payout(s.ctx, payoutOf("1"))
		if !errors.Is(err, wapay.ErrOutcomeUnknown) || !errors.Is(err, s.failing) {
			return fmt.Sprint("the failure is not told: ", err)
		}
		if o := s.find(journal.Payout, "1"); o.Status != wapay.StatusUnknown {
			return "the status is stored, and its effect is not"
		}
		s.failing = nil
		s.age(lease)
		s.sweep()
		return s.judge(1, "pending")
	},
	journalhook.OnlyForward: func(s *shop) string {
		_, _ = s.route.Payout(s.ctx, payoutOf("1"))
		for _, status := range []wapay.Status{
			wapay.StatusPending, wapay.StatusSucceeded, wapay.StatusPending, wapay.StatusSucceeded, wapay.StatusUnknown,
		} {
			if err := s.j.Notify(s.ctx, event(ipn.KindPayout, "1", status)); err != nil {
				return err.Error()
			}
		}
		return s.judge(1, "pending", "succeeded")
	},
	journalhook.OnlyProven: func(s *shop) string {
		_, _ = s.route.Payout(s.ctx, payoutOf("1"))
		e := event(ipn.KindPayout, "1", wapay.StatusSucceeded)
		e.Proof = ipn.ProofNone
		asked := s.a.asked()
		if err := s.j.Notify(s.ctx, e); err != nil {
			return err.Error()
		}
		if v := s.judge(1, "pending"); v != "" {
			return v
		}
		return want(s.a.asked() == asked+1, "asked %d times", s.a.asked()-asked)
	},
	journalhook.OnlyFitting: func(s *shop) string {
		_, _ = s.route.Payout(s.ctx, payoutOf("1"))
		for _, change := range []func(*ipn.Event){
			func(e *ipn.Event) { e.Amount = wapay.XOF.Units(50) },
			func(e *ipn.Event) { e.Amount = wapay.Money{} },
			func(e *ipn.Event) { e.ID = "a-payout2" },
		} {
			e := event(ipn.KindPayout, "1", wapay.StatusSucceeded)
			change(e)
			if err := s.j.Notify(s.ctx, e); err != nil {
				return err.Error()
			}
		}
		return s.judge(1, "pending")
	},
	journalhook.SameRequest: func(s *shop) string {
		_, _ = s.route.Payout(s.ctx, payoutOf("1"))
		for field, change := range map[string]func(*wapay.PayoutRequest){
			"Amount":          func(r *wapay.PayoutRequest) { r.Amount = wapay.XOF.Units(7000) },
			"Operator":        func(r *wapay.PayoutRequest) { r.Operator = "ORANGE" },
			"Recipient.Phone": func(r *wapay.PayoutRequest) { r.Recipient.Phone = bPhone },
		} {
			r := payoutOf("1")
			change(&r)
			_, err := s.route.Payout(s.ctx, r)
			var e *wapay.Error
			if !errors.Is(err, wapay.ErrDuplicate) || wapay.NotDone(err) || !errors.As(err, &e) || e.Details[0].Field != field {
				return fmt.Sprintf("another %s: %v", field, err)
			}
		}
		_, err := s.route.Pay(s.ctx, paymentOf("1"))
		return want(err == nil, "a payment may share the reference: %v", err)
	},
	journalhook.OwnContext: func(s *shop) string {
		ctx, cancel := context.WithCancel(s.ctx)
		s.a.onSend = []step{{arrives: true, before: cancel}}
		_, err := s.route.Payout(ctx, payoutOf("1"))
		if err != nil {
			return fmt.Sprint("what came was lost: ", err)
		}
		return s.judge(1, "pending")
	},
	journalhook.NoCode: func(s *shop) string {
		r := paymentOf("1")
		s.a.onSend = []step{{err: &wapay.Error{
			Provider: "a", Outcome: wapay.OutcomeRejected, Kind: wapay.ErrInvalid, Message: "code " + r.OTP + " has expired",
		}}}
		_, _ = s.j.Via("a").Pay(s.ctx, r)
		first := s.dump()
		if strings.Contains(first, r.OTP) {
			return "the one-time code is in the row"
		}
		other := paymentOf("2")
		other.OTP = "111111"
		_, _ = s.j.Via("a").Pay(s.ctx, paymentOf("3"))
		other.Reference = "3"
		var before, after string
		s.scan("SELECT print FROM wapay_orders WHERE reference = '3'", &before)
		s.exec("DELETE FROM wapay_orders WHERE reference = '3'")
		_, _ = s.j.Via("a").Pay(s.ctx, other)
		s.scan("SELECT print FROM wapay_orders WHERE reference = '3'", &after)
		return want(before == after, "the print tells the one-time code to anybody who tries them all")
	},
}

func want(ok bool, format string, args ...any) string {
	if ok {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// judge says whether payout 1 is once at provider a, nowhere else, and has had
// these effects.
func (s *shop) judge(sends int, effects ...string) string {
	got := s.effects(journal.Payout, "1")
	slices.Sort(got)
	slices.Sort(effects)
	switch {
	case s.a.sent() != sends || s.b.sent() != 0:
		return fmt.Sprintf("sent %d times to a and %d times to b", s.a.sent(), s.b.sent())
	case !slices.Equal(got, effects):
		return fmt.Sprintf("effects %q, want %q", got, effects)
	}
	return ""
}

// dies runs a call whose process dies at a point.
func (s *shop) dies(p journalhook.Point) {
	s.t.Helper()
	s.at(p, func() { panic(p) })
	func() {
		defer func() {
			if recover() != p {
				s.t.Errorf("the call did not reach %q", p)
			}
		}()
		_, _ = s.route.Payout(s.ctx, payoutOf("1"))
	}()
	s.hook.At = nil
}

func (s *shop) at(p journalhook.Point, fn func()) {
	s.hook.At = func(_ context.Context, at journalhook.Point) {
		if at == p {
			fn()
		}
	}
}

func (s *shop) exec(query string) {
	s.t.Helper()
	_, err := s.db.Exec(query)
	assert.NoError(s.t, err, query)
}

func (s *shop) scan(query string, into any) {
	s.t.Helper()
	assert.NoError(s.t, s.db.QueryRow(query).Scan(into), query)
}

// dump returns every value of every order as text.
func (s *shop) dump() string {
	s.t.Helper()
	rows, err := s.db.Query("SELECT * FROM wapay_orders")
	if !assert.NoError(s.t, err) {
		return ""
	}
	defer rows.Close()
	names, _ := rows.Columns()
	values := make([]any, len(names))
	for i := range values {
		values[i] = new(any)
	}
	var b strings.Builder
	for rows.Next() {
		assert.NoError(s.t, rows.Scan(values...))
		for i, v := range values {
			v := *v.(*any)
			if text, ok := v.([]byte); ok {
				v = string(text)
			}
			fmt.Fprintf(&b, "%s: %v\n", names[i], v)
		}
	}
	return b.String()
}

// Each rule holds, and its story ends badly without it.
func TestLaws(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		for rule, story := range laws {
			t.Run(string(rule), func(t *testing.T) {
				assert.Empty(t, story(newShop(t, d)), "with the rule")
				s := newShop(t, d)
				s.hook.Off = map[journalhook.Rule]bool{rule: true}
				bad := story(s)
				assert.NotEmpty(t, bad, "without the rule nothing goes wrong: the story proves nothing")
				t.Log("without the rule: ", bad)
			})
		}
	})
}
