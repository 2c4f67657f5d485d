package wapay

import (
	"database/sql/driver"

	"github.com/wapay-go/wapay/internal/words"
)

// The types that a merchant stores go into a text column and come back from it.
// Scan reads what Value writes. It reads NULL and the empty text as the zero
// value.

// Value implements [driver.Valuer]: the word of [Status.String].
func (s Status) Value() (driver.Value, error) { return s.String(), nil }

// Scan implements [database/sql.Scanner].
func (s *Status) Scan(column any) error { return words.Scan(column, s) }

// Value implements [driver.Valuer]: the words of [Action.String].
func (a Action) Value() (driver.Value, error) { return a.String(), nil }

// Scan implements [database/sql.Scanner].
func (a *Action) Scan(column any) error { return words.Scan(column, a) }

// Value implements [driver.Valuer]: "12.50 SLE", and the empty text for the
// zero value.
func (m Money) Value() (driver.Value, error) {
	text, err := m.MarshalText()
	return string(text), err
}

// Scan implements [database/sql.Scanner].
func (m *Money) Scan(column any) error { return words.Scan(column, m) }

// Value implements [driver.Valuer]: the number as [Phone.E164].
func (p Phone) Value() (driver.Value, error) { return p.e164, nil }

// Scan implements [database/sql.Scanner].
func (p *Phone) Scan(column any) error { return words.Scan(column, p) }

// Value implements [driver.Valuer]: the code.
func (c Currency) Value() (driver.Value, error) { return string(c), nil }

// Scan implements [database/sql.Scanner].
func (c *Currency) Scan(column any) error { return words.Scan(column, (*plainText)(c)) }

// Value implements [driver.Valuer]: the answer as text, and NULL for an empty
// one.
func (r Raw) Value() (driver.Value, error) {
	if len(r) == 0 {
		return nil, nil
	}
	return string(r), nil
}

// Scan implements [database/sql.Scanner].
func (r *Raw) Scan(column any) error {
	var text plainText
	err := words.Scan(column, &text)
	if err != nil {
		return err
	}
	*r = nil
	if text != "" {
		*r = Raw(text)
	}
	return nil
}

// plainText takes any text as it is.
type plainText string

func (s *plainText) UnmarshalText(text []byte) error {
	*s = plainText(text)
	return nil
}
