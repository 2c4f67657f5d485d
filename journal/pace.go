package journal

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pacers keep the pace of each provider in a bulk run or in the sweeps.
type pacers struct {
	j    *Journal
	n    int // of the merchant's, or 0
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
// ctx is that of a bulk run.
func paceOn(ctx context.Context, provider string) error {
	if p, ok := ctx.Value(pacersKey{}).(*pacers); ok {
		return p.wait(ctx, provider)
	}
	return nil
}

// wait waits until the provider may be sent the next order.
func (p *pacers) wait(ctx context.Context, provider string) error {
	for p.j.resting(provider) {
		if !rest(ctx, 100*time.Millisecond) {
			return ctx.Err()
		}
	}
	if l := p.of(provider); l != nil {
		return l.Wait(ctx)
	}
	return ctx.Err()
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
