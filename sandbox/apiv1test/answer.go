package apiv1test

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

var codes = map[string]int{
	"OK": 200, "SUCCESS": 100, "INITIATED": 2001, "PENDING": 2002, "EXPIRED": 2003, "OTP_ERROR": 2004,
	"INSUFFICIENT_BALANCE": 2005, "USER_NOT_FOUND": 2006, "USER_IS_BLOCKED": 2007, "OTP_EXPIRED": 2008, "FAILED": 2010,
	"NOT_ALLOWED": 2011, "CANCELLED": 2012, "INVALID_TOKEN": 1002, "EXPIRED_TOKEN": 1003, "INVALID_PARAMS": 1004,
	"INVALID_CREDENTIALS": 1005, "TRANSACTION_EXIST": 1200, "NOT_FOUND": 404, "OPERATION_ERROR": -1,
}

// isState tells an order's state from the word of the call.
func isState(key string, v any) bool {
	word, _ := v.(string)
	switch word {
	case initiated, pending, success, failed, expired, lacksBalance:
		return key == "status"
	}
	return false
}

// number writes a code, as a number unless the configuration says otherwise.
func (p *Server) number(n int) any {
	if p.cfg.CodesAsStrings {
		return strconv.Itoa(n)
	}
	return n
}

// amount writes an amount, as a string unless the configuration says otherwise.
func (p *Server) amount(n int64) any {
	if p.cfg.AmountsAsNumbers {
		return n
	}
	return strconv.FormatInt(n, 10)
}

// refuse returns a refusal.
func (p *Server) refuse(status int, word, description string) *sandbox.Answer {
	if p.cfg.Refusals == RefusalsAs200 {
		status = 200
	}
	return sandbox.JSON(status, kit.Object{"code", p.number(codes[word]), "status", word, "description", description})
}

func (p *Server) refuseToken(word string) *sandbox.Answer {
	body := kit.Object{"code", p.number(codes[word]), "status", word, "message", "The token is not good"}
	switch p.cfg.TokenRefusals {
	case TokenRefused200:
		return sandbox.JSON(200, body)
	case TokenRefused422:
		return sandbox.JSON(422, body)
	case TokenRefusedInDetails:
		return sandbox.JSON(422, kit.Object{"details", body})
	}
	return sandbox.JSON(401, body)
}

func (p *Server) notFound() *sandbox.Answer {
	body := kit.Object{"code", p.number(404), "status", "NOT_FOUND", "description", "No such transaction"}
	switch p.cfg.NotFound {
	case NotFound404:
		return sandbox.JSON(404, body)
	case NotFound200:
		return sandbox.JSON(200, body)
	case NotFoundEmpty:
		return sandbox.JSON(200, []any{})
	}
	return sandbox.JSON(422, body)
}

// failure acts FaultProviderError out: OPERATION_ERROR unless the fault says
// otherwise.
func (p *Server) failure(_ *sandbox.Request, f sandbox.Fault) *sandbox.Answer {
	word := cmp.Or(f.ErrorCode, "OPERATION_ERROR")
	a := p.refuse(500, word, "Something broke")
	a.Status = cmp.Or(f.Code, 500)
	return a
}

type token struct {
	value   string
	expires time.Time
	revoked bool
}

// login is POST oauth/login.
func (p *Server) login(r *sandbox.Request, _ string) *sandbox.Answer {
	p.logins++
	b := readBody(r, "api_key api_password")
	key, password := b.need("api_key", 255), b.need("api_password", 255)
	if b.complaint != "" {
		return p.refuse(422, "INVALID_PARAMS", b.complaint)
	}
	if key != p.cfg.APIKey || password != p.cfg.APIPassword {
		return p.refuse(401, "INVALID_CREDENTIALS", "Wrong key or password")
	}
	if p.cfg.OneToken {
		for _, t := range p.tokens {
			t.revoked = true
		}
	}
	t := &token{value: "sbx." + kit.Hex(40) + "." + kit.Hex(40), expires: p.Now().Add(p.cfg.TokenLife)}
	p.tokens = append(p.tokens, t)
	return sandbox.JSON(200, kit.Object{
		"code", p.number(200), "status", "OK", "access_token", t.value, "token_type", "bearer",
		"expires_in", int64(p.cfg.TokenLife / time.Second),
	})
}

func (p *Server) tokenOf(r *sandbox.Request) *token {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return kit.First(p.tokens, func(t *token) bool { return ok && t.value == given })
}

// checkToken returns "" for a good token.
func (p *Server) checkToken(r *sandbox.Request) string {
	switch t := p.tokenOf(r); {
	case t == nil || t.revoked || len(r.Header[http.CanonicalHeaderKey("Authorization")]) != 1:
		return "INVALID_TOKEN"
	case !p.Now().Before(t.expires):
		return "EXPIRED_TOKEN"
	}
	return ""
}

// expireToken acts FaultExpiredToken out.
func (p *Server) expireToken(r *sandbox.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.tokenOf(r); t != nil {
		t.expires = time.Time{}
	}
}
