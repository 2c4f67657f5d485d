package sandbox

import (
	"net/mail"
	"slices"
	"strings"
)

// createAccount is POST /accounts/v1. The key comes by mail: see KeyMailedTo.
func (b *Bantu) createAccount(c *bantuCall) *answer {
	values, refused := b.readBody(c.Request, "name", "email")
	if refused == nil {
		refused = b.missing(c.Request, values, "name", "email")
	}
	if refused != nil {
		return refused
	}
	email := values["email"]
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email {
		return b.refuse(c.Request, 400, "email must be an email address")
	}
	if b.findAccount(email) != nil {
		return b.refuse(c.Request, 409, "account.email.exists")
	}
	account := &bantuAccount{id: newUUID(), name: values["name"], email: email, key: "rak_" + randomHex(32)}
	b.accounts = append(b.accounts, account)
	return jsonAnswer(201, object{"accountId", account.id, "message", "Your key has been sent to " + email})
}

func (b *Bantu) findAccount(email string) *bantuAccount {
	n := slices.IndexFunc(b.accounts, func(a *bantuAccount) bool { return strings.EqualFold(a.email, email) })
	if n < 0 {
		return nil
	}
	return b.accounts[n]
}

// createApplication is POST /accounts/v1/applications.
func (b *Bantu) createApplication(c *bantuCall) *answer {
	values, refused := b.readBody(c.Request, "name", "description")
	if refused == nil {
		refused = b.missing(c.Request, values, "name")
	}
	if refused != nil {
		return refused
	}
	app := &BantuApplication{
		ID: newUUID(), AccountID: c.account.id, Name: values["name"], Description: values["description"],
		PKTest: "pk_test_" + randomHex(32), SKTest: "sk_test_" + randomHex(32),
		PKLive: "pk_live_" + randomHex(32), SKLive: "sk_live_" + randomHex(32), CreatedAt: b.Now(),
	}
	b.apps = append(b.apps, app)
	o := object{
		"id", app.ID, "accountId", app.AccountID, "name", app.Name, "description", null(app.Description),
		"pkTest", app.PKTest, "skTest", app.SKTest, "pkLive", app.PKLive, "skLive", app.SKLive,
		"createdAt", bantuTime(app.CreatedAt),
	}
	if !b.cfg.BareApplication {
		o = object{"application", o}
	}
	return jsonAnswer(201, o)
}

// KeyMailedTo is the account's key that a new merchant finds in the mail; "" where there is no such account.
func (b *Bantu) KeyMailedTo(email string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.findAccount(email); a != nil {
		return a.key
	}
	return ""
}

// Applications are all applications, oldest first.
func (b *Bantu) Applications() []BantuApplication {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []BantuApplication
	for _, app := range b.apps {
		out = append(out, *app)
	}
	return out
}
