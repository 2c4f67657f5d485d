package intramtest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wapay-go/wapay/sandbox"
	"github.com/wapay-go/wapay/sandbox/internal/kit"
)

// body checks a body and collects what is wrong with it. A complaint about a
// field comes as a validation_error, with all the others; refused is the answer
// where the page has a code of its own.
type body struct {
	unreadable bool
	details    []string // path, message …
	refused    *sandbox.Answer
}

// fields is an object in the body; path is where it stands.
type fields struct {
	body   *body
	path   string
	values map[string]any
}

// readBody refuses names that the endpoint does not document.
func readBody(r *sandbox.Request, known string) (*body, fields) {
	values, err := kit.ReadObject[any](r.Header.Get("Content-Type"), r.Body)
	b := &body{}
	f := fields{body: b, values: values}
	switch err {
	case nil:
	case kit.ErrMediaType:
		return b.unread("The Content-Type must be application/json"), f
	default:
		return b.unread("The body is not a JSON object"), f
	}
	f.onlyKnown(known)
	return b, f
}

func (b *body) unread(why string) *body {
	b.unreadable, b.refused = true, refuse(400, "invalid_body", why, nil)
	return b
}

// answer is nil for a body that is all right.
func (b *body) answer() *sandbox.Answer {
	if len(b.details) > 0 && !b.unreadable {
		return invalid(b.details...)
	}
	return b.refused
}

func (f fields) onlyKnown(known string) {
	for name, v := range f.values {
		if !slices.Contains(strings.Fields(known), name) {
			f.complain(name, "is not documented")
		} else if v == nil {
			f.complain(name, "must not be null")
		}
	}
}

func (f fields) at(name string) string {
	if f.path == "" {
		return name
	}
	return f.path + "." + name
}

func (f fields) complain(name, message string) {
	f.body.details = append(f.body.details, f.at(name), message)
}

func (f fields) refuse(code, message string, details kit.Object) {
	if f.body.refused == nil {
		f.body.refused = refuse(400, code, message, details)
	}
}

func (f fields) has(name string) bool { _, ok := f.values[name]; return ok }

// object is empty where there is none.
func (f fields) object(name, known string) fields {
	o := fields{body: f.body, path: f.at(name), values: map[string]any{}}
	if v := f.anyObject(name); v != nil {
		o.values = v
		o.onlyKnown(known)
	}
	return o
}

// anyObject is for the merchant's own data.
func (f fields) anyObject(name string) map[string]any {
	v, given := f.values[name]
	o, ok := v.(map[string]any)
	if given && v != nil && !ok {
		f.complain(name, "must be an object")
	}
	return o
}

// text is at most limit characters; an empty string is no string.
func (f fields) text(name string, limit int) string {
	v, given := f.values[name]
	s, ok := v.(string)
	switch {
	case !given || v == nil:
	case !ok:
		f.complain(name, "must be a string")
	case s == "":
		f.complain(name, "must not be empty")
	case utf8.RuneCountInString(s) > limit:
		f.complain(name, "must be at most "+strconv.Itoa(limit)+" characters")
	}
	return s
}

func (f fields) required(name string) {
	if !f.has(name) {
		f.complain(name, "is required")
	}
}

func (f fields) need(name string) string {
	f.required(name)
	return f.text(name, 255)
}

func (f fields) match(name, v string, pattern *regexp.Regexp, message string) {
	if v != "" && !pattern.MatchString(v) {
		f.complain(name, message)
	}
}

func (f fields) oneOf(name, v string, words ...string) {
	if v != "" && !slices.Contains(words, v) {
		f.complain(name, "must be one of "+strings.Join(words, ", "))
	}
}

func (f fields) url(name string) string {
	v := f.text(name, 2048)
	if v != "" && !kit.AcceptableURL(v) {
		f.complain(name, "must be an https URL")
	}
	return v
}

func (f fields) email(name string) {
	v := f.text(name, 255)
	if v != "" && !kit.IsEmail(v) {
		f.complain(name, "must be an email address")
	}
}

var (
	msisdnPattern  = regexp.MustCompile(`^[1-9][0-9]{7,14}$`)
	phonePattern   = regexp.MustCompile(`^\+?[1-9][0-9]{7,14}$`)
	countryPattern = regexp.MustCompile(`^[A-Z]{2}$`)
	// Benin went from eight to ten digits on 30 November 2024; which the
	// provider takes is not documented.
	benin = regexp.MustCompile(`^229(01)?[4-9][0-9]{7}$`)
)

// phone checks country_code, whose default is BJ, and msisdn against each other
// and, since every known provider is of Benin, against the provider.
func (f fields) phone(provider string) string {
	country, msisdn := f.text("country_code", 2), f.text("msisdn", 32)
	f.match("country_code", country, countryPattern, "must be an ISO 3166 code of two letters")
	f.match("msisdn", msisdn, msisdnPattern, "must be E.164 without +")
	if country == "" || country == "BJ" {
		f.match("msisdn", msisdn, benin, "must be a mobile number of BJ")
	} else if provider != "" {
		f.complain("country_code", "must be the provider's country")
	}
	return msisdn
}

// sum is in minor units of the currency.
type sum struct {
	minor    int64
	currency string
}

var exponents = map[string]int{"XOF": 0, "XAF": 0, "GNF": 0, "EUR": 2, "USD": 2}

// unitOf is one whole unit of a currency in minor units.
func unitOf(currency string) int64 {
	if exponents[currency] == 2 {
		return 100
	}
	return 1
}

// json is whole units, with decimals only where there are some.
func (m sum) json() any {
	unit := unitOf(m.currency)
	if m.minor%unit == 0 {
		return m.minor / unit
	}
	return json.Number(fmt.Sprintf("%d.%02d", m.minor/unit, m.minor%unit))
}

var amountPattern = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,13})(\.[0-9]+)?$`)

// money reads amount and currency. The bounds are whole units.
func (f fields) money(lowest, highest int64) sum {
	currency := f.need("currency")
	if _, known := exponents[currency]; currency != "" && !known {
		f.refuse("unknown_currency", "Unknown currency", kit.Object{"currency", currency})
	}
	f.required("amount")
	return f.amount(currency, lowest, highest)
}

// amount is 0 where there is none.
func (f fields) amount(currency string, lowest, highest int64) sum {
	m := sum{currency: currency}
	v, given := f.values["amount"]
	n, ok := v.(json.Number)
	exp := exponents[currency]
	if !given || v == nil {
		return m
	}
	if !ok || !amountPattern.MatchString(n.String()) {
		f.complain("amount", "must be a number, written out in full")
		return m
	}
	whole, decimals, _ := strings.Cut(n.String(), ".")
	if len(decimals) > exp {
		f.complain("amount", "must have at most "+strconv.Itoa(exp)+" decimals")
		return m
	}
	m.minor, _ = strconv.ParseInt(whole+decimals+strings.Repeat("0", exp-len(decimals)), 10, 64)
	unit := unitOf(currency)
	switch {
	case m.minor <= 0 || m.minor < lowest*unit:
		f.refuse("amount_too_small", "The amount is too small", kit.Object{"amount", n, "min", lowest})
	case m.minor > highest*unit:
		f.refuse("amount_too_large", "The amount is too large", kit.Object{"amount", n, "max", highest})
	}
	return m
}
