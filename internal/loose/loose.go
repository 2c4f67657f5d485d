// Package loose reads the providers' JSON. It takes a number for a string, and
// a string for a number. It takes null for anything, [] for an empty object,
// and one object for a list of one.
package loose

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wapay-go/wapay"
)

// String takes any JSON value: the value of a string, or the text of a number
// or a boolean. It is "" for null and for an empty list or object. Any other
// list or object becomes its JSON text.
type String string

// UnmarshalJSON implements json.Unmarshaler.
func (s *String) UnmarshalJSON(data []byte) error {
	switch {
	case len(data) >= 2 && data[0] == '"':
		inner := data[1 : len(data)-1]
		if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
			*s = String(inner)
			return nil
		}
		return json.Unmarshal(data, (*string)(s))
	case string(data) == "null" || isEmpty(data):
		*s = ""
	default:
		*s = String(data)
	}
	return nil
}

// Page returns the address of a web page, or "" for any other text.
func (s String) Page() string {
	u, err := url.Parse(string(s))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return string(s)
}

// Int takes a whole number, or a string that holds one; null and "" are 0.
type Int int64

// UnmarshalJSON implements json.Unmarshaler.
func (i *Int) UnmarshalJSON(data []byte) error {
	var s String
	if err := s.UnmarshalJSON(data); err != nil {
		return err
	}
	if s == "" {
		*i = 0
		return nil
	}
	n, err := minorUnits(string(s), 0)
	if err != nil {
		return errors.New("not a whole number")
	}
	*i = Int(n)
	return nil
}

// Bool takes true, false, 1, 0, the same as strings, and null, which is false.
type Bool bool

// UnmarshalJSON implements json.Unmarshaler.
func (b *Bool) UnmarshalJSON(data []byte) error {
	switch string(data) { // the usual values
	case "true", "false":
		*b = data[0] == 't'
		return nil
	}
	var s String
	if err := s.UnmarshalJSON(data); err != nil {
		return err
	}
	switch strings.ToLower(string(s)) {
	case "true", "1":
		*b = true
	case "false", "0", "":
		*b = false
	default:
		return errors.New("not a boolean")
	}
	return nil
}

// Time takes RFC 3339, with or without a fraction or a zone (then UTC), and
// with T or a space. An unreadable time is the zero time, which does not make
// the answer unreadable.
type Time struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (t *Time) UnmarshalJSON(data []byte) error {
	t.Time = time.Time{}
	var s String
	if err := s.UnmarshalJSON(data); err != nil {
		return err
	}
	text := string(s)
	if len(text) > len(time.DateOnly) && text[len(time.DateOnly)] == ' ' {
		text = strings.Replace(text, " ", "T", 1)
	}
	const zoneless = "2006-01-02T15:04:05.999999999"
	for _, layout := range []string{time.RFC3339Nano, zoneless, zoneless + "Z0700"} {
		// In UTC the year may be -1 or 10000, which time.Time refuses to write
		// as JSON.
		if v, err := time.Parse(layout, text); err == nil && v.UTC().Year() >= 0 && v.UTC().Year() <= 9999 {
			t.Time = v.UTC()
			return nil
		}
	}
	return nil
}

// List takes a list; null and {} are an empty one, and any other object is a
// list of one.
type List[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *List[T]) UnmarshalJSON(data []byte) error { return DecodeList(data, (*[]T)(l)) }

// DecodeList reads the JSON of a [List].
func DecodeList[T any](data []byte, list *[]T) error {
	*list = nil
	data = bytes.TrimSpace(data)
	switch {
	case string(data) == "null" || isEmpty(data):
		return nil
	case len(data) > 0 && data[0] == '{':
		*list = make([]T, 1)
		return json.Unmarshal(data, &(*list)[0])
	}
	return json.Unmarshal(data, list)
}

// Object takes an object; null and [] are an empty one.
type Object[T any] struct{ V T }

// UnmarshalJSON implements json.Unmarshaler.
func (o *Object[T]) UnmarshalJSON(data []byte) error {
	var zero T
	o.V = zero
	if string(data) == "null" || isEmpty(data) {
		return nil
	}
	return json.Unmarshal(data, &o.V)
}

// Optional takes an object. Any other value, and an unreadable object, is an
// empty one.
type Optional[T any] struct{ V T }

// UnmarshalJSON implements json.Unmarshaler.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	var v, none T
	if o.V = none; json.Unmarshal(data, &v) == nil {
		o.V = v
	}
	return nil
}

// isEmpty reports whether data is [] or {}.
func isEmpty(data []byte) bool {
	if len(data) < 2 || data[0] != '[' && data[0] != '{' {
		return false
	}
	return len(bytes.TrimSpace(data[1:len(data)-1])) == 0
}

// Money reads the text of a number as an exact amount: "200", "200.00" and
// "2e2" are 200 francs. It returns an error and the zero value if the amount is
// more precise than the currency, or if the text is no currency code.
func (s String) Money(c wapay.Currency) (wapay.Money, error) {
	minor, err := minorUnits(string(s), c.Exponent())
	if err != nil {
		return wapay.Money{}, err
	}
	m := c.Minor(minor)
	if !m.Valid() {
		return wapay.Money{}, fmt.Errorf("not a currency: %.10q", string(c))
	}
	return m, nil
}

// minorUnits returns s times ten to the power of exp.
func minorUnits(s string, exp int) (int64, error) {
	mantissa := s
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n < -30 || n > 30 {
			return 0, fmt.Errorf("not an amount: %.40q", s)
		}
		exp += n
	}
	digits := strings.TrimPrefix(mantissa, "-")
	sign := mantissa[:len(mantissa)-len(digits)]
	whole, fraction, hasPoint := strings.Cut(digits, ".")
	digits = whole + fraction
	if whole == "" || hasPoint && fraction == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, fmt.Errorf("not an amount: %.40q", s)
	}
	exp -= len(fraction)
	for ; exp < 0 && strings.HasSuffix(digits, "0"); exp++ {
		digits = digits[:len(digits)-1]
	}
	if strings.Trim(digits, "0") == "" {
		return 0, nil
	}
	if exp < 0 {
		return 0, fmt.Errorf("amount with too many decimals: %.40q", s)
	}
	n, err := strconv.ParseInt(sign+digits+strings.Repeat("0", exp), 10, 64)
	if err != nil || n == -1<<63 {
		return 0, fmt.Errorf("amount out of range: %.40q", s)
	}
	return n, nil
}
