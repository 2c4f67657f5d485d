package words_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wapay-go/wapay/internal/words"
)

type light int

func TestWords(t *testing.T) {
	names := []string{"none", "green", "red"}
	for v, want := range map[light]string{-1: "none", 0: "none", 1: "green", 2: "red", 3: "none"} {
		assert.Equal(t, want, words.Of(names, v))
	}
	for text, want := range map[string]light{"": 0, "none": 0, "green": 1, "red": 2, "Red": 0, "blue": 0} {
		assert.Equal(t, want, words.Parse[light](names, text), text)
	}
}
