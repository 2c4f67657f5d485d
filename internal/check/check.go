// Package check finds all bad fields of a request before it is sent.
package check

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
)

// Fields holds the bad fields of a request.
type Fields []wapay.FieldError

// Add adds a bad field.
func (f *Fields) Add(field, format string, args ...any) {
	*f = append(*f, wapay.FieldError{Field: field, Message: fmt.Sprintf(format, args...)})
}

// Err returns an ErrInvalid with OutcomeNotSent, or nil without bad fields.
func (f Fields) Err(provider, op, reference string) error {
	if len(f) == 0 {
		return nil
	}
	return &wapay.Error{
		Provider: provider, Op: op, Reference: reference,
		Kind: wapay.ErrInvalid, Outcome: wapay.OutcomeNotSent, Details: f,
	}
}

// Reference checks a merchant's reference. It is required and printable, and
// has at most limit bytes and none of the characters in forbidden. It refuses
// space at the ends, because a server that trims its input would store another
// reference.
func (f *Fields) Reference(field, s string, limit int, forbidden string) {
	switch {
	case s == "":
		f.Add(field, "is required")
	case len(s) > limit:
		f.Add(field, "has %d bytes, at most %d are allowed", len(s), limit)
	case strings.ContainsAny(s, forbidden):
		f.Add(field, "must not contain any of %q", forbidden)
	case strings.TrimSpace(s) != s:
		f.Add(field, "must not begin or end with space")
	default:
		f.printable(field, s)
	}
}

// Text checks an optional text of at most limit bytes. It has to be printable,
// apart from line ends, tabs and the no-break spaces of French.
func (f *Fields) Text(field, s string, limit int) {
	if len(s) > limit {
		f.Add(field, "has %d bytes, at most %d are allowed", len(s), limit)
		return
	}
	f.printable(field, s, '\n', '\r', '\t', '\u00a0', '\u202f')
}

// Word checks a required short text on one line.
func (f *Fields) Word(field, s string) {
	switch {
	case s == "":
		f.Add(field, "is required")
	case len(s) > 100:
		f.Add(field, "has %d bytes, at most 100 are allowed", len(s))
	default:
		f.printable(field, s)
	}
}

func (f *Fields) printable(field, s string, except ...rune) {
	if !utf8.ValidString(s) {
		f.Add(field, "is not valid UTF-8")
		return
	}
	for _, r := range s {
		if !unicode.IsPrint(r) && !slices.Contains(except, r) {
			f.Add(field, "must not contain the character %U", r)
			return
		}
	}
}

// ID checks an id of the provider as an element of a path.
func (f *Fields) ID(field, s string) {
	if s == "." || s == ".." {
		f.Add(field, "is not an id")
		return
	}
	f.Word(field, s)
}

// Amount checks that an amount is positive and in one of the currencies.
func (f *Fields) Amount(field string, m wapay.Money, currencies ...wapay.Currency) {
	switch {
	case !m.Valid():
		f.Add(field, "is out of range or has no currency")
	case !slices.Contains(currencies, m.Currency()):
		f.Add(field, "is in %s, want one of %v", m.Currency(), currencies)
	case m.Sign() <= 0:
		f.Add(field, "is %s, want more than 0", m)
	}
}

// URL checks an optional https URL. It also takes http to this machine.
func (f *Fields) URL(field, s string) {
	if s == "" {
		return
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || len(s) > 2048:
		f.Add(field, "is not a URL")
	case u.Scheme != "https" && !loopback(u):
		f.Add(field, "has the scheme %q, want https", u.Scheme)
	case u.User != nil:
		f.Add(field, "must not hold a user or password")
	}
}

// Email checks an optional e-mail address roughly, and leaves the details to
// the provider.
func (f *Fields) Email(field, s string) {
	if s == "" {
		return
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || strings.ContainsFunc(s, notInEmail) || strings.Contains(domain, "@") ||
		!utf8.ValidString(s) || len(s) > 254 {
		f.Add(field, "is not an e-mail address")
	}
}

func notInEmail(r rune) bool {
	return r == ' ' || !unicode.IsPrint(r) || strings.ContainsRune("<>,;", r)
}

// loopback reports whether a URL is http to this machine, such as a sandbox's.
func loopback(u *url.URL) bool {
	if u.Scheme != "http" {
		return false
	}
	switch u.Hostname() {
	case "localhost", "127.0.0.1", "::1":
		return true
	}
	return false
}

// Credential checks a required key for a header.
func (f *Fields) Credential(field string, s wapay.Secret) {
	switch {
	case s == "":
		f.Add(field, "is required")
	case strings.ContainsFunc(string(s), func(r rune) bool { return r <= ' ' || r > '~' }):
		f.Add(field, "has a space, a control character or a letter that is not ASCII")
	}
}

// OneOf checks that a word is one of the given ones.
func (f *Fields) OneOf(field, s string, words ...string) {
	if !slices.Contains(words, s) {
		f.Add(field, "is %q, want one of %v", s, words)
	}
}

// Period checks that a period has a start and ends after it.
func Period(from, to time.Time) (f Fields) {
	if from.IsZero() {
		f.Add("From", "is required")
	}
	if !to.After(from) {
		f.Add("To", "is not after From")
	}
	return f
}
