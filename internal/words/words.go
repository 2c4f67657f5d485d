// Package words converts the values of an integer type to words, and reads them
// from a text or a column.
package words

import (
	"encoding"
	"fmt"
	"slices"
)

// Of returns the word of a value, or the first word for a value without one.
func Of[T ~int](words []string, v T) string {
	if v < 0 || int(v) >= len(words) {
		v = 0
	}
	return words[v]
}

// Parse returns the value of a word, and 0 for any other text.
func Parse[T ~int](words []string, text string) T {
	return T(max(0, slices.Index(words, text)))
}

// Scan reads a column of text. NULL is the empty text.
func Scan(column any, into encoding.TextUnmarshaler) error {
	switch text := column.(type) {
	case nil:
		return into.UnmarshalText(nil)
	case string:
		return into.UnmarshalText([]byte(text))
	case []byte:
		return into.UnmarshalText(text)
	}
	return fmt.Errorf("wapay: column of type %T, want text", column)
}
