package cinetpaytest

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// contact is a number to which money may be sent.
type contact struct{ prefix, phone string }

// item is an object of the list in a form's field data. A code other than 0
// says what is wrong with it.
type item struct {
	fields map[string]string
	echo   kit.Object // prefix, phone and the rest, as they were given, in the documented order
	code   int
}

// complain keeps the first complaint.
func (it *item) complain(code int) {
	if it.code == 0 {
		it.code = code
	}
}

// readItems reads the form field data. Only an amount may be a number. In the
// documented sample it is a string.
func (p *Server) readItems(r *sandbox.Request, names string) ([]*item, *sandbox.Answer) {
	form, complaint := readForm(r, "data")
	if complaint != "" {
		return nil, p.refuse(400, 704, complaint)
	}
	var list []map[string]json.RawMessage
	if !utf8.ValidString(form["data"]) || json.Unmarshal([]byte(form["data"]), &list) != nil {
		return nil, p.refuse(400, 718, "The field data is not a list of objects")
	}
	if len(list) == 0 {
		return nil, p.refuse(400, 704, "The field data is empty")
	}
	var items []*item
	for _, raw := range list {
		items = append(items, readItem(raw, strings.Fields(names)))
	}
	return items, nil
}

func readItem(raw map[string]json.RawMessage, names []string) *item {
	it := &item{fields: map[string]string{}}
	for name := range raw {
		if !slices.Contains(names, name) {
			it.complain(716)
		}
	}
	for _, name := range names {
		v, given := raw[name]
		if !given {
			continue
		}
		var s string
		var n json.Number
		switch {
		case v[0] == '"' && json.Unmarshal(v, &s) == nil:
		case name == "amount" && json.Unmarshal(v, &n) == nil:
			s = n.String()
		default:
			it.complain(716)
		}
		it.fields[name] = s
		it.echo = append(it.echo, name, v)
	}
	return it
}

func (it *item) need(names ...string) {
	for _, name := range names {
		if it.fields[name] == "" {
			it.complain(704)
		}
	}
}

// checkPhone checks the phone of a contact or of a transfer. A phone fails here
// if a test set 717 or 802 for it.
func (p *Server) checkPhone(it *item) {
	prefix, phone := it.fields["prefix"], it.fields["phone"]
	country, known := countries[prefix]
	switch code := p.failingCode(prefix, phone); {
	case !known:
		it.complain(716)
	case !country.phone.MatchString(phone):
		it.complain(802)
	case code == 717 || code == 802:
		it.complain(code)
	}
}

func (p *Server) failingCode(prefix, phone string) int {
	if code := p.failing[prefix+" "+phone]; code != 0 {
		return code
	}
	return p.failing[prefix+" "]
}

// phones417 refuses the whole request for a wrong phone, if
// Config.PhoneErrorsAs417 is set.
func (p *Server) phones417(items []*item) *sandbox.Answer {
	for _, it := range items {
		if p.cfg.PhoneErrorsAs417 && (it.code == 717 || it.code == 802) {
			a := p.refuse(417, it.code, "Le numéro de téléphone est incorrect")
			a.Status = 417
			return a
		}
	}
	return nil
}

// addContacts answers POST transfer/contact.
func (p *Server) addContacts(r *sandbox.Request) *sandbox.Answer {
	items, refused := p.readItems(r, "prefix phone name surname email")
	if refused != nil {
		return refused
	}
	for _, it := range items {
		it.need("prefix", "phone", "name", "surname", "email")
		if !kit.IsEmail(it.fields["email"]) {
			it.complain(716)
		}
		p.checkPhone(it)
	}
	if refused := p.phones417(items); refused != nil {
		return refused
	}
	var out []kit.Object
	for _, it := range items {
		f := it.fields
		if it.code == 0 && p.isContact(f["prefix"], f["phone"]) {
			it.code = 726
		}
		if it.code == 0 {
			p.contacts = append(p.contacts, contact{f["prefix"], f["phone"]})
		}
		out = append(out, p.item(it.echo, it.code, "lot", digits(22)))
	}
	return p.items(out)
}

func (p *Server) isContact(prefix, phone string) bool {
	return slices.Contains(p.contacts, contact{prefix, phone})
}
