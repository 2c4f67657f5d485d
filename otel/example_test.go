package otel_test

import (
	"context"
	"fmt"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/otel"
	"github.com/wapay-go/wapay/sandbox/barkapaytest"
)

// A payment is one span for the call, with one under it for each attempt.
func ExampleObserver() {
	spans := tracetest.NewSpanRecorder() // in production: an exporter
	traces := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	observe, err := otel.Observer(traces, sdkmetric.NewMeterProvider())
	if err != nil {
		fmt.Println(err)
		return
	}
	provider := barkapaytest.New(barkapaytest.Config{})
	defer provider.Close()
	client := provider.Client(wapay.WithObserver(observe)) // in production: barkapay.New(keys, wapay.WithObserver(observe))

	_, err = client.Pay(context.Background(), wapay.PaymentRequest{Reference: "order-4521", Amount: wapay.XOF.Units(5000)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, span := range spans.Ended() {
		fmt.Println(span.Name())
	}
	// Output:
	// POST /api/client/payment/mobile/web/create
	// barkapay Pay
}
