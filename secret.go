package wapay

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every printed form of a [Secret] shows.
const redacted = "[redacted]"

// Secret is a key, password or token. It prints as "[redacted]" with the verbs
// of package fmt, in JSON, in text encodings and in log/slog. string(s) returns
// its value. The zero value is no secret, and is refused if one is needed.
//
// Keep a Secret in an exported field, do not use it as a map key, and print it
// with %v. docs/values.md lists the places that its methods cannot guard.
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
