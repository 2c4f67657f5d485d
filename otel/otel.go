// Package otel makes OpenTelemetry spans and metrics for a client's calls.
//
//	observe, err := otel.Observer(nil, nil) // nil: the global providers
//	…
//	bp, err := barkapay.New(credentials, wapay.WithObserver(observe))
//
// A call is an internal span, such as "barkapay Charge". Each of its attempts
// is a client span under it, such as "POST /api/payments/{id}". It has the
// attributes of the semantic conventions for HTTP clients. There is no
// url.full: some providers have a token in the query. There is no body, phone
// number or key either.
//
// [Handler] does the same for notifications. For an order's way through the
// journal, give the observer to journal.WithObserver too. The calls are then
// children of a span such as "journal Pay", which has the state of the order.
//
// Do not put otelhttp's transport into the client. It records the whole URL,
// and the token in it.
package otel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/wapay-go/wapay"
)

const scope = "github.com/wapay-go/wapay/otel"

// buckets has the seconds of the semantic conventions, and the time-out of an
// attempt.
var buckets = metric.WithExplicitBucketBoundaries(
	0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30)

type observer struct {
	tracer   trace.Tracer
	attempts metric.Float64Histogram
	calls    metric.Float64Histogram
}

// Observer returns an observer for [wapay.WithObserver]. Without a provider it
// uses the global one.
//
// The metric http.client.request.duration measures attempts. The metric
// wapay.call.duration measures calls and the journal's orders, by provider,
// operation and outcome. Both are in seconds. No metric has a reference.
func Observer(tp trace.TracerProvider, mp metric.MeterProvider) (wapay.Observer, error) {
	if tp == nil {
		tp = otel.GetTracerProvider()
	}
	if mp == nil {
		mp = otel.GetMeterProvider()
	}
	version := wapay.Version
	meter := mp.Meter(scope, metric.WithInstrumentationVersion(version))
	attempts, err := meter.Float64Histogram("http.client.request.duration",
		metric.WithUnit("s"), metric.WithDescription("Duration of HTTP client requests."), buckets)
	calls, err2 := meter.Float64Histogram("wapay.call.duration",
		metric.WithUnit("s"), metric.WithDescription("Duration of calls with all their attempts."), buckets)
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	o := &observer{tp.Tracer(scope, trace.WithInstrumentationVersion(version)), attempts, calls}
	return o.observe, nil
}

func (o *observer) observe(ctx context.Context, obs *wapay.Observation) (context.Context, func()) {
	if obs.Attempt == 0 {
		return o.call(ctx, obs)
	}
	return o.attempt(ctx, obs)
}

func (o *observer) call(ctx context.Context, obs *wapay.Observation) (context.Context, func()) {
	labels := []attribute.KeyValue{
		attribute.String("wapay.provider", obs.Provider),
		attribute.String("wapay.operation", obs.Op),
	}
	ctx, span := o.tracer.Start(ctx, obs.Provider+" "+obs.Op, trace.WithAttributes(labels...))
	if obs.Reference != "" {
		span.SetAttributes(attribute.String("wapay.reference", obs.Reference))
	}
	return ctx, func() {
		labels := append(labels, attribute.String("wapay.outcome", obs.Outcome()))
		labels = append(labels, errorType(obs)...)
		span.SetAttributes(labels...)
		if obs.OrderState != "" {
			span.SetAttributes(attribute.String("wapay.order.provider", obs.OrderProvider),
				attribute.String("wapay.order.state", obs.OrderState),
				attribute.String("wapay.order.status", obs.OrderStatus.String()))
		}
		if obs.Attempts > 0 {
			span.SetAttributes(attribute.Int("wapay.attempts", obs.Attempts))
		}
		finish(span, obs)
		o.calls.Record(ctx, obs.Duration.Seconds(), metric.WithAttributes(labels...))
	}
}

func (o *observer) attempt(ctx context.Context, obs *wapay.Observation) (context.Context, func()) {
	labels := []attribute.KeyValue{
		attribute.String("http.request.method", obs.Method),
		attribute.String("url.template", obs.Template),
	}
	host, port := obs.Host, 443
	if h, p, err := net.SplitHostPort(obs.Host); err == nil {
		host = h
		port, _ = strconv.Atoi(p)
	}
	labels = append(labels, attribute.String("server.address", host), attribute.Int("server.port", port))
	ctx, span := o.tracer.Start(ctx, obs.Method+" "+obs.Template,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(labels...))
	if obs.Attempt > 1 {
		span.SetAttributes(attribute.Int("http.request.resend_count", obs.Attempt-1))
	}
	return ctx, func() {
		if obs.Status != 0 {
			labels = append(labels, attribute.Int("http.response.status_code", obs.Status))
		}
		labels = append(labels, errorType(obs)...)
		span.SetAttributes(labels...)
		finish(span, obs)
		o.attempts.Record(ctx, obs.Duration.Seconds(), metric.WithAttributes(labels...))
	}
}

// finish ends a span. The text of an error stays out of it: an error may repeat
// a customer's name in a provider's words.
func finish(span trace.Span, obs *wapay.Observation) {
	if obs.RequestID != "" {
		span.SetAttributes(attribute.String("wapay.request_id", obs.RequestID))
	}
	if obs.Err != nil {
		span.SetStatus(codes.Error, obs.Outcome())
	}
	span.End()
}

var kinds = []struct {
	kind error
	name string
}{
	{wapay.ErrInvalid, "invalid"}, {wapay.ErrUnauthorized, "unauthorized"}, {wapay.ErrForbidden, "forbidden"},
	{wapay.ErrNotFound, "not_found"}, {wapay.ErrDuplicate, "duplicate"},
	{wapay.ErrInsufficientFunds, "insufficient_funds"}, {wapay.ErrRateLimited, "rate_limited"},
	{wapay.ErrUnavailable, "unavailable"}, {wapay.ErrDecode, "undecodable"},
	{context.DeadlineExceeded, "deadline_exceeded"}, {context.Canceled, "canceled"},
}

// errorType returns error.type: the status of an attempt that it made fail, or
// else the kind of the error.
func errorType(obs *wapay.Observation) []attribute.KeyValue {
	if obs.Err == nil {
		return nil
	}
	name := "_OTHER"
	if obs.Attempt > 0 && obs.Status >= 400 {
		name = fmt.Sprint(obs.Status)
	} else {
		for _, k := range kinds {
			if errors.Is(obs.Err, k.kind) {
				name = k.name
				break
			}
		}
	}
	return []attribute.KeyValue{attribute.String("error.type", name)}
}
