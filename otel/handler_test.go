package otel_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/ipn"
	"github.com/wapay-go/wapay/otel"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

// The lookup that confirms a notification is a child of the notification's
// span. A forged notification is refused, and nothing of it is recorded.
func TestHandler(t *testing.T) {
	spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	mp := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	observe, err := otel.Observer(tp, mp)
	if err != nil {
		t.Fatal(err)
	}
	provider := barkapaytest.Start(t, barkapaytest.Config{})
	client := provider.Client(wapay.WithObserver(observe))
	var inner trace.SpanContext
	receive, err := ipn.NewHandler(ipn.BarkaPay(provider.SCIIPNKey()), func(ctx context.Context, e *ipn.Event) error {
		inner = trace.SpanContextFromContext(ctx)
		return nil
	}, ipn.WithStore(ipn.NewMemoryStore()), ipn.WithConfirm(ipn.ConfirmPayments(client)))
	if err != nil {
		t.Fatal(err)
	}
	handler, err := otel.Handler(receive, "/notify/barkapay", tp, mp)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	provider.Notify(server.URL + "/notify/barkapay?hidden=place")

	if _, err := client.Pay(ctx, wapay.PaymentRequest{Reference: "order-4521", Amount: wapay.XOF.Units(5000)}); err != nil {
		t.Fatal(err)
	}
	if err := provider.Approve("order-4521"); err != nil {
		t.Fatal(err)
	}
	if err := provider.WaitDelivered(ctx, "order-4521"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(server.URL+"/notify/barkapay?hidden=place", "application/json", strings.NewReader(`{"forged":"body"}`))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	server.Close() // waits for the spans

	statuses := map[any]trace.SpanContext{}
	var lookup bool
	for _, s := range spans.Ended() {
		if s.SpanKind() == trace.SpanKindServer {
			if s.Name() != "POST /notify/barkapay" {
				t.Errorf("span %q", s.Name())
			}
			statuses[attributes(s)["http.response.status_code"]] = s.SpanContext()
		}
		if s.Parent().SpanID() == inner.SpanID() && strings.HasPrefix(s.Name(), "barkapay ") {
			lookup = true
		}
	}
	if len(statuses) != 2 || statuses[int64(200)].SpanID() != inner.SpanID() || !lookup {
		t.Errorf("statuses %v, lookup %v:\n%s", statuses, lookup, text(spans.Ended()))
	}
	if status := int64(resp.StatusCode); status < 400 || !statuses[status].IsValid() {
		t.Errorf("the forged notification was answered %d, spans have %v", status, statuses)
	}
	r := recorder{reader: reader}
	points := r.metrics(t)
	if len(points["http.server.request.duration"]) != 2 {
		t.Errorf("metrics: %v", points)
	}
	if all := text(spans.Ended()) + fmt.Sprint(points); strings.Contains(all, "hidden") ||
		strings.Contains(all, "forged") {
		t.Error("a query or a body is recorded")
	}
}

// A handler that panics is counted, and the panic goes on.
func TestHandlerPanics(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	h, err := otel.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("no") }), "/x",
		sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), nil)
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("BREW", "/x", nil))
	}()
	if len(spans.Ended()) != 1 || attributes(spans.Ended()[0])["error.type"] != "panic" ||
		spans.Ended()[0].Name() != "_OTHER /x" {
		t.Error(text(spans.Ended()))
	}
	if _, err := otel.Handler(nil, "/x", nil, nil); err == nil {
		t.Error("a nil handler is not refused")
	}
}
