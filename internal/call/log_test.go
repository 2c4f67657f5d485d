package call_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// TestLog checks that each attempt has one record, with exactly these
// attributes in this order.
func TestLog(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name    string
		serve   func(*exchange)
		level   slog.Level
		status  int64
		outcome string
	}{
		{"200", answering(200, resultJSON), slog.LevelInfo, 200, ""},
		{"200 that cannot be read", answering(200, errorPage), slog.LevelInfo, 200, ""},
		{"200 with a refusal", answering(200, verdictJSON), slog.LevelInfo, 200, "rejected"},
		{"400", answering(400, verdictJSON), slog.LevelInfo, 400, "rejected"},
		{"404 as HTML", answering(404, errorPage), slog.LevelInfo, 404, "outcome unknown"},
		{"429", answering(429, verdictJSON), slog.LevelWarn, 429, "rejected"},
		{"500", answering(500, verdictJSON), slog.LevelWarn, 500, "outcome unknown"},
		{"cut", cut, slog.LevelWarn, 0, "outcome unknown"},
		{"half an answer", func(x *exchange) { x.send("%s", partialAnswer) }, slog.LevelWarn, 200, "outcome unknown"},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			log := &recorder{}
			_, _ = do(newClient(t, newPeer(t, x.serve).url, wapay.WithLogger(log.logger()), wapay.WithMaxRetries(0)), call.Write)
			records := log.all()
			require.Len(t, records, 1)
			requireRecord(t, records[0], 1, x.level, x.status, x.outcome)
			requireQuiet(t, log.String())
		})
	}
}

// TestLogOfRetries checks the numbers of the attempts.
func TestLogOfRetries(t *testing.T) {
	t.Parallel()
	log := &recorder{}
	p := newPeer(t, script(cut, answering(503, errorPage), answering(200, resultJSON)))
	_, err := do(newClient(t, p.url, wapay.WithLogger(log.logger())), call.IdempotentWrite)
	require.NoError(t, err)
	records := log.all()
	require.Len(t, records, 3)
	requireRecord(t, records[0], 1, slog.LevelWarn, 0, "outcome unknown")
	requireRecord(t, records[1], 2, slog.LevelWarn, 503, "outcome unknown")
	requireRecord(t, records[2], 3, slog.LevelInfo, 200, "")
}

func requireRecord(t *testing.T, r slog.Record, attempt int64, level slog.Level, status int64, outcome string) {
	t.Helper()
	assert.Equal(t, "wapay: call", r.Message)
	assert.Equal(t, level, r.Level)
	var names []string
	values := map[string]slog.Value{}
	r.Attrs(func(a slog.Attr) bool {
		names = append(names, a.Key)
		values[a.Key] = a.Value
		return true
	})
	want := []string{"provider", "op", "reference", "attempt", "status", "duration"}
	if outcome != "" {
		want = append(want, "outcome")
		assert.Equal(t, outcome, values["outcome"].String())
	}
	require.Equal(t, want, names)
	assert.Equal(t, provider, values["provider"].String())
	assert.Equal(t, op, values["op"].String())
	assert.Equal(t, reference, values["reference"].String())
	assert.Equal(t, attempt, values["attempt"].Int64())
	assert.Equal(t, status, values["status"].Int64())
	assert.Equal(t, slog.KindDuration, values["duration"].Kind())
	assert.Positive(t, values["duration"].Duration())
}

// deaf is a handler for warnings only. It records its contexts.
type deaf struct {
	recorder
	contexts []context.Context
}

func (d *deaf) Enabled(ctx context.Context, level slog.Level) bool {
	d.contexts = append(d.contexts, ctx)
	return level >= slog.LevelWarn
}

// TestLogHandler checks that the handler gets the caller's context, and no
// record below its level.
func TestLogHandler(t *testing.T) {
	t.Parallel()
	type key struct{}
	ctx := context.WithValue(context.Background(), key{}, "trace-1")
	h := &deaf{}
	c := newClient(t, newPeer(t, script(answering(429, ""), answering(200, resultJSON))).url, wapay.WithLogger(slog.New(h)))
	_, err := c.Do(ctx, newRequest(call.Write), new(result))
	require.NoError(t, err)
	require.Len(t, h.records, 1)
	assert.Equal(t, slog.LevelWarn, h.records[0].Level)
	require.NotEmpty(t, h.contexts)
	for _, asked := range h.contexts {
		assert.Equal(t, "trace-1", asked.Value(key{}))
	}
}
