// Package intram is a client for the Intram Merchant API v1. It collects mobile
// money and card payments in Benin and its neighbours, and pays out to mobile
// money and bank accounts.
//
// [Client] is a [wapay.Payer] and a [wapay.Payouter]. Each of its other methods
// calls one endpoint of the provider. The keys decide whether the money is
// real: see [Client.Live].
//
// Orders are asynchronous. The provider answers with a queued [Operation], and
// carries it out later. [Client.WaitOperation], [Client.FindPayment] and
// [Client.FindPayout] return its result. The provider also sends notifications:
// subscribe with [Client.CreateWebhook], and verify them with package ipn.
//
// # Doing it once
//
// Each write has an idempotency key. For 24 hours the provider keeps it with a
// hash of the method, the path and the body. A repeat gets the first answer
// again, and the provider does not carry it out. Another order with the same
// key is a conflict. So the client repeats a write after a time-out, a cut
// connection or a 5xx.
//
// After a repeat or a conflict, the client looks the order up and returns its
// current state, with Replayed. If it does not find the order, or if amount or
// recipient differ, the error is [wapay.ErrDuplicate] and
// [wapay.ErrOutcomeUnknown].
//
// Unless the caller gives a key, the client derives it from the merchant's
// reference. It is the same in each process and after a crash:
//
//	"wapay-" + kind + "-" + the first 40 hex digits, in lower case, of
//	SHA-256(mode + "\n" + kind + "\n" + reference)
//
// The mode is "live" or "sandbox". The kind is "payout", "payment_request",
// "refund", "transfer" or "webhook". The reference of a webhook is event + " "
// + url.
//
// After [wapay.ErrOutcomeUnknown], make the same call again, with the same
// reference and the same fields, within 24 hours of the first call. Later the
// provider has forgotten the key and would carry the order out again. Then look
// the order up, and do not repeat it.
//
// The same call also returns a failed order. So a corrected order, and a new
// try after a failure, need another Reference.
//
// # Fields of a payment
//
// The page sends the customer to ReturnURL and CancelURL. Operator and
// Customer.Phone are a hint for it. Metadata becomes webhook_data, together
// with the reference. OTP, NotifyURL and ExpiresIn have no use: the customer
// gives a code on the page, and [Client.CreateWebhook] subscribes to
// notifications.
//
// A payment's ID is the id of its operation. A refund needs the reference of
// the transaction, which is that operation's Checkout.TransactionReference.
//
// # Lookups
//
// The provider has no lookup by the merchant's reference. FindPayment and
// FindPayout search the newest operations instead, at most 1,000 of them and
// for at most half a minute. [wapay.ErrNotFound] means that they saw all
// operations. A search that stopped early is [wapay.ErrUnavailable]. One with
// an unreadable row that may be the order is [wapay.ErrDecode]. Store the ID
// that Pay and Payout return: with it a lookup is one or two requests.
//
// The client refuses an order of more than 48 KiB as JSON, or with more than
// 1,000 keys of metadata. Its notification, or a list with it, would be too
// large to read.
//
// # Sources
//
// The facts about the API, with their sources, are in docs/providers/intram.md.
package intram
