package facts

import (
	"strings"

	"github.com/wapay-go/wapay"
)

// CinetPayTransferCurrency returns the currency of transfers to a calling code,
// or "" if CinetPay makes no transfers there.
func CinetPayTransferCurrency(callingCode string) wapay.Currency {
	switch callingCode {
	case "221", "223", "225", "226", "227", "228", "229":
		return wapay.XOF
	case "224":
		return wapay.GNF
	case "237":
		return wapay.XAF
	case "243":
		return wapay.CDF
	}
	return ""
}

// CinetPayCheckoutCurrencies returns the currencies that the checkout takes.
func CinetPayCheckoutCurrencies() []wapay.Currency {
	return []wapay.Currency{wapay.XOF, wapay.XAF, wapay.CDF, wapay.GNF, wapay.USD}
}

// CinetPayAwaitsMail is the sending_status of a transfer that the merchant must
// confirm by mail.
const CinetPayAwaitsMail = "PENDING"

// CinetPayTransferStatus returns the meaning of a transfer's treatment_status,
// or else of its sending_status.
func CinetPayTransferStatus(treatment, sending string) wapay.Status {
	switch treatment {
	case "NEW", "REC", "NOS":
		return wapay.StatusPending
	case "VAL":
		return wapay.StatusSucceeded
	case "REJ":
		return wapay.StatusFailed
	case "":
		if sending == CinetPayAwaitsMail {
			return wapay.StatusPending
		}
	}
	return wapay.StatusUnknown
}

// CinetPayIsPaid reports whether a code of the checkout says that the customer
// has paid. The code is "00", or 0 if it comes as a number.
func CinetPayIsPaid(code string) bool { return code == "00" || code == "0" }

// CinetPayIsOpen reports whether a code of the checkout says that the customer
// may still pay.
func CinetPayIsOpen(code string) bool {
	switch code {
	case "623", // WAITING_CUSTOMER_TO_VALIDATE
		"662", // WAITING_CUSTOMER_PAYMENT
		"663", // WAITING_CUSTOMER_OTP_CODE
		"664": // WAITING_CUSTOMER_PAYMENT_AT_OPERATOR_SIDE
		return true
	}
	return false
}

// CinetPayCheckoutStatus returns the meaning of a payment's code and status.
//
// The status decides, because the provider uses undocumented codes:
// integrations see 605, 622, 629, 631 and 634. Two contradictions are unknown,
// because money may have moved. One is ACCEPTED without the code for a success.
// The other is REFUSED or CANCELLED with it.
func CinetPayCheckoutStatus(code, status string) wapay.Status {
	paid := CinetPayIsPaid(code)
	switch {
	case status == "ACCEPTED" && paid:
		return wapay.StatusSucceeded
	case status == "REFUSED" && !paid:
		return wapay.StatusFailed
	case status == "CANCELLED" && !paid:
		return wapay.StatusCancelled
	case status == "REFUNDED":
		return wapay.StatusRefunded
	case status == "PENDING" || strings.HasPrefix(status, "WAITING"), status == "" && CinetPayIsOpen(code):
		return wapay.StatusPending
	}
	return wapay.StatusUnknown
}

// CinetPayMessageStatus returns the meaning of a checkout notification's
// cpm_error_message. It is not final: the documents ask for a lookup.
func CinetPayMessageStatus(message string) wapay.Status {
	switch message {
	case "SUCCES":
		return wapay.StatusSucceeded
	case "PAYMENT_FAILED", "INSUFFICIENT_BALANCE", "OTP_CODE_ERROR", "TRANSACTION_CANCEL":
		return wapay.StatusFailed
	}
	return wapay.StatusUnknown
}
