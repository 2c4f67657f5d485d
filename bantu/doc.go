// Package bantu is a client for Bantu, an API in its alpha, through which a
// merchant uses its own accounts with payment partners such as Orange Money.
//
// No endpoint for paying or paying out is documented. So [Client] is neither a
// wapay.Payer nor a wapay.Payouter: it enables, configures and checks partners,
// makes accounts and applications, and moves no money.
//
// # Keys
//
// There are three kinds of key, and each call needs its own: the account's for
// [Client.EnablePartner] and [Client.CreateApplication], an application's
// secret one for [Client.ConfigurePartner], its public one for
// [Client.CheckPartner]. [Client.PartnerStatus] and [Client.CreateAccount] need
// none. An application has a pair of secret and public key for tests and
// another for real money. The pair decides which environment is configured and
// checked.
//
// # Doing it twice
//
// EnablePartner and ConfigurePartner are PUT: the same one again leaves things
// as they are, so both are repeated where no answer came. CreateAccount and
// CreateApplication are repeated only if they did not arrive. After a
// wapay.ErrOutcomeUnknown there may be an account, or an application whose keys
// nobody has seen.
//
// Most answers are not documented: an [Answer] holds all of it. What is known
// of the API, and from where, is in docs/providers/bantu.md.
package bantu
