// Package flight caches a value for many callers, such as a token, and fetches
// it once for all of them.
package flight

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/wapay-go/wapay/internal/call"
)

const (
	// leastUse is the shortest use of a value. Without it, a value that expires
	// at once would cost a fetch for each call.
	leastUse = time.Second
	// maxFetch limits a fetch, which may go on after all callers have left.
	maxFetch = 2 * time.Minute
)

// Fetch gets a value. It also returns how long to use it, counted from the
// start of the fetch.
type Fetch[T any] func(context.Context) (T, time.Duration, error)

// Cache holds a value, and fetches it when a caller needs it.
type Cache[T any] struct {
	name    string // of the fetch, for its errors
	fetch   Fetch[T]
	now     func() time.Time
	timeout time.Duration

	mu     sync.Mutex
	held   *Entry[T] // nil if there is none
	flight *flight[T]
}

// Entry is a fetched value. Many callers share it.
type Entry[T any] struct {
	Value T
	Since time.Time // when the fetch began
	until time.Time
}

// flight is a fetch in progress. Its result is ready when done is closed.
type flight[T any] struct {
	done  chan struct{}
	entry *Entry[T]
	err   error
}

// New makes a cache with the clock now. name names the fetch in errors, such as
// "login".
func New[T any](name string, fetch Fetch[T], now func() time.Time) *Cache[T] {
	return &Cache[T]{name: name, fetch: fetch, now: now, timeout: maxFetch}
}

// Get returns the value, after a fetch if it has expired or is missing. One
// fetch serves all callers that come while it is in progress. They share its
// error and must not change it. A call after a failed fetch triggers a new one.
//
// The fetch has the values of the first caller's context, but does not end with
// it. A caller whose context ends gets the context's error at once. The fetch
// goes on for the others, for two minutes at the most.
func (c *Cache[T]) Get(ctx context.Context) (*Entry[T], error) {
	now := c.now()
	c.mu.Lock()
	if c.held != nil && now.Before(c.held.until) {
		defer c.mu.Unlock()
		return c.held, nil
	}
	if err := ctx.Err(); err != nil {
		c.mu.Unlock()
		return nil, err
	}
	f := c.flight
	if f == nil {
		f = &flight[T]{done: make(chan struct{})}
		c.flight = f
		go c.fly(call.Detach(ctx), f, now)
	}
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.entry, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Last returns the value, even if it has expired, or nil.
func (c *Cache[T]) Last() *Entry[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held
}

// Drop drops a bad value, unless a newer one has replaced it. So a thousand
// callers with the same bad value cause one fetch.
func (c *Cache[T]) Drop(bad *Entry[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == bad {
		c.held = nil
	}
}

// fly runs the fetch that began at the time started.
func (c *Cache[T]) fly(ctx context.Context, f *flight[T], started time.Time) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	f.err = fmt.Errorf("the %s ended its goroutine", c.name) // if the fetch does not return
	defer func() {
		if p := recover(); p != nil {
			f.err = c.panicError(p)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.flight = nil
		if f.err == nil {
			c.held = f.entry
		}
		close(f.done)
	}()
	value, use, err := c.fetch(ctx)
	if f.err = err; err != nil {
		return
	}
	f.entry = &Entry[T]{Value: value, Since: started, until: started.Add(use)}
	if least := c.now().Add(leastUse); f.entry.until.Before(least) {
		f.entry.until = least
	}
}

// panicError returns the error of a panic. It shows no part of the panic that
// may hold a credential. A panic in this goroutine would end the whole program.
func (c *Cache[T]) panicError(p any) error {
	if err, ok := p.(runtime.Error); ok {
		return fmt.Errorf("the %s panicked: %s", c.name, err.Error())
	}
	return fmt.Errorf("the %s panicked with a %T", c.name, p)
}
