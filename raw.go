package wapay

import (
	"encoding/json"
	"log/slog"
	"strconv"
)

// Raw is a provider's answer, byte for byte as it came. It prints as text.
// log/slog shows only its length, because an answer names customers.
type Raw []byte

// String returns the answer as text.
func (r Raw) String() string { return string(r) }

// GoString returns the answer as a quoted text.
func (r Raw) GoString() string { return strconv.Quote(string(r)) }

// LogValue implements [slog.LogValuer]: "512 bytes".
func (r Raw) LogValue() slog.Value { return slog.StringValue(strconv.Itoa(len(r)) + " bytes") }

// MarshalJSON implements [json.Marshaler]. It writes JSON as it is, any other
// answer as a string, and null for an empty one.
func (r Raw) MarshalJSON() ([]byte, error) {
	switch {
	case len(r) == 0:
		return []byte("null"), nil
	case json.Valid(r):
		return r, nil
	}
	return json.Marshal(string(r))
}

// UnmarshalJSON implements [json.Unmarshaler]. It keeps the JSON as it is, and
// reads null as an empty answer.
func (r *Raw) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*r = nil
		return nil
	}
	*r = append((*r)[:0], data...)
	return nil
}
