package bantu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/check"
	"github.com/wapay-go/wapay/internal/loose"
	"github.com/wapay-go/wapay/internal/redact"
)

// Account is a new account. Its key comes by mail.
type Account struct {
	ID      string // accountId
	Message string
	Raw     wapay.Raw
}

type accountBody struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

type accountAnswer struct {
	ID      loose.String `json:"accountId"`
	Message loose.String `json:"message"`
}

// Check rejects an answer without an account.
func (a *accountAnswer) Check() error { return call.FailIf(a.ID == "", "no accountId") }

// CreateAccount makes an account: POST accounts/v1. It sends no key. An e-mail
// address that has an account already is [wapay.ErrDuplicate], with the message
// account.email.exists.
func (c *Client) CreateAccount(ctx context.Context, name, email string) (*Account, error) {
	ctx = call.Start(ctx, "CreateAccount", nil)
	var bad check.Fields
	text(&bad, "Name", name)
	text(&bad, "Email", email)
	bad.Email("Email", email)
	r := &call.Request{Effect: call.Write, Method: http.MethodPost, Path: "accounts/v1"}
	var answer accountAnswer
	resp, err := c.in().do(ctx, r, noKey, bad, accountBody{name, email}, &answer)
	if err != nil {
		return nil, withoutKeys(err)
	}
	return &Account{
		ID: blotText(string(answer.ID), nil), Message: blotText(string(answer.Message), nil),
		Raw: blotKeys(resp.Body, nil),
	}, nil
}

func text(bad *check.Fields, field, s string) {
	if s == "" {
		bad.Add(field, "is required")
	}
	bad.Text(field, s, 64<<10)
}

// Application is a new application. The provider shows its keys only once.
type Application struct {
	ID, AccountID, Name, Description string
	PublicTest                       wapay.Secret // pkTest
	SecretTest                       wapay.Secret // skTest
	PublicLive                       wapay.Secret // pkLive
	SecretLive                       wapay.Secret // skLive
	CreatedAt                        time.Time
	Raw                              wapay.Raw // with "[redacted]" in place of the keys
}

// Format prints the fields as %v does, whatever the verb: see [wapay.Secret].
func (a Application) Format(f fmt.State, _ rune) { redact.Format(f, a) }

type wireApplication struct {
	ID          loose.String `json:"id"`
	AccountID   loose.String `json:"accountId"`
	Name        loose.String `json:"name"`
	Description loose.String `json:"description"`
	PKTest      loose.String `json:"pkTest"`
	SKTest      loose.String `json:"skTest"`
	PKLive      loose.String `json:"pkLive"`
	SKLive      loose.String `json:"skLive"`
	CreatedAt   loose.Time   `json:"createdAt"`
}

// applicationAnswer decodes the documented {"application":{…}}, and the inner
// object alone.
type applicationAnswer struct {
	wireApplication
	Application *wireApplication `json:"application"`
}

// Check rejects an answer without an id or without keys.
func (a *applicationAnswer) Check() error {
	if a.Application != nil {
		a.wireApplication = *a.Application
	}
	if a.ID == "" || a.PKTest+a.SKTest+a.PKLive+a.SKLive == "" {
		return errors.New("an application without id or keys")
	}
	return nil
}

type applicationBody struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// CreateApplication makes an application of the account: POST
// accounts/v1/applications. It needs the account key. The documents require a
// name in lower case, and a description.
func (c *Client) CreateApplication(ctx context.Context, name, description string) (*Application, error) {
	ctx = call.Start(ctx, "CreateApplication", nil)
	var bad check.Fields
	text(&bad, "Name", name)
	if name != strings.ToLower(name) {
		bad.Add("Name", "is %q, want lower case", name)
	}
	text(&bad, "Description", description)
	r := &call.Request{Effect: call.Write, Method: http.MethodPost, Path: "accounts/v1/applications"}
	var a applicationAnswer
	resp, err := c.in().do(ctx, r, accountKey, bad, applicationBody{name, description}, &a)
	if err != nil {
		return nil, withoutKeys(err)
	}
	keys := []loose.String{a.PKTest, a.SKTest, a.PKLive, a.SKLive}
	clean := func(s loose.String) string { return blotText(string(s), keys) }
	return &Application{
		ID: clean(a.ID), AccountID: clean(a.AccountID), Name: clean(a.Name), Description: clean(a.Description),
		PublicTest: wapay.Secret(a.PKTest), SecretTest: wapay.Secret(a.SKTest),
		PublicLive: wapay.Secret(a.PKLive), SecretLive: wapay.Secret(a.SKLive),
		CreatedAt: a.CreatedAt.Time, Raw: blotKeys(resp.Body, keys),
	}, nil
}

// withoutKeys removes from an error everything that may hold a valid key. It
// drops the body unless the call was rejected, and redacts each text that looks
// like a key.
func withoutKeys(err error) error {
	var e *wapay.Error
	if !errors.As(err, &e) {
		return err
	}
	for _, text := range []*string{&e.Code, &e.Message, &e.RequestID} {
		*text = blotText(*text, nil)
	}
	if e.Body = anyKey.ReplaceAll(e.Body, []byte(redacted)); e.Outcome != wapay.OutcomeRejected {
		e.Body = nil
	}
	return e
}

var redacted = wapay.Secret("x").String()

// anyKey matches what looks like a key.
var anyKey = regexp.MustCompile(`\b(rak|ak|sk|pk)_[0-9A-Za-z_-]+`)

// blotKeys decodes an answer, redacts its keys and encodes it. So it finds keys
// in any place and in any escaping. It sorts the members by name.
func blotKeys(body []byte, keys []loose.String) wapay.Raw {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil { // cannot be: the answer was decoded before
		return nil
	}
	data, _ := json.Marshal(blot(v, keys))
	return data
}

func blot(v any, keys []loose.String) any {
	switch v := v.(type) {
	case map[string]any:
		clean := make(map[string]any, len(v))
		for name, member := range v {
			clean[blotText(name, keys)] = blot(member, keys)
		}
		return clean
	case []any:
		for i := range v {
			v[i] = blot(v[i], keys)
		}
	case string:
		return blotText(v, keys)
	case json.Number:
		if text := blotText(v.String(), keys); text != v.String() {
			return text
		}
	}
	return v
}

func blotText(s string, keys []loose.String) string {
	s = anyKey.ReplaceAllString(s, redacted)
	for _, key := range keys {
		if key != "" {
			s = strings.ReplaceAll(s, string(key), redacted)
		}
	}
	return s
}
