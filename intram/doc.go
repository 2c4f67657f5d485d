// Package intram is a client for the Intram Merchant API v1, which takes mobile money and cards in Benin and around,
// and pays out to mobile money and bank accounts.
//
// [Client] is a [wapay.Payer] and a [wapay.Payouter]; its other methods are the provider's endpoints, one each.
// Whether the money is real depends on the keys alone: see [Client.Live].
//
// Orders are asynchronous. The provider answers with an [Operation] that is queued, and works on it later; what
// became of it is told by [Client.WaitOperation], by [Client.FindPayment] and [Client.FindPayout], and by
// notifications, for which the merchant subscribes with [Client.CreateWebhook] and which package ipn verifies.
//
// # Doing it once
//
// Every write carries an idempotency key. For 24 hours the provider keeps it with a hash of the method, the path
// and the body: the same order again gets the first answer again (Operation.Replayed) and is not carried out a
// second time; another order under the same key is refused with a conflict. That is why writes are sent again here
// after a time-out, a cut connection or a 5xx, and why the answer to the last attempt is that to all of them.
//
// A conflict is [wapay.ErrDuplicate] and [wapay.ErrOutcomeUnknown]. It says that there is an order under the reference,
// and not which: perhaps this one, which the provider is still at work on. Other refusals, too, are
// [wapay.ErrOutcomeUnknown] if they may be owed to the order itself: one that says that it is at work, and, after an
// attempt whose answer was lost, any that does not follow from the request alone, as a balance that is short now does
// not. Look the order up by the reference before anything else.
//
// Unless the caller gives a key, it is derived from the merchant's reference, and comes out the same in
// every process and after every crash:
//
//	"wapay-" + kind + "-" + the first 40 hex digits, in lower case, of SHA-256(mode + "\n" + kind + "\n" + reference)
//
// with the mode "live" or "sandbox" and the kind "payout", "payment_request", "refund", "transfer" or "webhook"; for
// a webhook the reference is event + " " + url. So after any other [wapay.ErrOutcomeUnknown] the surest way to learn
// what became of the order, safer than any lookup, is the very same call once more: same reference, same fields,
// within 24 hours of the first. After that the provider has forgotten the key and would carry the order out again:
// look it up, and repeat nothing.
//
// The key also binds what did not work. V wants a new key after an order that was refused, and a failed one answers
// the same call with its first answer. So an order that is to be corrected, or tried again after it failed, needs another
// Reference (or another IdempotencyKey, where the request has that field); the same one is a conflict.
//
// # Looking it up
//
// The provider has no lookup by the merchant's reference. FindPayment and FindPayout walk through the newest
// operations instead, at most 1,000 of them and for at most half a minute. [wapay.ErrNotFound] means that all
// there are were seen; a search that had to stop before, or may have, is [wapay.ErrUnavailable], and a list that
// contradicts itself [wapay.ErrDecode]. Store the ID that Pay and Payout return: with it a lookup is one or two
// requests.
//
// # Sources
//
// Where a comment says S, the fact is from the provider's overview that this package was written from; V is its later
// documentation, F what integrators have reported.
package intram
