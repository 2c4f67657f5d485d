// Package intram is a client for the Intram Merchant API v1, which takes mobile
// money and cards in Benin and around, and pays out to mobile money and bank
// accounts.
//
// [Client] is a [wapay.Payer] and a [wapay.Payouter]; its other methods are the
// provider's endpoints, one each. Whether the money is real depends on the keys
// alone: see [Client.Live].
//
// Orders are asynchronous. The provider answers with an [Operation] that is
// queued, and works on it later. What became of it is told by
// [Client.WaitOperation], by [Client.FindPayment] and [Client.FindPayout], and
// by notifications, for which the merchant subscribes with
// [Client.CreateWebhook] and which package ipn verifies.
//
// # Doing it once
//
// Every write carries an idempotency key. For 24 hours the provider keeps it
// with a hash of the method, the path and the body. The same order again gets
// the first answer again and is not carried out a second time. Another order
// under the same key is refused as a conflict. That is why a write is sent
// again here after a time-out, a cut connection or a 5xx.
//
// In both cases the order is looked up, and returned as it is now, with
// Replayed. If it cannot be seen, or has another amount or recipient, the error
// is [wapay.ErrDuplicate] and [wapay.ErrOutcomeUnknown].
//
// Unless the caller gives a key, it is derived from the merchant's reference.
// It comes out the same in every process and after every crash:
//
//	"wapay-" + kind + "-" + the first 40 hex digits, in lower case, of SHA-256(mode + "\n" + kind + "\n" + reference)
//
// with the mode "live" or "sandbox" and the kind "payout", "payment_request",
// "refund", "transfer" or "webhook"; for a webhook the reference is event + " "
// + url. So after [wapay.ErrOutcomeUnknown] repeat the same call to learn what
// became of the order: same reference, same fields, within 24 hours of the
// first. After that the provider has forgotten the key and would carry the
// order out again: look it up, and repeat nothing.
//
// The key also binds what did not work: the same call returns the order that
// failed. So a corrected order, and a new attempt after a failure, need another
// Reference.
//
// # Looking it up
//
// The provider has no lookup by the merchant's reference. FindPayment and
// FindPayout walk through the newest operations instead, at most 1,000 of them
// and for at most half a minute. [wapay.ErrNotFound] means that they saw all
// operations. A search that had to stop before is [wapay.ErrUnavailable]. One
// that saw a row that may be the order, and could not be read, is
// [wapay.ErrDecode]. Store the ID that Pay and Payout return: with it a lookup
// is one or two requests.
//
// An order is refused before it is sent if it is larger than 48 KiB as JSON, or
// has more than 1,000 keys of metadata: its notification, or a list with it,
// could not be read.
//
// # Sources
//
// Where each fact comes from is in docs/providers/intram.md.
package intram
