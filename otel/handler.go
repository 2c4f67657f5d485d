package otel

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Handler puts a server span and the metric http.server.request.duration around
// the handler of ipn.NewHandler. The route is the pattern under which you mount
// it, such as "/notify/barkapay". The calls of ipn.WithConfirm and of the
// merchant's function are children of the span. It records neither the query
// nor the body of a notification.
func Handler(h http.Handler, route string, tp trace.TracerProvider, mp metric.MeterProvider) (http.Handler, error) {
	if h == nil {
		return nil, errors.New("otel.Handler: nil handler")
	}
	if tp == nil {
		tp = otel.GetTracerProvider()
	}
	if mp == nil {
		mp = otel.GetMeterProvider()
	}
	requests, err := mp.Meter(scope).Float64Histogram("http.server.request.duration",
		metric.WithUnit("s"), metric.WithDescription("Duration of HTTP server requests."), buckets)
	if err != nil {
		return nil, err
	}
	tracer := tp.Tracer(scope)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		labels := []attribute.KeyValue{
			attribute.String("http.request.method", method(r.Method)), attribute.String("http.route", route),
		}
		ctx, span := tracer.Start(r.Context(), method(r.Method)+" "+route,
			trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(labels...))
		answer := &statusWriter{ResponseWriter: w}
		returned := false
		defer func() {
			status := answer.status
			if status == 0 && returned {
				status = http.StatusOK
			}
			if status != 0 {
				labels = append(labels, attribute.Int("http.response.status_code", status))
			}
			if status == 0 || status >= 500 {
				labels = append(labels, attribute.String("error.type", errorOf(status)))
				span.SetStatus(codes.Error, "")
			}
			span.SetAttributes(labels...)
			span.End()
			requests.Record(context.WithoutCancel(ctx), time.Since(start).Seconds(), metric.WithAttributes(labels...))
		}()
		h.ServeHTTP(answer, r.WithContext(ctx))
		returned = true
	}), nil
}

// method returns the method, or "_OTHER": a client may send any text.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions:
		return m
	}
	return "_OTHER"
}

// errorOf returns the error.type for a status. 0 stands for a panic.
func errorOf(status int) string {
	if status == 0 {
		return "panic"
	}
	return strconv.Itoa(status)
}

// statusWriter notes the status of the answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets ipn set the deadline of the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
