// Package mpp is a client for the Merchant Payment Platform. It collects and
// pays out mobile money in Guinea, Sierra Leone, Mali and their neighbours.
//
// [Client] is a [wapay.Payer] and a [wapay.Payouter]. Each of its other methods
// calls one endpoint of the provider.
//
// A business subscribes to channels, such as Orange Money of a country. Each
// transaction goes through one, and the channel's rules say which fields it
// needs. [Client.Pay] and [Client.Payout] read the channels and cache them for
// five minutes. They check an order by these rules before they send it: see
// [Channel.Check].
//
// # Doing it once
//
// A transaction has the merchant's reference as its external_id. It is not
// documented whether the provider refuses a second one. So the client never
// repeats a transaction that may have arrived: see [wapay.SettlePayout]. If the
// provider answers that the reference is used, [Client.Pay] and [Client.Payout]
// look the transaction up.
//
// The codes have these meanings for an order:
//
//	MPP-AUTH-4401, 4402, 4405   the token was rejected, and the order ignored:
//	                            the client repeats it once with a new token
//	MPP-TX-REQ-4091             the reference is used: unknown outcome
//	MPP-REQ-4000, or an         the provider failed at an unknown point: unknown
//	undocumented code, with     outcome
//	HTTP 200
//	any other                   rejected
//
// Any code leaves the outcome unknown if the status is HTTP 5xx or 408, or if
// the answer has a transaction.
//
// A used reference gives the transaction's current state, with Replayed, if
// amount, channel and number are the same. Otherwise the error is
// [wapay.ErrDuplicate] and [wapay.ErrOutcomeUnknown]: see
// [wapay.SettlePayment].
//
// # Fields of an order
//
// An order has the fields that its channel has: the phone, names and e-mail
// address of Customer or Recipient, OTP as otp, and Metadata. The keys of
// Metadata are the provider's names, such as account_number, and must be fields
// of the channel. NotifyURL becomes callback_url, an undocumented name.
// Description, ReturnURL, CancelURL and ExpiresIn have no place. An order has
// at most 8 KiB as JSON. If the client cannot read the channels, it sends no
// order.
//
// The client sends a phone number in its documented national form, such as
// "0770000001". So the channel decides the country, and must belong to the
// customer's country. A number is in E.164, such as "+224624849557", if the
// channel has the rule phone_number for it. It is also in E.164 if its country
// has another currency than the amount. Metadata with the key msisdn replaces
// the number.
//
// # Lookups
//
// The provider has no lookup by the merchant's reference. FindPayment and
// FindPayout search the list of transactions, at most 2,000 of them and for at
// most half a minute. [wapay.ErrNotFound] means that they saw the whole list. A
// search that stopped early is [wapay.ErrUnavailable]. A search that met an
// unreadable transaction, or one that may or may not be the order, is
// [wapay.ErrDecode]. Store the ID that Pay and Payout return: with it a lookup
// is one request.
//
// # The token
//
// All goroutines that use a Client share one token. The client logs in when it
// first needs a token, and again after half an hour. If the refusal of a lookup
// may be about the token, the client repeats the lookup once with a new token.
//
// The facts about the API, with their sources, are in docs/providers/mpp.md.
package mpp
