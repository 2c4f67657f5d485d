package mpptest

import (
	"encoding/json"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// fields is a body with the complaints about it.
type fields struct {
	values map[string]any
	errors kit.Object // name, messages …
}

// readBody reads a JSON object. If names are given, it refuses others.
func (m *Server) readBody(r *sandbox.Request, names ...string) (*fields, *sandbox.Answer) {
	values, err := kit.ReadObject[any](r.Header.Get("Content-Type"), r.Body)
	switch err {
	case nil:
	case kit.ErrMediaType:
		return nil, m.refuse(r, "MPP-REQ-4022", "The Content-Type must be application/json.")
	default:
		return nil, m.refuse(r, "MPP-REQ-4022", "The body is not a JSON object.")
	}
	f := &fields{values: values}
	for name, v := range f.values {
		if v == "" { // as in Laravel
			f.values[name] = nil
		}
	}
	if len(names) > 0 {
		f.onlyKnown(names)
	}
	return f, nil
}

func (f *fields) onlyKnown(names []string) {
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		if !slices.Contains(names, name) {
			f.complain(name, "is not documented.")
		}
	}
}

// complain adds a complaint about a field.
func (f *fields) complain(name, what string) {
	message := "The " + strings.ReplaceAll(name, "_", " ") + " field " + what
	for n := 0; n < len(f.errors); n += 2 {
		if f.errors[n] == name {
			f.errors[n+1] = append(f.errors[n+1].([]string), message)
			return
		}
	}
	f.errors = append(f.errors, name, []string{message})
}

// text applies the rules and returns the field, or "" if it is no string.
func (f *fields) text(name string, rules ...string) string {
	f.apply(name, rules)
	s, _ := f.values[name].(string)
	return s
}

func (f *fields) apply(name string, rules []string) {
	v, given := f.values[name]
	switch {
	case v == nil && slices.Contains(rules, "required"):
		f.complain(name, "is required.")
	case v == nil && given && !slices.Contains(rules, "nullable"):
		f.complain(name, "must not be null.")
	}
	if v == nil {
		return
	}
	for _, rule := range rules {
		if what := breaks(v, rule, slices.Contains(rules, "numeric")); what != "" {
			f.complain(name, what)
		}
	}
}

var (
	phonePattern   = regexp.MustCompile(`^\+?[0-9]{6,15}$`)
	numericPattern = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
)

// breaks returns how a value breaks a rule, or "". Unknown rules accept
// everything.
func breaks(v any, rule string, numeric bool) string {
	s, isString := v.(string)
	n, isNumber := v.(json.Number)
	text := s + n.String()
	rule, arg, _ := strings.Cut(rule, ":")
	switch rule {
	case "string":
		return unless(isString, "must be a string.")
	case "numeric":
		return unless((isString || isNumber) && numericPattern.MatchString(text), "must be a number.")
	case "email":
		return unless(kit.IsEmail(s), "must be a valid email address.")
	case "phone_number":
		return unless(phonePattern.MatchString(s), "must be a valid phone number.")
	case "min":
		return unless(compareSize(text, arg, numeric) >= 0, "must be at least "+arg+".")
	case "max":
		return unless(compareSize(text, arg, numeric) <= 0, "must not be greater than "+arg+".")
	case "mimes":
		return unless(isFile(s, strings.Split(arg, ",")), "must be a file of type: "+arg+".")
	}
	return ""
}

func unless(ok bool, what string) string {
	if ok {
		return ""
	}
	return what
}

// compareSize compares the value of a number or the length of a string with a
// limit. It returns 0 for anything else, which another rule refuses.
func compareSize(text, limit string, numeric bool) int {
	bound, ok := new(big.Rat).SetString(limit)
	if !ok {
		return 0
	}
	size := new(big.Rat).SetInt64(int64(utf8.RuneCountInString(text)))
	if numeric {
		if !numericPattern.MatchString(text) {
			return 0
		}
		size.SetString(text)
	}
	return size.Cmp(bound)
}

var mimes = map[string]string{
	"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "pdf": "application/pdf",
}

func isFile(s string, extensions []string) bool {
	return slices.ContainsFunc(extensions, func(e string) bool {
		return mimes[e] != "" && strings.HasPrefix(s, "data:"+mimes[e]+";base64,")
	})
}
