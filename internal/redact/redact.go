// Package redact prints structs that have secrets in them.
package redact

import (
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
