// Package testkit holds what the tests of the clients share: a transport that
// records requests, the checks of an error, the search for secrets, and the
// faults that each client must survive.
//
// What only one provider has, such as its headers or the form of its body,
// stays in that provider's tests.
package testkit
