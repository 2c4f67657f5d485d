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

// Encode returns v as JSON. It panics if v cannot be JSON.
func Encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("sandbox: " + err.Error())
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// Null returns s, and nil if s is empty because the value is not known yet.
func Null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Rewrite passes each scalar of a JSON body through fn, with its key ("" in an
// array), and returns the new body. A body that is no JSON stays as it is.
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

// plainNumber matches a string that is also a JSON number: without a leading
// zero or a plus sign.
var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// NumberToString makes a number a string, for Rewrite.
func NumberToString(_ string, v any) any {
	if n, ok := v.(json.Number); ok {
		return n.String()
	}
	return v
}

// StringToNumber makes a string with a number a number, for Rewrite.
func StringToNumber(_ string, v any) any {
	if s, ok := v.(string); ok && plainNumber.MatchString(s) {
		return json.Number(s)
	}
	return v
}
