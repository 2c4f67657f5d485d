package kit

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Body checks the fields of a JSON object and collects what is wrong with them.
type Body struct {
	Values  map[string]any
	NoEmpty bool // an empty string is no string

	path       string    // of an object in the body, with a dot at its end
	complaints *[]string // path, what, path, what …
}

// NewBody returns a body with the fields.
func NewBody(values map[string]any) Body { return Body{Values: values, complaints: new([]string)} }

// ReadBody reads a JSON object.
func ReadBody(contentType string, body []byte) Body {
	values, err := ReadObject[any](contentType, body)
	b := NewBody(values)
	switch err {
	case nil:
	case ErrMediaType:
		b.Complain("Content-Type", "must be application/json")
	default:
		b.Complain("body", "must be a JSON object")
	}
	return b
}

// Complain adds a complaint about a field.
func (b Body) Complain(name, what string) { *b.complaints = append(*b.complaints, b.path+name, what) }

// Complaints returns all complaints: path, what, path, what …
func (b Body) Complaints() []string { return *b.complaints }

// Complaint returns the first complaint, or "".
func (b Body) Complaint() string {
	if len(*b.complaints) == 0 {
		return ""
	}
	return "The " + strings.Join((*b.complaints)[:2], " ")
}

// OnlyKnown refuses other names than the known ones, and null.
func (b Body) OnlyKnown(known string) {
	for name, v := range b.Values {
		if !slices.Contains(strings.Fields(known), name) {
			b.Complain(name, "is not documented")
		} else if v == nil {
			b.Complain(name, "must not be null")
		}
	}
}

// Has reports whether a field is there.
func (b Body) Has(name string) bool { _, ok := b.Values[name]; return ok }

// Required refuses a body without the field.
func (b Body) Required(name string) {
	if !b.Has(name) {
		b.Complain(name, "is required")
	}
}

// Text reads a string, or "" if there is none.
func (b Body) Text(name string, limit int) string {
	v := b.Values[name]
	s, ok := v.(string)
	switch {
	case v == nil:
	case !ok:
		b.Complain(name, "must be a string")
	case s == "" && b.NoEmpty:
		b.Complain(name, "must not be empty")
	case utf8.RuneCountInString(s) > limit:
		b.Complain(name, "must be at most "+strconv.Itoa(limit)+" characters")
	}
	return s
}

// Need reads a string that must be there.
func (b Body) Need(name string, limit int) string {
	b.Required(name)
	s := b.Text(name, limit)
	if b.Has(name) && strings.TrimSpace(s) == "" && (s != "" || !b.NoEmpty) {
		b.Complain(name, "must not be empty")
	}
	return s
}

// AnyObject reads an object, or nil if there is none.
func (b Body) AnyObject(name string) map[string]any {
	v := b.Values[name]
	o, ok := v.(map[string]any)
	if v != nil && !ok {
		b.Complain(name, "must be an object")
	}
	return o
}

// Object reads an object, and refuses other names than the known ones. Without
// an object it returns an empty one.
func (b Body) Object(name, known string) Body {
	o := b
	o.path = b.path + name + "."
	if o.Values = b.AnyObject(name); o.Values == nil {
		o.Values = map[string]any{}
	}
	o.OnlyKnown(known)
	return o
}

// Flag reads true or false.
func (b Body) Flag(name string) bool {
	v := b.Values[name]
	flag, ok := v.(bool)
	if v != nil && !ok {
		b.Complain(name, "must be true or false")
	}
	return flag
}

var whole = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)

// Amount reads a whole number above 0, and refuses a string.
func (b Body) Amount() int64 {
	n, _ := b.Values["amount"].(json.Number)
	if !whole.MatchString(n.String()) {
		b.Complain("amount", "must be an integer above 0")
		return 0
	}
	amount, _ := n.Int64()
	return amount
}

// URL refuses a value that is no URL of a merchant: see [AcceptableURL]. It
// accepts "", and returns the value. So do Email, OneOf and Match.
func (b Body) URL(name, value string) string {
	return b.unless(value == "" || AcceptableURL(value), name, value, "must be an https URL")
}

// Email refuses a value that is no email address.
func (b Body) Email(name, value string) string {
	return b.unless(value == "" || IsEmail(value), name, value, "must be an email address")
}

// OneOf refuses a value that is none of the words.
func (b Body) OneOf(name, value string, words ...string) string {
	return b.unless(value == "" || slices.Contains(words, value), name, value, "must be one of "+strings.Join(words, ", "))
}

// Match refuses a value of another form.
func (b Body) Match(name, value string, form *regexp.Regexp, what string) string {
	return b.unless(value == "" || form.MatchString(value), name, value, what)
}

func (b Body) unless(ok bool, name, value, what string) string {
	if !ok {
		b.Complain(name, what)
	}
	return value
}
