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

// Option sets up a provider's client. The client's New applies the options, and
// returns the first error among them.
type Option func(*Settings) error

// Settings holds what the options set. It is exported for the provider
// packages; a merchant needs none.
type Settings struct {
	HTTPClient *http.Client     // nil: a client of the library's own
	BaseURL    *url.URL         // nil: the provider's
	Timeout    time.Duration    // of one attempt, 0: not set
	MaxRetries int              // attempts after the first
	Logger     *slog.Logger     // nil: silent
	Observer   Observer         // nil: none
	Clock      func() time.Time // never nil
	UserAgent  string
}

// Version is the library's version. It is part of the User-Agent.
const Version = "0.1.0"

// Defaults of [NewSettings].
const (
	DefaultTimeout    = 30 * time.Second
	DefaultMaxRetries = 2
	defaultUserAgent  = "wapay-go/" + Version
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

// WithHTTPClient makes requests with a copy of c: with its Transport, its Jar
// and, unless WithTimeout is given, its Timeout. The copy refuses redirects,
// whatever c does. Without this option each client has a connection pool of its
// own, and uses the proxy of the environment.
//
// A transport that repeats requests by itself breaks the promise that no
// payment is sent twice. A transport that records URLs, as otelhttp does,
// records the token that some providers have in the query. Use [WithObserver]
// instead.
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

// WithBaseURL replaces the provider's address, path included. It must be https,
// or http to a loopback address (127.0.0.0/8, ::1 or localhost), with neither
// user, query nor fragment.
func WithBaseURL(address string) Option {
	return func(s *Settings) error {
		u, err := url.Parse(address)
		if err != nil {
			return errors.New("WithBaseURL: not a URL") // err repeats the address, and a password in it
		}
		switch {
		case u.Hostname() == "" || u.Opaque != "":
			return errors.New("WithBaseURL: want an absolute URL, such as https://api.example.com/v1")
		case u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(address, "#"):
			return errors.New("WithBaseURL: want a URL without user, query and fragment")
		case !goodPort(u):
			return errors.New("WithBaseURL: want a port from 1 to 65535")
		case u.Scheme == "http" && !isLoopback(u.Hostname()):
			return fmt.Errorf("WithBaseURL: plain http to %s shows the credentials to the network: use https",
				u.Hostname())
		case u.Scheme != "https" && u.Scheme != "http":
			return fmt.Errorf("WithBaseURL: scheme %q: want https", clip(u.Scheme))
		}
		s.BaseURL = u
		return nil
	}
}

// WithTimeout bounds one attempt, from looking up the host to the last byte of
// the answer. The default is 30 seconds. The caller's context bounds the whole
// call, with its waits and retries.
func WithTimeout(d time.Duration) Option {
	return func(s *Settings) error {
		if d <= 0 {
			return errors.New("WithTimeout: want more than 0")
		}
		s.Timeout = d
		return nil
	}
}

// WithMaxRetries sets how often a call is repeated after its first attempt. A
// call that moves money is repeated only if the request provably never left
// this machine, or if the answer was 429. docs/outcome.md has the rules. The
// default is 2, and 0 switches repeats off. More than 10 is refused.
func WithMaxRetries(n int) Option {
	return func(s *Settings) error {
		if n < 0 || n > 10 {
			return fmt.Errorf("WithMaxRetries: %d: want 0 to 10", n)
		}
		s.MaxRetries = n
		return nil
	}
}

// WithLogger writes one record for each attempt. Its attributes are provider,
// op, reference, attempt, status (HTTP, 0 for no answer) and duration. There is
// a request_id if the provider or the call has one, and an outcome if the
// attempt failed. These names stay as they are. The level is Info for an
// answer, and Warn for no answer, a 429 or a 5xx. No record holds a credential,
// a body, a query or a phone number.
func WithLogger(l *slog.Logger) Option {
	return func(s *Settings) error {
		if l == nil {
			return errors.New("WithLogger: nil logger")
		}
		s.Logger = l
		return nil
	}
}

// WithClock replaces time.Now for signatures, the lifetime of tokens, and a
// Retry-After that is a date.
func WithClock(now func() time.Time) Option {
	return func(s *Settings) error {
		if now == nil {
			return errors.New("WithClock: nil function")
		}
		s.Clock = now
		return nil
	}
}

// WithUserAgent puts the merchant's program, such as "shop/1.0", before the
// library and its version in the User-Agent. A provider's support needs both.
func WithUserAgent(ua string) Option {
	return func(s *Settings) error {
		if ua == "" || strings.ContainsFunc(ua, func(r rune) bool { return r < ' ' || r > '~' }) {
			return errors.New("WithUserAgent: want printable ASCII")
		}
		s.UserAgent = ua + " " + defaultUserAgent
		return nil
	}
}

// goodPort reports whether u has no port, or one from 1 to 65535.
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
