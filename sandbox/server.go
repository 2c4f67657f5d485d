package sandbox

import (
	"context"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

	// Status and Answer went out, at least in part. Status is 0 before that,
	// and if the connection ended without an answer.
	Status int
	Answer []byte
}

// Answer is the answer of a provider's code to a Request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// After runs in the background once the answer was sent. It may let a
	// payment succeed.
	After func()
	// Lost ends the connection in place of the answer.
	Lost bool
}

// Server is the common part of the sandboxes: the socket, the record of
// requests, the faults, the ledger and the notifications.
type Server struct {
	*Ledger
	spec    Spec
	addr    string
	post    *http.Client
	limiter limiter
	ahead   atomic.Int64 // nanoseconds by which Advance has moved the clock

	closing chan struct{}
	once    sync.Once
	http    *http.Server
	served  chan struct{}
	conns   sync.WaitGroup

	mu         sync.Mutex
	changed    chan struct{} // closed and replaced whenever anything below changes
	requests   []Request
	faults     []*Fault
	fired      []FaultRecord
	root       string
	notes      []*Notification
	holding    bool                     // new notifications wait
	late       map[string]bool          // refs whose notifications wait
	newest     map[string]chan struct{} // by ref: closed after the first attempt to send its newest notification
	notifyURL  string
	deliveries []Delivery
	background int
}

// Spec is what makes a Server the sandbox of one provider.
type Spec struct {
	Clock          func() time.Time       // nil is time.Now
	Base           string                 // path prefix of the API, with both slashes
	Alias          string                 // another prefix of the same API; "" is none
	Handle         func(*Request) *Answer // called with Lock held, after Tick
	Lock           sync.Locker
	RateLimit      RateLimit
	Records        []Records
	Faults         FaultRules
	RedeliverAfter []time.Duration // the waits before the 2nd, 3rd … attempt of a notification; nil is 1 m, 5 m, 15 m, 1 h
}

var redeliverAfter = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// NewServer listens on a free loopback port. Like httptest.NewServer it panics
// if there is none.
func NewServer(c Spec) *Server {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.RedeliverAfter == nil {
		c.RedeliverAfter = redeliverAfter
	}
	addr := ln.Addr().String()
	s := &Server{
		spec: c, addr: addr, root: "http://" + addr, post: deliveryClient(), late: map[string]bool{},
		newest:  map[string]chan struct{}{},
		closing: make(chan struct{}), served: make(chan struct{}), changed: make(chan struct{}),
	}
	s.Ledger, s.limiter.windows = newLedger(s.Now), map[string]*window{}
	s.http = &http.Server{Handler: s, ConnState: s.count, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(ln) // always ErrServerClosed after Close
	}()
	return s
}

// count counts open connections, so that Close can wait for their goroutines.
func (s *Server) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	}
}

// Root returns the scheme and host, with no slash at the end.
func (s *Server) Root() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.root
}

// Mount tells the server that another server passes requests on to it, under a
// root such as "http://127.0.0.1:8080/barkapay". URLs in answers start with
// that root.
func (s *Server) Mount(root string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.root = strings.TrimSuffix(root, "/")
}

// URL returns the base URL of the API with its path, without a slash at the
// end. Paths for Count and Fault are relative to it.
func (s *Server) URL() string { return s.Root() + strings.TrimSuffix(s.spec.Base, "/") }

// Close ends hanging requests, waits for background work and for attempts to
// notify, and stops the server. The server answers while it waits, so that a
// receiver can look an order up. A second call does nothing.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.closing)
		_ = s.Flush(context.Background()) // every attempt has its own time limit
		_ = s.http.Close()
		<-s.served
		s.conns.Wait()
	})
}

// ServeHTTP answers as the provider does, or fails by an injected fault.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
	if a.Lost {
		drop(w, false)
	} else {
		s.reply(w, req, a)
	}
	s.launch(a)
}

// reply records the answer and sends it.
func (s *Server) reply(w http.ResponseWriter, req *Request, a *Answer) {
	s.answered(req, a)
	write(w, a, len(a.Body))
}

func (s *Server) answered(req *Request, a *Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[req.Index].Status, s.requests[req.Index].Answer = a.Status, a.Body
	s.changedLocked()
}

func (s *Server) record(r *http.Request, body []byte) *Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	ip, _, _ := net.SplitHostPort(r.RemoteAddr)
	req := Request{
		Index: len(s.requests), At: s.Now(), Method: r.Method, Host: r.Host, RemoteIP: ip, Path: r.URL.EscapedPath(),
		RawQuery: r.URL.RawQuery, Query: r.URL.Query(), Header: r.Header.Clone(), Body: body,
	}
	s.requests = append(s.requests, req)
	s.changedLocked()
	return &req
}

// process runs the provider's code. It counts the work of Answer.After as
// background from here on, so that Flush waits for it.
func (s *Server) process(req *Request) *Answer {
	a := s.answer(req)
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

// write sends n bytes of the answer, and announces all. It flushes them, so
// that they go out before the work of Answer.After.
func write(w http.ResponseWriter, a *Answer, n int) {
	for k, v := range a.Header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body[:n])
	_ = http.NewResponseController(w).Flush()
}

// Requests returns all requests so far, in order of arrival. Treat them as
// read-only.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count returns how many requests had the method ("" for any) and the path. A
// path is relative to the base URL unless it starts with "/". A path that ends
// in "*" is a prefix, and "" is any path.
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
	return matchesPath(r.Path, s.spec.Base+path) || s.spec.Alias != "" && matchesPath(r.Path, s.spec.Alias+path)
}

func matchesPath(path, pattern string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(path, prefix)
	}
	return path == pattern
}

// WaitRequests returns when at least n requests have arrived.
func (s *Server) WaitRequests(ctx context.Context, n int) error {
	return s.wait(ctx, func() bool { return len(s.requests) >= n })
}

// Flush returns when no background work and no first attempt of a notification
// is running.
func (s *Server) Flush(ctx context.Context) error {
	return s.wait(ctx, func() bool { return s.background == 0 })
}

// Changes returns a channel that is closed at the next request, fault or
// delivery.
func (s *Server) Changes() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// wait calls done, with the lock held, now and after every change, until it
// returns true.
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

// JSON returns an answer with a JSON body.
func JSON(status int, v any) *Answer {
	return &Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: kit.Encode(v)}
}

// HTML returns an answer with a page.
func HTML(status int, page string) *Answer {
	return &Answer{Status: status, Header: http.Header{"Content-Type": {"text/html; charset=UTF-8"}}, Body: []byte(page)}
}

// Page returns the page of a payment for a browser. Opening it pays nothing. An
// empty reference means that there is no such payment.
func Page(reference, state string) *Answer {
	if reference == "" {
		return HTML(404, "<h1>Sandbox</h1><p>No such payment.</p>")
	}
	return HTML(200, "<h1>Sandbox</h1><p>Payment "+html.EscapeString(reference)+": "+html.EscapeString(state)+".</p>")
}

// Now returns the time by the sandbox's clock.
func (s *Server) Now() time.Time { return s.spec.Clock().Add(time.Duration(s.ahead.Load())) }

// Advance moves the sandbox's clock forward. Orders and tokens expire, and each
// notification that is due is sent once.
func (s *Server) Advance(d time.Duration) {
	s.ahead.Add(int64(d))
	s.Tick()
	s.RedeliverDue(context.Background())
}
