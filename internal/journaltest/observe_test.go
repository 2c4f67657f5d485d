package journaltest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/journal"
	"github.com/wapay-go/wapay/otel"
	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

// spanned is a shop whose provider is BarkaPay's sandbox, with one observer in
// the client and in the journal.
type spanned struct {
	*shop
	bp    *barkapaytest.Server
	j     *journal.Journal
	spans *tracetest.InMemoryExporter
}

func newSpanned(t *testing.T) *spanned {
	t.Helper()
	exporter := tracetest.NewInMemoryExporter()
	observe, err := otel.Observer(sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)), nil)
	require.NoError(t, err)
	s := &spanned{shop: newShop(t, databases[2]), spans: exporter}
	s.bp = barkapaytest.Start(t, barkapaytest.Config{RateLimit: -1})
	s.j = s.journal(journal.WithProvider("barkapay", s.bp.Client(wapay.WithObserver(observe), wapay.WithMaxRetries(0))),
		journal.WithObserver(observe))
	return s
}

// order returns a payment that the sandbox takes.
func (s *spanned) order() wapay.PaymentRequest {
	r := paymentOf("order-1")
	r.OTP = "" // MOOV asks for none
	return r
}

// journalSpan returns the journal's only span since the last time, after a look
// at all spans: each of the others is below it, and none shows the customer.
func (s *spanned) journalSpan() (one tracetest.SpanStub, calls int) {
	s.t.Helper()
	spans := s.spans.GetSpans()
	s.spans.Reset()
	roots := map[trace.SpanID]tracetest.SpanStub{}
	for _, span := range spans {
		if !span.Parent.IsValid() {
			roots[span.SpanContext.SpanID()], one = span, span
		}
		text := fmt.Sprint(span.Name, span.Attributes, span.Status, span.Events)
		for _, hidden := range []string{"70656188", "Awa", "Traor", "?", "http://", string(s.bp.Credentials().APIKey)} {
			assert.NotContains(s.t, text, hidden)
		}
	}
	require.Len(s.t, roots, 1, spans)
	for _, span := range spans {
		assert.Equal(s.t, one.SpanContext.TraceID(), span.SpanContext.TraceID())
		if span.Parent.SpanID() == one.SpanContext.SpanID() {
			assert.True(s.t, strings.HasPrefix(span.Name, "barkapay "), span.Name)
			calls++
		}
	}
	return one, calls
}

func attributes(s tracetest.SpanStub) map[string]string {
	all := map[string]string{}
	for _, a := range s.Attributes {
		all[strings.TrimPrefix(string(a.Key), "wapay.")] = a.Value.Emit()
	}
	return all
}

// TestSpansOfAnOrder follows a payment by its spans: the answer of the send is
// lost, the same call asks, the sweep asks, and a notification ends it.
func TestSpansOfAnOrder(t *testing.T) {
	s := newSpanned(t)
	want := func(op, outcome, state, status string, calls int) {
		t.Helper()
		span, n := s.journalSpan()
		assert.Equal(t, "journal "+op, span.Name)
		got := attributes(span)
		delete(got, "error.type")
		assert.Equal(t, map[string]string{
			"provider": "journal", "operation": op, "reference": "order-1", "outcome": outcome,
			"order.provider": "barkapay", "order.state": state, "order.status": status,
		}, got)
		assert.Equal(t, calls, n, "calls below the span of %s", op)
		assert.False(t, span.EndTime.Before(span.StartTime))
	}
	s.bp.Inject(sandbox.Fault{Kind: sandbox.FaultCut, Method: "POST"})
	_, err := s.j.Via().Pay(s.ctx, s.order())
	require.ErrorIs(t, err, wapay.ErrOutcomeUnknown)
	want("Pay", "outcome unknown", "asking", "unknown", 1)

	_, err = s.j.Via().Pay(s.ctx, s.order())
	require.NoError(t, err)
	want("Pay", "result", "known", "pending", 1)

	_, err = s.j.Via().FindPayment(s.ctx, wapay.Ref{Reference: "order-1"})
	require.NoError(t, err)
	want("FindPayment", "result", "known", "pending", 1)

	s.age(time.Hour)
	_, err = s.j.Sweep(s.ctx)
	require.NoError(t, err)
	want("Sweep", "result", "known", "pending", 1)

	e := event(ipn.KindPayment, "order-1", wapay.StatusSucceeded)
	e.Provider, e.Proof = "barkapay", ipn.ProofConfirmed
	require.NoError(t, s.j.Notify(s.ctx, e))
	want("Notify", "result", "over", "succeeded", 0)

	other := s.order()
	other.Amount = wapay.XOF.Units(6000)
	_, err = s.j.Via().Pay(s.ctx, other)
	require.ErrorIs(t, err, wapay.ErrDuplicate)
	want("Pay", "outcome unknown", "over", "succeeded", 0)

	require.NoError(t, s.j.Resolve(s.ctx, journal.Payment, "order-1", wapay.StatusRefunded, "given back in cash"))
	want("Resolve", "result", "over", "refunded", 0)
	require.ErrorIs(t, s.j.Resolve(s.ctx, journal.Payment, "order-1", wapay.StatusUnknown, "no"), wapay.ErrInvalid)
	want("Resolve", "read only", "over", "refunded", 0)
}

