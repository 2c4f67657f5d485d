package facts

import (
	"strings"

	"github.com/wapay-go/wapay"
)

// BarkaPayStatus returns the meaning of a transaction's status, as documented.
func BarkaPayStatus(s string) wapay.Status {
	switch s {
	case "0":
		return wapay.StatusPending
	case "1":
		return wapay.StatusSucceeded
	case "-1":
		return wapay.StatusFailed
	}
	return wapay.StatusUnknown
}

// BarkaPayCurrency returns the currency of mobile money in a country, as
// alpha-3 code, where the provider shows none: CFA francs. It is empty for a
// country that has no such francs: it is not known which currency the amount is
// in. The provider writes TOG for Togo. A country that is masked or missing is
// taken for one with francs.
func BarkaPayCurrency(country string) wapay.Currency {
	switch strings.ToUpper(country) {
	case "BEN", "BFA", "CIV", "GNB", "MLI", "NER", "SEN", "TGO", "TOG":
		return wapay.XOF
	}
	if len(country) == 3 {
		return ""
	}
	return wapay.XOF
}
