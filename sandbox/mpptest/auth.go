package mpptest

import (
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// login answers POST /api/auth/token. The heading in the documents says GET
// /auth/token.
func (m *Server) login(c *call) *sandbox.Answer {
	m.CountLogin()
	f, refused := m.readBody(c.Request, "secret_id", "secret_key")
	if refused != nil {
		return refused
	}
	id, key := f.text("secret_id", "required", "string"), f.text("secret_key", "required", "string")
	if len(f.errors) > 0 {
		return m.invalid(c.Request, f.errors)
	}
	if id != m.cfg.SecretID || key != m.cfg.SecretKey {
		return m.unauthorized(c.Request, "MPP-AUTH-4402")
	}
	value := kit.Hex(36) + "." + kit.Hex(160) + "." + kit.Hex(42)
	m.AddToken(value, m.Now().Add(m.cfg.TokenLife))
	return m.ok(c, kit.Object{
		"access_token", value, "expires_in", int64(m.cfg.TokenLife / time.Second), "refresh_expires_in", 1800,
		"refresh_token", kit.Hex(160), "token_type", "Bearer", "not-before-policy", 0, "session_state", kit.UUID(),
		"scope", "email profile",
	})
}

// unauthorized refuses a token or a login.
func (m *Server) unauthorized(r *sandbox.Request, code string) *sandbox.Answer {
	return m.envelope(r, m.cfg.AuthStatus, nil, code, codes[code].message, false)
}
