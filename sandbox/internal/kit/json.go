package kit

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// Object is a JSON object that keeps its order, so that an answer looks like
// the provider's sample.
type Object []any // key, value, key, value …

// MarshalJSON writes the pairs in their order.
func (o Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := 0; i < len(o); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(Encode(o[i]))
		b.WriteByte(':')
		b.Write(Encode(o[i+1]))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Encode returns v as JSON. It panics on what cannot be JSON: the values are
// our own.
func Encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("sandbox: " + err.Error())
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// Null returns nil for the empty string: what is not known yet.
func Null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Rewrite decodes a JSON body, passes every scalar through fn with the key it
// stands under ("" in an array), and encodes it again. A body that is no JSON
// stays as it is.
func Rewrite(body []byte, fn func(key string, v any) any) []byte {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return body
	}
	return Encode(walk("", v, fn))
}

func walk(key string, v any, fn func(string, any) any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = walk(k, v[k], fn)
		}
		return v
	case []any:
		for i := range v {
			v[i] = walk("", v[i], fn)
		}
		return v
	}
	return fn(key, v)
}

// plainNumber is what a string must look like to be valid as a JSON number too:
// no leading zero, no plus sign.
var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// NumberToString is for Rewrite: each number becomes a string.
func NumberToString(_ string, v any) any {
	if n, ok := v.(json.Number); ok {
		return n.String()
	}
	return v
}

// StringToNumber is for Rewrite: each string that is a number becomes one.
func StringToNumber(_ string, v any) any {
	if s, ok := v.(string); ok && plainNumber.MatchString(s) {
		return json.Number(s)
	}
	return v
}
