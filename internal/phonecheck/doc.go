// Package phonecheck compares the phone numbers of package wapay with
// libphonenumber's, in its tests. It is a module of its own so that nobody who
// uses wapay downloads libphonenumber.
package phonecheck
