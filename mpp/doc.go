// Package mpp is a client for the Merchant Payment Platform, which takes mobile money in Guinea, Sierra Leone, Mali and
// around, and pays it out.
//
// [Client] is a [wapay.Payer] and a [wapay.Payouter]; its other methods are the provider's endpoints, one each.
//
// Everything goes through a channel, as Orange Money of a country, to which the business has subscribed. A channel says
// which fields a transaction needs, and of what form. [Client.Pay] and [Client.Payout] read the channels, keep them
// for five minutes, and check an order by them before it is sent: see [Channel.Check].
//
// # Doing it once
//
// A transaction carries the merchant's reference as its external_id. Whether the provider refuses a second one under
// the same is not documented. So no transaction is sent again that may have arrived, but what became of it is asked: see
// [wapay.SettlePayout]. An answer that says that there is one, as code MPP-TX-REQ-4091 does, a conflict, is
// [wapay.ErrDuplicate] and [wapay.ErrOutcomeUnknown], because it may be the order itself, sent by a process that died:
// [Client.Pay] and [Client.Payout] look it up.
//
// What a code says of an order that was sent:
//
//	MPP-AUTH-4401, 4402, 4405    the token was bad and nothing was looked at: the call is repeated once with a new one
//	MPP-REQ-4000 with HTTP 200,  the provider failed, at a point that it does not tell: the outcome is unknown
//	and with that status codes
//	that are not documented
//	MPP-TX-REQ-4091              there is such an order, perhaps this one: the outcome is unknown
//	any other                    the provider refuses the order for a reason that it found before carrying it out
//
// A code that comes with an HTTP status of 5xx or 408, or with a transaction, leaves the outcome unknown whatever it is,
// and the order is not sent again.
//
// # Looking it up
//
// The provider has no lookup by the merchant's reference. FindPayment and FindPayout walk through the list of
// transactions instead, at most 1,000 of them and for at most half a minute. [wapay.ErrNotFound] means that all there
// are were seen; a search that had to stop before, or may have, is [wapay.ErrUnavailable], and a list that contradicts
// itself [wapay.ErrDecode]. Store the ID that Pay and Payout return: with it a lookup is one request.
//
// # The token
//
// All goroutines that use a Client share one token; it is taken when first needed and every half an hour, and appears
// in no error, result or log record. The documents say that a bad token may be answered 401, 403, 422 or 404. A
// code that names the token is believed. So is a bare 401. A 403, 404 or 422 that may be about the token or about
// something else is doubted if it is the answer to a lookup, and the token is older than a minute: the lookup is
// repeated with a new one, lest an order seem not to exist.
//
// # Sources
//
// Where a comment says S, the fact is from the provider's reference; where it says F, integrators have reported it.
package mpp
