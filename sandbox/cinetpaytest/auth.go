package cinetpaytest

import (
	"crypto/rand"
	"encoding/base64"
	"mime"
	"slices"
	"time"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

type token struct {
	value   string
	expires time.Time
	revoked bool
}

// login is POST auth/login.
func (p *Server) login(r *sandbox.Request) *sandbox.Answer {
	p.logins++
	fields, complaint := readForm(r, "apikey", "password")
	if complaint != "" {
		return p.refuse(400, 704, complaint)
	}
	if fields["apikey"] != p.cfg.APIKey || fields["password"] != p.cfg.Password {
		return p.refuse(401, 701, "Identifiant de connexion incorrect")
	}
	t := &token{value: newToken(), expires: p.Now().Add(p.cfg.TokenLife)}
	p.tokens = append(p.tokens, t)
	return p.ok(kit.Object{"token", t.value})
}

// newToken has the characters that a query must escape: what a token is made of
// is not documented.
func newToken() string {
	b := make([]byte, 48)
	_, _ = rand.Read(b)
	return "sbx+/" + base64.StdEncoding.EncodeToString(b[:47])
}

// checkToken is 0 for a good token in the query.
func (p *Server) checkToken(r *sandbox.Request) int {
	given := r.Query["token"]
	if len(given) != 1 {
		return 706
	}
	i := slices.IndexFunc(p.tokens, func(t *token) bool { return t.value == given[0] })
	if i < 0 || p.tokens[i].revoked {
		return 706
	}
	if !p.Now().Before(p.tokens[i].expires) {
		return 705
	}
	return 0
}

// expireToken acts FaultExpiredToken out. It does nothing to a request without
// a token: give the fault a path.
func (p *Server) expireToken(r *sandbox.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.tokens {
		if t.value == r.Query.Get("token") {
			t.expires = time.Time{}
		}
	}
}

// readForm reads a form that has exactly the named fields.
func readForm(r *sandbox.Request, names ...string) (fields map[string]string, complaint string) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, "The Content-Type must be application/x-www-form-urlencoded"
	}
	fields, err = kit.Form(r.Body)
	if err != nil {
		return nil, err.Error()
	}
	for _, name := range names {
		if fields[name] == "" {
			return nil, "The field " + name + " is missing"
		}
	}
	if len(fields) != len(names) {
		return nil, "The form has fields that are not documented"
	}
	return fields, ""
}
