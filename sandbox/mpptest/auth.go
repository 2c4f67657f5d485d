package mpptest

import (
	"slices"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

type token struct {
	value   string
	expires time.Time
}

// login is POST /api/auth/token; the heading in the documents says GET
// /auth/token.
func (m *Server) login(c *call) *sandbox.Answer {
	m.logins++
	f, refused := m.readBody(c.Request, "secret_id", "secret_key")
	if refused != nil {
		return refused
	}
	id, key := f.text("secret_id", "required", "string"), f.text("secret_key", "required", "string")
	if len(f.errors) > 0 {
		return m.invalid(c.Request, f.errors)
	}
	if id != m.cfg.SecretID || key != m.cfg.SecretKey {
		return m.envelope(c.Request, m.cfg.AuthStatus, nil, "MPP-AUTH-4402", codes["MPP-AUTH-4402"].message, false)
	}
	value := kit.Hex(36) + "." + kit.Hex(160) + "." + kit.Hex(42)
	t := &token{value: value, expires: m.Now().Add(m.cfg.TokenLife)}
	m.tokens = append(m.tokens, t)
	return m.ok(c, kit.Object{
		"access_token", t.value, "expires_in", int64(m.cfg.TokenLife / time.Second), "refresh_expires_in", 1800,
		"refresh_token", kit.Hex(160), "token_type", "Bearer", "not-before-policy", 0, "session_state", kit.UUID(),
		"scope", "email profile",
	})
}

func (m *Server) findToken(r *sandbox.Request) *token {
	given := r.Header["Authorization"]
	if len(given) != 1 {
		return nil
	}
	value, bearer := strings.CutPrefix(given[0], "Bearer ")
	n := slices.IndexFunc(m.tokens, func(t *token) bool { return t.value == value })
	if !bearer || n < 0 {
		return nil
	}
	return m.tokens[n]
}

func (m *Server) authenticated(r *sandbox.Request) bool {
	t := m.findToken(r)
	return t != nil && m.Now().Before(t.expires)
}

func (m *Server) unauthorized(r *sandbox.Request) *sandbox.Answer {
	message := codes[m.cfg.AuthCode].message
	return m.envelope(r, m.cfg.AuthStatus, nil, m.cfg.AuthCode, message, false)
}

// expireToken acts FaultExpiredToken out. It does nothing to a request without
// a token: give the fault a path.
func (m *Server) expireToken(r *sandbox.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.findToken(r); t != nil {
		t.expires = time.Time{}
	}
}

// ExpireTokens makes all tokens so far invalid before their time.
func (m *Server) ExpireTokens() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens = nil
}

// Logins returns how many tokens were asked for, the refused requests included.
func (m *Server) Logins() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.logins
}
