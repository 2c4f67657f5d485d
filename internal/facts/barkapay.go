package facts

import "github.com/wapay-go/wapay"

// BarkaPayStatus returns the meaning of a transaction's status. The provider
// documents 0 and 1. -1 is seen in integrations.
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
