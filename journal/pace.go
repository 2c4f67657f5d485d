package journal

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pacers keeps the pace of each provider, in the bulk runs or in the sweeps.
type pacers struct {
	j    *Journal
	half bool // half of the pace is left to others

	mu  sync.Mutex
	all map[string]*rate.Limiter
}

// wait waits until the next order may go to the provider, at a pace of n in per
// or at the client's own. Before it waits, it asks needless whether the order
// needs no send at all. needless may be nil.
func (p *pacers) wait(ctx context.Context, provider string, n int, per time.Duration, needless func() bool) error {
	asked := false
	for p.j.resting(provider) {
		if !asked && needless != nil && needless() {
			return nil
		}
		if asked = true; !rest(ctx, poll) {
			return ctx.Err()
		}
	}
	l, err := p.limiter(provider, n, per)
	if err != nil {
		return err
	} else if l == nil {
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

// of returns the limiter at the client's own pace, or nil if the client knows
// none.
func (p *pacers) of(provider string) *rate.Limiter {
	l, _ := p.limiter(provider, 0, 0)
	return l
}

// limiter returns the provider's limiter at a pace of n in per. Without n it
// takes the pace that the client knows now, or returns nil. It returns an error
// if the client panics.
func (p *pacers) limiter(provider string, n int, per time.Duration) (*rate.Limiter, error) {
	if c := p.j.clients[provider]; n == 0 && c.pacer != nil {
		err := guard(func() error { n, per = c.pacer.Pace(); return nil })
		if err != nil {
			p.j.note(context.Background(), slog.LevelError, "the client panicked", nil,
				slog.String("provider", provider), reason(err))
			return nil, fmt.Errorf("the pace of %q: %w", provider, err)
		}
	}
	if n <= 0 || per <= 0 {
		return nil, nil
	}
	limit := rate.Every(per / time.Duration(n))
	if p.half {
		limit /= 2
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.all[provider]
	if l == nil {
		if p.all == nil {
			p.all = map[string]*rate.Limiter{}
		}
		l = rate.NewLimiter(limit, 1)
		p.all[provider] = l
	}
	if l.Limit() != limit { // the client knows another pace since
		l.SetLimit(limit)
	}
	return l, nil
}
