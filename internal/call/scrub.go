package call

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
)

// minSecret is the length of the shortest secret to hide. A shorter one would
// match amounts and ids, and hiding it would change the meaning of an answer.
const minSecret = 6

// newNeedles returns the forms in which a secret may come back, the longest
// first: plain, and as in a URL, HTML, base64 and JSON, and as in JSON inside a
// text of JSON, such as a quoted request. PHP's JSON has "\\/" for "/" and
// "\\u00e9" for "é". Hexadecimal is not among them: no provider uses it, and
// each form costs a search of each answer.
func newNeedles(secrets []wapay.Secret) [][]byte {
	var forms [][]byte
	add := func(form string) {
		if len(form) >= minSecret && !slices.ContainsFunc(forms, func(f []byte) bool { return string(f) == form }) {
			forms = append(forms, []byte(form))
		}
	}
	for _, secret := range secrets {
		s := string(secret)
		if len(s) < minSecret {
			continue
		}
		add(s)
		for _, escape := range []func(string) string{url.QueryEscape, url.PathEscape} {
			add(escape(s))
			add(lowerPercent(escape(s)))
		}
		add(htmlEscaper.Replace(s))
		add(phpHTMLEscaper.Replace(s))
		add(strings.TrimRight(s, "=")) // for a secret that is itself base64
		// In base64, with or without padding, and with a text behind it, such
		// as in "key:password".
		whole := s[:len(s)/3*3]
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			add(enc.EncodeToString([]byte(s)))
			add(enc.EncodeToString([]byte(whole)))
		}
		for _, inJSON := range formsInJSON(s) {
			add(inJSON)
			if inJSON != s {
				for _, nested := range formsInJSON(inJSON) {
					add(nested)
				}
			}
		}
	}
	slices.SortStableFunc(forms, func(a, b []byte) int { return len(b) - len(a) })
	return forms
}

var (
	htmlEscaper    = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")
	phpHTMLEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#039;")
)

// lowerPercent writes the escapes of a URL with lower-case digits, such as
// "%2f".
func lowerPercent(s string) string {
	parts := strings.Split(s, "%")
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.ToLower(parts[i][:2]) + parts[i][2:]
	}
	return strings.Join(parts, "%")
}

// formsInJSON returns the forms that a text may have in JSON, some of them more
// than once.
func formsInJSON(s string) (forms []string) {
	for _, inJSON := range []string{jsonOf(s, true), jsonOf(s, false)} {
		for _, form := range []string{inJSON, asciiOf(inJSON, `\u%04x`), asciiOf(inJSON, `\u%04X`)} {
			forms = append(forms, form, strings.ReplaceAll(form, "/", `\/`))
		}
	}
	return forms
}

// jsonOf returns s in JSON, without the quotes.
func jsonOf(s string, escapeHTML bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	_ = e.Encode(s) // a string always has a JSON form
	return strings.TrimSuffix(b.String(), "\n")[1 : b.Len()-2]
}

// asciiOf escapes all but ASCII in a JSON string.
func asciiOf(s, escape string) string {
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, escape, unit)
		}
	}
	return b.String()
}

var blot = []byte(wapay.Secret("x").String())

// scrub hides each secret in text. It returns text itself if there is none.
func (r *run) scrub(text []byte) []byte { return hidePercent(text, r.blotOut) }

// scrubJSON hides each secret in a text that is or should be JSON.
func (r *run) scrubJSON(text []byte) []byte { return hideJSON(text, r.blotOut) }

// hidePercent applies hide to the text, and again after it has removed needless
// escapes such as "%41". If that hides something, the result lacks these
// escapes.
func hidePercent(text []byte, hide func([]byte) []byte) []byte {
	text = hide(text)
	if bytes.IndexByte(text, '%') < 0 {
		return text
	}
	plain := unescapeUnreserved(text)
	if hidden := hide(plain); !bytes.Equal(hidden, plain) {
		return hidden
	}
	return text
}

// hideJSON does the same as hidePercent, and also for escapes such as
// "\\u0041".
func hideJSON(text []byte, hide func([]byte) []byte) []byte {
	text = hidePercent(text, hide)
	if !bytes.Contains(text, []byte(`\u00`)) {
		return text
	}
	plain := unescapeASCII(text)
	if hidden := hidePercent(plain, hide); !bytes.Equal(hidden, plain) {
		return hidden
	}
	return text
}

func (r *run) blotOut(text []byte) []byte {
	for _, needle := range r.client.needles() {
		if bytes.Contains(text, needle) {
			text = bytes.ReplaceAll(text, needle, blot)
		}
	}
	for _, needle := range newNeedles(r.request.Secrets) {
		text = bytes.ReplaceAll(text, needle, blot)
	}
	return text
}

// unescapeASCII replaces JSON's escapes of printable ASCII by the characters.
// The quote and the backslash keep a backslash.
func unescapeASCII(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			out = append(out, text[i])
			continue
		}
		if text[i+1] == 'u' && i+6 <= len(text) {
			n, err := strconv.ParseUint(string(text[i+2:i+6]), 16, 16)
			if err == nil && n >= ' ' && n < 0x7f {
				if n == '"' || n == '\\' {
					out = append(out, '\\')
				}
				out = append(out, byte(n))
				i += 5
				continue
			}
		}
		out = append(out, text[i], text[i+1])
		i++
	}
	return out
}

