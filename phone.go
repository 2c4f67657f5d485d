package wapay

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// maxPhoneInput is in bytes: twice the longest number, with room for separators
// of three bytes.
const maxPhoneInput = 40

// Phone is a phone number of one of the countries that [ParsePhone] lists.
// Phones can be compared with ==. The zero value is no number: for it, every
// method that returns text returns "".
type Phone struct {
	plan *phonePlan
	e164 string
}

// ParsePhone reads a phone number in the way people write it. docs/values.md
// has the details.
//
// The country of a national number ("70 65 61 88") is iso2, an ISO 3166-1
// alpha-2 code: BJ, BF, CV, CI, GM, GH, GN, GW, LR, ML, NE, NG, SN, SL, TG, MR,
// CM, TD or CD. An international number ("+226 70 65 61 88") may be of any of
// these countries, whatever iso2 is.
//
// The number must fit the country's present numbering plan. Fixed lines fit,
// too. An error does not repeat the number.
func ParsePhone(number, iso2 string) (Phone, error) {
	var plan *phonePlan
	if iso2 != "" {
		var err error
		if plan, err = parseCountry(iso2); err != nil {
			return Phone{}, err
		}
	}
	digits, plus, err := phoneDigits(number)
	if err != nil {
		return Phone{}, err
	}
	rest, zeros := strings.CutPrefix(digits, "00")
	if plus || zeros {
		if !plus {
			digits = rest
		}
		return parseInternational(digits)
	}
	if plan == nil {
		return Phone{}, errors.New("wapay: a phone number without a country must begin with + or 00 and a calling code")
	}
	if national, ok := plan.national(digits); ok {
		return plan.phone(national), nil
	}
	if rest, ok := strings.CutPrefix(digits, plan.callingCode); ok {
		if national, ok := plan.national(rest); ok {
			return plan.phone(national), nil
		}
		if len(digits) != plan.mobileLength() {
			digits = rest
		}
	}
	return Phone{}, plan.refuse(digits)
}

func parseInternational(digits string) (Phone, error) {
	plan := planOfCallingCode(digits)
	if plan == nil {
		return Phone{}, errors.New("wapay: phone number with the calling code of a country that is not supported")
	}
	digits = digits[len(plan.callingCode):]
	national, ok := plan.national(digits)
	if !ok {
		return Phone{}, plan.refuse(digits)
	}
	return plan.phone(national), nil
}

// parseCountry returns the plan of a country. Its error does not repeat a text
// that is not two letters, which may be a phone number in the wrong place.
func parseCountry(iso2 string) (*phonePlan, error) {
	isLetter := func(c byte) bool { return 'A' <= c&^0x20 && c&^0x20 <= 'Z' }
	if len(iso2) != 2 || !isLetter(iso2[0]) || !isLetter(iso2[1]) {
		return nil, errors.New("wapay: the country of a phone number must be two letters, such as \"BF\"")
	}
	plan := planOf(strings.ToUpper(iso2))
	if plan == nil {
		return nil, fmt.Errorf("wapay: phone numbers of %s are not supported", strings.ToUpper(iso2))
	}
	return plan, nil
}

// phoneDigits returns the number without its separators, and whether it began
// with a plus.
func phoneDigits(number string) (digits string, plus bool, err error) {
	if len(number) > maxPhoneInput {
		return "", false, fmt.Errorf("wapay: phone number of %d bytes, more than %d", len(number), maxPhoneInput)
	}
	b := make([]byte, 0, maxPhoneInput)
	var open, pending bool // inside parentheses; a dot or dash waits for its digit
	for i, r := range number {
		switch {
		case '0' <= r && r <= '9':
			b = append(b, byte(r))
			pending = false
		case r == ' ' || r == '\u00a0' || r == '\u202f':
		case r == '+' && !plus && len(b) == 0:
			plus = true
		case (r == '.' || r == '-') && !pending && len(b) > 0:
			pending = true
		case r == '(' && !open:
			open = true
		case r == ')' && open:
			open = false
		default:
			return "", false, fmt.Errorf("wapay: phone number with %q out of place at byte %d", r, i)
		}
	}
	switch {
	case len(b) == 0:
		return "", false, errors.New("wapay: phone number without digits")
	case open || pending:
		return "", false, errors.New("wapay: phone number that breaks off after a separator")
	}
	return string(b), plus, nil
}

