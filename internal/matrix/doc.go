// Package matrix tests that the tables of optional interfaces in both READMEs
// match the clients. It has only tests.
package matrix
