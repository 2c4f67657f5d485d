package facts

import (
	"strings"

	"github.com/wapay-go/wapay"
)

// BarkaPayStatus returns the documented meaning of a transaction's status.
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

// BarkaPayCurrency returns the currency of mobile money in a country (ISO
// 3166-1 alpha-3, and TOG for Togo) if the provider shows none. It returns XOF,
// or "" for a country with another currency. For a masked or missing country it
// assumes XOF.
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
