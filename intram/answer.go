package intram

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/call"
	"github.com/wapay-go/wapay/internal/loose"
)

// answer is the envelope of a success. The function read reads its data.
type answer[T any] struct {
	read func(data json.RawMessage) (T, error)

	value  T
	paging *paging
}

type paging struct {
	NextBefore loose.String `json:"next_before"`
}

// Decode implements [call.Decoder].
func (a *answer[T]) Decode(body []byte) (err error) {
	var w struct {
		Error  loose.Bool      `json:"error"`
		Data   json.RawMessage `json:"data"`
		Paging *paging         `json:"paging"`
	}
	if err = json.Unmarshal(body, &w); err != nil {
		return err
	}
	switch {
	case bool(w.Error):
		return errors.New("an error that does not say what is wrong")
	case w.Data == nil:
		return errors.New("no data")
	}
	a.paging = w.Paging
	a.value, err = a.read(w.Data)
	return err
}

// decode reads JSON. It returns an error with the text lacks if a required
// value is missing.
func decode(data []byte, v any, lacks string, required ...*loose.String) error {
	if err := json.Unmarshal(data, v); err != nil {
		return err
	}
	for _, s := range required {
		if *s == "" {
			return errors.New(lacks)
		}
	}
	return nil
}

// isReplay reports whether an answer repeats the answer to an earlier request
// with the same idempotency key.
func isReplay(r *call.Response) bool {
	return strings.EqualFold(r.Header.Get("Idempotent-Replay"), "true")
}

// currency is "XOF", {"code":"XOF",…} or null, which is "".
type currency wapay.Currency

func (c *currency) UnmarshalJSON(data []byte) error {
	s, err := nameOf(data, "code")
	*c = currency(strings.ToUpper(s))
	return err
}

// money returns an amount of an answer. It returns the zero value if there is
// no amount or no currency, or if the amount is more precise than the currency.
func (c currency) money(s loose.String) wapay.Money {
	m, _ := s.Money(wapay.Currency(c))
	return m
}

// method is a payment method: "MTN_BENIN_229", or an object that describes it.
type method struct{ code, kind, name string }

func (m *method) UnmarshalJSON(data []byte) (err error) {
	if m.code, err = nameOf(data, "code", "name", "payment_method", "label", "id", "_id"); err != nil {
		return err
	}
	var o loose.Object[struct {
		Type loose.String `json:"type"`
		Name loose.String `json:"name"`
	}]
	if o.UnmarshalJSON(data) == nil {
		m.kind, m.name = string(o.V.Type), string(o.V.Name)
	}
	return nil
}

// source is {"number":"229…"}, or the number.
type source string

func (s *source) UnmarshalJSON(data []byte) error {
	number, err := nameOf(data, "number", "msisdn")
	*s = source(number)
	return err
}

// nameOf reads a scalar, or the value of the first key that an object has.
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

// nonEmpty returns raw unless it is null, empty, or an empty object or list.
func nonEmpty(raw json.RawMessage) wapay.Raw {
	var s loose.String
	if len(raw) == 0 || s.UnmarshalJSON(raw) == nil && s == "" {
		return nil
	}
	return wapay.Raw(raw)
}

// texts returns the values of an object of the merchant, or nil if it is empty.
func texts(o loose.Object[map[string]loose.String]) map[string]string {
	if len(o.V) == 0 {
		return nil
	}
	all := make(map[string]string, len(o.V))
	for k, v := range o.V {
		all[k] = string(v)
	}
	return all
}
