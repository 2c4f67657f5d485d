// Package testkit is what the tests of the provider packages have in common: a
// transport that keeps what it is sent, the checks of an error, the search for
// secrets, and the faults that every client has to survive.
//
// What a test asserts of one provider only, as its headers or the shape of its
// body, stays with that provider.
package testkit
