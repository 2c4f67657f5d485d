// Package token keeps the token that a provider's login gives, for all the calls that need it.
package token

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
)

const (
	// margin is how long before its end a token is no longer used, so that it does not expire on the way.
	// A short-lived one is used for four fifths of its life.
	margin = 30 * time.Second
	// leastUse is how long a token is used whatever its lifetime: without it one that expires at once, or
	// whose lifetime the provider left out, would cost a login for every call.
	leastUse = time.Second
	// mostUse keeps a nonsensical lifetime within what a clock can hold.
	mostUse = 24 * time.Hour
	// maxLogin bounds a login, for whose end all callers may have stopped waiting.
	maxLogin = 2 * time.Minute
)

// Login gets a token and says how long it is good for.
type Login func(context.Context) (wapay.Secret, time.Duration, error)

// Cache holds the token of one product of one client. It logs in when a token is needed, never by itself.
type Cache struct {
	login   Login
	now     func() time.Time
	timeout time.Duration

	mu     sync.Mutex
	token  sealed // nil if there is none
	since  time.Time
	until  time.Time
	flight *flight // the login that is going on, or nil
}

// sealed is a token out of the sight of package fmt, which follows pointers but calls no function.
type sealed func() wapay.Secret

func seal(s wapay.Secret) sealed { return func() wapay.Secret { return s } }

// flight is one login. Its result may be read once done is closed.
type flight struct {
	done  chan struct{}
	token sealed
	err   error
}

// New makes a cache that tells the time by now.
func New(login Login, now func() time.Time) *Cache {
	return &Cache{login: login, now: now, timeout: maxLogin}
}

// Get returns a token, after a login if there is none that is still good. One login serves all who ask while it
// goes on, and its error is theirs: it must not be changed. Who comes after a failed login has another made.
//
// The login has the values of the first caller's context, but not its end: a caller whose context ends gets the
// context's error at once, and the login goes on for the others and for those who come later, for two minutes
// at the most.
func (c *Cache) Get(ctx context.Context) (wapay.Secret, error) {
	now := c.now()
	c.mu.Lock()
	if c.token != nil && now.Before(c.until) {
		defer c.mu.Unlock()
		return c.token(), nil
	}
	if err := ctx.Err(); err != nil {
		c.mu.Unlock()
		return "", err
	}
	f := c.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		c.flight = f
		go c.fly(call.Detach(ctx), f, now)
	}
	c.mu.Unlock()
	select {
	case <-f.done:
		if f.err != nil {
			return "", f.err
		}
		return f.token(), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Drop forgets a token that the provider has rejected, if it is still the one that is held: of a thousand callers
// whose token was rejected one causes a login, and a newer token stays.
func (c *Cache) Drop(rejected wapay.Secret) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token != nil && c.token() == rejected {
		c.token = nil
	}
}

// held is the token that there is, good or not, and since when.
func (c *Cache) held() (wapay.Secret, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == nil {
		return "", time.Time{}
	}
	return c.token(), c.since
}

// fly makes the login that began at the time started.
func (c *Cache) fly(ctx context.Context, f *flight, started time.Time) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	f.err = errors.New("the login ended its goroutine") // unless it comes back
	var until time.Time
	defer func() {
		if p := recover(); p != nil {
			f.err = panicked(p)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.flight = nil
		if f.err == nil {
			c.token, c.since, c.until = f.token, started, until
		}
		close(f.done)
	}()
	value, lifetime, err := c.login(ctx)
	if err == nil && value == "" {
		err = errors.New("the login gave an empty token")
	}
	f.token, until = seal(value), expiry(started, c.now(), lifetime)
	f.err = err
}

// expiry counts the lifetime from when the login began: when in between the token was made is not known.
func expiry(started, ended time.Time, lifetime time.Duration) time.Time {
	lifetime = min(max(lifetime, 0), mostUse)
	until := started.Add(lifetime - min(margin, lifetime/5))
	if least := ended.Add(leastUse); until.Before(least) {
		return least
	}
	return until
}

// panicked says what a panic was about, as far as it cannot hold a credential. A panic in a goroutine of ours
// would end the caller's whole program.
func panicked(p any) error {
	if err, ok := p.(runtime.Error); ok {
		return fmt.Errorf("the login panicked: %s", err.Error())
	}
	return fmt.Errorf("the login panicked with a %T", p)
}
