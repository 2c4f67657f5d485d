package sandbox

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"slices"
	"strconv"

	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// FaultKind is a way to fail. [Server.FaultKinds] lists those that a provider
// can have.
type FaultKind string

const (
	// The client gets no byte of an answer. The connection is closed (the
	// client sees EOF), reset (RST), or kept open until the client or the
	// sandbox closes it.
	FaultCut   FaultKind = "cut"
	FaultReset FaultKind = "reset"
	FaultHang  FaultKind = "hang"

	// An answer that is not the provider's: an HTML page, a redirect to another
	// host, a 200 with no body.
	FaultHTML     FaultKind = "html"
	FaultRedirect FaultKind = "redirect"
	FaultEmpty    FaultKind = "empty"

	// The provider refuses the request before it looks at it: never processed.
	FaultRateLimit    FaultKind = "rate limit"
	FaultExpiredToken FaultKind = "expired token"

	// The provider's own answer to an internal error.
	FaultProviderError FaultKind = "provider error"

	// The provider's answer, damaged: always processed. Truncated announces the
	// whole length and sends half. HalfJSON sends half an answer with the right
	// length.
	FaultTruncated        FaultKind = "truncated"
	FaultHalfJSON         FaultKind = "half json"
	FaultUnknownStatus    FaultKind = "unknown status"
	FaultNumbersAsStrings FaultKind = "numbers as strings"
	FaultStringsAsNumbers FaultKind = "strings as numbers"
)

// Fault makes matching requests fail. Faults queue: a request meets only the
// first that matches it.
type Fault struct {
	Kind   FaultKind
	Method string // "" is any
	Path   string // as for Server.Count: relative to the base URL, "*" at the end for a prefix, "" for any
	Times  int    // 0 is once, negative is always

	// Before loses the request before the provider's code sees it. Without it,
	// only the answer is lost. The kinds that are always or never processed
	// ignore it.
	Before bool

	RetryAfter string // FaultRateLimit, FaultHTML: the header as given, seconds or anything else; none if empty
	Code       int    // FaultHTML, FaultProviderError: the status, 502 and 500 if 0
	ErrorCode  string // FaultProviderError: the provider's name for it; each provider has its own default
	Location   string // FaultRedirect: if empty, the same path at "localhost", another host on the same socket
	Status     any    // FaultUnknownStatus: the value put in; each provider has its own default
}

// Processed reports whether the provider's code sees the request.
func (f Fault) Processed() bool {
	switch f.Kind {
	case FaultRateLimit, FaultExpiredToken:
		return false
	case FaultTruncated, FaultHalfJSON, FaultUnknownStatus, FaultNumbersAsStrings, FaultStringsAsNumbers:
		return true
	}
	return !f.Before
}

// FaultRecord records a fault that met a request.
type FaultRecord struct {
	Fault     Fault
	Request   int  // Request.Index
	Processed bool // the provider's code saw it
	Status    int  // what the provider's code answered, which the client may not have seen; 0 if not processed
}

// FaultRules tells how the faults of one provider look.
type FaultRules struct {
	// ExpireToken makes the token of the request invalid, so that the
	// provider's own code refuses it. It is nil if there are no tokens.
	ExpireToken func(*Request)
	// IsStatus reports whether a value is the status of an order, and not
	// another value under that name, such as the HTTP status.
	IsStatus  func(key string, v any) bool
	OddStatus any
	// ErrorAnswer returns the provider's answer for a FaultProviderError. It is
	// nil if the provider has none.
	ErrorAnswer func(*Request, Fault) *Answer
	// NoRateLimit says that the provider documents no limit. A 429 of a proxy
	// is a FaultHTML with that Code.
	NoRateLimit bool
}

// FaultKinds returns the faults that the provider can have.
func (s *Server) FaultKinds() []FaultKind {
	kinds := []FaultKind{
		FaultCut, FaultReset, FaultHang, FaultHTML, FaultRedirect, FaultEmpty, FaultRateLimit, FaultTruncated,
		FaultHalfJSON, FaultUnknownStatus, FaultNumbersAsStrings, FaultStringsAsNumbers,
	}
	if s.spec.Faults.NoRateLimit {
		kinds = slices.DeleteFunc(kinds, func(k FaultKind) bool { return k == FaultRateLimit })
	}
	if s.spec.Faults.ExpireToken != nil {
		kinds = append(kinds, FaultExpiredToken)
	}
	if s.spec.Faults.ErrorAnswer != nil {
		kinds = append(kinds, FaultProviderError)
	}
	return kinds
}

