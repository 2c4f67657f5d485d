package facts

import "github.com/wapay-go/wapay"

// PayHubPaymentStatus returns the meaning of a payment's status. The provider's
// SDKs have the words, and say which are final. COMPLIANCE_FLAGGED is not.
func PayHubPaymentStatus(word string) wapay.Status {
	switch word {
	case "CREATED", PayHubAwaitingOTP, "QUEUED_FOR_PROCESSING", "PROCESSING_OPERATOR", "PROCESSING_SYSTEM",
		"COMPLIANCE_FLAGGED":
		return wapay.StatusPending
	case "SUCCESSFUL":
		return wapay.StatusSucceeded
	case "FAILED":
		return wapay.StatusFailed
	case "CANCELED":
		return wapay.StatusCancelled
	}
	return wapay.StatusUnknown
}

// PayHubAwaitingOTP is the status of a payment that waits for the customer's
// one-time code.
const PayHubAwaitingOTP = "AWAITING_OTP"

// PayHubTransferStatus returns the meaning of a transfer's status. UNRESOLVED
// is not final: the provider does not know what the operator did, so the money
// may have moved.
func PayHubTransferStatus(word string) wapay.Status {
	switch word {
	case "CREATED", "PROCESSING_OPERATOR", "PROCESSING_SYSTEM", "COMPLIANCE_FLAGGED", "UNRESOLVED":
		return wapay.StatusPending
	case "SUCCESSFUL":
		return wapay.StatusSucceeded
	case "FAILED":
		return wapay.StatusFailed
	case "REFUNDED":
		return wapay.StatusRefunded
	}
	return wapay.StatusUnknown
}
