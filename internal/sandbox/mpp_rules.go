package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"math/big"
	"mime"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// mppFields is a body and what is wrong with it.
type mppFields struct {
	values map[string]any
	errors object // name, messages …
}

// readBody reads a JSON object. With names it may have no others.
func (m *MPP) readBody(r *Request, names ...string) (*mppFields, *answer) {
	f := &mppFields{}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, m.refuse(r, "MPP-REQ-4022", "The Content-Type must be application/json.")
	}
	d := json.NewDecoder(bytes.NewReader(r.Body))
	d.UseNumber()
	var extra any
	if d.Decode(&f.values) != nil || f.values == nil || d.Decode(&extra) != io.EOF || !utf8.Valid(r.Body) {
		return nil, m.refuse(r, "MPP-REQ-4022", "The body is not a JSON object.")
	}
	for name, v := range f.values {
		if v == "" { // as Laravel does
			f.values[name] = nil
		}
	}
	if len(names) > 0 {
		f.onlyKnown(names)
	}
	return f, nil
}

func (f *mppFields) onlyKnown(names []string) {
	var unknown []string
	for name := range f.values {
		if !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		f.complain(name, "is not documented.")
	}
}

// complain adds to what was said of the field before.
func (f *mppFields) complain(name, what string) {
	message := "The " + strings.ReplaceAll(name, "_", " ") + " field " + what
	for n := 0; n < len(f.errors); n += 2 {
		if f.errors[n] == name {
			f.errors[n+1] = append(f.errors[n+1].([]string), message)
			return
		}
	}
	f.errors = append(f.errors, name, []string{message})
}

// text applies the rules and gives the field back, "" if it is no string.
func (f *mppFields) text(name string, rules ...string) string {
	f.apply(name, rules)
	s, _ := f.values[name].(string)
	return s
}

func (f *mppFields) apply(name string, rules []string) {
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
		if what := mppBreaks(v, rule, slices.Contains(rules, "numeric")); what != "" {
			f.complain(name, what)
		}
	}
}

var (
	mppPhone   = regexp.MustCompile(`^\+?[0-9]{6,15}$`)
	mppNumeric = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
)

// mppBreaks tells how a value breaks a rule, "" if it does not. Rules nobody has heard of are kept by everything.
func mppBreaks(v any, rule string, numeric bool) string {
	s, isString := v.(string)
	n, isNumber := v.(json.Number)
	text := s + n.String()
	rule, arg, _ := strings.Cut(rule, ":")
	switch rule {
	case "string":
		return mppUnless(isString, "must be a string.")
	case "numeric":
		return mppUnless((isString || isNumber) && mppNumeric.MatchString(text), "must be a number.")
	case "email":
		a, err := mail.ParseAddress(s)
		return mppUnless(err == nil && a.Address == s, "must be a valid email address.")
	case "phone_number":
		return mppUnless(mppPhone.MatchString(s), "must be a valid phone number.")
	case "min":
		return mppUnless(compareMPPSize(text, arg, numeric) >= 0, "must be at least "+arg+".")
	case "max":
		return mppUnless(compareMPPSize(text, arg, numeric) <= 0, "must not be greater than "+arg+".")
	case "mimes":
		return mppUnless(isMPPFile(s, strings.Split(arg, ",")), "must be a file of type: "+arg+".")
	}
	return ""
}

func mppUnless(ok bool, what string) string {
	if ok {
		return ""
	}
	return what
}

// compareMPPSize takes the value of a number and the length of a string, and 0 for what is neither: another rule
// complains.
func compareMPPSize(text, limit string, numeric bool) int {
	bound, ok := new(big.Rat).SetString(limit)
	if !ok {
		return 0
	}
	size := new(big.Rat).SetInt64(int64(utf8.RuneCountInString(text)))
	if numeric {
		if !mppNumeric.MatchString(text) {
			return 0
		}
		size.SetString(text)
	}
	return size.Cmp(bound)
}

var mppMimes = map[string]string{
	"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "pdf": "application/pdf",
}

func isMPPFile(s string, extensions []string) bool {
	return slices.ContainsFunc(extensions, func(e string) bool {
		return mppMimes[e] != "" && strings.HasPrefix(s, "data:"+mppMimes[e]+";base64,")
	})
}
