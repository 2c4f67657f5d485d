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
		basis                 wapay.HintBasis
	}{
		{"70656188", "BF", "Moov", wapay.BasisPlan},
		{"76000001", "BF", "Orange", wapay.BasisPlan},
		{"07000001", "BF", "Orange", wapay.BasisCarrierData},
		{"0757000001", "CI", "Orange", wapay.BasisPortablePlan},
		{"0161000001", "BJ", "MTN", wapay.BasisCarrierData},
		{"61000001", "BJ", "MTN", wapay.BasisCarrierData}, // the form of before 30 November 2024
		{"771234567", "SN", "Orange", wapay.BasisPortablePlan},
		{"755123456", "SN", "Promobile", wapay.BasisPortablePlan},
		{"758123456", "SN", "Promobile", wapay.BasisCarrierData},
		{"90123456", "TG", "Togocom", wapay.BasisPortablePlan},
		{"757123456", "SN", "", ""}, // the plan and the carrier data differ
		{"25306070", "BF", "", ""},  // a fixed line
	} {
		p, err := wapay.ParsePhone(tt.number, tt.country)
		require.NoError(t, err, tt.number)
		hint, ok := wapay.OperatorHint(p)
		assert.Equal(t, tt.name != "", ok, tt.number)
		assert.Equal(t, tt.name, hint.Name, tt.number)
		assert.Equal(t, tt.basis, hint.Basis, tt.number)
	}
	_, ok := wapay.OperatorHint(wapay.Phone{})
	assert.False(t, ok)
}