// TestSpanOfAReconciliation checks that a reconciliation has a span above its
// lists and lookups, which ends with the caller's loop.
func TestSpanOfAReconciliation(t *testing.T) {
	s := newSpanned(t)
	_, err := s.j.Via().Pay(s.ctx, s.order())
	require.NoError(t, err)
	from, to := today()
	for name, want := range map[string]string{"to the end": "result", "until a break": "result", "without a database": "read only"} {
		t.Run(name, func(t *testing.T) {
			s.exec("UPDATE wapay_orders SET amount = 1")
			s.spans.Reset()
			if name == "without a database" {
				s.exec("ALTER TABLE wapay_orders RENAME TO away")
				defer s.exec("ALTER TABLE away RENAME TO wapay_orders")
			}
			for range s.j.Reconcile(s.ctx, "barkapay", from, to) {
				if name == "until a break" {
					break
				}
			}
			span, calls := s.journalSpan()
			assert.Equal(t, "journal Reconcile", span.Name)
			got := attributes(span)
			delete(got, "error.type")
			assert.Equal(t, map[string]string{"provider": "journal", "operation": "Reconcile", "outcome": want}, got)
			assert.Positive(t, calls)
		})
	}
}

// TestSpanOfAHeldOrder checks that a span says that an order waits for a
// person, and that a failing notification does not make the outcome of a sent
// order unknown.
func TestSpanOfAHeldOrder(t *testing.T) {
	s := newSpanned(t)
	_, err := s.j.Via().Pay(s.ctx, s.order())
	require.NoError(t, err)
	s.spans.Reset()

	s.failing = errLost
	e := event(ipn.KindPayment, "order-1", wapay.StatusSucceeded)
	e.Provider, e.Proof = "barkapay", ipn.ProofConfirmed
	require.Error(t, s.j.Notify(s.ctx, e))
	span, _ := s.journalSpan()
	assert.Equal(t, "read only", attributes(span)["outcome"])

	s.exec("UPDATE wapay_orders SET held_at = 1, why = 'by hand'")
	_, err = s.j.Via().Pay(s.ctx, s.order())
	require.ErrorIs(t, err, journal.ErrHeld)
	span, _ = s.journalSpan()
	assert.Equal(t, "held", attributes(span)["order.state"])
}

// TestObserverPanics checks that a panic of an observer or a logger changes
// neither the row, the effect nor the outcome of an order.
func TestObserverPanics(t *testing.T) {
	for _, atEnd := range []bool{false, true} {
		t.Run(fmt.Sprintf("at the end %v", atEnd), func(t *testing.T) {
			var log bytes.Buffer
			s := newShop(t, databases[2], journal.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
				journal.WithObserver(func(ctx context.Context, _ *wapay.Observation) (context.Context, func()) {
					if !atEnd {
						panic("no")
					}
					return nil, func() { panic("no") }
				}))
			p, err := s.route.Payout(s.ctx, payoutOf("1"))
			require.NoError(t, err)
			assert.Equal(t, wapay.StatusPending, p.Status)
			require.NoError(t, s.j.Notify(s.ctx, event(ipn.KindPayout, "1", wapay.StatusSucceeded)))
			assert.Empty(t, s.judge(1, "pending", "succeeded"))
			assert.Equal(t, 2, strings.Count(log.String(), "the observer panicked"))
		})
	}
}
