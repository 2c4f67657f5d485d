package call_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

// repeat says which effects are tried again.
type repeat int

const (
	never repeat = iota
	reads        // a Read
	safe         // a Read and an IdempotentWrite
	always
)

// row is one way in which a call fails. It is the same for each effect, except
// for what follows from the effect.
type row struct {
	name  string
	serve func(*exchange)
	// setup replaces the base URL, or adds options.
	setup func(t *testing.T, p *peer) (string, []wapay.Option)

	repeat   repeat
	notSent  bool // provably
	rejected bool // by the provider
	unread   bool // the server does not get to read the request

	kind       error
	also       []error
	status     int
	text       []string
	retryAfter time.Duration
	check      func(t *testing.T, e *wapay.Error)
}

func runRows(t *testing.T, rows []row) {
	for _, row := range rows {
		for _, x := range effects {
			t.Run(row.name+"/"+x.name, func(t *testing.T) {
				t.Parallel()
				row.run(t, x.effect)
			})
		}
	}
}

func (row row) run(t *testing.T, effect call.Effect) {
	log := &recorder{}
	p := newPeer(t, row.serve)
	base, opts := p.url, []wapay.Option{
		wapay.WithMaxRetries(1), wapay.WithTimeout(5 * time.Minute), wapay.WithLogger(log.logger()),
	}
	if row.setup != nil {
		other, more := row.setup(t, p)
		if opts = append(opts, more...); other != "" {
			base = other
		}
	}

	resp, err := newClient(t, base, opts...).Do(context.Background(), newRequest(effect), new(result))

	want := wantError{
		outcome: noVerdict(effect), kind: row.kind, also: row.also, status: row.status, attempts: 1, text: row.text,
	}
	if row.repeat == always || row.repeat == safe && effect != call.Write ||
		row.repeat == reads && effect == call.Read {
		want.attempts = 2
	}
	requests := want.attempts
	switch {
	case row.notSent:
		want.outcome, requests = wapay.OutcomeNotSent, 0
	case row.rejected:
		want.outcome = wapay.OutcomeRejected
	case row.unread:
		requests = 0
	}
	if effect == call.Read {
		want.outcome = wapay.OutcomeReadOnly // whatever happened
	}
	assert.Nil(t, resp)
	e := requireError(t, err, want)
	assert.Equal(t, row.retryAfter, e.RetryAfter)
	assert.EqualValues(t, requests, p.requests.Load(), "requests that the server saw")
	if row.check != nil {
		row.check(t, e)
	}
	require.Len(t, log.all(), want.attempts, "one record for each attempt")
	requireQuiet(t, log.String())
}

// answering is a server that always gives the same answer.
func answering(status int, body string, headers ...string) func(*exchange) {
	return func(x *exchange) { x.answer(status, body, headers...) }
}
