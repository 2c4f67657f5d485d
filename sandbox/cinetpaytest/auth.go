package cinetpaytest

import (
	"mime"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// login answers POST auth/login.
func (p *Server) login(r *sandbox.Request) *sandbox.Answer {
	p.CountLogin()
	fields, complaint := readForm(r, "apikey", "password")
	if complaint != "" {
		return p.refuse(400, 704, complaint)
	}
	if fields["apikey"] != p.cfg.APIKey || fields["password"] != p.cfg.Password {
		return p.refuse(401, 701, "Identifiant de connexion incorrect")
	}
	// A token has characters that a query must escape, because its form is not
	// documented.
	token := "sbx+/" + kit.Random(64, "ABCDEFGHIJKLMNOPQRSTUVWXYZ+/0123456789") + "="
	p.AddToken(token, p.Now().Add(p.cfg.TokenLife))
	return p.ok(kit.Object{"token", token})
}

// checkToken returns the code for a bad token in the query, or 0.
func (p *Server) checkToken(r *sandbox.Request) int {
	switch known, expired := p.CheckToken(r.Query.Get("token"), p.Now()); {
	case !known || len(r.Query["token"]) != 1:
		return 706
	case expired:
		return 705
	}
	return 0
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
