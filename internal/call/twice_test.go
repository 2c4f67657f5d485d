package call

import (
	"strings"
	"testing"
	"time"
)

func TestSaysTwice(t *testing.T) {
	for text, want := range map[string]bool{
		`{"status":1,"status":-1}`:                        true,
		`{"status":1,"a":{},"b":[1,2],"status":"1"}`:      true,
		` [ { "a" : 1 , "a" : 2 } ] `:                     true,
		`{"data":{"x":[{"a":1},{"id":"A","id":"B"}]}}`:    true,
		`{"a":1,"a":1,"a":2}`:                             true,
		`{"a":2,"a":1,"a":2}`:                             true,
		`{"status":1,"st\u0061tus":-1}`:                   true,
		`{"a":null,"a":0}`:                                true,
		`{"a":{"b":1},"a":{"b":2}}`:                       true,
		`{"a\"":1,"a\"":2}`:                               true,
		`{"":1,"":2}`:                                     true,
		`{"x":{"a":1},"a":1,"y":{"a":2},"a":2}`:           true,
		benchBody:                                         false,
		`{"a":1,"a":1}`:                                   false,
		`{"a": 1 ,"a":1}`:                                 false,
		`{"a":{"a":1},"b":{"a":2},"c":[{"a":3},{"a":4}]}`: false,
		`{"a":"\"a\":1,\"a\":2"}`:                         false,
		`{"a":"a","b":"a","c":"b"}`:                       false,
		`{"a":1,"A":2}`:                                   false, // names of the merchant's own come back too
		`[]`:                                              false,
		`{}`:                                              false,
		`7`:                                               false,
		`"{"`:                                             false,
		strings.Repeat("[", 2*maxDepth):                   false,
		strings.Repeat(`{"a":`, 100) + strings.Repeat("}", 100): false,
	} {
		if got := saysTwice([]byte(text)); got != want {
			t.Errorf("%.60s: %v", text, got)
		}
		for i := range min(len(text), 500) { // what breaks off, or is no JSON, ends
			saysTwice([]byte(text[:i]))
			saysTwice([]byte(text[:i] + "}" + text[i:]))
			saysTwice([]byte(text[:i] + `"` + text[i:]))
		}
	}
	var many strings.Builder
	for range 50_000 {
		many.WriteString(`"a":1,`)
	}
	began := time.Now()
	if !saysTwice([]byte(`{` + many.String() + `"a":2}`)) {
		t.Error("not found among many")
	}
	if d := time.Since(began); d > 3*time.Second {
		t.Error("took", d)
	}
}
