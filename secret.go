package wapay

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every printed form of a [Secret] shows.
const redacted = "[redacted]"

// Secret is a key, password or token. It prints as "[redacted]" with the verbs
// of package fmt, in JSON, in text encodings and in log/slog; string(s) is the
// way to its value. The zero value is no secret at all, and is refused wherever
// one is needed.
//
// Its methods cannot guard these places, which show the string:
//   - encoding/gob, and a column of a database
//   - a dump by reflection, such as the diffs of go-cmp and of testify's assert
//   - in JSON, the key of a map
//   - in package fmt, an unexported struct field, and the verbs %w and %p
//   - in package fmt, a struct behind a pointer inside another value, printed
//     with a verb such as %s that does not fit a pointer
//
// Keep a Secret in an exported field, make no map key of it, and print with %v.
type Secret string

// Format implements [fmt.Formatter] for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// String returns "[redacted]", or "" for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString returns what String returns.
func (s Secret) GoString() string { return s.String() }

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText implements [encoding.TextMarshaler], and so covers JSON: a secret
// is never written out.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]: a secret can be read
// from a configuration file.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}
