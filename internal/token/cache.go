// Package token caches the token of a provider's login, and makes the calls
// that need it.
package token

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/flight"
)

const (
	// margin is the time before its expiry in which a token is not used. So it
	// does not expire on the way to the provider. A short-lived token is used
	// for four fifths of its life.
	margin = 30 * time.Second
	// mostUse limits a nonsensical lifetime.
	mostUse = 24 * time.Hour
)

// Login gets a token and its lifetime.
type Login func(context.Context) (wapay.Secret, time.Duration, error)

// Cache holds the token of one product of one client. It logs in when a call
// needs a token.
type Cache struct {
	tokens *flight.Cache[wapay.Secret]
	now    func() time.Time
}

// New makes a cache with the clock now.
func New(login Login, now func() time.Time) *Cache {
	return &Cache{tokens: flight.New("login", login.fetch, now), now: now}
}

// errUnusable is the cause if no header can carry the provider's token.
var errUnusable = errors.New("the login gave a token that is empty or that no header can carry, twice")

// fetch logs in. A second login replaces a token that no header can carry,
// which would fail each call.
func (login Login) fetch(ctx context.Context) (wapay.Secret, time.Duration, error) {
	token, life, err := login(ctx)
	if err == nil && !isUsable(token) {
		token, life, err = login(ctx)
	}
	if err == nil && !isUsable(token) {
		err = errUnusable
	}
	return token, useOf(life), err
}

// isUsable reports whether a header can carry the token: printable ASCII
// without space.
func isUsable(token wapay.Secret) bool {
	return token != "" && !strings.ContainsFunc(string(token), func(r rune) bool { return r <= ' ' || r > '~' })
}

// useOf returns how long to use a token with the lifetime life.
func useOf(life time.Duration) time.Duration {
	life = min(max(life, 0), mostUse)
	return life - min(margin, life/5)
}
