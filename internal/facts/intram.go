package facts

import (
	"strings"

	"github.com/wapay-go/wapay"
)

// intramWords are the words for how far the money is. The provider documents
// PENDING, SUCCESS, ERROR and REFUNDED for a transaction. For an operation it
// documents succeeded, failed, expired, queued and processing. Its
// notifications show completed, paid, pending and queued_for_settlement. The
// others are seen in integrations. The documents do not say which answer uses
// which words.
var intramWords = map[string]wapay.Status{
	"pending":               wapay.StatusPending,
	"created":               wapay.StatusPending,
	"queued":                wapay.StatusPending,
	"queued_for_settlement": wapay.StatusPending,
	"processing":            wapay.StatusPending,
	"success":               wapay.StatusSucceeded,
	"succeeded":             wapay.StatusSucceeded,
	"successful":            wapay.StatusSucceeded,
	"completed":             wapay.StatusSucceeded,
	"paid":                  wapay.StatusSucceeded,
	"settled":               wapay.StatusSucceeded,
	"failed":                wapay.StatusFailed,
	"error":                 wapay.StatusFailed,
	"rejected":              wapay.StatusFailed,
	"expired":               wapay.StatusFailed,
	"cancelled":             wapay.StatusFailed,
	"canceled":              wapay.StatusFailed,
	"refunded":              wapay.StatusRefunded,
}

// IntramStatus returns the meaning of the word for a transaction, for the
// result of an operation, and for a notification's data. The word for the
// operation itself says less: it has succeeded when a page to pay on exists.
func IntramStatus(word string) wapay.Status { return intramWords[strings.ToLower(word)] }

// IntramReference is the key of the merchant's reference in webhook_data and
// metadata.
const IntramReference = "reference"
