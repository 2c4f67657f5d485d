package ipn

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"unicode/utf8"
)

// pick reads the named members of the JSON object body into values, each as it stands in body; nil is a
// member that is not there. It refuses a body in which two readers could find different values under a
// name: one that is twice there, or also there in other letter case, which encoding/json takes for the same.
func pick(body []byte, names []string, values [][]byte) error {
	if !utf8.Valid(body) || !json.Valid(body) {
		return errors.New("not JSON in UTF-8")
	}
	object := bytes.TrimLeft(body, " \t\r\n")
	if !isObject(object) {
		return errors.New("not a JSON object")
	}
	return pickInside(object, names, values)
}

// pickInside is pick for an object that stands in a body which pick has accepted. A value that is no object has
// no members.
func pickInside(value []byte, names []string, values [][]byte) error {
	return scan(value, names, values, true)
}

// pickOwn is pickInside for an object whose names the merchant chose. There "Reference" beside "reference" is no
// sign of anything.
func pickOwn(value []byte, names []string, values [][]byte) error {
	return scan(value, names, values, false)
}

func scan(value []byte, names []string, values [][]byte, caseMatters bool) error {
	if !isObject(value) {
		return nil
	}
	for quoted, member := range members(value) {
		key, _ := text(quoted)
		i, exact := lookUp(names, key)
		switch {
		case i < 0:
		case !exact:
			if caseMatters {
				return errors.New("field name in other letter case")
			}
		case values[i] != nil:
			return errors.New("field repeated")
		default:
			values[i] = member
		}
	}
	return nil
}

func isObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }

// lookUp returns the index of key in names, or -1. It is not exact if only the letter case differs.
func lookUp(names []string, key []byte) (i int, exact bool) {
	for i, name := range names {
		if string(key) == name {
			return i, true
		}
	}
	for i, name := range names {
		if bytes.EqualFold(key, []byte(name)) {
			return i, false
		}
	}
	return -1, false
}

// text returns what a JSON string says, a number as it stands, and nothing for null and a member that is
// not there. It is false for a boolean, an object or an array.
func text(raw []byte) ([]byte, bool) {
	switch {
	case len(raw) == 0 || raw[0] == 'n':
		return nil, true
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return raw, true
	case raw[0] != '"':
		return nil, false
	case bytes.IndexByte(raw, '\\') < 0:
		return raw[1 : len(raw)-1], true
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return []byte(s), err == nil
}

// members yields the names (quoted) and values of an object that json.Valid has found no fault with, and
// that begins with its brace. On anything else it may panic.
func members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for i := 1; ; {
			for isSpace(object[i]) || object[i] == ',' {
				i++
			}
			if object[i] == '}' {
				return
			}
			name := object[i:endOfString(object, i)]
			i += len(name)
			for isSpace(object[i]) || object[i] == ':' {
				i++
			}
			value := object[i:endOfValue(object, i)]
			i += len(value)
			if !yield(name, value) {
				return
			}
		}
	}
}

// endOfString returns the index behind the string that begins at doc[i].
func endOfString(doc []byte, i int) int {
	for i++; doc[i] != '"'; i++ {
		if doc[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// endOfValue returns the index behind the value that begins at doc[i] and is a member of an object.
func endOfValue(doc []byte, i int) int {
	for depth := 0; ; i++ {
		switch c := doc[i]; {
		case c == '"':
			i = endOfString(doc, i) - 1
		case c == '{' || c == '[':
			depth++
		case depth > 0 && (c == '}' || c == ']'):
			depth--
		case depth == 0 && (c == ',' || c == '}' || isSpace(c)): // what follows a value
			return i
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
