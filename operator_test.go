package wapay_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wapay-go/wapay"
)

func TestOperatorHint(t *testing.T) {
	for _, tt := range []struct {
		number, country, name string
		portable              bool
	}{
		{"70656188", "BF", "Moov", false},
		{"76000001", "BF", "Orange", false},
		{"0757000001", "CI", "Orange", true},
		{"0161000001", "BJ", "MTN", true},
		{"61000001", "BJ", "MTN", true}, // the form of before 30 November 2024
		{"771234567", "SN", "Orange", true},
		{"90123456", "TG", "Togocom", true},
		{"25306070", "BF", "", false}, // a fixed line
	} {
		p, err := wapay.ParsePhone(tt.number, tt.country)
		require.NoError(t, err, tt.number)
		hint, ok := wapay.OperatorHint(p)
		assert.Equal(t, tt.name != "", ok, tt.number)
		assert.Equal(t, tt.name, hint.Name, tt.number)
		assert.Equal(t, tt.portable, hint.Portable, tt.number)
	}
	_, ok := wapay.OperatorHint(wapay.Phone{})
	assert.False(t, ok)
}
