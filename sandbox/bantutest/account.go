package bantutest

import (
	"strings"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// createAccount answers POST /accounts/v1. The key comes by mail: see
// FindMailedKey.
func (b *Server) createAccount(c *call) *sandbox.Answer {
	values, refused := b.readBody(c.Request, "name email", "name", "email")
	if refused != nil {
		return refused
	}
	email := values["email"]
	if !kit.IsEmail(email) {
		return b.refuse(c.Request, 400, "email must be an email address")
	}
	if b.findAccount(email) != nil {
		return b.refuse(c.Request, 409, "account.email.exists")
	}
	account := &merchant{id: kit.UUID(), name: values["name"], email: email, key: "rak_" + kit.Hex(32)}
	b.accounts = append(b.accounts, account)
	return sandbox.JSON(201, kit.Object{"accountId", account.id, "message", "Your key has been sent to " + email})
}

func (b *Server) findAccount(email string) *merchant {
	return kit.First(b.accounts, func(a *merchant) bool { return strings.EqualFold(a.email, email) })
}

// createApplication answers POST /accounts/v1/applications.
func (b *Server) createApplication(c *call) *sandbox.Answer {
	values, refused := b.readBody(c.Request, "name description", "name", "description")
	if refused != nil {
		return refused
	}
	if values["name"] != strings.ToLower(values["name"]) {
		return b.refuse(c.Request, 400, "name must be in lower case")
	}
	app := &Application{
		ID: kit.UUID(), AccountID: c.account.id, Name: values["name"], Description: values["description"],
		PKTest: "pk_test_" + kit.Hex(32), SKTest: "sk_test_" + kit.Hex(32),
		PKLive: "pk_live_" + kit.Hex(32), SKLive: "sk_live_" + kit.Hex(32), CreatedAt: b.Now(),
	}
	b.apps = append(b.apps, app)
	o := kit.Object{
		"id", app.ID, "accountId", app.AccountID, "name", app.Name, "description", app.Description,
		"pkTest", app.PKTest, "skTest", app.SKTest, "pkLive", app.PKLive, "skLive", app.SKLive,
		"createdAt", formatTime(app.CreatedAt),
	}
	if !b.cfg.BareApplication {
		o = kit.Object{"application", o}
	}
	return sandbox.JSON(201, o)
}

// FindMailedKey returns the key that a new merchant got by mail, or "" if there
// is no such account.
func (b *Server) FindMailedKey(email string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.findAccount(email); a != nil {
		return a.key
	}
	return ""
}

// Applications returns all applications, oldest first.
func (b *Server) Applications() []Application {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Application
	for _, app := range b.apps {
		out = append(out, *app)
	}
	return out
}
