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

// minSecret is the length from which a secret is looked for. A shorter one
// would be found in anything, amounts and ids among them, and blotting it out
// would change what the answer says.
const minSecret = 6

// needles are the forms in which a secret may come back, the longest first: as
// it is, as in a URL, as in HTML, as in base64, and as in JSON, of which PHP
// has its own, with "\\/" for "/" and "\\u00e9" for "é". It is not looked for
// in hexadecimal, which no provider has a use for: each form is a search of
// each answer.
func needles(secrets []wapay.Secret) [][]byte {
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
		add(strings.TrimRight(s, "=")) // of a secret that is base64 itself
		// In base64, with or without padding, and with something behind it, as
		// in "key:password".
		whole := s[:len(s)/3*3]
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			add(enc.EncodeToString([]byte(s)))
			add(enc.EncodeToString([]byte(whole)))
		}
		for _, inJSON := range []string{jsonOf(s, true), jsonOf(s, false)} {
			for _, form := range []string{inJSON, asciiOf(inJSON, `\u%04x`), asciiOf(inJSON, `\u%04X`)} {
				add(form)
				add(strings.ReplaceAll(form, "/", `\/`))
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

// lowerPercent writes the escapes of a URL with lower-case digits, as "%2f".
func lowerPercent(s string) string {
	parts := strings.Split(s, "%")
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.ToLower(parts[i][:2]) + parts[i][2:]
	}
	return strings.Join(parts, "%")
}

// jsonOf is s as it stands in JSON, without the quotes.
func jsonOf(s string, escapeHTML bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	_ = e.Encode(s) // a string always has a JSON form
	return strings.TrimSuffix(b.String(), "\n")[1 : b.Len()-2]
}

// asciiOf writes what is not ASCII in a JSON string as escapes.
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

// scrub blots out every secret in text. It returns text itself if there is
// none.
func (r *run) scrub(text []byte) []byte { return hidePercent(text, r.blotOut) }

// scrubJSON is scrub for what is or was to be JSON.
func (r *run) scrubJSON(text []byte) []byte { return hideJSON(text, r.blotOut) }

// hidePercent applies hide, also to what it finds only where letters that are
// escaped as in "%41", and need not be, stand as themselves. Then it takes
// these escapes out of the whole text.
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

// hideJSON is hidePercent for letters that are escaped as in "\\u0041", too.
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
	for _, needle := range needles(r.request.Secrets) {
		text = bytes.ReplaceAll(text, needle, blot)
	}
	return text
}

// unescapeASCII writes the escapes of printable ASCII in JSON as the characters
// themselves, those of the quote and the backslash with a backslash before
// them.
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

// unescapeUnreserved writes the escapes in a URL of what needs none as the
// characters themselves.
func unescapeUnreserved(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+3 <= len(text) {
			n, err := strconv.ParseUint(string(text[i+1:i+3]), 16, 8)
			if c := byte(n); err == nil && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0) {
				out = append(out, c)
				i += 2
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}

// scrubBroken is scrubJSON for a text that was cut off, perhaps in a secret.
func (r *run) scrubBroken(text []byte) []byte {
	text = r.scrubJSON(text)
	plain := unescapeASCII(text)
	if scrubbed := r.scrubEnd(plain); !bytes.Equal(scrubbed, plain) {
		return scrubbed
	}
	return text
}

// scrubEnd blots out the beginning of a secret at the end of a text.
func (r *run) scrubEnd(text []byte) []byte {
	for _, list := range [][][]byte{r.client.needles(), needles(r.request.Secrets)} {
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

// scrubTexts goes over what was decoded from the answer or taken from its
// headers, where an escape that hid a secret from scrub is gone.
func (r *run) scrubTexts(e *wapay.Error) {
	clean := func(s string) string { return string(r.scrubCodes([]byte(r.scrubString(s)))) }
	e.Code, e.Message = clean(e.Code), clean(e.Message)
	for i, d := range e.Details {
		e.Details[i] = wapay.FieldError{Field: clean(d.Field), Message: clean(d.Message)}
	}
}

// scrubCodes blots one-time codes out of an error's text. A code has four to
// eight digits, so it is looked for where no digit stands beside it.
func (r *run) scrubCodes(text []byte) []byte {
	for _, code := range r.request.Codes {
		if code != "" {
			text = hideJSON(text, func(text []byte) []byte { return blotAlone(text, []byte(code)) })
		}
	}
	return text
}

// blotAlone blots the code out wherever no digit stands beside it. The digits
// of an escape, as in "%20" and "\\u00a0", are none.
func blotAlone(text, code []byte) []byte {
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

// hideCodes blots one-time codes out of a good answer: the values of members
// that are named after a code. An amount may have the same digits.
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

// scrubError takes the URL off err, and if what is left still shows a secret,
// the request or a piece of an answer that net/http could not read, all but
// what remains of the text.
func (r *run) scrubError(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	if r.shows(err) {
		return errors.New(r.scrubText(err.Error()))
	}
	return err
}

// shows reports whether err or any cause below it shows a secret.
func (r *run) shows(err error) bool {
	if err == nil {
		return false
	}
	if text := err.Error(); r.scrubText(text) != text {
		return true
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return r.shows(e.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), r.shows)
	}
	return false
}

// scrubText is scrubString for the text of a transport's error.
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
