package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Delivery is one attempt to deliver a notification.
type Delivery struct {
	At      time.Time
	Ref     string // the provider's id of what it is about
	Attempt int    // from 1
	Method  string
	URL     string
	Header  http.Header
	Body    []byte
	Status  int   // 0 if there was no answer
	Err     error // why there was none
}

// OK tells whether the receiver took it: any 2xx.
func (d Delivery) OK() bool { return d.Status >= 200 && d.Status <= 299 }

// Notification is a notification until somebody takes it. build makes each attempt anew, for providers that sign the time
// or the attempt.
type Notification struct {
	Ref, Method, URL string
	Build            func(attempt int, at time.Time) (http.Header, []byte)

	attempts  int
	busy      bool
	delivered bool
	due       time.Time
}

var ErrNotLoopback = errors.New("sandbox: not sent: notifications go to loopback addresses only")

func deliveryClient() *http.Client {
	return &http.Client{
		Timeout:       5 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Post queues a notification and makes the first attempt in the background.
func (s *Server) Post(n *Notification) {
	if n.URL == "" {
		return
	}
	s.mu.Lock()
	s.notes = append(s.notes, n)
	n.busy = true
	s.background++
	s.mu.Unlock()
	go func() {
		defer s.end()
		s.Attempt(context.Background(), n)
	}()
}

// Redeliver makes one more attempt, now, for every notification that nobody has taken and that has attempts left,
// and returns how many it made.
func (s *Server) Redeliver(ctx context.Context) int {
	return s.attemptAll(ctx, func(n *Notification) bool { return !n.delivered && n.attempts <= len(s.schedule) })
}

// RedeliverDue is Redeliver for those whose time has come by the clock.
func (s *Server) RedeliverDue(ctx context.Context) int {
	now := s.clock()
	return s.attemptAll(ctx, func(n *Notification) bool {
		return !n.delivered && n.attempts <= len(s.schedule) && !now.Before(n.due)
	})
}

// Repeat sends the notifications about ref once more although they were taken, as providers do when an
// acknowledgement is lost.
func (s *Server) Repeat(ctx context.Context, ref string) int {
	return s.attemptAll(ctx, func(n *Notification) bool { return n.Ref == ref })
}

func (s *Server) attemptAll(ctx context.Context, want func(*Notification) bool) int {
	s.mu.Lock()
	var todo []*Notification
	for _, n := range s.notes {
		if !n.busy && want(n) {
			n.busy = true
			todo = append(todo, n)
		}
	}
	s.background += len(todo)
	s.mu.Unlock()
	for _, n := range todo {
		s.Attempt(ctx, n)
		s.end()
	}
	return len(todo)
}

// Attempt sends n once. The caller has marked it busy.
func (s *Server) Attempt(ctx context.Context, n *Notification) {
	now := s.clock()
	s.mu.Lock()
	n.attempts++
	d := Delivery{At: now, Ref: n.Ref, Attempt: n.attempts, Method: n.Method, URL: n.URL}
	s.mu.Unlock()

	d.Header, d.Body = n.Build(d.Attempt, now)
	d.Status, d.Err = s.transmit(ctx, d)

	s.mu.Lock()
	defer s.mu.Unlock()
	n.busy = false
	n.delivered = n.delivered || d.OK()
	if errors.Is(d.Err, ErrNotLoopback) {
		n.attempts = len(s.schedule) + 1
	}
	if n.attempts <= len(s.schedule) {
		n.due = now.Add(s.schedule[n.attempts-1])
	}
	s.deliveries = append(s.deliveries, d)
	s.changedLocked()
}

func (s *Server) transmit(ctx context.Context, d Delivery) (int, error) {
	if !kit.Loopback(d.URL) {
		return 0, ErrNotLoopback
	}
	req, err := http.NewRequestWithContext(ctx, d.Method, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0, err
	}
	req.Header = d.Header.Clone()
	resp, err := s.post.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
	return resp.StatusCode, nil
}

// Deliveries are all attempts so far, in the order they ended.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.deliveries)
}

// DeliveriesOf are the attempts for one operation.
func (s *Server) DeliveriesOf(ref string) []Delivery {
	return slices.DeleteFunc(s.Deliveries(), func(d Delivery) bool { return d.Ref != ref })
}

// Undelivered is how many notifications nobody has taken, those that were given up included.
func (s *Server) Undelivered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, note := range s.notes {
		if !note.delivered {
			n++
		}
	}
	return n
}

// WaitDeliveries returns when n attempts or more have ended, whatever came of them.
func (s *Server) WaitDeliveries(ctx context.Context, n int) error {
	return s.wait(ctx, func() bool { return len(s.deliveries) >= n })
}

// WaitDelivered returns when a notification about ref was taken.
func (s *Server) WaitDelivered(ctx context.Context, ref string) error {
	return s.wait(ctx, func() bool {
		return slices.ContainsFunc(s.notes, func(n *Notification) bool { return n.Ref == ref && n.delivered })
	})
}
