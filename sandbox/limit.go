package sandbox

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// RateLimit limits the requests in a minute that begins with the first one. The
// providers with a limit use Laravel, which counts in this way.
type RateLimit struct {
	PerMinute int                                     // negative is no limit
	Key       func(*Request) (key string, limit bool) // who is counted; nil counts nobody
	Refuse    func(*Request) *Answer                  // nil is Laravel's answer
	Headers   bool                                    // the figures are in every answer
}

type limiter struct {
	mu      sync.Mutex
	windows map[string]*window
}

type window struct {
	ends time.Time
	used int
}

// take counts one request. If it is one too many, wait is the rest of the
// minute.
func (l *limiter) take(key string, limit int, now time.Time) (remaining int, wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.windows[key]
	if w == nil || !now.Before(w.ends) {
		w = &window{ends: now.Add(time.Minute)}
		l.windows[key] = w
	}
	if limit >= 0 && w.used >= limit {
		return 0, w.ends.Sub(now), false
	}
	w.used++
	return max(limit-w.used, 0), 0, true
}

// answer calls the provider's code, unless there are too many requests.
func (s *Server) answer(r *Request) *Answer {
	rule, key, limited := s.spec.RateLimit, "", false
	if rule.Key != nil {
		key, limited = rule.Key(r)
	}
	if !limited {
		return s.handle(r)
	}
	remaining, wait, ok := s.limiter.take(key, rule.PerMinute, r.At)
	var a *Answer
	if ok {
		a = s.handle(r)
	} else {
		a = s.tooMany(r)
		a.Header.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	if rule.PerMinute < 0 {
		rule.PerMinute, remaining = 60, 59
	}
	if rule.Headers {
		a.Header["X-RateLimit-Limit"] = []string{strconv.Itoa(rule.PerMinute)}
		a.Header["X-RateLimit-Remaining"] = []string{strconv.Itoa(remaining)}
	}
	return a
}

func (s *Server) handle(r *Request) *Answer {
	s.Tick()
	s.spec.Lock.Lock()
	defer s.spec.Lock.Unlock()
	return s.spec.Handle(r)
}

func (s *Server) tooMany(r *Request) *Answer {
	if refuse := s.spec.RateLimit.Refuse; refuse != nil {
		return refuse(r)
	}
	return JSON(http.StatusTooManyRequests, kit.Object{"message", "Too Many Attempts."})
}