// unescapeUnreserved replaces needless escapes in a URL by the characters.
func unescapeUnreserved(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+3 <= len(text) {
			n, err := strconv.ParseUint(string(text[i+1:i+3]), 16, 8)
			c := byte(n)
			unreserved := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
				strings.IndexByte("-._~", c) >= 0
			if err == nil && unreserved {
				out = append(out, c)
				i += 2
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}

// scrubBroken does the same as scrubJSON for a text that may end within a
// secret.
func (r *run) scrubBroken(text []byte) []byte {
	text = r.scrubJSON(text)
	plain := unescapeASCII(text)
	if scrubbed := r.scrubEnd(plain); !bytes.Equal(scrubbed, plain) {
		return scrubbed
	}
	return text
}

// scrubEnd hides the beginning of a secret at the end of a text.
func (r *run) scrubEnd(text []byte) []byte {
	for _, list := range [][][]byte{r.client.needles(), newNeedles(r.request.Secrets)} {
		for _, needle := range list {
			for n := min(len(needle)-1, len(text)); n >= 4; n-- {
				if bytes.HasSuffix(text, needle[:n]) {
					return append(text[:len(text)-n:len(text)-n], blot...)
				}
			}
		}
	}
	return text
}

func (r *run) scrubString(s string) string { return string(r.scrub([]byte(s))) }

// scrubTexts scrubs the decoded texts and headers of an answer. An escape may
// have hidden a secret from scrub before.
func (r *run) scrubTexts(e *wapay.Error) {
	clean := func(s string) string { return string(r.scrubCodes([]byte(r.scrubString(s)))) }
	e.Code, e.Message = clean(e.Code), clean(e.Message)
	for i, d := range e.Details {
		e.Details[i] = wapay.FieldError{Field: clean(d.Field), Message: clean(d.Message)}
	}
}

// scrubCodes hides one-time codes in an error's text. A code has four to eight
// digits, so it counts only without a digit beside it.
func (r *run) scrubCodes(text []byte) []byte {
	for _, code := range r.request.Codes {
		if code != "" {
			text = hideJSON(text, func(text []byte) []byte { return hideAlone(text, []byte(code)) })
		}
	}
	return text
}

// hideAlone hides the code wherever no digit is beside it. The digits of an
// escape, such as "%20" and "\\u00a0", do not count.
func hideAlone(text, code []byte) []byte {
	if !bytes.Contains(text, code) {
		return text
	}
	var out []byte
	for from := 0; ; {
		at := bytes.Index(text[from:], code)
		if at < 0 {
			return append(out, text[from:]...)
		}
		at += from
		end := at + len(code)
		before := at > 0 && isDigit(text[at-1]) && !endsEscape.Match(text[max(0, at-6):at])
		if before || end < len(text) && isDigit(text[end]) {
			end = at + 1
			out = append(out, text[from:end]...)
		} else {
			out = append(append(out, text[from:at]...), blot...)
		}
		from = end
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

var endsEscape = regexp.MustCompile(`(%|\\u[[:xdigit:]]{2})[[:xdigit:]]{2}$`)

// hideCodes hides one-time codes in a successful answer: the values of members
// that are named after a code. An amount may have the same digits, so it does
// not hide other values.
func (r *run) hideCodes(body []byte) []byte {
	for _, code := range r.request.Codes {
		if code != "" && bytes.Contains(body, []byte(code)) {
			member := regexp.MustCompile(`(?i)("[^"]*(?:otp|pin|one_?time)[^"]*"\s*:\s*)"?` +
				regexp.QuoteMeta(string(code)) + `"?(\s*[,}])`)
			body = member.ReplaceAll(body, []byte(`${1}"`+string(blot)+`"${2}`))
		}
	}
	return body
}

// scrubError removes the URL from err. If the rest still shows a secret, the
// request or a piece of an answer, it keeps only the scrubbed text. It does the
// same with an error that matches a kind of this library: only an answer may
// say that an order is missing, or that its reference is used.
func (r *run) scrubError(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	if r.showsSecret(err) || hasKind(err) {
		return errors.New(r.scrubText(err.Error()))
	}
	return err
}

// hasKind reports whether err matches a kind of this library.
func hasKind(err error) bool {
	return slices.ContainsFunc([]error{
		wapay.ErrInvalid, wapay.ErrUnauthorized, wapay.ErrForbidden, wapay.ErrNotFound, wapay.ErrDuplicate,
		wapay.ErrInsufficientFunds, wapay.ErrRateLimited, wapay.ErrUnavailable, wapay.ErrDecode, wapay.ErrOutcomeUnknown,
	}, func(kind error) bool { return errors.Is(err, kind) })
}

// showsSecret reports whether err or any of its causes shows a secret.
func (r *run) showsSecret(err error) bool {
	if err == nil {
		return false
	}
	if text := err.Error(); r.scrubText(text) != text {
		return true
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return r.showsSecret(e.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), r.showsSecret)
	}
	return false
}

// scrubText scrubs the text of a transport's error.
func (r *run) scrubText(s string) string {
	s = string(r.scrubCodes([]byte(r.scrubString(s))))
	path := "/" + r.request.Path
	if q := r.request.Query; q != "" {
		s = strings.ReplaceAll(s, path+"?"+r.scrubString(q), "…")
		s = strings.ReplaceAll(s, r.scrubString(q), "…")
	}
	if r.request.Path != "" {
		s = strings.ReplaceAll(s, path, "/…")
	}
	s = strings.ReplaceAll(s, r.client.base.String(), "…")
	if before, _, quoted := strings.Cut(s, `"`); quoted && strings.Contains(before, "malformed") {
		s = before + "…"
	}
	return s
}
