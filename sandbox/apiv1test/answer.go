package apiv1test

import (
	"cmp"
	"slices"
	"strconv"
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

// isState reports whether a value is an order's state, and not the word of the
// call.
func isState(key string, v any) bool {
	return key == "status" && slices.Contains([]any{initiated, pending, success, failed, expired, lacksBalance}, v)
}

// number returns a code as the configuration spells it, by default as a number.
func (p *Server) number(n int) any {
	if p.cfg.CodesAsStrings {
		return strconv.Itoa(n)
	}
	return n
}

// amount returns an amount in minor units as the configuration spells it, by
// default as a string.
func (p *Server) amount(minor int64) any {
	n := minor / p.unit()
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
	if p.cfg.TokenRefusals == TokenRefusedInDetails {
		body = kit.Object{"details", body}
	}
	status := map[TokenRefusals]int{
		TokenRefused401: 401, TokenRefused200: 200, TokenRefused422: 422, TokenRefusedInDetails: 422,
	}
	return sandbox.JSON(status[p.cfg.TokenRefusals], body)
}

func (p *Server) notFound() *sandbox.Answer {
	if p.cfg.NotFound == NotFoundEmpty {
		return sandbox.JSON(200, []any{})
	}
	status := map[NotFound]int{NotFound422: 422, NotFound404: 404, NotFound200: 200}
	return sandbox.JSON(status[p.cfg.NotFound],
		kit.Object{"code", p.number(404), "status", "NOT_FOUND", "description", "No such transaction"})
}

// failure returns the answer of a FaultProviderError: OPERATION_ERROR, unless
// the fault names another.
func (p *Server) failure(_ *sandbox.Request, f sandbox.Fault) *sandbox.Answer {
	word := cmp.Or(f.ErrorCode, "OPERATION_ERROR")
	a := p.refuse(500, word, "Something broke")
	a.Status = cmp.Or(f.Code, 500)
	return a
}

// login answers POST oauth/login.
func (p *Server) login(r *sandbox.Request, _ string) *sandbox.Answer {
	p.CountLogin()
	b := readBody(r, "api_key api_password")
	key, password := b.Need("api_key", 255), b.Need("api_password", 255)
	if b.Complaint() != "" {
		return p.refuse(422, "INVALID_PARAMS", b.Complaint())
	}
	if key != p.cfg.APIKey || password != p.cfg.APIPassword {
		return p.refuse(401, "INVALID_CREDENTIALS", "Wrong key or password")
	}
	if p.cfg.OneToken {
		p.RevokeTokens()
	}
	token := "sbx." + kit.Hex(40) + "." + kit.Hex(40)
	p.AddToken(token, p.Now().Add(p.cfg.TokenLife))
	return sandbox.JSON(200, kit.Object{
		"code", p.number(200), "status", "OK", "access_token", token, "token_type", "bearer",
		"expires_in", int64(p.cfg.TokenLife / time.Second),
	})
}

// checkToken returns the word for a bad token, or "".
func (p *Server) checkToken(r *sandbox.Request) string {
	switch known, expired := p.CheckToken(kit.Bearer(r.Header), p.Now()); {
	case !known:
		return "INVALID_TOKEN"
	case expired:
		return "EXPIRED_TOKEN"
	}
	return ""
}
