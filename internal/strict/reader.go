package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"
)

var errNotObject = errors.New("not a JSON object in UTF-8")

// Reader reads JSON objects into a struct. Make it once for each type.
type Reader[T any] struct{ names names }

// NewReader returns a reader for T, a struct.
func NewReader[T any]() Reader[T] { return Reader[T]{namesOf(reflect.TypeFor[T]())} }

// Read returns an error if the text is no object, is not in UTF-8, or has two
// values for a name that T reads. Other names may come twice. A value of the
// wrong type leaves its field zero.
func (r Reader[T]) Read(text []byte) (*T, error) {
	if !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) || !utf8.Valid(text) {
		return nil, errNotObject
	}
	if err := check(text, r.names); err != nil {
		return nil, err
	}
	v := new(T)
	err, wrongType := json.Unmarshal(text, v), (*json.UnmarshalTypeError)(nil)
	if err != nil && !errors.As(err, &wrongType) {
		return nil, errNotObject // err may quote the text
	}
	return v, nil
}

// names holds the names that a struct reads, in one letter case, with the names
// of their values. nil stands for all names, as in a map.
type names map[string]names

func namesOf(t reflect.Type) names {
	switch t.Kind() {
	case reflect.Map:
		return nil
	case reflect.Struct:
	default:
		return names{}
	}
	all := names{}
	for i := range t.NumField() {
		field := t.Field(i)
		if name := field.Tag.Get("json"); name != "" {
			all[strings.Map(foldRune, name)] = namesOf(field.Type)
			continue
		}
		inner := namesOf(field.Type) // embedded, or in a wrapper such as loose.Object
		if inner == nil {
			return nil
		}
		for name := range inner {
			all[name] = inner[name]
		}
	}
	return all
}
