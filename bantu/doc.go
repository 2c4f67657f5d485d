// Package bantu is a client for Bantu, by which a merchant uses its own accounts with payment partners, as Orange
// Money, through one API. The API is in its alpha.
//
// It documents no endpoint for paying or paying out. So [Client] is neither a wapay.Payer nor a wapay.Payouter: it
// enables, configures and checks partners, and makes accounts and applications, and moves no money.
//
// # Keys
//
// There are three kinds of key, and each call wants its own: the account's for [Client.EnablePartner] and
// [Client.CreateApplication], an application's secret one for [Client.ConfigurePartner], its public one for
// [Client.CheckPartner]. [Client.PartnerStatus] and [Client.CreateAccount] need none. An application has a secret and
// a public key for tests and another pair for real money: which pair is used decides what is configured and checked.
//
// # Doing it twice
//
// EnablePartner and ConfigurePartner are PUT: the same one again leaves things as they are, so both are repeated where
// no answer came. CreateAccount and CreateApplication are repeated only if they did not arrive; after a
// wapay.ErrOutcomeUnknown there may be an account, or an application whose keys nobody has seen.
//
// # Sources
//
// Where a comment says S, the fact is from the provider's page on partners; V is its documentation of 2022. What most
// calls answer is in neither: an [Answer] has all of it, beside what could be read.
package bantu
