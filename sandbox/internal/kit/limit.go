package kit

import (
	"sync"
	"time"
)

// Limiter allows a number of requests a minute and key, in windows that start with the first request: Laravel's
// way of counting, and the providers behind it are Laravel.
type Limiter struct {
	Limit int // negative is none

	mu      sync.Mutex
	windows map[string]*window
}

type window struct {
	ends time.Time
	used int
}

// Take counts one request. Where it is one too many, wait is how long the window still lasts.
func (l *Limiter) Take(key string, now time.Time) (remaining int, wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.windows == nil {
		l.windows = map[string]*window{}
	}
	w := l.windows[key]
	if w == nil || !now.Before(w.ends) {
		w = &window{ends: now.Add(time.Minute)}
		l.windows[key] = w
	}
	if l.Limit >= 0 && w.used >= l.Limit {
		return 0, w.ends.Sub(now), false
	}
	w.used++
	return max(l.Limit-w.used, 0), 0, true
}
