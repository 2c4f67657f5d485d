package loose_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay"
	"github.com/wapay-go/wapay/internal/loose"
)

func TestFieldErrors(t *testing.T) {
	for text, want := range map[string][]wapay.FieldError{
		`{"b":["two",3],"a":["one"]}`: {{Field: "a", Message: "one"}, {Field: "b", Message: "two"}, {Field: "b", Message: "3"}},
		`{"a":[]}`:                    nil,
		`{"a":null}`:                  nil,
		`[]`:                          nil,
		`null`:                        nil,
		`"words"`:                     nil,
		`{"a":{"b":"c"}}`:             {{Field: "a", Message: `{"b":"c"}`}},
		``:                            nil,
	} {
		assert.Equal(t, want, loose.FieldErrors(json.RawMessage(text)), text)
	}
}
