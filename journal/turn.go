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
	// badRun is how many calls in a row have to end without a verdict until a
	// provider is left alone.
	badRun = 5
	poll   = 100 * time.Millisecond
)

// outages has the providers that did not answer a bulk run. All runs of a
// journal share it. The name "" stands for the merchant's own database.
type outages struct {
	mu  sync.Mutex
	all map[string]*outage
}

// outage is what is known of a provider that did not answer.
type outage struct {
	bad   int           // calls without a verdict, in a row
	pause time.Duration // the last one, 0 before the first
	until time.Time     // the end of the pause
	probe *turn         // the one order that tries the provider after it
}

// pause is a pause that begins.
type pause struct {
	d    time.Duration
	last error
}

// turn is the turn of one order in a bulk run. A single call has none, and the
// methods of a nil turn let it through.
type turn struct {
	b      *bulk
	failed bool // a provider gave no verdict or was left alone, which explains the end of the order
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

// await waits until the order may be given to one of its providers: the first
// that is not down. Before it waits it asks needless whether the order has to be
// sent at all.
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
			return waited(b.ctx.Err())
		}
	}
	return waited(b.rt.j.bulks.wait(b.ctx, first, b.n, b.per, needless))
}

func (t *turn) firstOf(providers []string) string {
	for _, name := range providers {
		if t.admits(name) {
			return name
		}
	}
	return ""
}

// begin returns why the order is not sent to the provider now. An order that
// moved on to it waits for its turn there until the run ends, and leaves half of
// the lease for the send.
func (t *turn) begin(ctx context.Context, provider string, movedOn bool) error {
	switch {
	case t == nil:
		return nil
	case t.leavesAlone(provider):
		return errLeftAlone
	case !movedOn:
		return nil
	}
	end, _ := ctx.Deadline()
	run, cancel := context.WithTimeout(t.b.ctx, time.Until(end)/2)
	defer cancel()
	err := t.b.rt.j.bulks.wait(run, provider, t.b.n, t.b.per, nil)
	t.failed = t.failed || err != nil
	return waited(err)
}

var errLeftAlone = errors.New("not asked: several calls in a row had no answer, and the bulk run leaves the provider alone")

func waited(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the order waited for its turn: %w", err)
}

// leavesAlone reports whether the order must not be taken to the provider now.
func (t *turn) leavesAlone(provider string) bool {
	if t == nil || t.admits(provider) {
		return false
	}
	t.failed = true
	return true
}

// admits reports whether the order may be taken to the provider. After a pause
// one order at a time may.
func (t *turn) admits(provider string) bool {
	all := &t.b.rt.j.outages
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

// weigh notes how a call of a provider ended. A provider that limits the rate has
// a rest. One that gave no verdict to several calls in a row is left alone. What
// was on the way when that began says nothing new.
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

// end lets another order try what this one was to try, and did not.
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

// signOf reports whether the end of a call shows that the provider answers, or
// that it does not. An order that reached nobody shows neither.
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
