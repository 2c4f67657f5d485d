// Package matrix holds the table of optional interfaces in both READMEs to what
// the clients implement. It has only tests.
package matrix
