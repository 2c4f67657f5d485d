package wapay

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every printed form of a [Secret] shows.
const redacted = "[redacted]"

// Secret is a key, password or token. It prints as "[redacted]" with the verbs of package fmt, in JSON, in
// text encodings and in log/slog; string(s) is the way to its value. The zero value is no secret at all, and
// is refused wherever one is needed.
//
// Some places are out of reach of its methods, and show the string that it is. In JSON: the key of a map. In package
// fmt: an unexported struct field; the verbs %w and %p, which go vet refuses here; and with a verb that does not fit a
// pointer, as %s, whatever a pointer inside of what is printed leads to. That last does not concern a *Secret, nor
// pointers to the structs of this module, which see to it themselves. Keep a Secret in an exported field or behind a
// pointer of its own, make no key of it, and print with %v what has pointers in it.
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

// MarshalText implements [encoding.TextMarshaler], and so covers JSON: a secret is never written out.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]: a secret can be read from a configuration file.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}
