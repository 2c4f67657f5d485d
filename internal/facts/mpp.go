package facts

import (
	"strings"

	"github.com/wapay-go/wapay"
)

// MPPStatus returns the meaning of a transaction's status. A blocked one is in
// review.
func MPPStatus(word string) wapay.Status {
	switch strings.ToLower(word) {
	case "initiated", "pending", "processing", "transmitted", "blocked":
		return wapay.StatusPending
	case "completed":
		return wapay.StatusSucceeded
	case "failed", "rejected":
		return wapay.StatusFailed
	case "cancelled":
		return wapay.StatusCancelled
	case "refunded":
		return wapay.StatusRefunded
	}
	return wapay.StatusUnknown
}

// MPPIsPayment reports whether a transaction of the category collects money
// from a customer.
func MPPIsPayment(category string) bool { return strings.EqualFold(category, "payment") }

// MPPIsPayout reports whether a transaction of the category sends money to a
// customer, or takes the merchant's own money out of the platform.
func MPPIsPayout(category string) bool {
	return strings.EqualFold(category, "transfer") || strings.EqualFold(category, "payout")
}

// MPPFee returns the merchant's fee of a transaction. It is 0 if the end user
// pays the fees. If no payer is named, the merchant pays. If the payer is
// undocumented, the fee is the zero Money.
func MPPFee(payer string, fees, amount wapay.Money) wapay.Money {
	switch strings.ToLower(payer) {
	case "merchant", "":
		return fees
	case "end_user":
		if amount.Valid() {
			return amount.Currency().Units(0)
		}
	}
	return wapay.Money{}
}
