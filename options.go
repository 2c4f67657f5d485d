package wapay

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Option sets up a provider's client. Options are given to its New, which returns the first one's error.
type Option func(*Settings) error

// Settings is what the options set. Callers have no use for it: it is exported for the provider packages.
type Settings struct {
	HTTPClient *http.Client     // nil: a client of the library's own
	BaseURL    *url.URL         // nil: the provider's
	Timeout    time.Duration    // of one attempt, 0: not set
	MaxRetries int              // attempts after the first
	Logger     *slog.Logger     // nil: silent
	Clock      func() time.Time // never nil
	UserAgent  string
}

// Defaults of [NewSettings].
const (
	DefaultTimeout    = 30 * time.Second
	DefaultMaxRetries = 2
	defaultUserAgent  = "wapay-go"
)

// NewSettings applies the options to the defaults.
func NewSettings(opts ...Option) (Settings, error) {
	s := Settings{MaxRetries: DefaultMaxRetries, Clock: time.Now, UserAgent: defaultUserAgent}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(&s); err != nil {
			return Settings{}, &Error{Op: "New", Kind: ErrInvalid, Outcome: OutcomeNotSent, Err: err}
		}
	}
	return s, nil
}

// WithHTTPClient has requests made by a copy of c: its Transport, Jar and, unless WithTimeout is given,
// Timeout. Redirects are refused whatever c says. Without this option each client has a connection pool of
// its own, with room for 100 idle connections to the provider, and uses the proxy of the environment.
//
// A transport that repeats requests by itself breaks the promise that no payment is sent twice.
func WithHTTPClient(c *http.Client) Option {
	return func(s *Settings) error {
		if c == nil {
			return errors.New("WithHTTPClient: nil client")
		}
		if c.Timeout < 0 {
			return errors.New("WithHTTPClient: negative Timeout")
		}
		s.HTTPClient = c
		return nil
	}
}

// WithBaseURL replaces the provider's address, path included. It must be https, or http to a loopback
// address (127.0.0.0/8, ::1 or localhost), with neither user, query nor fragment.
func WithBaseURL(address string) Option {
	return func(s *Settings) error {
		u, err := url.Parse(address)
		if err != nil {
			return errors.New("WithBaseURL: not a URL") // err would repeat the address, perhaps with a password in it
		}
		switch {
		case u.Hostname() == "" || u.Opaque != "":
			return errors.New("WithBaseURL: want an absolute URL, as in https://api.example.com/v1")
		case u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(address, "#"):
			return errors.New("WithBaseURL: user, query and fragment have no place in a base URL")
		case !goodPort(u):
			return errors.New("WithBaseURL: the port is no number from 1 to 65535")
		case u.Scheme == "http" && !isLoopback(u.Hostname()):
			return fmt.Errorf("WithBaseURL: plain http to %s would show the credentials to the network: use https", u.Hostname())
		case u.Scheme != "https" && u.Scheme != "http":
			return fmt.Errorf("WithBaseURL: scheme %q: want https", clip(u.Scheme))
		}
		s.BaseURL = u
		return nil
	}
}

// WithTimeout bounds one attempt, from looking up the host to the last byte of the answer. The default is 30
// seconds. The caller's context bounds the whole call, waits and retries included.
func WithTimeout(d time.Duration) Option {
	return func(s *Settings) error {
		if d <= 0 {
			return errors.New("WithTimeout: want more than 0")
		}
		s.Timeout = d
		return nil
	}
}

// WithMaxRetries sets how often a call is tried again after its first attempt: reads whenever they got no
// answer; calls that move money only when the request provably never left or was answered 429. The
// default is 2; 0 switches retries off; more than 10 is refused.
func WithMaxRetries(n int) Option {
	return func(s *Settings) error {
		if n < 0 || n > 10 {
			return fmt.Errorf("WithMaxRetries: %d: want 0 to 10", n)
		}
		s.MaxRetries = n
		return nil
	}
}

// WithLogger has one record written for each attempt: provider, operation, reference, attempt, HTTP status,
// duration, and of a failure the outcome. Level Info for an answer, Warn for none, a 429 or a 5xx. No record holds a credential, a body, a
// query or a phone number.
func WithLogger(l *slog.Logger) Option {
	return func(s *Settings) error {
		if l == nil {
			return errors.New("WithLogger: nil logger")
		}
		s.Logger = l
		return nil
	}
}

// WithClock replaces time.Now where a time of day matters: signatures, the lifetime of tokens, a Retry-After
// that is a date.
func WithClock(now func() time.Time) Option {
	return func(s *Settings) error {
		if now == nil {
			return errors.New("WithClock: nil function")
		}
		s.Clock = now
		return nil
	}
}

// WithUserAgent replaces the User-Agent header.
func WithUserAgent(ua string) Option {
	return func(s *Settings) error {
		if ua == "" || strings.ContainsFunc(ua, func(r rune) bool { return r < ' ' || r > '~' }) {
			return errors.New("WithUserAgent: want printable ASCII")
		}
		s.UserAgent = ua
		return nil
	}
}

// goodPort reports whether there is no port, or one that can be.
func goodPort(u *url.URL) bool {
	port := u.Port()
	if port == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
