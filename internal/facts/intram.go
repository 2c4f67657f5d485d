package facts

import (
	"strings"

	"github.com/wapay-go/wapay"
)

// intramWords maps the words for the status of the money. The documents have
// PENDING, SUCCESS, ERROR and REFUNDED for a transaction. For an operation they
// have succeeded, failed, expired, queued and processing. Documented
// notifications show completed, paid, pending and queued_for_settlement.
// Integrations show the others. The documents do not say which answer uses
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

// IntramStatus returns the meaning of a word in a transaction, in the result of
// an operation, and in a notification. An operation's own status means less:
// the operation of a payment request succeeds when its page exists.
func IntramStatus(word string) wapay.Status { return intramWords[strings.ToLower(word)] }

// IntramReference is the key of the merchant's reference in webhook_data and
// metadata.
const IntramReference = "reference"
