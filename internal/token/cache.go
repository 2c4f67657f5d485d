// Package token keeps the token that a provider's login gives, and makes the
// calls that need it.
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
	// margin is how long before its end a token is no longer used, so that it
	// does not expire on the way. A short-lived one is used for four fifths of
	// its life.
	margin = 30 * time.Second
	// mostUse keeps a nonsensical lifetime within what a clock can hold.
	mostUse = 24 * time.Hour
)

// Login gets a token and says how long it is good for.
type Login func(context.Context) (wapay.Secret, time.Duration, error)

// Cache holds the token of one product of one client. It logs in when a call
// needs a token, never by itself.
type Cache struct {
	tokens *flight.Cache[wapay.Secret]
	now    func() time.Time
}

// New makes a cache that tells the time by now.
func New(login Login, now func() time.Time) *Cache {
	return &Cache{tokens: flight.New("login", login.fetch, now), now: now}
}

// errUnusable is the cause where the provider gives no token that can be sent.
var errUnusable = errors.New("the login gave a token that is empty or that no header can carry, twice")

// fetch logs in. A token that cannot be sent is thrown away, and a second login
// replaces it. Else it would fail every call for the rest of its life.
func (login Login) fetch(ctx context.Context) (wapay.Secret, time.Duration, error) {
	token, life, err := login(ctx)
	if err == nil && !usable(token) {
		token, life, err = login(ctx)
	}
	if err == nil && !usable(token) {
		err = errUnusable
	}
	return token, useOf(life), err
}

// usable reports whether a header can carry the token: printable ASCII without
// space.
func usable(token wapay.Secret) bool {
	return token != "" && !strings.ContainsFunc(string(token), func(r rune) bool { return r <= ' ' || r > '~' })
}

// useOf returns how long to use a token of that lifetime.
func useOf(life time.Duration) time.Duration {
	life = min(max(life, 0), mostUse)
	return life - min(margin, life/5)
}
