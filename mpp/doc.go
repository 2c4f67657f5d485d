// Package mpp is a client for the Merchant Payment Platform, which takes mobile
// money in Guinea, Sierra Leone, Mali and around, and pays it out.
//
// [Client] is a [wapay.Payer] and a [wapay.Payouter]. Its other methods are the
// provider's endpoints, one each.
//
// Everything goes through a channel, such as Orange Money of a country, to
// which the business has subscribed. A channel says which fields a transaction
// needs. [Client.Pay] and [Client.Payout] read the channels, keep them for five
// minutes, and check an order by them before they send it: see [Channel.Check].
//
// # Doing it once
//
// A transaction carries the merchant's reference as its external_id. Whether
// the provider refuses a second one is not documented. So the client sends no
// transaction again that may have arrived: see [wapay.SettlePayout]. Where the
// provider says that there is one, with code MPP-TX-REQ-4091 or in other words,
// [Client.Pay] and [Client.Payout] look it up.
//
// What a code says of an order that was sent:
//
//	MPP-AUTH-4401, 4402, 4405    the token was bad and nothing was looked at: one more try with a new one
//	MPP-TX-REQ-4091              there is such an order, perhaps this one: outcome unknown
//	MPP-REQ-4000 with HTTP 200,  the provider failed, and does not say where: outcome unknown
//	or a code that is not
//	documented with HTTP 200
//	any other                    rejected
//
// With HTTP 5xx or 408, or beside a transaction, every code leaves the outcome
// unknown.
//
// # Looking it up
//
// The provider has no lookup by the merchant's reference. FindPayment and
// FindPayout walk through the list of transactions, at most 2,000 of them and
// for at most half a minute. [wapay.ErrNotFound] means that they saw all there
// are. A search that had to stop before is [wapay.ErrUnavailable]. One that met
// a transaction which cannot be read, or which may be the one, is
// [wapay.ErrDecode]. Store the ID that Pay and Payout return: with it a lookup
// is one request.
//
// # The token
//
// All goroutines that use a Client share one token. The client takes one when
// it first needs it and every half an hour. A lookup whose refusal may be about
// the token is repeated once with a new one, so that no order seems not to
// exist.
//
// What is known of the API, and from where, is in docs/providers/mpp.md.
package mpp
