// Package redact prints what has secrets in it.
package redact

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
)

// Format prints a struct whose fields are all exported as %v does, whatever the
// verb, and with the flags that there are. It is the Format method of structs
// with secrets.
//
// Without it, a verb that does not fit a pointer, such as %s, has package fmt
// print what the pointer leads to, and call no methods on the way, not even
// those of the secrets.
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

// Hidden keeps what a client consists of from package fmt and from dumps. It
// prints as a name whatever the verb, and in JSON and logs.
type Hidden[T any] struct {
	name string
	open func() *T // no dump follows a function
}

// Hide hides a value behind a name.
func Hide[T any](name string, v *T) Hidden[T] {
	return Hidden[T]{name, func() *T { return v }}
}

// Open returns the value that is hidden, and an empty one where there is none.
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
