package call

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/wapay-go/wapay/internal/observe"
)

// log writes one record for the attempt. A panic of the logger does not end the
// call.
func (r *run) log() {
	if r.client.logger != nil {
		observe.Guard(r.caller, nil, r.writeLog)
	}
}

// writeLog writes the record with the attributes that wapay.WithLogger
// documents.
func (r *run) writeLog() {
	l := r.client.logger
	level, status := slog.LevelInfo, 0
	if r.resp != nil {
		status = r.resp.StatusCode
	}
	if r.err != nil || status == http.StatusTooManyRequests || status >= 500 {
		level = slog.LevelWarn
	}
	if !l.Enabled(r.caller, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("provider", r.client.provider),
		slog.String("op", r.request.Op),
		slog.String("reference", r.request.Reference),
		slog.Int("attempt", r.request.attempts),
		slog.Int("status", status),
		slog.Duration("duration", time.Since(r.started)),
	}
	if id := r.requestID(); id != "" {
		attrs = append(attrs, slog.String("request_id", id))
	}
	if r.failure != nil {
		attrs = append(attrs, slog.String("outcome", r.failure.Outcome.String()))
	}
	l.LogAttrs(r.caller, level, "wapay: call", attrs...)
}
