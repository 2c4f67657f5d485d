package kit

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Body checks a JSON body one field after the other and keeps the first
// complaint.
type Body struct {
	Values    map[string]any
	Complaint string
	NoEmpty   bool // an empty string is no string
}

// ReadBody reads a JSON object.
func ReadBody(contentType string, body []byte) Body {
	values, err := ReadObject[any](contentType, body)
	b := Body{Values: values}
	switch err {
	case nil:
	case ErrMediaType:
		b.Complain("Content-Type", "must be application/json")
	default:
		b.Complain("body", "must be a JSON object")
	}
	return b
}

// Complain keeps what is wrong with a field, unless something was before.
func (b *Body) Complain(name, what string) {
	if b.Complaint == "" {
		b.Complaint = "The " + name + " " + what
	}
}

// OnlyKnown refuses other names than those given, and null.
func (b *Body) OnlyKnown(known string) {
	for name, v := range b.Values {
		if !slices.Contains(strings.Fields(known), name) {
			b.Complain(name, "is not documented")
		}
		if v == nil {
			b.Complain(name, "must not be null")
		}
	}
}

// Text reads a string, "" where there is none.
func (b *Body) Text(name string, limit int) string {
	v, given := b.Values[name]
	s, ok := v.(string)
	if given && (!ok || s == "" && b.NoEmpty) {
		b.Complain(name, "must be a string")
	}
	if utf8.RuneCountInString(s) > limit {
		b.Complain(name, "must have at most "+strconv.Itoa(limit)+" characters")
	}
	return s
}

// Need reads a string that must be there.
func (b *Body) Need(name string, limit int) string {
	s := b.Text(name, limit)
	if strings.TrimSpace(s) == "" {
		b.Complain(name, "must not be null")
	}
	return s
}

// URL reads a URL that must be there: see [AcceptableURL].
func (b *Body) URL(name string, limit int) string {
	s := b.Need(name, limit)
	if !AcceptableURL(s) {
		b.Complain(name, "must be an https URL")
	}
	return s
}

// Email reads an email address.
func (b *Body) Email(name string) string {
	s := b.Text(name, 254)
	if s != "" && !IsEmail(s) {
		b.Complain(name, "must be an email address")
	}
	return s
}

// Flag reads true or false.
func (b *Body) Flag(name string) bool {
	v, given := b.Values[name]
	flag, ok := v.(bool)
	if given && !ok {
		b.Complain(name, "must be true or false")
	}
	return flag
}

// OneOf refuses a value that is none of the words. It accepts "".
func (b *Body) OneOf(name, value string, words ...string) {
	if value != "" && !slices.Contains(words, value) {
		b.Complain(name, "must be one of "+strings.Join(words, ", "))
	}
}

// Match refuses a value of another form. It accepts "".
func (b *Body) Match(name, value string, form *regexp.Regexp, what string) {
	if value != "" && !form.MatchString(value) {
		b.Complain(name, what)
	}
}

var whole = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)

// Amount reads a whole number above 0, which is not a string.
func (b *Body) Amount() int64 {
	n, ok := b.Values["amount"].(json.Number)
	if !ok || !whole.MatchString(n.String()) {
		b.Complain("amount", "must be an integer above 0")
		return 0
	}
	amount, _ := n.Int64()
	return amount
}
