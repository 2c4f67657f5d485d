package wapay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxMinor     = math.MaxInt64
	invalidMinor = math.MinInt64 // marks an amount out of range; it is the one value without an opposite
)

// Money is an exact amount: a whole number of minor units (see
// [Currency.Exponent]) and a currency. Money values can be compared with ==.
// The zero value has no currency and is not [Money.Valid]. No method takes or
// returns a float.
type Money struct {
	minor    int64
	currency Currency
}

// ParseMoney reads an amount in whole units with the currency's decimals after
// a point: "5000" XOF, "76738.84" SLE, "-5" EUR.
//
// It reads up to two decimals in any currency. Decimals that the currency does
// not have must be zeros: "500.00" XOF is 500 francs. It refuses "5.000",
// because the point may separate thousands. It also refuses a plus sign,
// spaces, separators, exponents, and an amount beyond an int64 of minor units.
// The currency must be three capital letters.
func ParseMoney(s string, c Currency) (Money, error) {
	if !isCurrencyCode(string(c)) {
		return Money{}, fmt.Errorf("wapay: %q is no currency code: want three capital letters, such as XOF",
			clip(string(c)))
	}
	digits := strings.TrimPrefix(s, "-")
	whole, fraction, hasPoint := strings.Cut(digits, ".")
	if !allDigits(whole) || hasPoint && !allDigits(fraction) {
		return Money{}, fmt.Errorf("wapay: %q is not an amount: want digits, with a point before the decimals", clip(s))
	}
	exp := c.Exponent()
	if len(fraction) > exp {
		if len(fraction) > 2 || strings.Trim(fraction[exp:], "0") != "" {
			return Money{}, fmt.Errorf("wapay: amount %q has %s, %s has %s",
				clip(s), decimals(len(fraction)), c, noneOr(exp))
		}
		fraction = fraction[:exp]
	}
	sign := s[:len(s)-len(digits)]
	minor, err := strconv.ParseInt(sign+whole+fraction+strings.Repeat("0", exp-len(fraction)), 10, 64)
	if err != nil || minor == invalidMinor {
		return Money{}, fmt.Errorf("wapay: %q is too large an amount of %s", clip(s), c)
	}
	return Money{minor: minor, currency: c}, nil
}

// Currency returns the amount's currency.
func (m Money) Currency() Currency { return m.currency }

// MinorUnits returns the amount in minor units: 1250 for 12.50 SLE, 5000 for
// 5,000 XOF.
func (m Money) MinorUnits() int64 { return m.minor }

// Valid reports whether the amount has a currency, of three capital letters,
// and is in range.
func (m Money) Valid() bool { return isCurrencyCode(string(m.currency)) && m.minor != invalidMinor }

// Sign returns -1, 0 or 1.
func (m Money) Sign() int {
	switch {
	case m.minor < 0:
		return -1
	case m.minor > 0:
		return 1
	}
	return 0
}

// Decimal returns the amount in whole units with exactly the currency's
// decimals: "12.50", "5000".
func (m Money) Decimal() string {
	if m.minor == invalidMinor {
		return "out of range"
	}
	exp := m.currency.Exponent()
	if exp == 0 || m.currency == "" {
		return strconv.FormatInt(m.minor, 10)
	}
	sign, abs := "", m.minor
	if abs < 0 {
		sign, abs = "-", -abs
	}
	digits := fmt.Sprintf("%0*d", exp+1, abs)
	return sign + digits[:len(digits)-exp] + "." + digits[len(digits)-exp:]
}

// String returns the decimal and the currency: "12.50 SLE".
func (m Money) String() string {
	if m.currency == "" {
		return m.Decimal()
	}
	return m.Decimal() + " " + string(m.currency)
}

// Add returns m + n. Different currencies, or a sum out of range, are an error.
func (m Money) Add(n Money) (Money, error) {
	if err := m.comparable(n); err != nil {
		return Money{}, err
	}
	sum := m.minor + n.minor
	if (sum > m.minor) != (n.minor > 0) && n.minor != 0 || sum == invalidMinor {
		return Money{}, fmt.Errorf("wapay: %s + %s is out of range", m, n)
	}
	return Money{minor: sum, currency: m.currency}, nil
}

