// Package redact prints values without their secrets.
package redact

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
)

// Format prints a struct in the form of %v for any verb, with the verb's flags.
// The struct must have only exported fields. Structs with secrets use it as
// their Format method.
//
// Without it, a verb that does not fit a pointer, such as %s, makes package fmt
// print the target without calling methods, not even those of the secrets.
func Format(f fmt.State, v any) {
	s := reflect.ValueOf(v)
	verb, sharp := fmt.FormatString(f, 'v'), f.Flag('#')
	typeName, between := "", " "
	if sharp {
		typeName, between = s.Type().String(), ", "
	}
	_, _ = io.WriteString(f, typeName+"{")
	for i := range s.NumField() {
		if i > 0 {
			_, _ = io.WriteString(f, between)
		}
		if sharp || f.Flag('+') {
			_, _ = io.WriteString(f, s.Type().Field(i).Name+":")
		}
		_, _ = fmt.Fprintf(f, verb, s.Field(i).Interface())
	}
	_, _ = io.WriteString(f, "}")
}

// Hidden hides the parts of a client from package fmt and from dumps. It prints
// as a name for any verb, and in JSON and logs.
type Hidden[T any] struct {
	name string
	open func() *T // dumps do not look into a function
}

// Hide hides a value behind a name.
func Hide[T any](name string, v *T) Hidden[T] {
	return Hidden[T]{name, func() *T { return v }}
}

// Open returns the hidden value, or an empty one if there is none.
func Open[T any](h *Hidden[T]) *T {
	if h.open == nil {
		return new(T)
	}
	return h.open()
}

// String returns the name.
func (h Hidden[T]) String() string { return cmp.Or(h.name, "no client") }

// Format implements [fmt.Formatter].
func (h Hidden[T]) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, h.String()) }

// MarshalText implements [encoding.TextMarshaler].
func (h Hidden[T]) MarshalText() ([]byte, error) { return []byte(h.String()), nil }