func (p *phonePlan) phone(national string) Phone {
	return Phone{plan: p, e164: "+" + p.callingCode + national}
}

// refuse returns the error for digits that are no national number of the plan.
func (p *phonePlan) refuse(digits string) error {
	n, want := len(strings.TrimPrefix(digits, p.trunk)), p.mobileLength()
	switch {
	case p.iso2 == "CI" && n == 8:
		return errors.New("wapay: phone number of CI with the eight digits used until 31 January 2021: want ten")
	case n == want:
		return fmt.Errorf("wapay: no phone number of %s with %d digits begins as this one does", p.iso2, n)
	case p.trunk != "":
		return fmt.Errorf("wapay: phone number of %s with %d digits: "+
			"a mobile number has %d after +%s or after a first %s", p.iso2, n, want, p.callingCode, p.trunk)
	}
	return fmt.Errorf("wapay: phone number of %s with %d digits: a mobile number has %d after +%s",
		p.iso2, n, want, p.callingCode)
}

// orNone returns the plan, or an empty one of a number that is none.
func (p *phonePlan) orNone() *phonePlan {
	if p == nil {
		return &phonePlan{}
	}
	return p
}

// E164 returns the number in the international form of E.164: "+22670656188".
func (p Phone) E164() string { return p.e164 }

// MSISDN returns the number in international form without the plus:
// "22670656188".
func (p Phone) MSISDN() string { return strings.TrimPrefix(p.e164, "+") }

// CallingCode returns the country's calling code without the plus: "226".
func (p Phone) CallingCode() string {
	return p.plan.orNone().callingCode
}

// National returns the national number, without calling code and trunk prefix:
// "70656188".
func (p Phone) National() string {
	return strings.TrimPrefix(p.e164, "+"+p.plan.orNone().callingCode)
}

// Country returns the country's ISO 3166-1 alpha-2 code: "BF".
func (p Phone) Country() string {
	return p.plan.orNone().iso2
}

// CountryAlpha3 returns the country's ISO 3166-1 alpha-3 code: "BFA".
func (p Phone) CountryAlpha3() string {
	return p.plan.orNone().iso3
}

// IsZero reports whether p is the zero value, which is no number.
func (p Phone) IsZero() bool { return p == Phone{} }

// BeninTenDigits returns an eight-digit number of Benin in its form since 30
// November 2024, with 01 before it: +229 97000000 becomes +229 0197000000. It
// returns any other number unchanged.
//
// The two forms of one line differ with ==: compare what BeninTenDigits
// returns. No client converts a number, because some providers still document
// eight digits.
func (p Phone) BeninTenDigits() Phone {
	if national := "01" + p.National(); p.Country() == "BJ" && p.plan.has(national) {
		return p.plan.phone(national)
	}
	return p
}

// BeninEightDigits returns a ten-digit number of Benin in its form until 30
// November 2024, without 01: +229 0197000000 becomes +229 97000000. It returns
// any other number unchanged. Use it for providers that still want the old
// form. It is wrong for a line that never had that form.
func (p Phone) BeninEightDigits() Phone {
	if national, ok := strings.CutPrefix(p.National(), "01"); ok && p.Country() == "BJ" {
		return p.plan.phone(national)
	}
	return p
}

// String returns what [Phone.E164] returns.
func (p Phone) String() string { return p.e164 }

// MarshalText implements [encoding.TextMarshaler]: the number as [Phone.E164],
// and the empty text for the zero value. JSON holds the same text.
func (p Phone) MarshalText() ([]byte, error) { return []byte(p.e164), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. It reads every
// international form that [ParsePhone] reads. After an error p is unchanged.
func (p *Phone) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*p = Phone{}
		return nil
	}
	parsed, err := ParsePhone(string(text), "")
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}

// LogValue implements [slog.LogValuer]. A log shows the calling code and the
// last two digits: "+226••••88". Package fmt prints the whole number.
func (p Phone) LogValue() slog.Value {
	if p.plan == nil {
		return slog.StringValue("")
	}
	return slog.StringValue("+" + p.plan.callingCode + "••••" + p.e164[len(p.e164)-2:])
}