// Sub returns m - n. Different currencies, or a difference out of range, are an
// error.
func (m Money) Sub(n Money) (Money, error) {
	return m.Add(Money{minor: -n.minor, currency: n.currency})
}

// Cmp returns -1 if m is less than n, 0 if they are equal, and 1 if m is
// greater. Different currencies are an error.
func (m Money) Cmp(n Money) (int, error) {
	if err := m.comparable(n); err != nil {
		return 0, err
	}
	switch {
	case m.minor < n.minor:
		return -1, nil
	case m.minor > n.minor:
		return 1, nil
	}
	return 0, nil
}

func (m Money) comparable(n Money) error {
	if !m.Valid() || !n.Valid() {
		return errors.New("wapay: arithmetic on an amount that is out of range or has no currency")
	}
	if m.currency != n.currency {
		return fmt.Errorf("wapay: cannot mix %s and %s", m.currency, n.currency)
	}
	return nil
}

// MarshalText implements [encoding.TextMarshaler]: "12.50 SLE". The zero value
// is the empty text.
func (m Money) MarshalText() ([]byte, error) {
	if m == (Money{}) {
		return nil, nil
	}
	if !m.Valid() {
		return nil, errors.New("wapay: amount out of range or without a currency")
	}
	return []byte(m.String()), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]. It reads what
// MarshalText writes. After an error m is unchanged.
func (m *Money) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*m = Money{}
		return nil
	}
	amount, currency, ok := strings.Cut(string(text), " ")
	if !ok || !isCurrencyCode(currency) {
		return fmt.Errorf("wapay: %q is not an amount with its currency, as in \"12.50 SLE\"", clip(string(text)))
	}
	v, err := ParseMoney(amount, Currency(currency))
	if err != nil {
		return err
	}
	*m = v
	return nil
}

// moneyJSON holds the amount as a string, so that no JSON reader makes a float
// of it.
type moneyJSON struct {
	Amount   string   `json:"amount"`
	Currency Currency `json:"currency"`
}

// MarshalJSON implements [json.Marshaler]: {"amount":"12.50","currency":"SLE"},
// and null for the zero value.
func (m Money) MarshalJSON() ([]byte, error) {
	if m == (Money{}) {
		return []byte("null"), nil
	}
	if !m.Valid() {
		return nil, errors.New("wapay: amount out of range or without a currency")
	}
	return json.Marshal(moneyJSON{m.Decimal(), m.currency})
}

// UnmarshalJSON implements [json.Unmarshaler]. It reads what MarshalJSON
// writes. The amount may also be a JSON number, which it reads digit by digit.
// It also reads a string, as UnmarshalText does: encoding/json writes the keys
// of a map with MarshalText and reads them with UnmarshalJSON.
func (m *Money) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*m = Money{}
		return nil
	}
	if bytes.HasPrefix(data, []byte{'"'}) {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		return m.UnmarshalText([]byte(text))
	}
	var v struct {
		Amount   json.Number `json:"amount"` // takes a number, or a string that holds one
		Currency Currency    `json:"currency"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return fmt.Errorf("wapay: not an amount: %w", err)
	}
	parsed, err := ParseMoney(v.Amount.String(), v.Currency)
	if err != nil {
		return err
	}
	*m = parsed
	return nil
}

func decimals(n int) string {
	if n == 1 {
		return "1 decimal"
	}
	return strconv.Itoa(n) + " decimals"
}

func noneOr(n int) string {
	if n == 0 {
		return "none"
	}
	return strconv.Itoa(n)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isCurrencyCode(s string) bool {
	if len(s) != 3 {
		return false
	}
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}

// clip bounds a text that an error repeats.
func clip(s string) string { return clipTo(s, 40) }

// clipTo cuts s to about n bytes, between two characters.
func clipTo(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
