package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/wapay-go/wapay"
)

// pacers keep the pace of each provider in a bulk run or in the sweeps.
type pacers struct {
	j    *Journal
	run  context.Context // of the run, which the orders on the way outlive
	n    int             // of the merchant's, or 0
	per  time.Duration
	half bool // of the pace is left to others

	mu  sync.Mutex
	all map[string]*rate.Limiter
}

type pacersKey struct{}

func withPacers(ctx context.Context, p *pacers) context.Context {
	return context.WithValue(ctx, pacersKey{}, p)
}

// paceOn waits for the turn of an order that goes on to another provider, where
// ctx is that of a bulk run. It gives up when the run ends, and early enough to
// leave half of the lease for the send.
func paceOn(ctx context.Context, provider string) error {
	p, ok := ctx.Value(pacersKey{}).(*pacers)
	if !ok {
		return nil
	}
	end, _ := ctx.Deadline()
	run, cancel := context.WithTimeout(p.run, time.Until(end)/2)
	defer cancel()
	if err := p.wait(run, provider, nil); err != nil {
		return fmt.Errorf("the order waited for its turn: %w", err)
	}
	return nil
}

// restIfLimited leaves a provider alone for a while in a bulk run, after an
// answer that it is asked too often.
func restIfLimited(ctx context.Context, provider string, err error) {
	if p, ok := ctx.Value(pacersKey{}).(*pacers); ok && errors.Is(err, wapay.ErrRateLimited) {
		p.j.letRest(provider, wait(err, p.j.backoff.min))
	}
}

// wait waits until the provider may be sent the next order. Where there is a
// wait at all, it asks needless first whether the order has to be sent.
func (p *pacers) wait(ctx context.Context, provider string, needless func() bool) error {
	asked := false
	for p.j.resting(provider) {
		if !asked && needless != nil && needless() {
			return nil
		}
		if asked = true; !rest(ctx, 100*time.Millisecond) {
			return ctx.Err()
		}
	}
	l := p.of(provider)
	if l == nil {
		return ctx.Err()
	}
	turn := l.Reserve()
	d := turn.Delay()
	if d == 0 {
		return ctx.Err()
	}
	if !asked && needless != nil && needless() {
		turn.Cancel()
		return nil
	}
	if !rest(ctx, d) {
		turn.Cancel()
		return ctx.Err()
	}
	return nil
}

// of returns the provider's limiter, at the pace that is known by now, or nil.
func (p *pacers) of(provider string) *rate.Limiter {
	n, per := p.n, p.per
	if c, ok := p.j.clients[provider]; ok && n == 0 && c.pacer != nil {
		n, per = c.pacer.Pace()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n <= 0 || per <= 0 {
		return nil
	}
	limit := rate.Every(per / time.Duration(n))
	if p.half {
		limit /= 2
	}
	l := p.all[provider]
	if l == nil {
		if p.all == nil {
			p.all = map[string]*rate.Limiter{}
		}
		l = rate.NewLimiter(limit, 1)
		p.all[provider] = l
	}
	if l.Limit() != limit { // the provider said another one since
		l.SetLimit(limit)
	}
	return l
}
