package mpp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
)

const (
	// channelsLast is how long channels are kept: so long it takes until Pay and Payout know a new one.
	channelsLast = 5 * time.Minute
	// maxFetch bounds a fetch, for whose end all callers may have stopped waiting.
	maxFetch = 2 * time.Minute
)

// channelCache keeps the channels of the business for all the orders that are checked by them.
type channelCache struct {
	now   func() time.Time
	fetch func(context.Context) ([]Channel, error)

	mu       sync.Mutex
	channels []Channel
	until    time.Time
	flight   *channelFlight // the fetch that is going on, or nil
}

// channelFlight is one fetch. Its result may be read once done is closed.
type channelFlight struct {
	done     chan struct{}
	channels []Channel
	err      error
}

func newChannelCache(now func() time.Time, fetch func(context.Context) ([]Channel, error)) *channelCache {
	return &channelCache{now: now, fetch: fetch}
}

// get returns the channels, which must not be changed. As with a token, one fetch serves all who ask while it goes
// on, and does not end with the context of who asked first.
func (k *channelCache) get(ctx context.Context) ([]Channel, error) {
	now := k.now()
	k.mu.Lock()
	if now.Before(k.until) {
		defer k.mu.Unlock()
		return k.channels, nil
	}
	if err := ctx.Err(); err != nil {
		k.mu.Unlock()
		return nil, err
	}
	f := k.flight
	if f == nil {
		f = &channelFlight{done: make(chan struct{})}
		k.flight = f
		go k.fly(call.Detach(ctx), f, now)
	}
	k.mu.Unlock()
	select {
	case <-f.done:
		return f.channels, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (k *channelCache) fly(ctx context.Context, f *channelFlight, started time.Time) {
	ctx, cancel := context.WithTimeout(ctx, maxFetch)
	defer cancel()
	f.err = errors.New("the fetch ended its goroutine") // unless it comes back
	defer func() {
		if p := recover(); p != nil { // of the caller's transport; it would end the caller's whole program
			f.err = fmt.Errorf("the fetch panicked with a %T", p)
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.flight = nil
		if f.err == nil {
			k.channels, k.until = f.channels, started.Add(channelsLast)
		}
		close(f.done)
	}()
	f.channels, f.err = k.fetch(ctx)
}

// drop forgets the channels: the provider has refused what they allow.
func (k *channelCache) drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.until = time.Time{}
}

// channel finds the channel of an order that is to be sent.
func (c *Client) channel(ctx context.Context, op, reference, code string) (*Channel, error) {
	channels, err := c.channels.get(ctx)
	if err != nil {
		return nil, c.calls.Without(ctx, &call.Request{Op: op, Reference: reference}, errNoChannels, err)
	}
	codes := make([]string, len(channels))
	for i := range channels {
		if channels[i].Code == code {
			return &channels[i], nil
		}
		codes[i] = channels[i].Code
	}
	for i := range channels {
		if strings.EqualFold(channels[i].Code, code) {
			return &channels[i], nil
		}
	}
	var bad check.Fields
	bad.Add("Channel", "is %q, want one of %q", code, codes)
	return nil, bad.Err(provider, op, reference)
}

var errNoChannels = errors.New("the channels, by which an order is checked, could not be read")
