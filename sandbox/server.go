// Package sandbox holds stateful stand-ins for the providers' servers, for tests and for examples that run
// without credentials. Each listens on a loopback port, is written from the provider's documents alone, and is
// stricter than they are: what a document does not allow is refused. It keeps a ledger, sends real signed
// notifications, and fails on command.
//
// It shares no code with the clients, so that a mistake in one is not repeated in the other. It shows what our
// code does with what the documents say. It proves nothing about the live services: where a document is silent
// the sandbox had to choose, and the comment says so.
package sandbox

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

const maxBody = 1 << 20

// Request is one request as it arrived, recorded before any fault or check.
type Request struct {
	Index    int // order of arrival, from 0
	At       time.Time
	Method   string
	Host     string
	RemoteIP string
	Path     string // escaped, as sent
	RawQuery string
	Query    url.Values
	Header   http.Header
	Body     []byte
}

// Answer is what a provider's code gives back for a Request. after runs in the background once the Answer is on
// its way: a payment that settles later than it is created.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	After  func()
}

// Server is what the stand-ins have in common: the socket, the record of requests, faults, the ledger and the
// notifications.
type Server struct {
	*Ledger
	clock    func() time.Time
	addr     string
	base     string // path prefix of the API, with both slashes
	alias    string // another prefix under which the same API is served; "" is none
	handle   func(*Request) *Answer
	faulting FaultRules
	post     *http.Client
	schedule []time.Duration

	closing chan struct{}
	once    sync.Once
	http    *http.Server
	served  chan struct{}
	conns   sync.WaitGroup

	mu         sync.Mutex
	changed    chan struct{} // closed and replaced whenever anything below changes
	requests   []Request
	faults     []*Fault
	fired      []FiredFault
	notes      []*Notification
	deliveries []Delivery
	background int
}

type Spec struct {
	Clock          func() time.Time // nil is time.Now
	Base           string
	Alias          string
	Handle         func(*Request) *Answer
	Faults         FaultRules
	RedeliverAfter []time.Duration // the wait before the 2nd, 3rd … attempt of a notification
}

// NewServer listens on a free loopback port. Like httptest.NewServer it panics where there is none.
func NewServer(c Spec) *Server {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	s := &Server{
		Ledger: newLedger(c.Clock), clock: c.Clock, addr: ln.Addr().String(), base: c.Base, alias: c.Alias,
		handle: c.Handle, faulting: c.Faults, schedule: c.RedeliverAfter, post: deliveryClient(),
		closing: make(chan struct{}), served: make(chan struct{}), changed: make(chan struct{}),
	}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ConnState: s.count, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(ln) // always ErrServerClosed after Close
	}()
	return s
}

// count lets Close wait for the goroutine of every connection.
func (s *Server) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	}
}

// Root is the scheme and host, with no slash at the end.
func (s *Server) Root() string { return "http://" + s.addr }

// URL is the base URL as the provider's documents understand it, path included.
func (s *Server) URL() string { return s.Root() + s.base }

// Close lets hanging requests go, waits for background work and the notification attempts under way, and stops.
// The server still answers while it waits, so that a receiver may look something up. A second call does nothing.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.closing)
		_ = s.Flush(context.Background()) // every attempt has its own time limit
		_ = s.http.Close()
		<-s.served
		s.conns.Wait()
	})
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	req := s.record(r, body)
	if f := s.takeFault(req); f != nil {
		s.fail(w, r, req, *f)
		return
	}
	a := s.process(req)
	write(w, a)
	s.launch(a)
}

func (s *Server) record(r *http.Request, body []byte) *Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	ip, _, _ := net.SplitHostPort(r.RemoteAddr)
	req := Request{
		Index: len(s.requests), At: s.clock(), Method: r.Method, Host: r.Host, RemoteIP: ip, Path: r.URL.EscapedPath(),
		RawQuery: r.URL.RawQuery, Query: r.URL.Query(), Header: r.Header.Clone(), Body: body,
	}
	s.requests = append(s.requests, req)
	s.changedLocked()
	return &req
}

// process runs the provider's code. Work for later counts as background from here on, so that a caller who has
// the answer can Flush.
func (s *Server) process(req *Request) *Answer {
	a := s.handle(req)
	if a.After != nil {
		s.begin()
	}
	return a
}

func (s *Server) launch(a *Answer) {
	if a.After == nil {
		return
	}
	fn := a.After
	a.After = nil
	go func() {
		defer s.end()
		fn()
	}()
}

// write sends the answer and flushes it, so that what follows happens after it.
func write(w http.ResponseWriter, a *Answer) {
	for k, v := range a.Header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
	_ = http.NewResponseController(w).Flush()
}

// Requests are all requests so far, in order of arrival. Treat them as read-only.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count is how many requests came with the method ("" for any) to the path. A path is relative to the base URL
// unless it starts with "/"; one that ends in "*" is a prefix; "" is any.
func (s *Server) Count(method, path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for i := range s.requests {
		if s.matches(&s.requests[i], method, path) {
			n++
		}
	}
	return n
}

func (s *Server) matches(r *Request, method, path string) bool {
	if method != "" && method != r.Method {
		return false
	}
	if path == "" {
		return true
	}
	if strings.HasPrefix(path, "/") {
		return matchesPath(r.Path, path)
	}
	return matchesPath(r.Path, s.base+path) || s.alias != "" && matchesPath(r.Path, s.alias+path)
}

func matchesPath(path, pattern string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(path, prefix)
	}
	return path == pattern
}

// WaitRequests returns when n requests or more have arrived.
func (s *Server) WaitRequests(ctx context.Context, n int) error {
	return s.wait(ctx, func() bool { return len(s.requests) >= n })
}

// Flush returns when no background work and no first attempt of a notification is under way.
func (s *Server) Flush(ctx context.Context) error {
	return s.wait(ctx, func() bool { return s.background == 0 })
}

// wait asks done, with the lock held, now and after every change.
func (s *Server) wait(ctx context.Context, done func() bool) error {
	for {
		s.mu.Lock()
		ok, changed := done(), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Server) changedLocked() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Server) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.background++
}

func (s *Server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.background--
	s.changedLocked()
}

func JSON(status int, v any) *Answer {
	return &Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: kit.Encode(v)}
}

func HTML(status int, html string) *Answer {
	return &Answer{Status: status, Header: http.Header{"Content-Type": {"text/html; charset=UTF-8"}}, Body: []byte(html)}
}

// Now is the time by the sandbox's clock.
func (s *Server) Now() time.Time { return s.clock() }
