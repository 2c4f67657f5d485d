// Package bantu is a client for Bantu, an API in its alpha. Through Bantu a
// merchant uses its own accounts with payment partners such as Orange Money.
//
// No endpoint for paying or paying out is documented. So [Client] is neither a
// wapay.Payer nor a wapay.Payouter, and moves no money. It enables, configures
// and checks partners, and makes accounts and applications.
//
// # Keys
//
// There are three kinds of key. [Client.EnablePartner] and
// [Client.CreateApplication] need the account key. [Client.ConfigurePartner]
// needs an application's secret key, and [Client.CheckPartner] its public key.
// [Client.PartnerStatus] and [Client.CreateAccount] need none. An application
// has one pair of secret and public key for tests and another for real money.
// The pair selects the environment.
//
// # Repeated calls
//
// EnablePartner and ConfigurePartner are PUT: a second identical call changes
// nothing. The client repeats them after a lost answer. It repeats
// CreateAccount and CreateApplication only if the request did not arrive. After
// a wapay.ErrOutcomeUnknown there may be an account, or an application with
// unknown keys.
//
// Most answers are not documented, and [Answer] keeps all of their text. The
// facts about the API, with their sources, are in docs/providers/bantu.md.
package bantu
