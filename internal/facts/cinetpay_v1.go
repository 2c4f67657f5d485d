package facts

import "github.com/wapay-go/wapay"

// cinetPayV1Words maps the numbers of CinetPay's API v1 to words.
var cinetPayV1Words = map[string]string{
	"100": "SUCCESS", "200": "OK", "2001": "INITIATED", "2002": "PENDING", "2003": "EXPIRED", "2004": "OTP_ERROR",
	"2005": "INSUFFICIENT_BALANCE", "2006": "USER_NOT_FOUND", "2007": "USER_IS_BLOCKED", "2008": "OTP_EXPIRED",
	"2010": "FAILED", "2011": "NOT_ALLOWED", "2012": "CANCELLED", "2013": "UNIMPLEMENTED",
	"1002": "INVALID_TOKEN", "1003": "EXPIRED_TOKEN", "1004": "INVALID_PARAMS", "1005": "INVALID_CREDENTIALS",
	"1200": "TRANSACTION_EXIST", "400": "BAD_REQUEST", "404": "NOT_FOUND", "-1": "OPERATION_ERROR",
}

// CinetPayV1Word returns the word of an answer, or else the word of its number.
// It returns "" if the two contradict each other.
//
// The word counts for 1002 and 1004, because sources swap them. Integrations
// also show a 200 beside a word for a pending order.
func CinetPayV1Word(code, word string) string {
	numbered := cinetPayV1Words[code]
	swapped := (code == "1002" || code == "1004") && (word == "INVALID_TOKEN" || word == "INVALID_PARAMS")
	opened := code == "200" && (word == "INITIATED" || word == "PENDING")
	switch {
	case word == "":
		return numbered
	case numbered == "" || numbered == word || swapped || opened:
		return word
	}
	return ""
}

// CinetPayV1Status returns the meaning of the code and the word of a payment or
// a transfer. The provider's SDK counts three words as final. It does not count
// EXPIRED, OTP_ERROR and the other pending ones below.
func CinetPayV1Status(code, word string) wapay.Status {
	switch CinetPayV1Word(code, word) {
	case "SUCCESS":
		return wapay.StatusSucceeded
	case "FAILED", "INSUFFICIENT_BALANCE":
		return wapay.StatusFailed
	case "OK", "INITIATED", "PENDING", "EXPIRED", "OTP_ERROR", "OTP_EXPIRED", "USER_NOT_FOUND", "USER_IS_BLOCKED":
		return wapay.StatusPending
	}
	return wapay.StatusUnknown
}

// CinetPayV1Currency returns the currency of the accounts of a country, or ""
// if CinetPay's API v1 has none there.
func CinetPayV1Currency(country string) wapay.Currency {
	switch country {
	case "CI", "SN", "BF", "ML", "TG", "BJ", "NE":
		return wapay.XOF
	case "CM", "TD", "CG", "CF", "GA", "GQ":
		return wapay.XAF
	case "GN":
		return wapay.GNF
	case "CD":
		return wapay.CDF
	}
	return ""
}