// Inject queues a fault. It panics on a kind that the provider cannot have.
func (s *Server) Inject(f Fault) {
	if !slices.Contains(s.FaultKinds(), f.Kind) {
		panic("sandbox: this provider has no fault " + strconv.Quote(string(f.Kind)))
	}
	f.Times = cmp.Or(f.Times, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Faults returns the faults that are still queued.
func (s *Server) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Fault
	for _, f := range s.faults {
		out = append(out, *f)
	}
	return out
}

// ClearFaults removes the faults that are still queued.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// FaultRecords returns the faults that met a request, in order.
func (s *Server) FaultRecords() []FaultRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.fired)
}

// WaitFaults returns when at least n faults have met a request.
func (s *Server) WaitFaults(ctx context.Context, n int) error {
	return s.wait(ctx, func() bool { return len(s.fired) >= n })
}

func (s *Server) takeFault(r *Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if !s.matches(r, f.Method, f.Path) {
			continue
		}
		taken := *f
		if f.Times > 0 {
			f.Times--
		}
		if f.Times == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return &taken
	}
	return nil
}

// fail carries a fault out. It records the fault before the first byte goes
// out, so that a test that sees the failure finds the record.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, req *Request, f Fault) {
	if f.Kind == FaultExpiredToken {
		s.spec.Faults.ExpireToken(req)
		a := s.process(req)
		s.recordFault(FaultRecord{Fault: f, Request: req.Index})
		s.reply(w, req, a)
		s.launch(a)
		return
	}
	a := &Answer{}
	if f.Processed() {
		a = s.process(req)
	}
	s.recordFault(FaultRecord{Fault: f, Request: req.Index, Processed: f.Processed(), Status: a.Status})
	defer s.launch(a)
	switch f.Kind {
	case FaultCut, FaultReset:
		drop(w, f.Kind == FaultReset)
	case FaultHang:
		s.launch(a)
		select {
		case <-r.Context().Done():
		case <-s.closing:
		}
		drop(w, false)
	case FaultTruncated:
		s.answered(req, a)
		write(w, a, len(a.Body)/2)
	default:
		s.reply(w, req, s.replace(a, req, f))
	}
}

func (s *Server) recordFault(f FaultRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fired = append(s.fired, f)
	s.changedLocked()
}

// replace returns the answer that goes out in place of a.
func (s *Server) replace(a *Answer, req *Request, f Fault) *Answer {
	out := &Answer{Status: a.Status, Header: a.Header.Clone(), Body: a.Body}
	switch f.Kind {
	case FaultHTML:
		out = HTML(cmp.Or(f.Code, 502), badGateway)
	case FaultRateLimit:
		out = s.tooMany(req)
	case FaultProviderError:
		out = s.spec.Faults.ErrorAnswer(req, f)
	case FaultRedirect:
		out = HTML(301, "<html><body>Moved Permanently</body></html>")
		out.Header.Set("Location", s.otherHost(req, f))
	case FaultEmpty:
		out = &Answer{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}}
	case FaultHalfJSON:
		out.Body = a.Body[:len(a.Body)/2]
	case FaultUnknownStatus:
		out.Body = kit.Rewrite(a.Body, s.odd(f))
	case FaultNumbersAsStrings:
		out.Body = kit.Rewrite(a.Body, kit.NumberToString)
	case FaultStringsAsNumbers:
		out.Body = kit.Rewrite(a.Body, kit.StringToNumber)
	}
	if f.RetryAfter != "" {
		out.Header.Set("Retry-After", f.RetryAfter)
	}
	return out
}

func (s *Server) odd(f Fault) func(string, any) any {
	status := cmp.Or(f.Status, s.spec.Faults.OddStatus)
	return func(key string, v any) any {
		if s.spec.Faults.IsStatus(key, v) {
			return status
		}
		return v
	}
}

// otherHost returns an address of this sandbox under another host name. If a
// client follows the redirect, its headers are among the Requests.
func (s *Server) otherHost(req *Request, f Fault) string {
	if f.Location != "" {
		return f.Location
	}
	_, port, _ := net.SplitHostPort(s.addr)
	loc := "http://localhost:" + port + req.Path
	if req.RawQuery != "" {
		loc += "?" + req.RawQuery
	}
	return loc
}

// drop ends the connection without a byte: by RST if reset is true, else by
// FIN.
func drop(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

const badGateway = `<!DOCTYPE html>
<html><head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>cloudflare</center></body></html>
`
