package mpptest

import (
	"slices"
	"strings"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// Channel is a way to move money to which the business has subscribed.
type Channel struct {
	ID                int
	Code, Description string
	Type              string // "momo", "cash" …
	Inactive          bool
	Callback          string // where changes go if the transaction has no URL of its own; "" is nowhere
	Fields            []Field
	Categories        []Category
}

// Field is a field of the channel's transactions. The sandbox enforces the
// documented rules: required, nullable, string, numeric, email, phone_number,
// min:x, max:x, mimes:x,y. It only shows other rules.
type Field struct {
	Name  string
	Rules []string
}

// Category is a use of the channel. FeePayer is "merchant" or "end_user".
type Category struct {
	ID             int
	Name, FeePayer string
}

// channels returns the three documented channels. OM is as in the sample. The
// rules of AFM and CDT are made up from their sample transactions.
func channels() []Channel {
	amount := Field{"amount", []string{"required", "numeric", "min:1", "max:50000.5"}}
	return []Channel{
		{
			ID: 97, Code: "OM", Description: "Orange Money", Type: "momo",
			Fields: []Field{
				{"msisdn", []string{"required", "string"}}, {"amount", []string{"required", "numeric"}},
				{"email", []string{"nullable", "email"}}, {"phone", []string{"nullable", "string", "phone_number"}},
				{"first_name", []string{"nullable", "string"}}, {"last_name", []string{"nullable", "string"}},
				{"account_number", []string{"nullable", "string"}},
			},
			Categories: []Category{{133, "payment", "merchant"}, {134, "transfer", "merchant"}},
		},
		{
			ID: 98, Code: "AFM", Description: "AfriMoney", Type: "momo",
			Fields: []Field{
				{"msisdn", []string{"required", "string", "phone_number"}}, amount,
				{"phone", []string{"nullable", "string", "phone_number"}},
				{"first_name", []string{"nullable", "string", "max:50"}},
				{"last_name", []string{"nullable", "string", "max:50"}},
				{"account_number", []string{"nullable", "string"}},
			},
			Categories: []Category{
				{135, "payment", "end_user"}, {136, "transfer", "end_user"}, {137, "payout", "merchant"},
			},
		},
		{
			ID: 99, Code: "CDT", Description: "Cash deposit", Type: "cash",
			Fields: []Field{
				{"msisdn", []string{"required", "string", "phone_number"}}, amount,
				{"account_number", []string{"nullable", "string"}}, {"first_name", []string{"required", "string", "min:2"}},
				{"last_name", []string{"required", "string", "min:2"}}, {"email", []string{"nullable", "email"}},
				{"proof", []string{"nullable", "mimes:jpg,png,jpeg,pdf"}},
			},
			Categories: []Category{
				{138, "transfer", "merchant"}, {139, "cashin", "merchant"}, {140, "deposit", "merchant"},
				{141, "topup", "merchant"},
			},
		},
	}
}

func (ch Channel) view() kit.Object {
	fields := kit.Object{}
	for _, f := range ch.Fields {
		fields = append(fields, f.Name, slices.Concat([]string{}, f.Rules))
	}
	categories := []kit.Object{}
	for _, c := range ch.Categories {
		categories = append(categories, kit.Object{"id", c.ID, "transaction_category", c.Name, "fee_payer", c.FeePayer})
	}
	status := "active"
	if ch.Inactive {
		status = "inactive"
	}
	return kit.Object{
		"id", ch.ID, "status", status, "code", ch.Code, "description", ch.Description, "fields", object(fields),
		"active", !ch.Inactive, "callback", kit.Null(ch.Callback), "categories", categories,
	}
}

func (m *Server) findChannel(code string) (ch Channel, ok bool) {
	n := slices.IndexFunc(m.channels, func(ch Channel) bool { return ch.Code == code })
	if n < 0 {
		return ch, false
	}
	return m.channels[n], true
}

func (ch Channel) category(name string) (c Category, ok bool) {
	n := slices.IndexFunc(ch.Categories, func(c Category) bool { return c.Name == name })
	if n < 0 {
		return c, false
	}
	return ch.Categories[n], true
}

// SetChannel changes a channel, or adds one.
func (m *Server) SetChannel(ch Channel) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for n := range m.channels {
		if m.channels[n].Code == ch.Code {
			m.channels[n] = ch
			return
		}
	}
	m.channels = append(m.channels, ch)
}

// asksAccount reports whether a request is for account/validate.
func asksAccount(r *sandbox.Request) bool { return strings.HasSuffix(r.Path, "/account/validate") }

// validateAccount answers a GET with a JSON body, and knows only the sample's
// number. The sample asks for channel "om", but the channel's code is "OM".
func (m *Server) validateAccount(c *call) *sandbox.Answer {
	f, refused := m.readBody(c.Request, "code", "msisdn")
	if refused != nil {
		return refused
	}
	code, msisdn := f.text("code", "required", "string"), f.text("msisdn", "required", "string")
	if _, known := m.findChannel(strings.ToUpper(code)); code != "" && !known {
		f.complain("code", "is not a channel's.")
	}
	if len(f.errors) > 0 {
		return m.invalid(c.Request, f.errors)
	}
	if msisdn != "+22394996021" {
		return m.refuse(c.Request, "MPP-REQ-4008", "")
	}
	return m.ok(c, kit.Object{
		"first_name", "Abdou", "last_name", "Diogue", "birth_date", "1976-08-13", "gender", "MALE",
	})
}
