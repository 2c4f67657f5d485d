package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
)

const (
	// badRun is how many calls in a row end without an answer before the run
	// pauses.
	badRun = 5
	poll   = 100 * time.Millisecond
)

// outages has the providers that did not answer. All bulk runs of a journal
// share it. The name "" stands for the merchant's own database.
type outages struct {
	mu  sync.Mutex
	all map[string]*outage
}

// outage counts the failures of one provider.
type outage struct {
	bad   int           // calls without an answer, in a row
	pause time.Duration // the last one, 0 before the first
	until time.Time     // the end of the pause
	probe *turn         // the one order that tries the provider after the pause
}

// pause is the length of a pause and the error that caused it.
type pause struct {
	d    time.Duration
	last error
}

// turn is the turn of one order in a bulk run. A single call has none, and the
// methods of a nil turn let it through.
type turn struct {
	b      *bulk
	failed bool   // a provider gave no answer or was left alone, which explains the error of the order
	at     string // the provider whose turn the order has waited for
	pauses []pause
}

type turnKey struct{}

func withTurn(ctx context.Context, t *turn) context.Context {
	return context.WithValue(ctx, turnKey{}, t)
}

func turnOf(ctx context.Context) *turn {
	t, _ := ctx.Value(turnKey{}).(*turn)
	return t
}

// await waits until the order may go to the first of its providers that is not
// down. Before it waits, it asks needless whether the order needs no send at
// all.
func (t *turn) await(providers []string, needless func() bool) error {
	b, first := t.b, ""
	for asked := false; ; asked = true {
		first = t.firstOf(providers)
		if (first != "" || len(providers) == 0) && t.admits("") {
			break
		}
		if !asked && needless() {
			return nil
		}
		if !rest(b.ctx, poll) {
			return turnError(b.ctx.Err())
		}
	}
	t.at = first
	return turnError(b.rt.j.bulks.wait(b.ctx, first, b.n, b.per, needless))
}

func (t *turn) firstOf(providers []string) string {
	for _, name := range providers {
		if t.admits(name) {
			return name
		}
	}
	return ""
}

// begin returns why the order is not sent to the provider now, or nil. An order
// that waited for another provider waits for its turn here, until the run ends
// or half of the lease is over.
func (t *turn) begin(ctx context.Context, provider string) error {
	switch {
	case t == nil:
		return nil
	case t.leavesAlone(provider):
		return errLeftAlone
	case provider == t.at:
		return nil
	}
	end, _ := ctx.Deadline()
	run, cancel := context.WithTimeout(t.b.ctx, time.Until(end)/2)
	defer cancel()
	err := t.b.rt.j.bulks.wait(run, provider, t.b.n, t.b.per, nil)
	t.failed = t.failed || err != nil
	return turnError(err)
}

var errLeftAlone = errors.New("not asked: the bulk run leaves the provider alone for now, " +
	"which gave no answer several times or asks to wait")

func turnError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the order waited for its turn: %w", err)
}

// leavesAlone reports whether the order must not go to the provider now.
func (t *turn) leavesAlone(provider string) bool {
	if t == nil || t.admits(provider) {
		return false
	}
	t.failed = true
	return true
}

// admits reports whether the order may go to the provider. After a pause one
// order at a time may. A provider that asks for a long rest gets none.
func (t *turn) admits(provider string) bool {
	j := t.b.rt.j
	if j.restOf(provider) > j.backoff.min {
		return false
	}
	all := &j.outages
	all.mu.Lock()
	defer all.mu.Unlock()
	o := all.all[provider]
	switch {
	case o == nil, o.pause == 0, o.probe == t:
		return true
	case o.probe != nil, time.Now().Before(o.until):
		return false
	}
	o.probe = t
	return true
}

// weigh notes how a call of a provider ended. A provider that limits the rate
// gets a rest. After several calls in a row without an answer, the run leaves
// it alone. Calls that began before that change nothing.
func (t *turn) weigh(provider string, err error) {
	if t == nil {
		return
	}
	j := t.b.rt.j
	if provider != "" && errors.Is(err, wapay.ErrRateLimited) {
		j.letRest(provider, wait(err, j.backoff.min))
	}
	answered, silent := signOf(err)
	t.failed = t.failed || silent
	all := &j.outages
	all.mu.Lock()
	defer all.mu.Unlock()
	if answered {
		delete(all.all, provider)
	}
	if !silent {
		return
	}
	o := all.all[provider]
	if o == nil {
		if all.all == nil {
			all.all = map[string]*outage{}
		}
		o = &outage{}
		all.all[provider] = o
	}
	if o.bad++; o.bad < badRun || o.pause > 0 && o.probe != t {
		return
	}
	o.pause = min(max(2*o.pause, wait(err, 0), j.backoff.min), j.backoff.max)
	o.until, o.probe = time.Now().Add(jitter(o.pause)), nil
	if t.b.ctx.Err() == nil {
		t.pauses = append(t.pauses, pause{o.pause, err})
		j.note(t.b.ctx, slog.LevelWarn, "bulk run pauses", nil, slog.String("provider", provider),
			slog.Duration("for", o.pause), reason(err))
	}
}

// end lets another order be the probe if this one was, and did not try.
func (t *turn) end() {
	all := &t.b.rt.j.outages
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, o := range all.all {
		if o.probe == t {
			o.probe = nil
		}
	}
}

// signOf reports whether the error of a call shows that the provider answers,
// or that it is silent. If nothing was sent, it shows neither.
func signOf(err error) (answered, silent bool) {
	_, again := RetryAfter(err)
	var e *wapay.Error
	switch {
	case err == nil, isNotFound(err), errors.Is(err, wapay.ErrRateLimited):
		return true, false
	case errors.Is(err, wapay.ErrDuplicate), errors.Is(err, ErrInFlight):
		return false, false
	case !again:
		return !errors.As(err, &e) || e.Outcome != wapay.OutcomeNotSent, false
	}
	return false, true
}
