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
	At        time.Time
	Ref       string // the provider's id of the order or other object
	Reference string // the merchant's
	Attempt   int    // from 1
	How       SendMode
	Method    string
	URL       string
	Header    http.Header
	Body      []byte
	Status    int   // 0 if there was no answer
	Err       error // why there was none
}

// OK reports whether the receiver accepted the notification, with any 2xx.
func (d Delivery) OK() bool { return d.Status >= 200 && d.Status <= 299 }

// SendMode is a way to send a notification.
type SendMode string

const (
	// SendGenuine sends the notification as the provider does after a lost
	// acknowledgement.
	SendGenuine SendMode = ""
	// SendLate sends it a day after its signature. It is genuine otherwise.
	SendLate SendMode = "late"
	// SendTampered changes the amount, and not the signature.
	SendTampered SendMode = "tampered"
	// SendForged signs with another key than the merchant's. If nothing is
	// signed, it sends a false status.
	SendForged SendMode = "forged"
)

// lateBy is the age of a notification that is sent late.
const lateBy = 24 * time.Hour

// Notification is sent until the merchant accepts it. Build makes each attempt,
// because some providers sign the time.
type Notification struct {
	Ref, Reference, Method, URL string
	Build                       func(Attempt) (http.Header, []byte)

	attempts  int
	busy      bool
	delivered bool
	due       time.Time
}

// Attempt is one attempt to deliver a notification.
type Attempt struct {
	Number int // from 1
	At     time.Time
	Forged bool // it must not pass for the provider's
}

func (n *Notification) isAbout(ref string) bool {
	return ref != "" && (n.Ref == ref || n.Reference == ref)
}

// ErrNotLoopback says that a notification was not sent, because its address is
// not on this machine.
var ErrNotLoopback = errors.New("sandbox: not sent: notifications go to loopback addresses only")

func deliveryClient() *http.Client {
	return &http.Client{
		Timeout:       5 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Notify sets the address for notifications about orders that name no address
// on this machine. The empty string sends them nowhere.
func (s *Server) Notify(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notifyURL = url
}

// HoldNotifications makes new notifications wait until Redeliver, RedeliverDue
// or Advance sends them.
func (s *Server) HoldNotifications(hold bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding = hold
}

// Delay delays further notifications about an order by an hour of the sandbox's
// clock. ref is the provider's id.
func (s *Server) Delay(ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late[ref] = true
}

// Post queues a notification and makes the first attempt in the background,
// after those of earlier notifications about the same order.
func (s *Server) Post(n *Notification) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addressLocked(n) == "" {
		return
	}
	s.notes = append(s.notes, n)
	if s.late[n.Ref] {
		n.due = s.Now().Add(lateness)
	}
	if s.holding || s.late[n.Ref] {
		s.changedLocked()
		return
	}
	n.busy = true
	s.background++
	earlier, tried := s.newest[n.Ref], make(chan struct{})
	s.newest[n.Ref] = tried
	go func() {
		defer s.end()
		defer close(tried)
		if earlier != nil {
			<-earlier
		}
		s.Try(context.Background(), n, SendGenuine)
	}()
}

// addressLocked returns the address that a notification goes to now.
func (s *Server) addressLocked(n *Notification) string {
	if s.notifyURL != "" && !kit.Loopback(n.URL) {
		return s.notifyURL
	}
	return n.URL
}

// Redeliver makes one more attempt for each notification that was not accepted
// and has attempts left. It returns how many attempts it made.
func (s *Server) Redeliver(ctx context.Context) int { return s.redeliver(ctx, time.Time{}) }

// RedeliverDue makes one more attempt for each notification that is due by the
// clock. It returns how many attempts it made.
func (s *Server) RedeliverDue(ctx context.Context) int { return s.redeliver(ctx, s.Now()) }

func (s *Server) redeliver(ctx context.Context, due time.Time) int {
	s.mu.Lock()
	var todo []*Notification
	for _, n := range s.notes {
		if !n.busy && !n.delivered && n.attempts <= len(s.spec.RedeliverAfter) && (due.IsZero() || !due.Before(n.due)) {
			n.busy = true
			todo = append(todo, n)
		}
	}
	s.background += len(todo)
	s.mu.Unlock()
	for _, n := range todo {
		s.Try(ctx, n, SendGenuine)
		s.end()
	}
	return len(todo)
}

// Resend sends the newest notification about an order once more, even if it was
// accepted. ref is the provider's id or the merchant's reference.
func (s *Server) Resend(ctx context.Context, ref string, how SendMode) (Delivery, error) {
	s.mu.Lock()
	var found *Notification
	for _, n := range s.notes {
		if n.isAbout(ref) {
			found = n
		}
	}
	if found == nil {
		s.mu.Unlock()
		return Delivery{}, ErrNotFound
	}
	s.background++
	s.mu.Unlock()
	defer s.end()
	return s.Try(ctx, found, how), nil
}

// Try sends n once. n need not be queued.
func (s *Server) Try(ctx context.Context, n *Notification, how SendMode) Delivery {
	now := s.Now()
	s.mu.Lock()
	if how == SendGenuine || how == SendLate {
		n.attempts++
	}
	d := Delivery{
		At: now, Ref: n.Ref, Reference: n.Reference, Attempt: max(n.attempts, 1), How: how, Method: n.Method,
		URL: s.addressLocked(n),
	}
	s.mu.Unlock()

	a := Attempt{Number: d.Attempt, At: now, Forged: how == SendForged}
	if how == SendLate {
		a.At = now.Add(-lateBy)
	}
	d.Header, d.Body = n.Build(a)
	if how == SendTampered {
		d.Body = TamperWith(d.Header.Get("Content-Type"), d.Body)
	}
	d.Status, d.Err = s.transmit(ctx, d)

	s.mu.Lock()
	defer s.mu.Unlock()
	n.busy = false
	n.delivered = n.delivered || d.OK() && (how == SendGenuine || how == SendLate)
	schedule := s.spec.RedeliverAfter
	if errors.Is(d.Err, ErrNotLoopback) {
		n.attempts = len(schedule) + 1
	}
	if 0 < n.attempts && n.attempts <= len(schedule) {
		n.due = now.Add(schedule[n.attempts-1])
	}
	s.deliveries = append(s.deliveries, d)
	s.changedLocked()
	return d
}

// TamperWith returns a body with another amount, or with another provider's id
// if it has no amount.
func TamperWith(contentType string, body []byte) []byte { return kit.Tamper(contentType, body) }

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

// Deliveries returns all attempts so far, in the order they ended.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.deliveries)
}

// DeliveriesOf returns the attempts for one order, by the provider's id or the
// merchant's reference.
func (s *Server) DeliveriesOf(ref string) []Delivery {
	return slices.DeleteFunc(s.Deliveries(), func(d Delivery) bool { return d.Ref != ref && d.Reference != ref })
}

// CountUndelivered returns how many notifications were not accepted, including
// those without attempts left.
func (s *Server) CountUndelivered() int {
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

// WaitDeliveries returns when at least n attempts have ended, well or badly.
func (s *Server) WaitDeliveries(ctx context.Context, n int) error {
	return s.wait(ctx, func() bool { return len(s.deliveries) >= n })
}

// WaitDelivered returns when a notification about an order was accepted. ref is
// the provider's id or the merchant's reference. Give ctx a deadline: if the
// shop refuses the notification, only the end of ctx ends the wait.
func (s *Server) WaitDelivered(ctx context.Context, ref string) error {
	return s.wait(ctx, func() bool {
		return slices.ContainsFunc(s.notes, func(n *Notification) bool { return n.isAbout(ref) && n.delivered })
	})
}
