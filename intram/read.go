package intram

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/loose"
)

// currency is "XOF", {"code":"XOF",…} or null, which is "".
type currency wapay.Currency

// UnmarshalJSON implements json.Unmarshaler.
func (c *currency) UnmarshalJSON(data []byte) error {
	s, err := nameOf(data, "code")
	*c = currency(strings.ToUpper(s))
	return err
}

// money is an amount as an answer has it, or the zero value where there is none, it has no currency, or it is more
// precise than the currency.
func (c currency) money(s loose.String) wapay.Money {
	if s == "" || c == "" {
		return wapay.Money{}
	}
	m, err := s.Money(wapay.Currency(c))
	if err != nil {
		return wapay.Money{}
	}
	return m
}

// method is a payment method: "MTN_BENIN_229" or an object that describes it.
type method string

// UnmarshalJSON implements json.Unmarshaler.
func (m *method) UnmarshalJSON(data []byte) error {
	s, err := nameOf(data, "code", "name", "payment_method", "label", "id", "_id")
	*m = method(s)
	return err
}

// nameOf reads a scalar, or the first of the keys that an object has.
func nameOf(data []byte, keys ...string) (string, error) {
	var s loose.String
	if err := s.UnmarshalJSON(data); err != nil {
		return "", err
	}
	if data[0] != '{' {
		if data[0] == '[' && s != "" {
			return "", errors.New("a list")
		}
		return string(s), nil
	}
	var o map[string]loose.String
	if err := json.Unmarshal(data, &o); err != nil {
		return "", err
	}
	for _, k := range keys {
		if o[k] != "" {
			return string(o[k]), nil
		}
	}
	return "", nil
}
