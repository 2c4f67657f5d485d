package sandbox

import (
	"slices"
	"sync"
	"time"
)

// TokenStore has the tokens of a provider's logins.
type TokenStore struct {
	mu     sync.Mutex
	logins int
	tokens []token
}

type token struct {
	value   string
	expires time.Time
	revoked bool
}

// CountLogin counts a login, accepted or refused.
func (s *TokenStore) CountLogin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logins++
}

// AddToken adds a token.
func (s *TokenStore) AddToken(value string, expires time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(s.tokens, token{value: value, expires: expires})
}

// CheckToken reports whether a token is known and not revoked, and whether it
// has expired.
func (s *TokenStore) CheckToken(value string, now time.Time) (known, expired bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := slices.IndexFunc(s.tokens, func(t token) bool { return t.value == value && !t.revoked })
	return n >= 0, n >= 0 && !now.Before(s.tokens[n].expires)
}

// ExpireToken ends one token before its time.
func (s *TokenStore) ExpireToken(value string) {
	s.change(func(t *token) {
		if t.value == value {
			t.expires = time.Time{}
		}
	})
}

// ExpireTokens ends all tokens before their time.
func (s *TokenStore) ExpireTokens() { s.change(func(t *token) { t.expires = time.Time{} }) }

// RevokeTokens makes all tokens unknown.
func (s *TokenStore) RevokeTokens() { s.change(func(t *token) { t.revoked = true }) }

func (s *TokenStore) change(fn func(*token)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.tokens {
		fn(&s.tokens[n])
	}
}

// Logins returns how many logins there were, including refused ones.
func (s *TokenStore) Logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

// Tokens returns all tokens so far, in order and unescaped.
func (s *TokenStore) Tokens() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, t := range s.tokens {
		out = append(out, t.value)
	}
	return out
}
